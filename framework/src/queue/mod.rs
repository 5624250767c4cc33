//! The queue of background jobs, and the [stores](store) that keep jobs.

mod memory_queue;
mod room;
pub mod store;

pub use memory_queue::{Message, Queue};
pub(crate) use room::ROOM;
