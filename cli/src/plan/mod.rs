//! Plans of generators: lists of operations that are resolved, shown and applied as a whole, or not at all.
//!
//! A generator makes a [`Plan`] from its input and the project, touching nothing. [`Plan::resolve`] compares it with the
//! files on disk and finds every place and every conflict; `ResolvedPlan::apply` writes all files or none.

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

pub(crate) use self::anchor::{has_code, has_navigation};
pub use self::{
    anchor::{Edit, Hook, Relation, RelationName, Table},
    op::{Op, Plan},
    open::{LockedProject, lock, open},
    options::{OutputOptions, Verbosity},
    record::{Artifact, Key, Record, Recording, Records},
    resolve::{ResolvedOp, ResolvedPlan, State},
    run::{Report, execute},
    show::Row,
};
