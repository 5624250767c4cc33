//! The end of a server: who asks for it, and who is told.

use std::process;

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use super::ServerError;

/// Tells everybody who listens that the end was asked for. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// The end is asked for when `asked` is done.
    pub(crate) fn when(asked: impl Future<Output = ()> + Send + 'static) -> Self {
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            asked.await;
            sender.send_replace(true);
            // The channel stays open for those who have not listened yet.
            sender.closed().await;
        });
        Self(receiver)
    }

    /// Whether the end was asked for.
    pub(crate) fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the end is asked for.
    pub(crate) async fn requested(&mut self) {
        if self.0.wait_for(|requested| *requested).await.is_err() {
            // The runtime is going down, and with it whoever waits here.
            std::future::pending::<()>().await;
        }
    }
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
