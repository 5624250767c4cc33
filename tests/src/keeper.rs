//! The script that keeps a server of the tests: it starts the server, does with it what it is told, and takes it away.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The process of a script. It says `done` when the server has started, and after each line of its input. It stops the server when its
/// input is closed, which the end of this process does as well.
pub(crate) struct Keeper {
    /// The name of the server, for messages.
    name: &'static str,
    process: Child,
    talk: Mutex<Talk>,
}

struct Talk {
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Keeper {
    /// Starts a script, and waits until its server has started.
    #[track_caller]
    pub(crate) fn start(name: &'static str, script: &mut Command) -> Self {
        let mut process = script
            .current_dir("/")
            // Ctrl-C ends the tests, and that ends the server.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("`sh` can be started");
        let talk = Talk {
            input: process.stdin.take(),
            output: BufReader::new(process.stdout.take().expect("it is a pipe")),
        };
        let mut keeper = Self {
            name,
            process,
            talk: Mutex::new(talk),
        };
        let talk = keeper.talk.get_mut();
        let said = talk.unwrap_or_else(PoisonError::into_inner).hear();
        assert_eq!(said, "done\n", "{name} does not start; is it installed?");
        keeper
    }

    /// Lets the script do something with the server, and waits until that is done.
    #[track_caller]
    pub(crate) fn tell(&self, what: &str) {
        let said = {
            let mut talk = self.talk.lock().unwrap_or_else(PoisonError::into_inner);
            let input = talk.input.as_mut().expect("it is open");
            writeln!(input, "{what}").expect("the script is there");
            talk.hear()
        };
        assert_eq!(said, "done\n", "{} does not {what}", self.name);
    }
}

impl Talk {
    fn hear(&mut self) -> String {
        let mut said = String::new();
        let read = self.output.read_line(&mut said);
        read.expect("the script can be heard");
        said
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let talk = self.talk.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(talk.input.take());
        // Nothing is left when this returns.
        let _ = self.process.wait();
    }
}

/// A place for the data of a server.
#[derive(Clone, Copy)]
pub(crate) enum Medium {
    /// In memory, where that is possible: a database for each test means many small files.
    Memory,
    /// On a disk, where it takes as long as it does until something is kept.
    Disk,
}

/// A new folder for a server, which its script removes.
pub(crate) fn folder(name: &str, medium: Medium) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let base = match medium {
        Medium::Memory if memory.is_dir() => memory.to_owned(),
        Medium::Memory | Medium::Disk => env::temp_dir(),
    };
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = base.join(format!(
        "framewright-{name}-{}-{number}",
        std::process::id()
    ));
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

/// A port on `127.0.0.1` that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("there is a free port")
        .port()
}
