//! The applications that are compared, and the requests that all of them answer.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::Command,
};

use clap::ValueEnum;
use fw_tests::{app::clean, http};
use serde_json::{Value, json};

use crate::{
    database::{Database, Kind},
    loco,
    server::{START, Server, free_port, on_core},
};

/// The rows that every database has to begin with.
pub(crate) const ROWS: u32 = 1_000;

/// An application to compare with others.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Name {
    /// An application that `cargo fw new` has made, with all its middleware, logging to a file.
    Framewright,
    /// axum and SeaORM, with nothing around them.
    AxumSeaOrm,
    /// axum and sqlx, with nothing around them.
    AxumSqlx,
    /// axum, SeaORM and askama, with nothing around them; for pages alone.
    #[value(skip)]
    AxumAskama,
    /// An application that `loco new` has made.
    Loco,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Framewright => "framewright",
            Self::AxumSeaOrm => "axum-sea-orm",
            Self::AxumSqlx => "axum-sqlx",
            Self::AxumAskama => "axum-askama",
            Self::Loco => "loco",
        })
    }
}

/// A built application.
#[derive(Clone, Debug)]
pub(crate) struct Contender {
    pub(crate) name: Name,
    /// Without symbols.
    pub(crate) binary: PathBuf,
    /// The same with symbols.
    pub(crate) with_symbols: PathBuf,
    /// Where it runs: an application finds its configuration there.
    pub(crate) root: PathBuf,
    /// For its log and whatever else it writes.
    pub(crate) scratch: PathBuf,
}

/// What is asked of every application.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Endpoint {
    /// Answers a constant.
    Ping,
    /// Answers the first 20 rows.
    List,
    /// Answers the row of an id.
    One,
    /// Inserts a row and answers it.
    Create,
}

impl Endpoint {
    pub(crate) const ALL: [Self; 4] = [Self::Ping, Self::List, Self::One, Self::Create];
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ping => "ping",
            Self::List => "list",
            Self::One => "one",
            Self::Create => "create",
        })
    }
}

/// A request that can be sent many times.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    /// Further headers, such as that of a credential.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<String>,
}

impl Request {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: "GET",
            path: path.into(),
            headers: Vec::new(),
            body: None,
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl Contender {
    /// A command of the application's own, such as `start`, on a database. `binary` is with or without symbols.
    pub(crate) fn command(&self, binary: &Path, database: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary);
        clean(&mut command);
        command
            .args(arguments)
            .current_dir(&self.root)
            .env("DATABASE_URL", database);
        match self.name {
            // What a server in production does, with its log in a file and nowhere else.
            Name::Framewright => command
                .env("FW_ENV", "production")
                .env("FW_KEYS", "a-key-of-the-benchmark-which-signs-nothing-else")
                .env("FW_LOGGER__STDOUT", "false")
                .env("FW_LOGGER__FILE__ENABLED", "true")
                .env("FW_LOGGER__FILE__PATH", self.scratch.join("app.log")),
            Name::Loco => loco::configure(&mut command),
            Name::AxumSeaOrm | Name::AxumSqlx | Name::AxumAskama => &mut command,
        };
        command
    }

    /// The command that serves on `port`.
    pub(crate) fn serve(&self, binary: &Path, database: &str, port: u16) -> Command {
        let number = port.to_string();
        match self.name {
            Name::Framewright | Name::Loco => {
                self.command(binary, database, &["start", "--port", &number])
            }
            Name::AxumSeaOrm | Name::AxumSqlx | Name::AxumAskama => {
                let mut command = self.command(binary, database, &[]);
                command.env("PORT", number);
                command
            }
        }
    }

    /// Starts a server on the first processor core and waits for its first answer.
    pub(crate) fn start(&self, database: &Database) -> Server {
        self.start_with(database, &[])
    }

    /// Like [`start`](Self::start), with more variables.
    pub(crate) fn start_with(&self, database: &Database, variables: &[(&str, &str)]) -> Server {
        let port = free_port();
        let mut command = self.serve(&self.binary, database.url(), port);
        command.envs(variables.iter().copied());
        self.wait_for(on_core(0, &command), port)
    }

    /// Runs a command that serves on `port` and waits for its first answer.
    pub(crate) fn wait_for(&self, command: Command, port: u16) -> Server {
        let ping = self.request(Endpoint::Ping).path;
        let log = self.scratch.join("output.log");
        Server::start(command, port, &ping, &log, START)
    }

    pub(crate) fn request(&self, endpoint: Endpoint) -> Request {
        let loco = self.name == Name::Loco;
        let posts = if loco { "/api/posts" } else { "/api/v1/posts" };
        match endpoint {
            Endpoint::Ping if loco => Request::get("/_ping"),
            Endpoint::Ping => Request::get("/ping"),
            // Its page has 25 rows unless told otherwise.
            Endpoint::List if loco => Request::get("/api/posts?page_size=20"),
            Endpoint::List => Request::get(posts),
            Endpoint::One => Request::get(format!("{posts}/{}", ROWS / 2)),
            Endpoint::Create => Request {
                method: "POST",
                path: posts.to_owned(),
                headers: Vec::new(),
                body: Some(json!({ "title": "A title", "content": "Some content" }).to_string()),
            },
        }
    }

    /// Looks whether a request is answered as it should be.
    pub(crate) fn verify(&self, server: &Server, endpoint: Endpoint) {
        let request = self.request(endpoint);
        let answer = http::request(
            server.address,
            request.method,
            &request.path,
            &[("content-type", "application/json")],
            request.body.unwrap_or_default().as_bytes(),
        );
        let answer = answer.unwrap_or_else(|error| panic!("{}: {endpoint}: {error}", self.name));
        let body = answer.json();
        let good = match endpoint {
            Endpoint::Ping => answer.status == 200 && body["ok"] == json!(true),
            Endpoint::List => answer.status == 200 && rows(&body) == Some(20),
            Endpoint::One => answer.status == 200 && body["id"] == json!(ROWS / 2),
            Endpoint::Create => {
                (answer.status == 200 || answer.status == 201) && body["title"] == json!("A title")
            }
        };
        assert!(
            good,
            "{} answers {endpoint} with\n{}\n\n{}",
            self.name,
            answer.head,
            answer.text()
        );
    }
}

/// How many rows a list has, in whatever object it is.
fn rows(body: &Value) -> Option<usize> {
    let list = body
        .as_array()
        .or_else(|| body.as_object()?.values().find_map(Value::as_array));
    list.map(Vec::len)
}

/// Makes the tables of an application, with [`ROWS`] rows in `posts`.
pub(crate) fn seeded(contender: &Contender, kind: Kind) -> Database {
    let database = Database::empty(kind, &contender.scratch);
    migrate(contender, &database);
    database.add_posts(ROWS);
    database
}

/// Makes the tables of an application.
pub(crate) fn migrate(contender: &Contender, database: &Database) {
    let mut command = contender.command(&contender.binary, database.url(), &["db", "migrate"]);
    fw_tests::app::succeed(&mut command);
}
