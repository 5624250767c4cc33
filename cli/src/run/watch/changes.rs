//! The changes that nobody has acted on yet.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use super::{files::Change, report};

/// The time without a change after which the changes are complete: editors and generators write several files at once.
const QUIET: Duration = Duration::from_millis(50);

/// The time after which nobody waits for such a silence any more.
const LONGEST: Duration = Duration::from_millis(500);

/// Changes of files.
#[derive(Debug, Default)]
pub(super) struct Changes {
    code: bool,
    configuration: bool,
    /// The times of the first and of the latest one that nobody has looked at.
    times: Option<(Instant, Instant)>,
    /// The names of the files, for the report.
    names: Vec<String>,
}

impl Changes {
    pub(super) fn add(&mut self, change: Change, path: &Path) {
        match change {
            Change::Code => self.code = true,
            Change::Configuration => self.configuration = true,
        }
        let now = Instant::now();
        self.times = Some((self.times.map_or(now, |(first, _)| first), now));
        let name = path.display().to_string();
        if !self.names.contains(&name) {
            self.names.push(name);
        }
    }

    /// Adds everything: some changes may not have been seen.
    pub(super) fn add_all(&mut self) {
        self.add(Change::Configuration, Path::new("config"));
        self.add(Change::Code, Path::new("src"));
    }

    /// The time until the changes are complete; `None` if there are none.
    pub(super) fn rest(&self) -> Option<Duration> {
        let (first, latest) = self.times?;
        let end = (latest + QUIET).min(first + LONGEST);
        Some(end.saturating_duration_since(Instant::now()))
    }

    pub(super) fn are_complete(&self) -> bool {
        self.rest().is_some_and(|rest| rest.is_zero())
    }

    pub(super) fn code(&self) -> bool {
        self.code
    }

    pub(super) fn configuration(&self) -> bool {
        self.configuration
    }

    /// Tells which files have changed.
    pub(super) fn report(&mut self) {
        let names = std::mem::take(&mut self.names);
        match names.as_slice() {
            [] => {}
            [name] => report::step("changed", name),
            [name, others @ ..] => {
                report::step("changed", format!("{name} and {} more", others.len()));
            }
        }
    }

    /// The code as it is now is built. A changed configuration is used by the next process.
    pub(super) fn forget_code(&mut self) {
        self.code = false;
        self.times = None;
    }

    /// The configuration as it is now is used by a process that starts.
    pub(super) fn forget_configuration(&mut self) {
        self.configuration = false;
        if !self.code {
            self.times = None;
        }
    }

    /// Has the next change start the app, also if it does not change what is built.
    pub(super) fn start_at_the_next(&mut self) {
        self.configuration = true;
    }
}
