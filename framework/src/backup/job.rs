//! A cancellable job with a progress bar.

use std::{io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::BackupError;
use crate::context::CancellationToken;

/// The handle of a cancellable job, with its progress bar. Cheap to clone.
#[derive(Clone)]
pub(super) struct Job {
    bar: ProgressBar,
    stop: CancellationToken,
}

impl Job {
    /// Runs `work`. Once `stop` is cancelled, the methods of the handle fail, and `work` cleans up.
    pub(super) async fn run<T, F>(
        stop: CancellationToken,
        work: impl FnOnce(Self) -> F,
    ) -> Result<T, BackupError>
    where
        F: Future<Output = Result<T, BackupError>>,
    {
        let bar = bar();
        let mut work = std::pin::pin!(work(Self {
            bar: bar.clone(),
            stop: stop.clone(),
        }));
        let result = tokio::select! {
            result = &mut work => result,
            () = stop.cancelled() => {
                bar.set_message("stopping");
                work.await
            }
        };
        bar.finish_and_clear();
        result
    }

    /// Begins a stage of `total` units: a new progress bar on a terminal, a line in the log otherwise.
    pub(super) fn stage(&self, name: &'static str, total: u64) {
        if self.bar.is_hidden() {
            tracing::info!("{name}");
        }
        self.bar.reset();
        self.bar.set_length(total);
        self.bar.set_message(name);
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    /// Advances the progress bar by `units`.
    ///
    /// Fails once the process is asked to end.
    pub(super) fn advance(&self, units: u64) -> Result<(), BackupError> {
        self.bar.inc(units);
        self.check()
    }

    /// Fails once the process is asked to end.
    pub(super) fn check(&self) -> Result<(), BackupError> {
        if self.stop.is_cancelled() {
            Err(BackupError::Interrupted)
        } else {
            Ok(())
        }
    }

    /// Runs `work` and cancels it when the process is asked to end.
    #[cfg(feature = "postgres")]
    pub(super) async fn unless_interrupted<T>(
        &self,
        work: impl Future<Output = Result<T, BackupError>>,
    ) -> Result<T, BackupError> {
        let result = self.stop.run_until_cancelled(work).await;
        result.unwrap_or(Err(BackupError::Interrupted))
    }

    /// Waits until the process is asked to end.
    #[cfg(feature = "postgres")]
    pub(super) async fn interrupted(&self) {
        self.stop.cancelled().await;
    }
}

/// Runs blocking `work` on a thread for it.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(BackupError::Interrupted),
        },
    }
}

fn bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{spinner} {msg:<24} {wide_bar} {percent:>3} % {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}
