//! `auth`: the costs of accounts: the check of a session or of an access token, many sign-ins at once, and the first build.

use std::{
    io::Write,
    net::SocketAddr,
    process::Stdio,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use fw_tests::http;
use serde_json::{Value, json};

use crate::{
    contender::{Contender, Name, ROWS, Request, seeded},
    database::{Database, Kind},
    figures::{Figures, Table, Targets},
    say,
    server::{Server, free_port},
    workplace::{
        Build, FirstBuild, Recipe, SCAFFOLD, built, cargo, folder, keep, prepare, run as finish,
    },
    wrk,
};

/// An API with accounts.
const ACCOUNTS: Recipe = Recipe {
    words: &["--template", "saas", "--scaffold", SCAFFOLD],
    modules: &["bench", "bench_auth"],
    hooks: "",
};

/// Where it is made and built.
const PLACE: &str = "accounts";

/// What the application needs in production. Its limits would refuse all that comes from one address.
const VARIABLES: [(&str, &str); 4] = [
    ("FW_MAILER__FROM", "bench@example.com"),
    ("FW_MAILER__TRANSPORT", "null"),
    ("FW_MIDDLEWARE__RATE_LIMIT__ENABLED", "false"),
    ("FW_SERVER__PUBLIC_URL", "https://bench.example.com"),
];

/// The password of every account.
const PASSWORD: &str = "the tide turns at nine";

/// Clients that sign in at once, each to an account of its own: attempts to guess the password of one are limited.
const CLIENTS: usize = 64;

/// The time between two requests beside them.
const PAUSE: Duration = Duration::from_millis(20);

/// Seconds of load before each measurement.
const WARM_UP: u32 = 1;

/// What accounts cost: checks of sessions and tokens, sign-ins beside other requests, the first build
#[derive(Args)]
pub(crate) struct Options {
    /// How often everything is measured.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long one measurement takes.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// How many clients there are at once, of the requests with a credential.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
    /// Leaves out the two builds into an empty target folder.
    #[arg(long)]
    skip_builds: bool,
    #[command(flatten)]
    build: Build,
}

pub(crate) fn run(options: &Options) -> Value {
    let application = application(options.build);
    let database = seeded(&application, Kind::Sqlite);
    create_accounts(&application, &database);
    let mut figures = json!({});
    let mut targets = Targets::new();
    check(&application, &database, options, &mut figures, &mut targets);
    sign_in(&application, &database, options, &mut figures, &mut targets);
    if !options.skip_builds {
        build_times(&mut figures, &mut targets);
    }
    figures["targets"] = targets.print();
    figures
}

fn application(build: Build) -> Contender {
    let root = folder(&format!("work/{PLACE}"));
    if !build.no_build {
        prepare(&root, Kind::Sqlite, &ACCOUNTS);
        say("building the application with accounts (some minutes the first time)");
        let target = folder("target");
        let mut command = cargo(&root, &target);
        finish(command.args(["build", "--release", "--quiet", "--package", "bench"]));
        keep(Name::Framewright, &target.join("release/bench"), PLACE);
    }
    built(Name::Framewright, &root.join("bench"), PLACE)
}

/// The address of the account of a client.
fn email(client: usize) -> String {
    format!("client-{client}@example.com")
}

/// Makes the accounts as their first administrator would: the password is a line of the standard input.
fn create_accounts(application: &Contender, database: &Database) {
    for client in 0..CLIENTS {
        let email = email(client);
        let words = ["task", "accounts:create", &email];
        let mut command = application.command(&application.binary, database.url(), &words);
        let mut child = command
            .envs(VARIABLES)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("the application can be started");
        let mut input = child.stdin.take().expect("a pipe");
        writeln!(input, "{PASSWORD}").expect("it reads the password");
        drop(input);
        let status = child.wait().expect("it can be waited for");
        assert!(status.success(), "`accounts:create` ended with {status}");
    }
}

/// Signs a client in, at the route of browsers or at that of others.
fn request_sign_in(address: SocketAddr, path: &str, client: usize) -> http::Response {
    let response = try_sign_in(address, path, client);
    assert!(
        response.status < 300,
        "{path}: {}\n{}",
        response.head,
        response.text()
    );
    response
}

/// Tries to sign a client in: the server does not let any number of them wait.
fn try_sign_in(address: SocketAddr, path: &str, client: usize) -> http::Response {
    let body = json!({ "email": email(client), "password": PASSWORD });
    let response = http::send_json(address, "POST", path, &body);
    response.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// One row, for anybody and for those who are signed in: the processor time that the check takes.
fn check(
    application: &Contender,
    database: &Database,
    options: &Options,
    figures: &mut Value,
    targets: &mut Targets,
) {
    let database = database.copy();
    let server = application.start_with(&database, &VARIABLES);
    let cookie = request_sign_in(server.address, "/api/v1/auth/session", 0);
    let cookie = cookie.header("set-cookie").split(';').next();
    let cookie = cookie.unwrap_or_default().to_owned();
    let tokens = request_sign_in(server.address, "/api/v1/auth/tokens", 0).json();
    let token = tokens["access_token"].as_str().expect("an access token");
    let one = |who: &str| Request::get(format!("/bench/{who}/{}", ROWS / 2));
    let mut kinds = [
        ("anyone", one("anyone"), Figures::new()),
        (
            "session",
            one("signed-in").header("cookie", cookie),
            Figures::new(),
        ),
        (
            "access token",
            one("signed-in").header("authorization", format!("Bearer {token}")),
            Figures::new(),
        ),
    ];
    let refused = http::get(server.address, &kinds[1].1.path).expect("a response");
    assert_eq!(refused.status, 401, "without a credential");
    for round in 1..=options.rounds {
        say(&format!("round {round} of {}", options.rounds));
        for (name, request, processor) in &mut kinds {
            let load = |seconds| {
                let scratch = &application.scratch;
                wrk::run(
                    server.address,
                    request,
                    options.connections,
                    seconds,
                    scratch,
                )
            };
            load(WARM_UP);
            let before = server.processor_time();
            let counted = load(options.seconds);
            let used = (server.processor_time() - before) / counted.requests * 1e6;
            say(&format!(
                "{name}: {:.0}/s, {used:.1} µs",
                counted.per_second
            ));
            processor.push(used);
        }
    }
    let [(_, _, anyone), others @ ..] = &kinds;
    let mut table = Table::new(["one row, for", "processor µs/request", "more µs"]);
    table.row(["anyone".to_owned(), anyone.show(1), "–".to_owned()]);
    for (name, _, processor) in others {
        let more = processor.median() - anyone.median();
        table.row([(*name).to_owned(), processor.show(1), format!("{more:.1}")]);
        figures["check_us"][*name] = more.into();
        targets.at_most(&format!("check of a {name}, µs"), more, 15.0);
    }
    println!(
        "\n## Checks of credentials\n\nOne of {ROWS} rows on SQLite, {} rounds of {} s, {} connections; median (lowest–highest) of the rounds.\n\n{table}",
        options.rounds, options.seconds, options.connections
    );
}

/// Many clients that sign in all the time, and a client that asks whether the server lives.
fn sign_in(
    application: &Contender,
    database: &Database,
    options: &Options,
    figures: &mut Value,
    targets: &mut Targets,
) {
    let mut per_second = Figures::new();
    let mut refused_per_second = Figures::new();
    let mut p99 = Figures::new();
    for _ in 0..options.rounds {
        let database = database.copy();
        let port = free_port();
        let mut command = application.serve(&application.binary, database.url(), port);
        command.envs(VARIABLES);
        // On all cores: hashes and responses share them.
        let server = application.wait_for(command, port);
        let (sign_ins, refused, mut times) = beside_sign_ins(&server, options.seconds);
        times.sort_by(f64::total_cmp);
        let last = times.len() * 99 / 100;
        let slow = times.get(last).copied().unwrap_or_default();
        say(&format!(
            "{sign_ins:.1} sign-ins/s, {refused:.1} refused, /health/live p99 {slow:.1} ms"
        ));
        per_second.push(sign_ins);
        refused_per_second.push(refused);
        p99.push(slow);
    }
    println!(
        "\n## Sign-ins\n\n{CLIENTS} clients sign in all the time: {} sign-ins/s; {} more, each second, are told to come back later, and do. Meanwhile `/health/live`, asked for every {} ms, has a p99 of {} ms ({} rounds of {} s; median, lowest–highest).\n",
        per_second.show(1),
        refused_per_second.show(1),
        PAUSE.as_millis(),
        p99.show(1),
        options.rounds,
        options.seconds
    );
    figures["sign_ins_per_second"] = per_second.json();
    figures["live_p99_ms"] = p99.json();
    targets.at_most(
        "p99 of `/health/live` beside 64 sign-ins at once, ms",
        p99.median(),
        50.0,
    );
}

/// The sign-ins per second, those that are refused, and the milliseconds of each other request beside them.
fn beside_sign_ins(server: &Server, seconds: u32) -> (f64, f64, Vec<f64>) {
    let (done, refused) = (AtomicU32::new(0), AtomicU32::new(0));
    let is_over = AtomicBool::new(false);
    let address = server.address;
    let begin = Instant::now();
    let mut times = Vec::new();
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (done, refused, is_over) = (&done, &refused, &is_over);
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let response = try_sign_in(address, "/api/v1/auth/session", client);
                    if response.status != 503 {
                        assert_eq!(response.status, 200, "{}", response.text());
                        done.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    refused.fetch_add(1, Ordering::Relaxed);
                    let later = response.header("retry-after").parse();
                    thread::sleep(Duration::from_secs(later.expect("seconds")));
                }
            });
        }
        while begin.elapsed() < Duration::from_secs(seconds.into()) {
            let asked = Instant::now();
            let live = http::get(address, "/health/live").expect("a response");
            assert_eq!(live.status, 200);
            times.push(asked.elapsed().as_secs_f64() * 1e3);
            thread::sleep(PAUSE);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let rate = |count: AtomicU32| f64::from(count.into_inner()) / begin.elapsed().as_secs_f64();
    (rate(done), rate(refused), times)
}

/// The first build of an application with accounts beside that of one without.
fn build_times(figures: &mut Value, targets: &mut Targets) {
    let mut table = Table::new(["template", "s", "processor s", "crates"]);
    let [without, with] = ["api", "saas"].map(|template| {
        let build = FirstBuild::of(template);
        table.row([
            template.to_owned(),
            format!("{:.1}", build.seconds),
            format!("{:.1}", build.processor),
            format!("{:.0}", build.crates),
        ]);
        build
    });
    println!("\n## First builds\n\n{table}");
    let ratio = with.seconds / without.seconds;
    figures["first_build_ratio"] = ratio.into();
    targets.at_most("first build: saas / api", ratio, 1.15);
    targets.at_most("crates of `saas`", with.crates, 310.0);
}
