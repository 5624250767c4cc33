//! The pages of the framework for developers, at `/_fw/`: they are served in development only, by builds that are not optimized, and to
//! browsers on this machine only.
//!
//! A room adds its own with [`Room::devtools`](crate::room::Room::devtools); they need not check anything of that themselves.

#[cfg(feature = "views")]
mod excerpt;
#[cfg(feature = "views")]
mod failure;
mod layout;
#[cfg(feature = "views")]
mod live;
#[cfg(feature = "views")]
mod migrate;
mod room;

#[cfg(feature = "mailer")]
pub(crate) use self::layout::Frame;
pub(crate) use self::room::ROOM;
#[cfg(feature = "views")]
pub(crate) use self::{
    failure::{FailedRequest, response as failure},
    live::{following, script},
};
