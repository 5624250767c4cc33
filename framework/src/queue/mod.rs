//! The queue of background jobs, and the [stores](store) that keep jobs.

mod memory_queue;
pub mod store;

pub use memory_queue::{Message, Queue};
