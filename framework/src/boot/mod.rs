//! Puts an application together, step by step as [`Hooks`](crate::app::Hooks) lists them.

mod serve;
mod steps;

pub use serve::{ServeOptions, serve};
#[cfg(feature = "testing")]
pub(crate) use steps::service;
pub use steps::{Booted, boot, context, load, migrate, tasks};
