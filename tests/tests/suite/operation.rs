//! The server as an operator meets it: reverse proxies, signals, sockets, a full disk, the end of the drain time.

use std::{
    fs,
    io::{Read, Write},
    net::SocketAddr,
    os::unix::{fs::symlink, net::UnixStream},
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use fw_tests::{
    app::{Server, succeed},
    http::{self, get},
};
use serde_json::Value;

use crate::{Database, shop};

/// Waits until `condition` is true.
#[track_caller]
fn eventually(what: &str, condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(10), "never: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn get_forwarded(address: SocketAddr, path: &str, forwarded_for: &str) -> http::Response {
    let headers = [("x-forwarded-for", forwarded_for)];
    http::request(address, "GET", path, &headers, b"").expect("a response")
}

/// The lines of a JSON log about a path.
fn lines_about(log: &str, path: &str) -> Vec<Value> {
    log.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["path"] == path)
        .collect()
}

/// A rule that lets one request of each address through.
const ONE_IN_A_MINUTE: &str = r#"[{ name = "lab", paths = ["/lab"], requests = 1 }]"#;

#[test]
fn the_client_behind_a_trusted_proxy_is_logged_and_limited() {
    let shop = shop();
    let variables = [
        ("FW_LOGGER__FORMAT", "json"),
        ("FW_MIDDLEWARE__RATE_LIMIT__RULES", ONE_IN_A_MINUTE),
    ];
    let trusting = [
        &variables[..],
        &[("FW_SERVER__TRUSTED_PROXIES", "127.0.0.0/8,10.0.0.1")],
    ];
    let server = shop.start(&trusting.concat());
    let status = |forwarded| get_forwarded(server.address, "/lab/whoami", forwarded).status;
    assert_eq!(status("198.51.100.7"), 200);
    assert_eq!(status("203.0.113.9, 198.51.100.7, 10.0.0.1"), 429);
    assert_eq!(status("198.51.100.8"), 200);
    let text = get_forwarded(server.address, "/lab/whoami", "198.51.100.9").text();
    assert_eq!(text, "198.51.100.9");
    let log = server.log_with("198.51.100.9");
    let clients: Vec<_> = lines_about(&log, "/lab/whoami")
        .iter()
        .map(|line| line["client_ip"].clone())
        .collect();
    let expected = [
        "198.51.100.7",
        "198.51.100.7",
        "198.51.100.8",
        "198.51.100.9",
    ];
    assert_eq!(clients, expected);
    // Every line of a request has it, also that of an error.
    get_forwarded(server.address, "/lab/panic", "198.51.100.10");
    let log = server.log_with("request failed");
    let failed = log.lines().find(|line| line.contains("request failed"));
    assert!(failed.unwrap().contains("198.51.100.10"), "{log}");

    let server = shop.start(&variables);
    let status = |forwarded| get_forwarded(server.address, "/lab/whoami", forwarded).status;
    assert_eq!(status("198.51.100.7"), 200);
    assert_eq!(
        status("198.51.100.8"),
        429,
        "the header is the client's own claim"
    );
    let log = server.log_with("/lab/whoami");
    assert_eq!(
        lines_about(&log, "/lab/whoami")[0]["client_ip"],
        "127.0.0.1"
    );
}

/// Attack 141: behind a proxy that nobody has named, all clients would silently be one.
#[test]
fn attack_141_a_proxy_that_is_not_trusted_is_warned_of_once() {
    const WARNING: &str = "a proxy that is not in `server.trusted_proxies` forwards requests";
    let shop = shop();
    let server = shop.start(&[]);
    for client in ["198.51.100.7", "198.51.100.8"] {
        get_forwarded(server.address, "/lab/whoami", client);
    }
    let log = server.log_with(WARNING);
    assert_eq!(log.matches(WARNING).count(), 1, "{log}");
    let trusting = shop.start(&[("FW_SERVER__TRUSTED_PROXIES", "127.0.0.1")]);
    get_forwarded(trusting.address, "/lab/whoami", "198.51.100.7");
    let log = trusting.log_with("/lab/whoami");
    assert!(!log.contains(WARNING), "{log}");
}

#[test]
fn a_proxy_may_tell_the_client_by_the_standard_header() {
    let server = shop().start(&[
        ("FW_SERVER__TRUSTED_PROXIES", "127.0.0.1"),
        ("FW_SERVER__FORWARDED_HEADER", "forwarded"),
    ]);
    let whoami = |name, value| {
        let headers = [(name, value)];
        let response = http::request(server.address, "GET", "/lab/whoami", &headers, b"");
        response.expect("a response").text()
    };
    let claimed = "for=203.0.113.9, for=\"[2001:db8::7]:4711\";proto=https";
    assert_eq!(whoami("forwarded", claimed), "2001:db8::7");
    // The other header is what a client has written.
    assert_eq!(whoami("x-forwarded-for", "203.0.113.9"), "127.0.0.1");
}

#[test]
fn a_refused_client_is_told_before_its_body_is_read() {
    let server = shop().start(&[("FW_MIDDLEWARE__RATE_LIMIT__RULES", ONE_IN_A_MINUTE)]);
    assert_eq!(
        get(server.address, "/lab/whoami")
            .expect("a response")
            .status,
        200
    );
    let mut stream = http::connect(server.address).expect("a connection");
    let head = "POST /lab/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("it is sent");
    let response = http::read(stream).expect("a response");
    assert_eq!(response.status, 429, "{}", response.text());
    assert_eq!(response.header("retry-after"), "60");
}

/// Settings for a log file in a folder.
fn log_file(folder: &Path) -> String {
    folder.join("app.log").to_str().expect("UTF-8").to_owned()
}

#[test]
fn sighup_opens_the_log_file_again() {
    let shop = shop();
    let folder = tempfile::tempdir().expect("a folder");
    let path = log_file(folder.path());
    let server = shop.start(&[
        ("FW_LOGGER__FILE__ENABLED", "true"),
        ("FW_LOGGER__FILE__PATH", &path),
    ]);
    eventually("the log is written", || {
        fs::read_to_string(&path).is_ok_and(|log| log.contains("listens on"))
    });
    let renamed = folder.path().join("app.log.old");
    fs::rename(&path, &renamed).expect("it can be renamed");
    server.signal("HUP");
    eventually("there is a new file", || {
        fs::read_to_string(&path).is_ok_and(|log| log.contains("SIGHUP"))
    });
    get(server.address, "/lab/whoami").expect("a response");
    eventually("lines go to the new file", || {
        fs::read_to_string(&path).is_ok_and(|log| log.contains("/lab/whoami"))
    });
    let old = fs::read_to_string(&renamed).expect("the old file");
    assert!(!old.contains("/lab/whoami"), "{old}");
}

#[test]
fn a_closed_terminal_stops_the_server_gracefully() {
    let shop = shop();
    let start = shop.command(&["start", "--migrate", "--port", "0"]);
    let words: Vec<_> = [start.get_program()]
        .into_iter()
        .chain(start.get_args())
        .map(|word| word.to_str().expect("UTF-8"))
        .collect();
    let python = format!(
        "import os, pty, sys, time, re\n\
         pid, fd = pty.fork()\n\
         if pid == 0:\n    os.execv({program:?}, {words:?})\n\
         log = b''\n\
         while b'listens on' not in log:\n    log += os.read(fd, 4096)\n\
         os.close(fd)\n\
         sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n",
        program = words[0],
    );
    let status = Command::new("python3")
        .args(["-c", &python])
        .current_dir(&shop.folder)
        .env("DATABASE_URL", &shop.url)
        .status();
    assert_eq!(status.expect("Python can be started").code(), Some(0));
}

#[test]
fn lost_lines_of_the_log_are_told() {
    let shop = shop();
    let folder = tempfile::tempdir().expect("a folder");
    let path = log_file(folder.path());
    // A disk that is full from the beginning.
    symlink("/dev/full", &path).expect("a link");
    let server = shop.start(&[
        ("FW_LOGGER__FILE__ENABLED", "true"),
        ("FW_LOGGER__FILE__PATH", &path),
        // The rotation by time looks at the age of the file.
        ("FW_LOGGER__FILE__ROTATION", "size"),
    ]);
    server.log_with("the log file cannot be written");
    let ready = get(server.address, "/health/ready").expect("a response");
    assert_eq!(ready.status, 200);
    assert!(
        ready.json()["lost_log_lines"].as_u64() > Some(0),
        "{}",
        ready.text()
    );
    fs::remove_file(&path).expect("there is room again");
    get(server.address, "/lab/whoami").expect("a response");
    let log = server.log_with("lines of the log file were lost");
    assert!(log.contains("lost"), "{log}");
    eventually("the file says so too", || {
        let log = fs::read_to_string(&path).unwrap_or_default();
        log.contains("/lab/whoami") && log.contains("lines of the log file were lost")
    });
}

#[test]
fn what_is_cut_off_is_told_and_the_drain_time_holds() {
    let shop = shop();
    let mut server = shop.start(&[("FW_SERVER__DRAIN_TIMEOUT", "1s")]);
    let address = server.address;
    // One holds a database connection, one only waits.
    let statement = thread::spawn(move || get(address, "/lab/slow-query"));
    let request = thread::spawn(move || get(address, "/lab/sleep?ms=60000"));
    thread::sleep(Duration::from_millis(400));
    let begin = Instant::now();
    server.signal("TERM");
    let status = server.wait(Duration::from_secs(10));
    let time = begin.elapsed();
    assert!(
        time >= Duration::from_secs(1) && time < Duration::from_secs(3),
        "{time:?}"
    );
    let log = server.log();
    assert_eq!(status.code(), Some(1), "{log}");
    let cut_off = |path: &str| {
        log.lines()
            .any(|line| line.contains("request cut off before its response") && line.contains(path))
    };
    assert!(cut_off("/lab/sleep") && cut_off("/lab/slow-query"), "{log}");
    assert!(
        log.contains("error: work was cut off: the drain time"),
        "{log}"
    );
    assert!(request.join().expect("no panic").is_err());
    assert!(statement.join().expect("no panic").is_err());
}

#[test]
fn a_load_balancer_gets_time_to_notice() {
    let shop = shop();
    let mut server = shop.start(&[("FW_SERVER__SHUTDOWN_DELAY", "2s")]);
    let begin = Instant::now();
    server.signal("TERM");
    eventually("it is not ready", || {
        get(server.address, "/health/ready").is_ok_and(|ready| ready.status == 503)
    });
    while begin.elapsed() < Duration::from_millis(1500) {
        let response = get(server.address, "/lab/whoami").expect("new connections are accepted");
        assert_eq!(response.status, 200);
        assert_eq!(response.header("connection"), "close");
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(
        server.wait(Duration::from_secs(5)).code(),
        Some(0),
        "{}",
        server.log()
    );
    assert!(begin.elapsed() >= Duration::from_secs(2));
}

#[test]
fn all_inherited_sockets_are_served() {
    let shop = shop();
    succeed(&mut shop.command(&["db", "create"]));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop.sock");
    let mut server = start_with_sockets(&shop, &path);
    let first = server.address;
    let log = server.log_with("listens on");
    let second: SocketAddr = log
        .split("http://")
        .nth(2)
        .and_then(|rest| rest.split(',').next())
        .and_then(|address| address.trim().parse().ok())
        .unwrap_or_else(|| panic!("no second address: {log}"));
    assert_ne!(first, second);
    for address in [first, second] {
        assert_eq!(
            get(address, "/lab/whoami").expect("a response").text(),
            "127.0.0.1"
        );
    }
    // A proxy that is connected through a Unix domain socket is trusted.
    let ask = |forwarded: &str| {
        let mut stream = UnixStream::connect(&path).expect("a connection");
        let head =
            format!("GET /lab/whoami HTTP/1.1\r\nhost: a\r\n{forwarded}connection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("sent");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("a response");
        response
    };
    let response = ask("x-forwarded-for: 198.51.100.7\r\n");
    assert!(response.ends_with("198.51.100.7"), "{response}");
    assert!(ask("").ends_with("nobody"));
    server.signal("TERM");
    assert_eq!(server.wait(Duration::from_secs(5)).code(), Some(0));
}

/// Starts a server with two TCP sockets and a Unix domain one, handed over as systemd does.
fn start_with_sockets(shop: &Database, path: &Path) -> Server {
    let hand_over = r#"
        use IO::Socket::INET; use IO::Socket::UNIX; use POSIX ();
        my $path = shift @ARGV;
        my @tcp = map { IO::Socket::INET->new(Listen => 128, LocalAddr => "127.0.0.1", Proto => "tcp") or die } 1..2;
        my $unix = IO::Socket::UNIX->new(Listen => 128, Local => $path) or die;
        my @above = map { POSIX::dup(fileno $_) + 0 } @tcp[0], $unix, $tcp[1];
        # Not onto one another.
        my @far = map { my $fd = 20 + $_; POSIX::dup2($above[$_], $fd) // die; $fd } 0..2;
        POSIX::dup2($far[$_], 3 + $_) // die for 0..2;
        $ENV{LISTEN_FDS} = 3; $ENV{LISTEN_PID} = $$;
        exec @ARGV or die;
    "#;
    let start = shop.command(&["start", "--migrate"]);
    let mut command = Command::new("perl");
    // Perl closes what is above `$^F` at `exec`.
    command
        .args(["-e", &format!("$^F = 5; {hand_over}")])
        .arg(path)
        .arg(start.get_program())
        .args(start.get_args())
        .current_dir(&shop.folder)
        .env("DATABASE_URL", &shop.url);
    Server::start(command)
}

#[test]
fn a_secret_comes_from_a_file() {
    let shop = shop();
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("url"), format!("{}\n", shop.url)).expect("written");
    fs::write(folder.path().join("DATABASE_URL"), &shop.url).expect("written");
    let file = folder.path().join("url");
    for (name, value) in [
        ("DATABASE_URL_FILE", file.as_path()),
        // As systemd has it with `LoadCredential=DATABASE_URL:…`.
        ("CREDENTIALS_DIRECTORY", folder.path()),
    ] {
        let mut command = shop.command(&["start", "--migrate", "--port", "0"]);
        command.env_remove("DATABASE_URL").env(name, value);
        let server = Server::start(command);
        let response = get(server.address, "/api/v1/posts").expect("a response");
        assert_eq!(response.status, 200, "{name}");
    }
}
