//! The end of a process: who asks for it, and who is told.

use std::process;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::ServerError;
use crate::context::CancellationToken;

/// A token that is cancelled when `asked` is done.
pub(crate) fn cancelled_when(
    asked: impl Future<Output = ()> + Send + 'static,
) -> CancellationToken {
    let token = CancellationToken::new();
    let asked_for = token.clone();
    tokio::spawn(async move {
        asked.await;
        asked_for.cancel();
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
