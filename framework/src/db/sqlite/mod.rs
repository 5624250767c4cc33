//! SQLite behind [`Db`](super::Db): one lane for writes, several for reads.
//!
//! A lane is a pool of exactly one connection, so that its statement timeout can be held exactly: the connection's
//! progress handler stops the statement once its deadline has passed, or once nobody waits for it any more.

mod lane;
mod lanes;
mod options;
mod run;
mod transaction;
mod watch;

pub(super) use lane::Lease;
pub(super) use lanes::SqliteLanes;
pub(super) use options::options;
