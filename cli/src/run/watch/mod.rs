//! `cargo fw start --watch`: builds and starts the app anew at each change, without a refused request.
//!
//! This process owns the listening socket and hands it to each process of the app, as systemd does. While a change is built the last
//! process goes on serving; the new one starts on the same socket, and when it says that it serves, the last one is asked to end and
//! finishes its requests. If nothing can serve, this process responds itself, with the reason.
//!
//! Threads read what happens (files, signals, the outputs of cargo and of the app) and send it to one loop, [`supervisor`], which alone decides.

mod address;
mod app;
mod changes;
mod compilation;
mod diagnostics;
mod event;
mod failure;
mod fallback;
mod files;
mod report;
mod state;
mod supervisor;

use std::{ffi::OsString, path::Path, process::ExitCode, sync::mpsc, thread};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use self::{event::Event, supervisor::Supervisor};
use super::build::Profile;
use crate::error::CliError;

/// Supervises the app at `root` until a signal ends it.
pub(super) fn run(root: &Path, args: &[OsString], profile: Profile) -> Result<ExitCode, CliError> {
    let (sender, events) = mpsc::channel();
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])
        .map_err(|error| CliError::failed(format!("cannot wait for signals: {error}")))?;
    let signal_sender = sender.clone();
    thread::spawn(move || {
        for signal in &mut signals {
            if signal_sender.send(Event::Signal(signal)).is_err() {
                return;
            }
        }
    });
    // The system's watcher names files by their real paths.
    let root = root
        .canonicalize()
        .map_err(|error| CliError::io("cannot find", root, &error))?;
    Supervisor::new(root, args, profile, sender, events)?.run()
}
