//! The pages of the framework for developers, at `/_fw/`: they are served in development only, by builds that are not optimized, and to
//! browsers on this machine only.
//!
//! A room adds its own with [`Room::devtools`](crate::room::Room::devtools); they need not check anything of that themselves.

mod layout;
mod room;

pub(crate) use self::{layout::Frame, room::ROOM};
