//! `scale`: what many rows and many routes cost.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use clap::Args;
use fw_tests::{app::succeed, http};
use serde_json::{Value, json};

use crate::{
    answers::Which,
    contender::{Contender, Endpoint, ROWS, Request, migrate},
    database::{Database, Kind},
    figures::{Figures, Table, Targets},
    say,
    server::Server,
    workplace::{self, Build},
    wrk,
};

/// How often what is not measured by wrk is measured.
const TIMES: u32 = 20;

/// Rows of the answer with everything in it.
const MANY: u32 = 10_000;

/// Rows of the tables that are listed.
const SIZES: [u32; 4] = [10, 1_000, 100_000, 1_000_000];

/// Routes of the applications that are compared; the first number stands for an application without further routes.
const ROUTES: [usize; 3] = [1, 50, 200];

const CONNECTIONS: u32 = 32;

/// Large answers, large writes, many routes, pages of large tables: framewright alone
#[derive(Args)]
pub(crate) struct Options {
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Which,
    /// How often each load is measured.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long one measurement takes.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    #[command(flatten)]
    build: Build,
}

pub(crate) fn run(options: &Options) -> Value {
    let kinds = options.database.kinds().iter();
    kinds
        .map(|kind| {
            println!("\n## Scale on {}\n", kind.word());
            let app = workplace::contenders(*kind, options.build).remove(0);
            let empty = Database::empty(*kind, &app.scratch);
            migrate(&app, &empty);
            let bench = Bench {
                options,
                kind: *kind,
                app,
                empty,
            };
            let figures = json!({
                "bulk": bench.bulk(),
                "routes": bench.routes(),
                "pages": bench.pages(),
            });
            (kind.word().to_owned(), figures)
        })
        .collect()
}

struct Bench<'a> {
    options: &'a Options,
    kind: Kind,
    app: Contender,
    /// Tables without rows.
    empty: Database,
}

impl Bench<'_> {
    fn database(&self, rows: u32) -> Database {
        let database = self.empty.copy();
        database.add_posts(rows);
        database
    }

    fn load(&self, server: &Server, request: &Request) -> wrk::Load {
        wrk::run(
            server.address,
            request,
            CONNECTIONS,
            self.options.seconds,
            &self.app.scratch,
        )
    }

    /// All rows in one answer, and many rows in one request.
    fn bulk(&self) -> Value {
        let database = self.database(MANY);
        let server = self.app.start(&database);
        let all = self.time(&server, "GET", "/bench/all", 200);
        drop(server);
        let database = self.database(ROWS);
        let server = self.app.start(&database);
        let batch = self.time(&server, "POST", "/bench/batch", 204);
        let mut table = Table::new(["", "ms"]);
        table.row([format!("{MANY} rows in one answer"), all.show(1)]);
        table.row([
            "1000 rows inserted by one request".to_owned(),
            batch.show(1),
        ]);
        println!("{table}");
        let mut targets = Targets::new();
        targets.at_most("10,000 rows answered, ms", all.median(), 60.0);
        targets.at_most("1,000 rows inserted, ms", batch.median(), 100.0);
        json!({ "all_ms": all.json(), "batch_ms": batch.json(), "targets": targets.print() })
    }

    /// Milliseconds from the first byte of a request to the last one of its answer.
    fn time(&self, server: &Server, method: &str, path: &str, status: u16) -> Figures {
        say(&format!("{}: {method} {path}", self.kind.word()));
        let once = || -> Duration {
            let begin = Instant::now();
            let answer = http::request(server.address, method, path, &[], b"");
            let answer = answer.unwrap_or_else(|error| panic!("{path}: {error}"));
            assert!(answer.status == status, "{path}: {}", answer.text());
            begin.elapsed()
        };
        once();
        (0..TIMES).map(|_| once().as_secs_f64() * 1e3).collect()
    }

    /// Whether routes cost something when others are asked for.
    fn routes(&self) -> Value {
        let present = self.count_routes(0);
        let each = self.count_routes(1) - present;
        let copies = ROUTES.map(|routes| routes.saturating_sub(present).div_ceil(each));
        let counts = copies.map(|copies| self.count_routes(copies));
        let endpoints = [Endpoint::Ping, Endpoint::List, Endpoint::One];
        let mut figures = [const { [const { Figures::new() }; 3] }; 3];
        let database = self.database(ROWS);
        for round in 1..=self.options.rounds {
            for (copies, figures) in copies.iter().zip(&mut figures) {
                say(&format!("routes: round {round}, {copies} copies"));
                let copies = copies.to_string();
                let server = self.app.start_with(&database, &[("BENCH_COPIES", &copies)]);
                for (endpoint, figures) in endpoints.iter().zip(figures) {
                    let request = self.app.request(*endpoint);
                    wrk::run(server.address, &request, CONNECTIONS, 1, &self.app.scratch);
                    figures.push(self.load(&server, &request).per_second);
                }
            }
        }
        let mut table = Table::new(
            ["requests/s".to_owned()]
                .into_iter()
                .chain(counts.iter().map(|count| format!("{count} routes"))),
        );
        let mut json = Value::Null;
        for (number, endpoint) in endpoints.iter().enumerate() {
            let row = figures.iter().map(|figures| figures[number].show(0));
            table.row([endpoint.to_string()].into_iter().chain(row));
            for (count, figures) in counts.iter().zip(&figures) {
                json[endpoint.to_string()][count.to_string()] = figures[number].json();
            }
        }
        println!("{table}");
        json
    }

    /// How many routes the application lists when the posts' are there `copies` times more.
    fn count_routes(&self, copies: usize) -> usize {
        let mut command =
            self.app
                .command(&self.app.binary, self.empty.url(), &["routes", "--json"]);
        let listed = succeed(command.env("BENCH_COPIES", copies.to_string()));
        let listed: Value = serde_json::from_str(&listed)
            .unwrap_or_else(|error| panic!("`routes --json`: {error}\n{listed}"));
        listed.as_array().map_or(0, Vec::len)
    }

    /// Whether a page of a large table is as fast as one of a small one.
    fn pages(&self) -> Value {
        let mut table = Table::new([
            "rows",
            "first page/s",
            "p99 ms",
            "page in the middle/s",
            "p99 ms",
        ]);
        let mut json = Value::Null;
        for size in SIZES {
            say(&format!("pages of {size} rows"));
            let cursor = self.cursor_after(size / 2);
            let database = self.database(size);
            let server = self.app.start(&database);
            let first = self.app.request(Endpoint::List);
            let mut middle = first.clone();
            let _ = write!(middle.path, "?cursor={cursor}");
            let answer = http::get(server.address, &middle.path).expect("an answer");
            let next = answer.json()["data"][0]["id"].as_u64();
            assert_eq!(next, Some(u64::from(size / 2 + 1)), "{}", answer.text());
            let mut row = vec![size.to_string()];
            for (name, request) in [("first", first), ("middle", middle)] {
                wrk::run(server.address, &request, CONNECTIONS, 1, &self.app.scratch);
                let (mut rate, mut p99) = (Figures::new(), Figures::new());
                for _ in 0..self.options.rounds {
                    let load = self.load(&server, &request);
                    rate.push(load.per_second);
                    p99.push(load.p99);
                }
                row.extend([rate.show(0), p99.show(2)]);
                json[size.to_string()][name] =
                    json!({ "per_second": rate.json(), "p99_ms": p99.json() });
            }
            table.row(row);
        }
        println!("{table}");
        json
    }

    /// The cursor of the page after the row `id`: a small table has that row at the end of its first page.
    fn cursor_after(&self, id: u32) -> String {
        let page = 20;
        let database = self.database(page + 1);
        let far = 1_000_000_000_i64;
        let back = far + i64::from(page) - i64::from(id);
        database.run(&format!("UPDATE posts SET id = id + {far}"));
        database.run(&format!("UPDATE posts SET id = id - {back}"));
        let server = self.app.start(&database);
        let list = self.app.request(Endpoint::List).path;
        let answer = http::get(server.address, &list).expect("an answer").json();
        answer["pagination"]["next_cursor"]
            .as_str()
            .unwrap_or_else(|| panic!("there is no next page: {answer}"))
            .to_owned()
    }
}
