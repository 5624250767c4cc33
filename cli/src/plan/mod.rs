//! Plans of generators: lists of operations that are resolved, shown and applied as a whole, or not at all.
//!
//! A generator makes a [`Plan`] from its input and the project, touching nothing. [`Plan::resolve`] compares it with the
//! files on disk and finds every place and every conflict; `Resolved::apply` writes all files or none.

#![expect(
    clippy::format_push_string,
    reason = "what is built is a few lines, and reads better in one piece"
)]

mod anchor;
mod apply;
mod conflict;
mod format;
mod journal;
mod op;
mod open;
mod options;
mod record;
mod resolve;
mod run;
mod show;

pub(crate) use self::anchor::has_code;
pub use self::{
    anchor::{Edit, Hook, Relation, RelationName},
    op::{Op, Plan},
    open::{Opened, lock, open},
    options::{Mode, Output},
    record::{Key, Made, Record, Recording, Records},
    resolve::{Change, Resolved, State},
    run::{Report, execute},
    show::Row,
};
