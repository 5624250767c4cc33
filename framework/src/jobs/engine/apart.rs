//! A thread with a runtime of its own, for the heartbeats: jobs that block all threads of the usual runtime do not stop them.

use std::thread;

use tokio::{runtime, sync::oneshot};

use crate::context::CancellationToken;

/// Runs `work` on a thread of its own, and waits for its end. Dropping the future ends it.
///
/// Connections that `work` opens belong to that thread; those of the usual runtime would be served by its threads, which may block.
pub(super) async fn run<F: Future<Output = ()>>(work: impl FnOnce() -> F + Send + 'static) {
    let stop = CancellationToken::new();
    let _stopped_at_the_end = stop.clone().drop_guard();
    let (sender, ended) = oneshot::channel::<()>();
    let body = move || {
        // Dropped at the end, also at that of a panic.
        let _sender = sender;
        match runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => {
                runtime.block_on(stop.run_until_cancelled(work()));
            }
            Err(error) => tracing::error!(%error, "a thread of the engine of jobs has no runtime"),
        }
    };
    let spawned = thread::Builder::new()
        .name("fw-jobs-beat".to_owned())
        .spawn(body);
    if let Err(error) = spawned {
        tracing::error!(%error, "a thread of the engine of jobs cannot be started");
    }
    let _ = ended.await;
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    };

    use super::*;

    #[tokio::test]
    async fn it_goes_on_while_the_usual_runtime_is_blocked() {
        let beats = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&beats);
        let running = tokio::spawn(run(move || async move {
            loop {
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }));
        while beats.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        let before = beats.load(Ordering::Relaxed);
        // This test has one thread.
        thread::sleep(Duration::from_millis(200));
        assert!(beats.load(Ordering::Relaxed) > before + 2);
        running.abort();
        let _ = running.await;
        thread::sleep(Duration::from_millis(50));
        let after = beats.load(Ordering::Relaxed);
        thread::sleep(Duration::from_millis(50));
        assert_eq!(
            beats.load(Ordering::Relaxed),
            after,
            "it ends with its future"
        );
    }
}
