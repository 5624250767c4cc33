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
mod readme;
mod server;
mod shop;

use std::sync::{Mutex, MutexGuard, PoisonError};

use shop::{Database, shop};

/// Applications of the same name have the same binary in the shared target folder, so the tests of those that are called
/// `blog` take turns.
fn only_blog() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}
