//! Follows.

pub mod model;
