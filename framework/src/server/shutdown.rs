//! The signals that end the process.

use std::{process, sync::Arc};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use super::ServerError;

/// Becomes true once, at the first SIGTERM or SIGINT.
#[derive(Clone)]
pub(crate) struct Shutdown {
    requested: watch::Receiver<bool>,
    /// Keeps the channel open when nothing listens for signals.
    _sender: Arc<watch::Sender<bool>>,
}

impl Shutdown {
    /// Listens for SIGTERM and SIGINT from now on. The second one ends the process at once, with 128 + its number.
    pub(crate) fn on_signals() -> Result<Self, ServerError> {
        let mut term = signal(SignalKind::terminate()).map_err(ServerError::Signals)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(ServerError::Signals)?;
        let (sender, requested) = watch::channel(false);
        let sender = Arc::new(sender);
        let announce = Arc::clone(&sender);
        tokio::spawn(async move {
            let name = next(&mut term, &mut interrupt).await.0;
            tracing::info!(
                signal = name,
                "shutting down; a second signal exits at once"
            );
            announce.send_replace(true);
            let (name, number) = next(&mut term, &mut interrupt).await;
            tracing::warn!(signal = name, "exiting at once");
            process::exit(128 + number);
        });
        Ok(Self {
            requested,
            _sender: sender,
        })
    }

    /// Waits for the first signal.
    pub(crate) async fn requested(&mut self) {
        // The sender lives as long as this does, so the channel cannot close.
        let _ = self.requested.wait_for(|requested| *requested).await;
    }
}

async fn next(term: &mut Signal, interrupt: &mut Signal) -> (&'static str, i32) {
    tokio::select! {
        _ = term.recv() => ("SIGTERM", SignalKind::terminate().as_raw_value()),
        _ = interrupt.recv() => ("SIGINT", SignalKind::interrupt().as_raw_value()),
    }
}
