//! A piece of long work: shows how far it is, and ends early when the process is asked to end.

use std::{future::Future, io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::watch;

use super::BackupError;

/// A handle on the work that runs. Cheap to clone.
#[derive(Clone)]
pub(super) struct Job {
    bar: ProgressBar,
    interrupted: watch::Receiver<bool>,
}

impl Job {
    /// Runs `work`. At SIGINT or SIGTERM it is told to stop, and still cleans up after itself; a second signal ends the
    /// process at once.
    pub(super) async fn run<T, F>(work: impl FnOnce(Self) -> F) -> Result<T, BackupError>
    where
        F: Future<Output = Result<T, BackupError>>,
    {
        let (stop, interrupted) = watch::channel(false);
        let bar = bar();
        // Before the work begins: a signal must never find something half done and nobody to clear it away.
        let mut signals = Signals::catch();
        let mut work = std::pin::pin!(work(Self {
            bar: bar.clone(),
            interrupted
        }));
        let result = tokio::select! {
            result = &mut work => result,
            () = signals.next() => {
                bar.set_message("stopping");
                stop.send_replace(true);
                tokio::select! {
                    result = work => result,
                    () = signals.next() => std::process::exit(130),
                }
            }
        };
        bar.finish_and_clear();
        result
    }

    /// Begins a stage of `total` units: a new bar on a terminal, a line in the log otherwise.
    pub(super) fn stage(&self, name: &'static str, total: u64) {
        if self.bar.is_hidden() {
            tracing::info!("{name}");
        }
        self.bar.reset();
        self.bar.set_length(total);
        self.bar.set_message(name);
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    /// Moves the bar by `units`.
    ///
    /// Fails when the process is asked to end.
    pub(super) fn advance(&self, units: u64) -> Result<(), BackupError> {
        self.bar.inc(units);
        self.check()
    }

    /// Fails when the process is asked to end.
    pub(super) fn check(&self) -> Result<(), BackupError> {
        if *self.interrupted.borrow() {
            Err(BackupError::Interrupted)
        } else {
            Ok(())
        }
    }

    /// Gives `work` up when the process is asked to end.
    #[cfg(feature = "postgres")]
    pub(super) async fn unless_interrupted<T>(
        &self,
        work: impl Future<Output = Result<T, BackupError>>,
    ) -> Result<T, BackupError> {
        tokio::select! {
            result = work => result,
            () = self.interrupted() => Err(BackupError::Interrupted),
        }
    }

    /// Waits until the process is asked to end.
    #[cfg(feature = "postgres")]
    pub(super) async fn interrupted(&self) {
        let mut interrupted = self.interrupted.clone();
        if interrupted.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Runs `work` on a thread where it may block.
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

/// The signals that ask the process to end. They are caught from the moment when this is made.
struct Signals {
    #[cfg(unix)]
    kinds: [Option<tokio::signal::unix::Signal>; 2],
    #[cfg(windows)]
    ctrl_c: Option<tokio::signal::windows::CtrlC>,
}

impl Signals {
    /// Where signals cannot be caught they end the process, as they do by default.
    fn catch() -> Self {
        Self {
            #[cfg(unix)]
            kinds: {
                use tokio::signal::unix::{SignalKind, signal};
                [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok())
            },
            #[cfg(windows)]
            ctrl_c: tokio::signal::windows::ctrl_c().ok(),
        }
    }

    /// Waits for the next one.
    async fn next(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate] = &mut self.kinds;
            tokio::select! {
                Some(()) = async { interrupt.as_mut()?.recv().await } => return,
                Some(()) = async { terminate.as_mut()?.recv().await } => return,
                else => {}
            }
        }
        #[cfg(windows)]
        if let Some(ctrl_c) = &mut self.ctrl_c
            && ctrl_c.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
