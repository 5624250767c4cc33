//! Runs rustfmt, if it is installed.

use std::{
    env,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

/// The note for generated code that was not formatted.
pub(super) const UNFORMATTED: &str =
    "rustfmt cannot be run, so generated code is not formatted: `rustup component add rustfmt`";

/// The formatter of one app: its `rustfmt.toml`, if any, applies.
pub(super) struct Formatter<'a> {
    root: &'a Path,
    program: PathBuf,
    is_missing: AtomicBool,
}

impl<'a> Formatter<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        // As `cargo fw`, cargo says where it is; rustfmt beside it starts much faster than through rustup.
        let beside = env::var_os("CARGO").map(|cargo| Path::new(&cargo).with_file_name("rustfmt"));
        let program = beside
            .filter(|path| path.is_file())
            .unwrap_or_else(|| "rustfmt".into());
        Self {
            root,
            program,
            is_missing: AtomicBool::new(false),
        }
    }

    /// Returns whether rustfmt was needed and is missing.
    pub(super) fn is_missing(&self) -> bool {
        self.is_missing.load(Ordering::Relaxed)
    }

    /// Formats each text; `None` where rustfmt is missing or refuses it.
    pub(super) fn format_all(&self, texts: &[&str]) -> Vec<Option<String>> {
        thread::scope(|scope| {
            let running: Vec<_> = texts
                .iter()
                .map(|text| scope.spawn(|| self.format(text)))
                .collect();
            running
                .into_iter()
                .map(|thread| thread.join().ok().flatten())
                .collect()
        })
    }

    fn format(&self, text: &str) -> Option<String> {
        let mut child = Command::new(&self.program)
            .args(["--edition", "2024", "--emit", "stdout", "--quiet"])
            .current_dir(self.root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .inspect_err(|_| self.is_missing.store(true, Ordering::Relaxed))
            .ok()?;
        // rustfmt reads everything before it writes anything, so this cannot block.
        child.stdin.take()?.write_all(text.as_bytes()).ok()?;
        let output = child.wait_with_output().ok()?;
        let formatted = output
            .status
            .success()
            .then(|| String::from_utf8(output.stdout).ok())??;
        // Empty output for a text with content is no result.
        (!formatted.is_empty() || text.is_empty()).then_some(formatted)
    }
}
