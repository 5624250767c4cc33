//! What a generator is going to do: a list of operations that is resolved, shown and applied as a whole, or not at all.
//!
//! A generator makes a [`Plan`] from its input and the project, touching nothing. [`Plan::resolve`] compares it with the
//! files on disk and finds every place and every conflict; [`Resolved::apply`] writes all files or none.

#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "what is built is a few lines, and reads better in one piece"
)]

mod anchor;
mod apply;
mod conflict;
mod format;
mod op;
mod resolve;
mod run;
mod show;

pub use self::{
    anchor::{Edit, Hook},
    op::{Op, Plan},
    resolve::{Change, Resolved, State},
    run::{Mode, Output, Report, execute},
    show::Row,
};
