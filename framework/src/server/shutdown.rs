//! Shutdown signals, and the cancellation that they cause.

use std::{
    future::pending,
    io::{self, IsTerminal},
    process,
};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::ServerError;
use crate::{context::CancellationToken, telemetry};

/// Returns a token that is cancelled when `shutdown` completes.
pub(crate) fn cancelled_when(
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        shutdown.await;
        cancelled.cancel();
    });
    token
}

/// Waits for SIGTERM or SIGINT, from now on, or for SIGHUP if the process has a terminal, which is closed then. A second one ends the process
/// at once, with 128 + its number. See [`boot`](crate::boot) for an example.
pub fn signals() -> Result<impl Future<Output = ()> + Send + 'static, ServerError> {
    let listen = |kind| signal(kind).map_err(ServerError::Signals);
    let mut signals = Signals {
        terminate: listen(SignalKind::terminate())?,
        interrupt: listen(SignalKind::interrupt())?,
        hangup: has_terminal()
            .then(|| listen(SignalKind::hangup()))
            .transpose()?,
    };
    Ok(async move {
        let (name, _) = signals.next().await;
        tracing::info!(
            signal = name,
            "shutting down; a second signal exits at once"
        );
        tokio::spawn(async move {
            let (name, number) = signals.next().await;
            tracing::warn!(signal = name, "exiting at once");
            process::exit(128 + number);
        });
    })
}

/// Opens the log file again at each SIGHUP, from now on: a program that rotates log files has renamed it. With a terminal SIGHUP is one of
/// the [`signals`] of the shutdown instead.
pub(crate) fn reopen_log_file_at_hangup() -> Result<(), ServerError> {
    if has_terminal() {
        return Ok(());
    }
    let mut hangup = signal(SignalKind::hangup()).map_err(ServerError::Signals)?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            if telemetry::reopen_log_file() {
                tracing::info!(signal = "SIGHUP", "the log file is opened again");
            } else {
                tracing::info!(signal = "SIGHUP", "there is no log file to open again");
            }
        }
    });
    Ok(())
}

/// Returns whether the process has a terminal. With `nohup`, or started by a service manager, it has none.
fn has_terminal() -> bool {
    io::stdin().is_terminal() || io::stdout().is_terminal()
}

/// The signals that ask the process to end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Option<Signal>,
}

impl Signals {
    /// Waits for the next one. Returns its name and number.
    async fn next(&mut self) -> (&'static str, i32) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => ("SIGTERM", SignalKind::terminate().as_raw_value()),
            _ = self.interrupt.recv() => ("SIGINT", SignalKind::interrupt().as_raw_value()),
            _ = hangup => ("SIGHUP", SignalKind::hangup().as_raw_value()),
        }
    }
}
