//! Tests of the product through its public surface: one binary, one module for each matter.

mod architecture;
mod bad_requests;
mod config;
mod databases;
mod server;
mod shop;

use shop::{Database, shop};
