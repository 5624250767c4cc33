//! Framewright: an opinionated web framework for Rust.

pub mod config;
pub mod context;
pub mod controller;
pub mod db;
pub mod env;
pub mod error;
pub mod jobs;
pub mod middleware;
pub mod migration;
pub mod queue;
pub mod server;
pub mod telemetry;
pub use error::{Error, Result};
