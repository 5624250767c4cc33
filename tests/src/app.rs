//! Real applications, made by the real command line tool, run as real processes.

use std::{
    env,
    fs::{self, File},
    io::{BufRead, BufReader, ErrorKind},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, LazyLock, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::{http, process::Process};

/// How long a server may take to start.
const START: Duration = Duration::from_secs(30);
/// The same with a build before it, while others build.
const START_AND_BUILD: Duration = Duration::from_mins(10);

/// The root of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are a folder of the repository")
}

/// `cargo fw …`, run without a terminal.
pub fn cargo_fw(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(cli());
    command
        .arg("fw")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    clean(&mut command);
    command.env("CARGO_TARGET_DIR", target_folder());
    command
}

/// The target folder in which this program was built.
pub fn target_folder() -> PathBuf {
    let exe = env::current_exe().expect("the program knows its own path");
    // Programs are in `debug`, tests in `debug/deps`.
    let test = exe.parent().is_some_and(|folder| folder.ends_with("deps"));
    exe.ancestors()
        .nth(if test { 3 } else { 2 })
        .expect("it is some folders below")
        .to_owned()
}

/// The command line tool that was built with these tests.
fn cli() -> PathBuf {
    let cli = target_folder().join("debug/cargo-fw");
    assert!(
        cli.exists(),
        "`{}` is missing: build it with `cargo build -p cargo-fw`",
        cli.display()
    );
    cli
}

/// Keeps what the surrounding `cargo` says about the tests away from the applications, and that the tests run in continuous
/// integration: what applications do there differs from a person's machine.
pub fn clean(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let about_the_tests = text.starts_with("CARGO_") && text != "CARGO_HOME";
        if about_the_tests
            || text.starts_with("FW_")
            || ["BLESS", "CI", "DATABASE_URL", "RUST_LOG"].contains(&&*text)
        {
            command.env_remove(&name);
        }
    }
}

/// Runs a command to its end and gives what it printed, both outputs together.
///
/// # Panics
///
/// When it fails; with everything it printed.
#[track_caller]
pub fn succeed(command: &mut Command) -> String {
    let output = output(command);
    assert!(
        output.status.success(),
        "{command:?} ended with {}\n{}",
        output.status,
        text(&output)
    );
    text(&output)
}

/// Runs a command to its end. A program that was just written may still be open for writing in a process that another test has
/// forked at that moment, until that process becomes its own program (`ETXTBSY`).
#[track_caller]
fn output(command: &mut Command) -> Output {
    loop {
        match command.output() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
                thread::sleep(Duration::from_millis(20));
            }
            output => return output.expect("the program can be started"),
        }
    }
}

/// Runs a command that must fail and gives its exit code and what it printed.
#[track_caller]
pub fn fail(command: &mut Command) -> (i32, String) {
    let output = output(command);
    assert!(
        !output.status.success(),
        "{command:?} was to fail\n{}",
        text(&output)
    );
    (output.status.code().unwrap_or(-1), text(&output))
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The folder of the applications of this process, below the target folder. It is the first one that no other process has, so that the
/// builds of earlier runs are used again.
static FOLDER: LazyLock<Folder> = LazyLock::new(Folder::first_free);

struct Folder {
    path: PathBuf,
    /// Locked until the process ends.
    _lock: File,
}

impl Folder {
    fn first_free() -> Self {
        let all = target_folder().join("tmp");
        fs::create_dir_all(&all).expect("the folder can be made");
        (0..)
            .find_map(|number| {
                let lock = lock_file(&all.join(format!("{number}.lock")));
                lock.try_lock().is_ok().then(|| Self {
                    path: all.join(number.to_string()),
                    _lock: lock,
                })
            })
            .expect("there are many numbers")
    }
}

fn lock_file(path: &Path) -> File {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .expect("the lock can be opened")
}

/// An application in a folder below the target folder. It is made anew in each run, at the same place, so that its builds
/// are used again.
pub struct App {
    /// Its root.
    pub root: PathBuf,
}

impl App {
    /// `cargo fw new NAME …`.
    #[track_caller]
    pub fn new(name: &str, arguments: &[&str]) -> Self {
        let folder = FOLDER.path.clone();
        let root = folder.join(name);
        if root.exists() {
            fs::remove_dir_all(&root).expect("the application of an earlier run can be removed");
        }
        fs::create_dir_all(&folder).expect("the folder can be made");
        let mut words = vec!["new", name, "--no-git", "--yes"];
        words.extend(arguments);
        succeed(&mut cargo_fw(&folder, &words));
        Self { root }
    }

    /// `cargo fw …` in the application's root.
    pub fn fw(&self, arguments: &[&str]) -> Command {
        cargo_fw(&self.root, arguments)
    }

    /// `cargo …` in the application's root.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command
            .args(arguments)
            .current_dir(&self.root)
            .stdin(Stdio::null());
        clean(&mut command);
        command.env("CARGO_TARGET_DIR", target_folder());
        command
    }

    /// Builds the application and gives its binary, copied to where no other application's build overwrites it.
    #[track_caller]
    pub fn build(&self) -> Binary {
        self.build_with("build.lock", &[])
    }

    /// Like [`build`](Self::build), in the release profile, which has views in the binary. It is not optimized, as that takes long.
    #[track_caller]
    pub fn build_release(&self) -> Binary {
        let profile = "profile.release";
        let settings = ["opt-level=0", "codegen-units=16", "strip=true"];
        let settings = settings.map(|setting| format!("{profile}.{setting}"));
        let mut arguments = vec!["--release"];
        for setting in &settings {
            arguments.extend(["--config", setting]);
        }
        self.build_with("release.lock", &arguments)
    }

    #[track_caller]
    fn build_with(&self, lock: &str, arguments: &[&str]) -> Binary {
        // For cargo the application of another process is the same package: it would overwrite the binary before it is copied.
        let turn = lock_file(&target_folder().join("tmp").join(lock));
        turn.lock().expect("the lock can be taken");
        let output = self
            .cargo(&[
                "build",
                "--quiet",
                "--message-format=json-render-diagnostics",
            ])
            .args(arguments)
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo can be started");
        assert!(output.status.success(), "the application does not build");
        let built = String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
            .next_back()
            .expect("cargo names the binary");
        let path = self.root.join("target-binary");
        fs::copy(built, &path).expect("the binary can be copied");
        Binary {
            path,
            root: self.root.clone(),
        }
    }
}

/// The binary of an application.
#[derive(Clone)]
pub struct Binary {
    path: PathBuf,
    root: PathBuf,
}

impl Binary {
    /// The binary in another folder, without the application around it.
    #[must_use]
    #[track_caller]
    pub fn moved_to(self, folder: &Path) -> Self {
        let path = folder.join("app");
        fs::rename(&self.path, &path)
            .or_else(|_| fs::copy(&self.path, &path).map(drop))
            .expect("the binary can be moved");
        Self {
            path,
            root: folder.to_owned(),
        }
    }

    /// The folder of the application.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A command of the application's own binary, in its root.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_in(&self.root, arguments)
    }

    /// A command of the application's own binary, in another folder.
    pub fn command_in(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null());
        clean(&mut command);
        command
    }

    /// Starts a server on a free port and waits until it is ready.
    #[track_caller]
    pub fn start(&self, variables: &[(&str, &str)]) -> Server {
        let mut command = self.command(&["start", "--port", "0"]);
        command.envs(variables.iter().copied());
        Server::start(command)
    }
}

/// A server in a process of its own; it is killed when this is dropped.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// Starts a server and waits until it says where it listens and is ready.
    #[track_caller]
    pub fn start(command: Command) -> Self {
        Self::start_within(command, START)
    }

    /// Like [`start`](Self::start), for a command that builds the application first.
    #[track_caller]
    pub fn build_and_start(command: Command) -> Self {
        Self::start_within(command, START_AND_BUILD)
    }

    #[track_caller]
    fn start_within(command: Command, limit: Duration) -> Self {
        let mut server = Self::spawn(command);
        let begin = Instant::now();
        while server.address.port() == 0 || http::get(server.address, "/health/ready").is_err() {
            if let Some(status) = server.child.try_wait().expect("the server can be asked") {
                panic!("the server ended with {status}\n{}", server.log());
            }
            assert!(
                begin.elapsed() < limit,
                "the server does not start\n{}",
                server.log()
            );
            thread::sleep(Duration::from_millis(20));
            if let Some(address) = listening(&server.log()) {
                server.address = address;
            }
        }
        server
    }

    /// Starts a process that need not listen, such as one that only runs jobs, and does not wait for it.
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server can be started");
        let log = Arc::new(Mutex::new(String::new()));
        for pipe in [
            Box::new(child.stdout.take().expect("piped")) as Box<dyn std::io::Read + Send>,
            Box::new(child.stderr.take().expect("piped")),
        ] {
            let log = Arc::clone(&log);
            thread::spawn(move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
                    log.push_str(&line);
                    log.push('\n');
                }
            });
        }
        Self {
            address: ([127, 0, 0, 1], 0).into(),
            child,
            log,
        }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits until it has logged `text`, which may take a moment longer than its answer, and gives the whole log.
    #[track_caller]
    pub fn log_with(&self, text: &str) -> String {
        let begin = Instant::now();
        loop {
            let log = self.log();
            if log.contains(text) {
                return log;
            }
            assert!(
                begin.elapsed() < Duration::from_secs(5),
                "`{text}` is not logged\n{log}"
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it takes from the system.
    pub fn process(&self) -> Process {
        Process(self.pid())
    }

    /// Sends it a signal, such as `TERM`.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.pid().to_string()])
            .status();
        assert!(
            status.expect("`kill` can be started").success(),
            "the server can be sent {name}"
        );
    }

    /// How it has ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("the server can be asked")
    }

    /// Waits for its end.
    #[track_caller]
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(
                begin.elapsed() < limit,
                "the server does not end within {limit:?}\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in the line `… listens on http://127.0.0.1:3000`.
fn listening(log: &str) -> Option<SocketAddr> {
    let (_, rest) = log.split_once("listens on http://")?;
    let end = rest
        .find(|c: char| !(c.is_ascii_digit() || ".:[]abcdef".contains(c)))
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}
