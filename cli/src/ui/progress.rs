//! One line of progress on standard error.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// The time without output after which a line is written where nobody can watch a spinner.
const NOTICE_AFTER: Duration = Duration::from_secs(10);

/// A line that is updated on a terminal, and is written once elsewhere if the work takes long.
pub(crate) struct Progress {
    spinner: ProgressBar,
    what: String,
    started: Instant,
    is_noticed: bool,
}

impl Progress {
    /// A line about `what`, such as ``building `blog` ``. Nothing is drawn before the first [`tick`](Self::tick).
    pub(crate) fn new(what: impl Into<String>) -> Self {
        let spinner = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            spinner.set_style(style);
        }
        let what = what.into();
        spinner.set_message(what.clone());
        Self {
            spinner,
            what,
            started: Instant::now(),
            is_noticed: false,
        }
    }

    /// Updates the line; `None` leaves the state as it is.
    pub(crate) fn tick(&mut self, state: Option<&str>) {
        if let Some(state) = state {
            self.spinner.set_message(format!("{} {state}", self.what));
        }
        self.spinner.tick();
        if self.spinner.is_hidden() && !self.is_noticed && self.started.elapsed() >= NOTICE_AFTER {
            anstream::eprintln!("{}; this can take some minutes the first time", self.what);
            self.is_noticed = true;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.spinner.finish_and_clear();
    }
}
