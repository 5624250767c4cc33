//! Builds an app: one line of progress, no output on success, the compiler's messages on failure.

use std::{
    env,
    ffi::OsString,
    io::{self, BufRead, BufReader, IsTerminal, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::Duration,
};

use super::{
    cargo_output::{self, CargoStatus},
    folder_of_cargo, manifest,
};
use crate::{error::CliError, ui::Progress};

/// The interval at which the line of progress is updated.
const TICK: Duration = Duration::from_millis(100);

/// The Cargo profile to build with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Fast to build.
    Dev,
    /// Fast to run.
    Release,
}

/// An event from one of cargo's two pipes.
enum Event {
    Executable(String),
    Piece(String),
}

/// Builds the app's binary and returns its path.
pub(super) fn build(root: &Path, profile: Profile) -> Result<PathBuf, CliError> {
    let binary = manifest::binary(root)?;
    let mut cargo = spawn(command(root, &binary, profile, "json-render-diagnostics"))?;
    let mut progress = Progress::new(format!("building {binary}"));
    let mut diagnostics = String::new();
    let mut executable = None;

    let (sender, events) = mpsc::channel();
    listen(&mut cargo, &binary, sender);
    loop {
        match events.recv_timeout(TICK) {
            Ok(Event::Executable(path)) => executable = Some(PathBuf::from(path)),
            Ok(Event::Piece(piece)) => match cargo_output::parse(&piece) {
                CargoStatus::Progress(state) | CargoStatus::Busy(state) => {
                    progress.tick(Some(&state));
                }
                CargoStatus::Diagnostic => diagnostics.push_str(&piece),
                CargoStatus::Nothing => {}
            },
            Err(RecvTimeoutError::Timeout) => progress.tick(None),
            // Both pipes are closed: cargo has said everything.
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = cargo
        .wait()
        .map_err(|error| CliError::failed(format!("cannot wait for cargo: {error}")))?;
    drop(progress);
    if !status.success() {
        anstream::eprint!("{}", diagnostics.trim_start_matches('\n'));
        return Err(CliError::failed(format!("`{binary}` does not build"))
            .hint("the messages above say why; `cargo build` shows them again"));
    }
    executable.ok_or_else(|| CliError::failed(format!("cargo built no executable `{binary}`")))
}

/// The command that builds the binary, with both outputs as pipes: messages in this format of cargo on one, progress on the other.
pub(super) fn command(root: &Path, binary: &str, profile: Profile, format: &str) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let colored = console::colors_enabled_stderr();
    let mut cargo = Command::new(program);
    cargo
        .current_dir(folder_of_cargo(root))
        .args(["build", "--manifest-path"])
        .arg(root.join("Cargo.toml"))
        .args(["--bin", binary, "--message-format", format])
        .args(["--color", if colored { "always" } else { "never" }])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    if io::stderr().is_terminal() {
        // Only its progress bar knows how many crates there are.
        cargo
            .env("CARGO_TERM_PROGRESS_WHEN", "always")
            .env("CARGO_TERM_PROGRESS_WIDTH", "120");
    }
    cargo
}

pub(super) fn spawn(mut cargo: Command) -> Result<Child, CliError> {
    cargo.spawn().map_err(|error| {
        CliError::io("cannot run", Path::new(cargo.get_program()), &error)
            .hint("install Rust from <https://rustup.rs>")
    })
}

/// Reads both pipes, each in a thread that ends with its pipe.
fn listen(cargo: &mut Child, binary: &str, sender: Sender<Event>) {
    if let Some(stdout) = cargo.stdout.take() {
        let (sender, binary) = (sender.clone(), binary.to_owned());
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some(path) = cargo_output::executable(&line, &binary) {
                    let _ = sender.send(Event::Executable(path));
                }
            }
        });
    }
    if let Some(stderr) = cargo.stderr.take() {
        thread::spawn(move || pieces(stderr, |piece| sender.send(Event::Piece(piece)).is_ok()));
    }
}

/// Cuts a stream after each line feed and each carriage return, until `each` returns false.
pub(super) fn pieces(stream: impl Read, mut each: impl FnMut(String) -> bool) {
    let mut stream = BufReader::new(stream);
    let mut piece = Vec::new();
    loop {
        let (used, complete) = match stream.fill_buf() {
            Ok([]) | Err(_) => break,
            Ok(bytes) => {
                let end = bytes
                    .iter()
                    .position(|&byte| byte == b'\n' || byte == b'\r');
                let used = end.map_or(bytes.len(), |end| end + 1);
                piece.extend_from_slice(&bytes[..used]);
                (used, end.is_some())
            }
        };
        stream.consume(used);
        if complete {
            let text = String::from_utf8_lossy(&piece).into_owned();
            piece.clear();
            if !each(text) {
                return;
            }
        }
    }
    if !piece.is_empty() {
        each(String::from_utf8_lossy(&piece).into_owned());
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_stream_is_cut_at_line_ends_of_both_kinds() {
        let mut found = Vec::new();
        super::pieces("a\nb\rc".as_bytes(), |piece| {
            found.push(piece);
            true
        });
        assert_eq!(found, ["a\n", "b\r", "c"]);
    }
}
