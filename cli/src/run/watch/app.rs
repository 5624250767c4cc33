//! A process of the app.

use std::{
    collections::VecDeque,
    fs, io,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::{net::UnixStream, process::CommandExt},
    },
    path::Path,
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc::Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

use rustix::{
    io::{FdFlags, fcntl_setfd},
    process::{Pid, Signal, kill_process, kill_process_group},
};

use super::event::{AppMessage, Event};

/// The variable by which the app knows that its standard input leads to this program.
const VARIABLE: &str = "CARGO_FW_WATCH";

/// The time in which a process that was asked to end finishes its requests. Then it is killed: nobody waits for an old build.
const DRAIN: Duration = Duration::from_secs(10);

/// The lines of standard error that are kept.
const LAST_WORDS: usize = 40;

/// The time that standard error has to be read to its end after the process has ended.
const READ_TO_END: Duration = Duration::from_millis(200);

/// A process of the app. It is killed when this is dropped.
pub(super) struct App {
    pub(super) number: u64,
    pub(super) stamp: Stamp,
    pub(super) started: Instant,
    /// The time at which it said that it serves.
    pub(super) serves_since: Option<Instant>,
    /// True once it has closed its standard input, which it does when it ends.
    pub(super) says_no_more: bool,
    child: Child,
    /// Our end of its standard input: its end tells the process that we have ended.
    _input: UnixStream,
    errors: Option<JoinHandle<()>>,
    last_words: Arc<Mutex<VecDeque<String>>>,
    stopped: Option<Instant>,
}

/// The identity of a built executable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
}

impl Stamp {
    pub(super) fn of(executable: &Path) -> Self {
        let metadata = fs::metadata(executable).ok();
        Self {
            modified: metadata.as_ref().and_then(|file| file.modified().ok()),
            bytes: metadata.map_or(0, |file| file.len()),
        }
    }
}

impl App {
    /// Starts a process, and hands it the socket, if it is to have one.
    pub(super) fn start(
        mut command: Command,
        socket: Option<&TcpListener>,
        number: u64,
        sender: &Sender<Event>,
    ) -> io::Result<Self> {
        let stamp = Stamp::of(Path::new(command.get_program()));
        let (ours, theirs) = UnixStream::pair()?;
        // It outlives this block and is inherited, unlike all other files of this process.
        let inherited = socket.map(TcpListener::try_clone).transpose()?;
        for name in ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] {
            command.env_remove(name);
        }
        if let Some(socket) = &inherited {
            fcntl_setfd(socket, FdFlags::empty())?;
            command
                .env("LISTEN_FDS", "1")
                .env("LISTEN_FDS_FIRST_FD", socket.as_raw_fd().to_string());
        }
        // A group of its own: Ctrl-C on the terminal is left to the supervisor.
        let mut child = command
            .env(VARIABLE, "1")
            .process_group(0)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stderr(Stdio::piped())
            .spawn()?;
        // The command holds the other end of the input until it is dropped, and would keep the end of the process from being noticed.
        drop(command);
        let last_words: Arc<Mutex<VecDeque<String>>> = Arc::default();
        let errors = child.stderr.take().map(|errors| {
            let last_words = Arc::clone(&last_words);
            thread::spawn(move || pass_on(errors, &last_words))
        });
        listen(ours.try_clone()?, number, sender.clone());
        Ok(Self {
            number,
            stamp,
            started: Instant::now(),
            serves_since: None,
            says_no_more: false,
            child,
            _input: ours,
            errors,
            last_words,
            stopped: None,
        })
    }

    /// Its exit status, once it has ended.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        // A process that cannot be waited for is none of ours any more.
        self.child
            .try_wait()
            .unwrap_or_else(|_| Some(ExitStatus::default()))
    }

    /// Asks it to finish its requests and to end.
    pub(super) fn stop(&mut self) {
        if self.stopped.is_none() {
            self.stopped = Some(Instant::now());
            if let Some(id) = self.id() {
                let _ = kill_process(id, Signal::TERM);
            }
        }
    }

    /// Kills it, with the processes that it has started, if it was asked to end and the time to do so is over.
    pub(super) fn kill_if_late(&mut self) {
        if self.stopped.is_some_and(|time| time.elapsed() > DRAIN) {
            self.kill();
        }
    }

    /// Kills it with the processes that it has started.
    pub(super) fn kill(&mut self) {
        if let Some(id) = self.id() {
            let _ = kill_process_group(id, Signal::KILL);
        }
    }

    /// The last lines that it has written to standard error, once it has ended.
    pub(super) fn last_words(&mut self) -> String {
        let begin = Instant::now();
        let is_read =
            |errors: &Option<JoinHandle<()>>| errors.as_ref().is_none_or(JoinHandle::is_finished);
        while !is_read(&self.errors) && begin.elapsed() < READ_TO_END {
            thread::sleep(Duration::from_millis(5));
        }
        let words = self
            .last_words
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        words
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Its id, which is that of its group as well; `None` once it has ended and the id may be that of another process.
    fn id(&mut self) -> Option<Pid> {
        match self.child.try_wait() {
            Ok(None) => Pid::from_raw(i32::try_from(self.child.id()).ok()?),
            _ => None,
        }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.kill();
        let _ = self.child.wait();
    }
}

/// Sends what the process says through its standard input, and its end.
fn listen(input: UnixStream, number: u64, sender: Sender<Event>) {
    thread::spawn(move || {
        for line in BufReader::new(input).lines().map_while(Result::ok) {
            if line == "serves" {
                let _ = sender.send(Event::App(number, AppMessage::Serves));
            }
        }
        let _ = sender.send(Event::App(number, AppMessage::Ended));
    });
}

/// Passes standard error on, and keeps its last lines.
fn pass_on(errors: ChildStderr, last_words: &Mutex<VecDeque<String>>) {
    let mut errors = BufReader::new(errors);
    let mut line = Vec::new();
    while matches!(errors.read_until(b'\n', &mut line), Ok(bytes) if bytes > 0) {
        let _ = io::stderr().write_all(&line);
        let mut words = last_words.lock().unwrap_or_else(PoisonError::into_inner);
        if words.len() == LAST_WORDS {
            words.pop_front();
        }
        words.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
        line.clear();
    }
}
