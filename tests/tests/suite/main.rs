//! Tests of the product through its public surface: one binary, one module for each matter.

#![allow(unreachable_pub, reason = "nothing here is reached from outside")]

mod access_scaffold;
mod account_clients;
mod account_processes;
mod accounts;
mod app_commands;
mod architecture;
mod audit;
mod auth;
mod backup;
mod bad_requests;
mod client;
mod config;
mod config_reference;
mod config_sources;
mod connections;
mod contract;
mod database_urls;
mod databases;
mod decimals;
mod description;
mod devtools;
mod doctor;
mod error_format;
mod examples;
mod faults_of_others;
mod found;
mod generators;
mod golden;
mod guides;
mod html_scaffold;
mod htmx;
mod http_details;
mod idempotency;
mod index_names;
mod job_board;
mod job_groups;
mod job_groups_operation;
mod job_routes;
mod job_store;
mod jobs;
mod jobs_in_redis;
mod jobs_on_redis;
mod jobs_operation;
mod lifecycle;
mod limits;
mod lists;
mod load;
mod locking;
mod looks;
mod mail;
mod mistakes;
mod new_app;
mod openapi_command;
mod operation;
mod own_transaction;
mod parallel;
mod pictures;
mod postgres_operation;
mod proof;
mod readme;
mod realworld;
mod release_build;
mod scaffold_defaults;
mod schedules;
mod server;
mod shop;
mod smuggling;
mod statements;
mod stored_values;
mod survival_data;
// It reads `/proc`.
#[cfg(target_os = "linux")]
mod survival_http;
mod text_forms;
mod transactions;
mod views;
mod watch;

use std::sync::{Mutex, MutexGuard, PoisonError};

use fw_tests::app::target_folder;
use shop::{Database, shop};

/// Takes turns between the tests of those applications that are called `blog`: for cargo they are one package in the shared
/// target folder, so what the others have built must be forgotten first.
fn only_blog() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    forget_builds("blog");
    turn
}

/// Has cargo forget that it has built an application of this name. It would take one at another place for the same, and look for changes
/// at the former place.
fn forget_builds(name: &str) {
    let fingerprints = target_folder().join("debug/.fingerprint");
    for entry in std::fs::read_dir(fingerprints).expect("cargo keeps its fingerprints there") {
        let entry = entry.expect("an entry");
        let file = entry.file_name().to_string_lossy().into_owned();
        if file
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('-'))
        {
            std::fs::remove_dir_all(entry.path()).expect("it can be removed");
        }
    }
}
