//! Tests of the product through its public surface: one binary, one module for each matter.

#![allow(unreachable_pub, reason = "nothing here is reached from outside")]

mod architecture;
mod backup;
mod bad_requests;
mod config;
mod databases;
mod generators;
mod golden;
mod guides;
mod lifecycle;
mod new_app;
mod parallel;
mod server;
mod shop;

use shop::{Database, shop};
