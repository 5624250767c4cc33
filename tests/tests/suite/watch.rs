//! `cargo fw start --watch`, with real builds and real processes: what is changed is served, no request is refused, nothing is left
//! behind.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use fw_tests::{
    app::{App, Server, cargo_fw, fail, succeed},
    http::{Response, get, request},
    tools,
};
use serde_json::{Value, json};

use crate::forget_builds;

/// How long a build and a start may take: the first one compiles the framework, if no other test has done so.
const BUILD: Duration = Duration::from_mins(10);

/// How long a process may take to notice and to end.
const END: Duration = Duration::from_secs(20);

/// An application under supervision.
struct Watched {
    app: App,
    server: Server,
    address: SocketAddr,
}

impl Watched {
    fn start(app: App, arguments: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let port_argument = port.to_string();
        let mut words = vec!["start", "--watch"];
        if !arguments.contains(&"--worker") {
            words.extend(["--port", &port_argument]);
        }
        words.extend(arguments);
        let server = Server::spawn(app.fw(&words));
        Self {
            app,
            server,
            address: ([127, 0, 0, 1], port).into(),
        }
    }

    /// Waits until something holds.
    #[track_caller]
    fn until(&self, limit: Duration, what: &str, mut holds: impl FnMut() -> bool) -> Duration {
        let begin = Instant::now();
        while !holds() {
            assert!(
                begin.elapsed() < limit,
                "not within {limit:?}: {what}\n{}",
                self.server.log()
            );
            thread::sleep(Duration::from_millis(10));
        }
        begin.elapsed()
    }

    #[track_caller]
    fn until_served(&self, name: &str) -> Duration {
        self.until(BUILD, &format!("`{name}` is served"), || {
            self.name().as_deref() == Some(name)
        })
    }

    #[track_caller]
    fn until_logged(&self, text: &str, times: usize) {
        let what = format!("`{text}` is logged {times} times");
        self.until(BUILD, &what, || {
            self.server.log().matches(text).count() >= times
        });
    }

    /// The name in the response of the handler that is edited.
    fn name(&self) -> Option<String> {
        name(&get(self.address, "/").ok()?)
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.app.root.join(file), text).expect("the file is written");
    }

    fn edit(&self, name: &str) {
        self.write(HANDLER, &handler(&format!("\"{name}\"")));
    }

    /// The state for the pages of the application.
    fn state(&self) -> Value {
        let text =
            fs::read_to_string(self.app.root.join("target/fw/dev.json")).expect("it is there");
        serde_json::from_str(&text).expect("it is never half-written")
    }

    /// The processes that the supervisor has started, and those that they have started.
    fn processes(&self) -> Vec<u32> {
        let mut all = vec![self.server.pid()];
        let mut next = 0;
        while let Some(parent) = all.get(next) {
            let children = Command::new("pgrep")
                .args(["-P", &parent.to_string()])
                .output();
            let children = String::from_utf8_lossy(&children.expect("pgrep").stdout).into_owned();
            all.extend(children.lines().filter_map(|id| id.parse::<u32>().ok()));
            next += 1;
        }
        all.split_off(1)
    }

    #[track_caller]
    fn assert_nothing_is_left(&self, processes: &[u32]) {
        self.until(END, "all processes have ended", || {
            processes.iter().all(|id| !lives(*id))
        });
        drop(TcpListener::bind(self.address).expect("the port is free"));
    }
}

/// Whether a process runs. One that nobody has waited for yet has ended as well.
fn lives(id: u32) -> bool {
    let state = Command::new("ps")
        .args(["-o", "stat=", "-p", &id.to_string()])
        .output();
    let state = String::from_utf8_lossy(&state.expect("ps").stdout)
        .trim()
        .to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

const HANDLER: &str = "src/home/controller.rs";

fn handler(name: &str) -> String {
    format!(
        "//! The handler of `GET /`.\n\nuse fw::{{dto::prelude::*, prelude::*}};\n\n\
         /// The response to `GET /`.\n#[derive(Debug, JsonSchema, Serialize)]\npub struct Home {{\n    pub name: &'static str,\n}}\n\n\
         /// Shows a name.\npub async fn index(_: Anyone) -> Json<Home> {{\n    Json(Home {{ name: {name} }})\n}}\n"
    )
}

fn name(response: &Response) -> Option<String> {
    (response.status == 200).then(|| {
        response.json()["name"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    })
}

/// A client that asks without a pause, each time on a new connection.
struct Client {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Result<Response, String>>>,
}

impl Client {
    fn start(address: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut responses = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                responses.push(get(address, "/").map_err(|error| error.to_string()));
                // The compiler needs the processor, too.
                thread::sleep(Duration::from_millis(2));
            }
            responses
        });
        Self { stop, thread }
    }

    /// The names that were served, each once, in their order.
    #[track_caller]
    fn names(self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        let responses = self.thread.join().expect("the client has not panicked");
        assert!(responses.len() > 50, "only {} requests", responses.len());
        let mut names = Vec::new();
        for response in responses {
            let response = response.expect("no request is refused or cut off");
            let name = name(&response)
                .unwrap_or_else(|| panic!("{} {}", response.status, response.text()));
            // For a moment both processes take connections.
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// The first build fails, and the supervisor itself responds with the error. Returns the state then.
#[track_caller]
fn the_reason_is_served(watched: &Watched) -> Value {
    let address = watched.address;
    let mut reasons = Vec::new();
    watched.until(BUILD, "the error is in the response", || {
        let Ok(response) = get(address, "/api/v1/posts?limit=1") else {
            return false;
        };
        assert_eq!(response.status, 503, "{}", response.text());
        assert_eq!(response.header("content-type"), "application/problem+json");
        assert_eq!(response.header("retry-after"), "1");
        assert_eq!(response.json()["instance"], "/api/v1/posts");
        reasons.push(response.json());
        response.json()["messages"][0]["file"] == HANDLER
    });
    assert_eq!(reasons[0]["detail"], "the application is being built");
    let error = &reasons[reasons.len() - 1];
    assert_eq!(error["detail"], "`watched` does not build: 1 error");
    assert_eq!(error["messages"][0]["message"], "mismatched types");
    assert_eq!(error["messages"][0]["line"], 13);
    let page = request(address, "POST", "/", &[("accept", "text/html")], b"a body");
    let page = page.expect("a response");
    let kind = page.header("content-type");
    assert_eq!((page.status, kind), (503, "text/html; charset=utf-8"));
    let text = page.text();
    assert!(
        text.contains("<pre>error[E0308]: mismatched types"),
        "{text}"
    );
    let log = watched.server.log();
    assert!(log.contains("error[E0308]: mismatched types"), "{log}");
    let line = "failed `watched` does not build: 1 error; the next change tries again";
    assert!(log.contains(line), "{log}");
    assert!(!log.contains('\u{1b}'), "colours without a terminal: {log}");
    let state = watched.state();
    assert_eq!(
        (&state["state"], &state["step"]),
        (&"failed".into(), &"build".into())
    );
    assert_eq!(state["messages"], error["messages"]);
    state
}

/// A setting needs no build; one that is wrong stops the new process, and the last one goes on.
#[track_caller]
fn settings_are_used_without_a_build(watched: &Watched) {
    let builds = || watched.server.log().matches(" built watched in").count();
    let before = builds();
    let file = "config/development.toml";
    let config = fs::read_to_string(watched.app.root.join(file)).expect("it is there");
    let frame_options = || {
        let response = get(watched.address, "/").expect("a response");
        response.header("x-frame-options").to_owned()
    };
    let right = "[middleware.security_headers]\nframe_options = \"SAMEORIGIN\"\n";
    watched.write(file, &format!("{config}\n{right}"));
    watched.until(END, "the setting holds", || frame_options() == "SAMEORIGIN");
    watched.write(file, &format!("{config}\n[server]\nprot = 1\n"));
    let line = "failed the application ended at its start (exit status: 1); the last build goes on serving";
    watched.until_logged(line, 1);
    let log = watched.server.log();
    assert!(log.contains("`server.prot`"), "{log}");
    assert_eq!(frame_options(), "SAMEORIGIN");
    assert_eq!(watched.state()["step"], "start");
    watched.write(file, &config);
    watched.until(END, "the mended setting holds", || {
        frame_options() == "DENY"
    });
    assert_eq!(builds(), before, "{}", watched.server.log());
}

#[test]
fn every_change_is_served_and_no_request_is_refused() {
    let app = App::new("watched", &[]);
    forget_builds("watched");
    fs::write(app.root.join(HANDLER), handler("7")).expect("written");
    let mut watched = Watched::start(app, &[]);
    let serves = |watched: &Watched| {
        watched.until(END, "the state says so", || {
            watched.state()["state"] == "serving"
        });
    };
    let broken = the_reason_is_served(&watched);
    watched.edit("edit 0");
    watched.until_served("edit 0");
    serves(&watched);

    let client = Client::start(watched.address);
    for number in 1..=5 {
        watched.edit(&format!("edit {number}"));
        watched.until_served(&format!("edit {number}"));
    }
    // The last of two changes wins, and the first one of them is never served.
    watched.edit("overtaken");
    thread::sleep(Duration::from_millis(150));
    watched.edit("edit 6");
    watched.until_served("edit 6");

    // A build that fails changes nothing but the state.
    watched.write(HANDLER, &handler("8"));
    watched.until_logged("does not build: 1 error; the last build goes on serving", 1);
    assert_eq!(watched.name().as_deref(), Some("edit 6"));
    let state = watched.state();
    assert_eq!(state["state"], "failed");
    assert!(state["sequence"].as_u64() > broken["sequence"].as_u64());
    watched.edit("edit 7");
    watched.until_served("edit 7");
    serves(&watched);

    settings_are_used_without_a_build(&watched);

    // A resource is generated: its table is made.
    succeed(&mut watched.app.fw(&["generate", "scaffold", "role"]));
    watched.until(BUILD, "the resource is served", || {
        get(watched.address, "/api/v1/roles").is_ok_and(|response| response.status == 200)
    });
    let expected: Vec<String> = (0..=7).map(|number| format!("edit {number}")).collect();
    assert_eq!(client.names(), expected);

    // A process that dies after a while is started again; connections wait for it.
    thread::sleep(Duration::from_secs(6));
    let [process] = watched.processes()[..] else {
        panic!("one process of the application: {:?}", watched.processes())
    };
    succeed(Command::new("kill").args(["-s", "KILL", &process.to_string()]));
    let line = "ended the application ended by itself (signal: 9 (SIGKILL)); it is started again";
    watched.until_logged(line, 1);
    let response = get(watched.address, "/").expect("it waits");
    assert_eq!(response.status, 200, "{}", watched.server.log());

    let processes = watched.processes();
    assert_eq!(processes.len(), 1);
    watched.server.signal("TERM");
    let status = watched.server.wait(END);
    assert_eq!(status.code(), Some(0), "{}", watched.server.log());
    watched.assert_nothing_is_left(&processes);
    assert!(!watched.app.root.join("target/fw/dev.json").exists());
    let log = watched.server.log();
    assert!(
        !log.contains("cut off") && !log.contains("panicked"),
        "{log}"
    );
}

#[test]
fn every_change_comes_to_the_screen_by_itself() {
    let app = App::new("looked", &["--template", "web"]);
    forget_builds("looked");
    let watched = Watched::start(app, &[]);
    watched.until(BUILD, "the page is served", || {
        get(watched.address, "/").is_ok_and(|response| response.status == 200)
    });
    let url = format!("http://{}", watched.address);
    let folder = watched.app.root.to_str().expect("UTF-8");
    let seen = tools::browse("watch.cjs", &[&url, folder]);
    println!("milliseconds: {}", seen["milliseconds"]);
    assert_eq!(seen["errors"], json!([]), "{seen}");
    assert_eq!(
        seen["isTheSamePage"], true,
        "a style needs no new page: {seen}"
    );
    let failure = seen["failure"].as_str().expect("a text");
    for part in [
        "The build has failed",
        "The last build is served.",
        "error[E0308]: mismatched types",
        "src/home/pages.rs:",
    ] {
        assert!(failure.contains(part), "{failure}");
    }
    let kept = format!("Edit 5: {}", seen["old"].as_str().expect("a text"));
    assert_eq!(seen["kept"], kept);
}

#[test]
fn nothing_is_left_however_it_ends() {
    let app = App::new("supervised", &[]);
    forget_builds("supervised");
    // While it builds.
    let mut watched = Watched::start(app, &[]);
    watched.until(BUILD, "it builds", || watched.processes().len() > 1);
    let processes = watched.processes();
    watched.server.signal("HUP");
    assert_eq!(
        watched.server.wait(END).code(),
        Some(0),
        "{}",
        watched.server.log()
    );
    watched.assert_nothing_is_left(&processes);

    // Killed, so that it can do nothing any more.
    let Watched { app, .. } = watched;
    let mut watched = Watched::start(app, &[]);
    watched.until(BUILD, "it serves", || watched.name().is_some());
    let processes = watched.processes();
    assert_eq!(processes.len(), 1, "{}", watched.server.log());
    watched.server.signal("KILL");
    watched.server.wait(END);
    watched.assert_nothing_is_left(&processes);
    let log = watched.server.log_with("stopped");
    assert!(log.contains("end of `cargo fw start --watch`"), "{log}");

    // One that only runs jobs has no socket, and is started again just as well.
    let Watched { app, .. } = watched;
    let mut watched = Watched::start(app, &["--worker"]);
    watched.until_logged("runs jobs", 1);
    watched.write(".env", "FW_LOG=debug\n");
    watched.until_logged("runs jobs", 2);
    watched.until(END, "the former one has ended", || {
        watched.processes().len() == 1
    });
    let processes = watched.processes();
    watched.server.signal("INT");
    assert_eq!(
        watched.server.wait(END).code(),
        Some(0),
        "{}",
        watched.server.log()
    );
    watched.assert_nothing_is_left(&processes);
}

#[test]
fn an_address_that_is_taken_is_an_error_before_the_build() {
    let folder = tempfile::tempdir().expect("a folder");
    succeed(&mut cargo_fw(
        folder.path(),
        &["new", "taken", "--no-git", "--yes"],
    ));
    let other = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = other.local_addr().expect("an address").port();
    // From the configuration, as no option names it.
    let root = folder.path().join("taken");
    fs::write(
        root.join("config/development.local.toml"),
        format!("[server]\nport = {port}\n"),
    )
    .expect("written");
    let mut start = cargo_fw(&root, &["start", "--watch"]);
    let (code, output) = fail(&mut start);
    assert_eq!(code, 1);
    assert!(
        output.contains(&format!(
            "error: 127.0.0.1:{port} is taken: another program listens there\nhint: "
        )),
        "{output}"
    );
}
