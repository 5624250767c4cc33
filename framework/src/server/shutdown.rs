//! Shutdown signals, and the cancellation that they cause.

use std::process;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::ServerError;
use crate::context::CancellationToken;

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

/// Waits for SIGTERM or SIGINT, from now on. A second one ends the process at once, with 128 + its number.
pub fn signals() -> Result<impl Future<Output = ()> + Send + 'static, ServerError> {
    let mut term = signal(SignalKind::terminate()).map_err(ServerError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServerError::Signals)?;
    Ok(async move {
        let (name, _) = next(&mut term, &mut interrupt).await;
        tracing::info!(
            signal = name,
            "shutting down; a second signal exits at once"
        );
        tokio::spawn(async move {
            let (name, number) = next(&mut term, &mut interrupt).await;
            tracing::warn!(signal = name, "exiting at once");
            process::exit(128 + number);
        });
    })
}

async fn next(term: &mut Signal, interrupt: &mut Signal) -> (&'static str, i32) {
    tokio::select! {
        _ = term.recv() => ("SIGTERM", SignalKind::terminate().as_raw_value()),
        _ = interrupt.recv() => ("SIGINT", SignalKind::interrupt().as_raw_value()),
    }
}
