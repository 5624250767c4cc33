//! What the tests of the product share: applications made by the real tool, run as real processes.

pub mod app;
pub mod authority;
pub mod guides;
pub mod http;
mod keeper;
pub mod node;
pub mod pgbouncer;
pub mod postgres;
pub mod process;
pub mod proof;
pub mod redis;
pub mod smtp;
pub mod tools;
