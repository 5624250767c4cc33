//! The queue of background jobs: its [handle](Queue), which is `ctx.queue`, and the [stores](store) that keep jobs.
//!
//! [`Job::enqueue`](crate::jobs::Job::enqueue) adds a job; [`jobs`](crate::jobs) runs them.

mod clock;
mod handle;
mod limits;
mod metrics;
#[cfg(feature = "redis")]
mod relay;
mod room;
pub mod store;
mod wake;

pub use self::{
    clock::Clock,
    handle::Queue,
    metrics::{JobMetrics, Metrics, RunTime},
};
pub(crate) use self::{
    limits::of_queue as rate_limit_of, metrics::Ended, room::ROOM, wake::Waiter,
};
