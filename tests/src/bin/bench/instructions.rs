//! `instructions`: how many instructions one request takes, counted by Valgrind. Unlike times these do not depend on what
//! else the machine does; waiting and the system's own work are not in them.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use clap::Args;
use fw_tests::{app::succeed, http};
use serde_json::Value;

use crate::{
    answers::Which,
    contender::{Contender, Endpoint, Name, seeded},
    database::{Database, Kind},
    figures::Table,
    say,
    server::{free_port, wrapped},
    workplace::{self, Build},
};

/// Requests that are sent before anything is counted.
const WARM_UP: u32 = 100;

/// Instructions per request, and profiles of them
#[derive(Args)]
pub(crate) struct Options {
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Which,
    /// Counts no other kind of request.
    #[arg(long, value_enum, value_delimiter = ',')]
    endpoint: Vec<Endpoint>,
    /// Leaves out all others.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Name>,
    /// Requests that are counted, one after the other on one connection.
    #[arg(long, default_value_t = 500)]
    requests: u32,
    #[command(flatten)]
    build: Build,
}

pub(crate) fn run(options: &Options) -> Value {
    let kinds = options.database.kinds().iter();
    kinds
        .map(|kind| (kind.word().to_owned(), measure(options, *kind)))
        .collect()
}

fn measure(options: &Options, kind: Kind) -> Value {
    let endpoints = if options.endpoint.is_empty() {
        &Endpoint::ALL
    } else {
        &options.endpoint[..]
    };
    let profiles = workplace::folder(&format!("work/{}/profiles", kind.word()));
    let mut contenders = workplace::contenders(kind, options.build);
    // The bare servers use the tables of framewright's application.
    let tables = seeded(&contenders[0], kind);
    contenders
        .retain(|contender| options.only.is_empty() || options.only.contains(&contender.name));
    let mut figures = Value::Null;
    let mut table = Table::new(
        [String::new()].into_iter().chain(
            contenders
                .iter()
                .map(|contender| contender.name.to_string()),
        ),
    );
    for endpoint in endpoints {
        let mut row = vec![endpoint.to_string()];
        for contender in &contenders {
            let name = contender.name.to_string();
            let file = profiles.join(format!("callgrind.{name}.{endpoint}.out"));
            let total = count(
                contender,
                &tables.copy(),
                *endpoint,
                options.requests,
                &file,
            );
            let each = total / f64::from(options.requests);
            say(&format!("{name} {endpoint}: {each:.0}"));
            row.push(format!("{each:.0}"));
            figures[endpoint.to_string()][name] = each.into();
        }
        table.row(row);
    }
    println!(
        "\n## Instructions per request on {}\n\n{} requests, one after the other on one connection.\n\n{table}",
        kind.word(),
        options.requests
    );
    println!(
        "Profiles, to be read with `callgrind_annotate`: {}",
        profiles.display()
    );
    figures
}

/// Counts the instructions of some requests, and leaves a profile of them in `file`.
fn count(
    contender: &Contender,
    database: &Database,
    endpoint: Endpoint,
    requests: u32,
    file: &Path,
) -> f64 {
    // One of an earlier run must not be taken for this one's.
    let _ = fs::remove_file(file);
    let port = free_port();
    let mut plain = contender.serve(&contender.with_symbols, database.url(), port);
    // A clock looks for jobs, not a request; and under Valgrind a second has much fewer requests than otherwise.
    plain.env("FW_JOBS__RUN", "false");
    let out = format!("--callgrind-out-file={}", file.display());
    let arguments = ["--quiet", "--tool=callgrind", "--instr-atstart=no", &out];
    let server = contender.wait_for(wrapped("valgrind", &arguments, &plain), port);
    contender.verify(&server, endpoint);
    let request = contender.request(endpoint);
    let mut connection = http::Connection::open(server.address).expect("the server listens");
    let mut send = |times| {
        for _ in 0..times {
            let answer = connection
                .request(
                    request.method,
                    &request.path,
                    &[("content-type", "application/json")],
                    request.body.as_deref().unwrap_or_default().as_bytes(),
                )
                .unwrap_or_else(|failed| panic!("{endpoint}: {}", failed.error));
            assert!(answer.status < 300, "{endpoint}: {}", answer.head);
        }
    };
    send(WARM_UP);
    control(server.pid(), "on");
    send(requests);
    control(server.pid(), "off");
    // The profile is written at the end.
    server.stop();
    let text = fs::read_to_string(file)
        .unwrap_or_else(|error| panic!("`{}` cannot be read: {error}", file.display()));
    text.lines()
        .filter_map(|line| line.strip_prefix("totals: "))
        .find_map(|total| total.trim().parse().ok())
        .filter(|total| *total > 0.0)
        .unwrap_or_else(|| panic!("`{}` counts nothing", file.display()))
}

fn control(pid: u32, state: &str) {
    let pid = pid.to_string();
    succeed(
        Command::new("callgrind_control")
            .args(["-i", state, &pid])
            .stdin(Stdio::null()),
    );
}
