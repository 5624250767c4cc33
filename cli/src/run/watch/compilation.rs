//! A build that can be cancelled, whose outputs are events.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::Child,
    sync::mpsc::Sender,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{
    diagnostics::Diagnostics,
    event::{CargoOutput, Event},
    failure::{Failure, Step},
};
use crate::{
    error::CliError,
    run::{
        build::{self, Profile},
        cargo_output::{self, CargoStatus},
    },
};

/// The time that cargo and the compilers have to end when they are asked to.
const CANCEL: Duration = Duration::from_secs(2);

/// A build that runs. It ends when this is dropped.
pub(super) struct Compilation {
    pub(super) number: u64,
    cargo: Child,
    root: PathBuf,
    binary: String,
    started: Instant,
    /// The pipes of cargo that are still open.
    open: usize,
    executable: Option<PathBuf>,
    diagnostics: Diagnostics,
    /// Errors of cargo itself, such as those in `Cargo.toml`.
    of_cargo: String,
    compiles_app: bool,
}

/// A build that has succeeded.
pub(super) struct Built {
    pub(super) executable: PathBuf,
    pub(super) time: Duration,
    pub(super) warnings: usize,
}

/// A build that has failed.
pub(super) struct Broken {
    pub(super) failure: Failure,
    /// The first errors as a terminal shows them.
    pub(super) rendered: String,
}

impl Compilation {
    pub(super) fn start(
        root: &Path,
        binary: &str,
        profile: Profile,
        number: u64,
        sender: &Sender<Event>,
    ) -> Result<Self, CliError> {
        let format = "json-diagnostic-rendered-ansi";
        let mut command = build::command(root, binary, profile, format);
        // A group of its own, so that the compilers can be ended with it, and Ctrl-C on the terminal is left to the supervisor.
        command.process_group(0);
        let mut cargo = build::spawn(command)?;
        let mut open = 0;
        if let Some(stdout) = cargo.stdout.take() {
            let sender = sender.clone();
            open += 1;
            thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let _ = sender.send(Event::Cargo(number, CargoOutput::Message(line)));
                }
                let _ = sender.send(Event::Cargo(number, CargoOutput::Closed));
            });
        }
        if let Some(stderr) = cargo.stderr.take() {
            let sender = sender.clone();
            open += 1;
            thread::spawn(move || {
                build::pieces(stderr, |piece| {
                    let piece = CargoOutput::Piece(piece);
                    sender.send(Event::Cargo(number, piece)).is_ok()
                });
                let _ = sender.send(Event::Cargo(number, CargoOutput::Closed));
            });
        }
        Ok(Self {
            number,
            cargo,
            root: root.to_owned(),
            binary: binary.to_owned(),
            started: Instant::now(),
            open,
            executable: None,
            diagnostics: Diagnostics::default(),
            of_cargo: String::new(),
            compiles_app: false,
        })
    }

    /// Takes an output. Returns the state for a line of progress, if there is a new one.
    pub(super) fn take(&mut self, output: CargoOutput) -> Option<String> {
        match output {
            CargoOutput::Message(line) => {
                self.diagnostics.add(&line);
                if let Some(path) = cargo_output::executable(&line, &self.binary) {
                    self.executable = Some(path.into());
                }
            }
            CargoOutput::Closed => self.open -= 1,
            CargoOutput::Piece(piece) => match cargo_output::parse(&piece) {
                CargoStatus::Progress(state) | CargoStatus::Busy(state) => return Some(state),
                CargoStatus::Diagnostic => self.of_cargo.push_str(&piece),
                CargoStatus::Nothing => {
                    let plain = console::strip_ansi_codes(&piece);
                    self.compiles_app |= plain.trim_start().starts_with("Compiling ")
                        && plain
                            .trim_end()
                            .ends_with(&format!("({})", self.root.display()));
                }
            },
        }
        None
    }

    /// Returns whether cargo has said everything.
    pub(super) fn is_over(&self) -> bool {
        self.open == 0
    }

    /// Returns whether only the app itself is still compiled. What is compiled of its dependencies would be lost if the build were
    /// cancelled: with changes every minute, a first build that takes two would never end.
    pub(super) fn can_be_cancelled(&self) -> bool {
        self.compiles_app
    }

    /// Waits for cargo, which has said everything.
    pub(super) fn finish(mut self) -> Result<Built, Broken> {
        let status = self.cargo.wait();
        let diagnostics = std::mem::take(&mut self.diagnostics);
        if status.is_ok_and(|status| status.success())
            && let Some(executable) = self.executable.take()
        {
            return Ok(Built {
                executable,
                time: self.started.elapsed(),
                warnings: diagnostics.warnings(),
            });
        }
        let counts = diagnostics.counts();
        let title = format!("`{}` does not build", self.binary);
        if diagnostics.rendered().is_empty() {
            return Err(Broken {
                failure: Failure::new(Step::Build, title, &self.of_cargo),
                rendered: self.of_cargo.trim_start_matches('\n').to_owned(),
            });
        }
        let rendered = diagnostics.rendered().to_owned();
        Err(Broken {
            failure: Failure {
                step: Step::Build,
                title: format!("{title}: {counts}"),
                messages: diagnostics.into_errors(),
            },
            rendered,
        })
    }
}

impl Drop for Compilation {
    /// Ends cargo and the compilers, if they still run.
    fn drop(&mut self) {
        let begin = Instant::now();
        let mut signal = Signal::TERM;
        while let Ok(None) = self.cargo.try_wait() {
            if let Ok(id) = i32::try_from(self.cargo.id())
                && let Some(group) = Pid::from_raw(id)
            {
                let _ = kill_process_group(group, signal);
            }
            thread::sleep(Duration::from_millis(10));
            if begin.elapsed() > CANCEL {
                signal = Signal::KILL;
            }
        }
    }
}
