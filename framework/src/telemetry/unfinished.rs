//! A guard of work that logs when it is cut off.

/// A guard that logs a warning if it is dropped before [`finish`](Self::finish): the work that it stands for was cut off.
pub(crate) struct Unfinished {
    kind: &'static str,
    name: String,
    is_finished: bool,
}

impl Unfinished {
    /// A guard of a work of some kind, such as a `job`, and its name.
    pub(crate) fn new(kind: &'static str, name: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            is_finished: false,
        }
    }

    /// Marks the work as finished.
    pub(crate) fn finish(mut self) {
        self.is_finished = true;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.is_finished {
            let Self { kind, name, .. } = self;
            tracing::warn!(kind, %name, "cut off before its end");
        }
    }
}
