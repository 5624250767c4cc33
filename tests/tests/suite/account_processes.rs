//! Several processes of an application with accounts: what one of them changes holds in the other within a second, and what cannot be known is refused.

use std::{
    fs,
    io::Write,
    net::SocketAddr,
    process::{Command, Stdio},
    sync::LazyLock,
    thread::sleep,
    time::{Duration, Instant},
};

use fw_tests::{
    app::{App, Binary, Server},
    http::{Response, request, send_json},
    postgres, redis,
};
use serde_json::json;
use tempfile::TempDir;

const PASSWORD: &str = "the tide turns at nine";
const ADMIN: &str = "grace@example.com";
const ADA: &str = "ada@example.com";

/// One binary for both databases, with limits in Redis.
static BINARY: LazyLock<Binary> = LazyLock::new(|| {
    let app = App::new("account-processes", &["--template", "saas"]);
    let manifest = app.root.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("there is a manifest");
    assert!(text.contains("\"sqlite\""), "{text}");
    let text = text.replace("\"sqlite\"", "\"postgres\", \"redis\", \"sqlite\"");
    fs::write(&manifest, text).expect("it can be written");
    app.build()
});

/// Two processes on one database.
struct Two {
    servers: [Server; 2],
    database: String,
    folder: TempDir,
}

impl Two {
    fn start(database: Option<String>, variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("accounts.sqlite");
        let database = database.unwrap_or_else(|| format!("sqlite://{}", file.display()));
        let start = || {
            let words = ["start", "--port", "0", "--migrate"];
            let mut command = BINARY.command_in(folder.path(), &words);
            command.env("DATABASE_URL", &database);
            command.envs(variables.iter().copied());
            Server::start(command)
        };
        Self {
            servers: [start(), start()],
            database,
            folder,
        }
    }

    fn addresses(&self) -> [SocketAddr; 2] {
        self.servers.each_ref().map(|server| server.address)
    }

    /// Creates an account, as an administrator if it is that of one.
    fn create(&self, email: &str) {
        let mut words = vec!["task", "accounts:create", email];
        if email == ADMIN {
            words.extend(["--role", "admin"]);
        }
        let mut create: Command = BINARY.command_in(self.folder.path(), &words);
        create.env("DATABASE_URL", &self.database);
        let create = create.stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
        let mut create = create.expect("it can be started");
        let mut input = create.stdin.take().expect("a pipe");
        writeln!(input, "{PASSWORD}").expect("it reads the password");
        drop(input);
        assert!(create.wait().expect("it ends").success());
    }
}

fn sign_in(at: SocketAddr, path: &str, email: &str) -> Response {
    let body = json!({ "email": email, "password": PASSWORD });
    send_json(at, "POST", &format!("/api/v1/auth{path}"), &body).expect("a response")
}

/// The header with the session of a browser.
fn cookie_of(at: SocketAddr, email: &str) -> String {
    let response = sign_in(at, "/session", email);
    assert_eq!(response.status, 200, "{}", response.text());
    let cookie = response.head.lines().find_map(|line| {
        let cookie = line.strip_prefix("set-cookie: session=")?;
        cookie.split(';').next()
    });
    format!("session={}", cookie.expect("a cookie"))
}

/// The header with an access token.
fn bearer_of(at: SocketAddr, email: &str) -> String {
    let tokens = sign_in(at, "/tokens", email).json();
    format!(
        "Bearer {}",
        tokens["access_token"].as_str().expect("a token")
    )
}

fn send(at: SocketAddr, method: &str, path: &str, credential: (&str, &str)) -> Response {
    let path = format!("/api/v1/auth{path}");
    let headers = [credential, ("sec-fetch-site", "same-origin")];
    request(at, method, &path, &headers, b"").expect("a response")
}

fn status(at: SocketAddr, path: &str, credential: (&str, &str)) -> u16 {
    send(at, "GET", path, credential).status
}

#[track_caller]
fn comes_to(at: SocketAddr, path: &str, credential: (&str, &str), expected: u16) {
    let begin = Instant::now();
    while status(at, path, credential) != expected {
        let time = begin.elapsed();
        assert!(time < Duration::from_secs(1), "{path} is not {expected}");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn attack_052_and_122_changes_hold_in_other_processes_within_a_second() {
    // All requests come from one address.
    let unlimited = [("FW_MIDDLEWARE__RATE_LIMIT__ENABLED", "false")];
    for database in [None, Some(postgres::server().create_database())] {
        let two = Two::start(database, &unlimited);
        let [here, there] = two.addresses();
        for email in [ADMIN, ADA] {
            two.create(email);
        }
        let (admin, ada, token) = (
            cookie_of(here, ADMIN),
            cookie_of(here, ADA),
            bearer_of(here, ADA),
        );
        let [admin, ada] = [&admin, &ada].map(|cookie| ("cookie", cookie.as_str()));
        let token = ("authorization", token.as_str());
        // Both are known there from now on.
        for credential in [ada, token] {
            assert_eq!(status(there, "/session", credential), 200);
            assert_eq!(status(there, "/roles", credential), 403);
        }
        let id = send(here, "GET", "/account", ada).json()["id"].clone();
        let role = format!("/accounts/{id}/roles/admin");
        for (method, expected) in [("PUT", 200), ("DELETE", 403)] {
            assert_eq!(send(here, method, &role, admin).status, 204);
            comes_to(there, "/roles", ada, expected);
            comes_to(there, "/roles", token, expected);
        }
        assert_eq!(send(here, "DELETE", "/session", ada).status, 204);
        comes_to(there, "/session", ada, 401);
        assert_eq!(status(there, "/session", token), 200, "another session");
        let again = cookie_of(there, ADA);
        let again = ("cookie", again.as_str());
        assert_eq!(status(here, "/session", again), 200);
        assert_eq!(send(there, "DELETE", "/account", again).status, 204);
        comes_to(here, "/session", again, 401);
        comes_to(here, "/session", token, 401);
    }
}

#[test]
fn attack_054_while_the_database_does_not_answer_no_process_lets_anybody_in() {
    let server = postgres::Server::with("", &[]);
    let two = Two::start(Some(server.create_database()), &[]);
    two.create(ADMIN);
    let [here, there] = two.addresses();
    let admin = cookie_of(here, ADMIN);
    let admin = ("cookie", admin.as_str());
    for at in [here, there] {
        assert_eq!(status(at, "/roles", admin), 200);
    }
    server.freeze();
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(3_100) {
        let status = status(there, "/roles", admin);
        assert!([200, 503].contains(&status), "{status}");
        sleep(Duration::from_millis(100));
    }
    for at in [here, there] {
        let refused = send(at, "GET", "/roles", admin);
        assert_eq!(refused.status, 503, "{}", refused.text());
        assert_ne!(refused.header("retry-after"), "");
    }
    server.thaw();
    let begin = Instant::now();
    while [here, there]
        .iter()
        .any(|at| status(*at, "/roles", admin) != 200)
    {
        assert!(
            begin.elapsed() < Duration::from_mins(1),
            "it does not come back"
        );
        sleep(Duration::from_millis(100));
    }
}

#[test]
fn attack_143_processes_share_the_limit_of_sign_ins_and_never_go_without() {
    let server = redis::Server::private();
    let url = server.url();
    let shared = [
        ("FW_MIDDLEWARE__RATE_LIMIT__STORE", "redis"),
        ("FW_MIDDLEWARE__RATE_LIMIT__REDIS_URL", url.as_str()),
    ];
    let two = Two::start(None, &shared);
    // Each for another account, so that none of them is locked out. Returns the number of those that were checked, and the most that could be: an
    // address has 20 a minute, and one more is free every three seconds.
    let checked = |of: &str| -> (usize, usize) {
        let begin = Instant::now();
        let attempts = (0..48).map(|number| {
            let email = format!("{of}{number}@example.com");
            sign_in(two.addresses()[number % 2], "/session", &email).status
        });
        let statuses: Vec<u16> = attempts.collect();
        let count = |status| statuses.iter().filter(|one| **one == status).count();
        assert_eq!(count(401) + count(429), 48, "{statuses:?}");
        let more = usize::try_from(begin.elapsed().as_secs() / 3).expect("few");
        (count(401), 21 + more)
    };
    let (together, most) = checked("a");
    assert!(
        (20..=most).contains(&together),
        "{together}, at most {most}"
    );
    server.crash();
    let (alone, most) = checked("b");
    assert!(
        (38..=2 * most).contains(&alone),
        "{alone}, at most {most} each"
    );
}
