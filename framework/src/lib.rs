//! Framewright: an opinionated web framework for Rust.

pub mod app;
pub mod boot;
pub mod command;
pub mod config;
pub mod context;
pub mod controller;
pub mod db;
pub mod dto;
pub mod env;
pub mod error;
pub mod jobs;
pub mod middleware;
pub mod migration;
pub mod model;
pub mod prelude;
pub mod queue;
pub mod scheduler;
pub mod server;
pub mod task;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod validation;

pub use error::{Error, Result};
pub use sea_orm;
