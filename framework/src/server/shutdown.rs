//! Shutdown signals, and the cancellation that they cause.

use std::{
    future::pending,
    io::{self, IsTerminal},
    process,
};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{ServerError, supervisor::Supervisor};
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
/// at once, with 128 + its number. The end of `cargo fw start --watch` counts as SIGTERM for the process that it has started. See [`boot`](crate::boot) for an example.
pub fn signals() -> Result<impl Future<Output = ()> + Send + 'static, ServerError> {
    let listen = |kind| signal(kind).map_err(ServerError::Signals);
    let mut signals = Signals {
        terminate: listen(SignalKind::terminate())?,
        interrupt: listen(SignalKind::interrupt())?,
        hangup: has_terminal()
            .then(|| listen(SignalKind::hangup()))
            .transpose()?,
        supervisor: Supervisor::find().map_err(ServerError::Signals)?,
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

/// The name of the end of the supervisor among the signals.
const END_OF_SUPERVISOR: &str = "end of `cargo fw start --watch`";

/// The signals that ask the process to end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Option<Signal>,
    /// Its end counts once.
    supervisor: Option<Supervisor>,
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
        let end_of_supervisor = async {
            match &mut self.supervisor {
                Some(supervisor) => supervisor.end().await,
                None => pending().await,
            }
        };
        let signal = tokio::select! {
            _ = self.terminate.recv() => ("SIGTERM", SignalKind::terminate().as_raw_value()),
            _ = self.interrupt.recv() => ("SIGINT", SignalKind::interrupt().as_raw_value()),
            _ = hangup => ("SIGHUP", SignalKind::hangup().as_raw_value()),
            () = end_of_supervisor => (END_OF_SUPERVISOR, SignalKind::terminate().as_raw_value()),
        };
        if signal.0 == END_OF_SUPERVISOR {
            self.supervisor = None;
        }
        signal
    }
}
