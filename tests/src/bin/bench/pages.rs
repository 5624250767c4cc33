//! `pages`: how fast HTML pages are rendered and served, and how soon a change is seen.
//!
//! The page is a list of 20 rows of 1,000, with links to sort by and to the next page, as `generate scaffold --html` makes it. The others
//! show the same page, made by hand, after the same two queries.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use fw_tests::{app::cargo_fw, http};
use serde_json::{Value, json};

use crate::{
    contender::{Contender, Name, ROWS, Request, seeded},
    database::{Database, Kind},
    figures::{Figures, Table, Targets},
    loco, say,
    server::{Server, free_port},
    workplace::{
        Build, FirstBuild, Recipe, built, cargo, edit, folder, keep, prepare, run as finish,
    },
    wrk,
};

/// An application of pages.
const WEB: Recipe = Recipe {
    words: &[
        "--template",
        "web",
        "--scaffold",
        "post title:string! content:string",
    ],
    modules: &["bench_pages"],
    hooks: "",
};

/// Where it is made and built.
const PLACE: &str = "pages";

/// Templates whose parsing is measured.
const TEMPLATES: u32 = 300;

/// How often a start is measured.
const STARTS: u32 = 10;

/// How often a change of each kind is made.
const CHANGES: u32 = 5;

/// Seconds of load before each measurement.
const WARM_UP: u32 = 1;

/// The time after which a change must have been seen.
const PATIENCE: Duration = Duration::from_mins(5);

/// How fast pages are rendered and served: beside axum with askama, and Loco; how soon changes are seen, what views add to a build
#[derive(Args)]
pub(crate) struct Options {
    /// How often everything is measured.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long one measurement takes.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// How many clients there are at once.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
    /// Leaves out Loco, whose build takes ten minutes.
    #[arg(long)]
    skip_loco: bool,
    /// Leaves out the changes, and the two builds into an empty target folder.
    #[arg(long)]
    skip_changes: bool,
    #[command(flatten)]
    build: Build,
}

pub(crate) fn run(options: &Options) -> Value {
    let (ours, askama) = contenders(options.build);
    // All of them have the same tables.
    let database = seeded(&ours, Kind::Sqlite);
    let mut contenders = vec![ours.clone(), askama];
    if !options.skip_loco {
        contenders.push(loco::with_pages(options.build));
    }
    let mut figures = json!({});
    let mut targets = Targets::new();
    serve(&contenders, &database, options, &mut figures, &mut targets);
    render(&ours, &database, options, &mut figures, &mut targets);
    if !options.skip_changes {
        parse(&ours, &database, &mut figures);
        change(&mut figures);
        build_times(&mut figures, &mut targets);
    }
    figures["targets"] = targets.print();
    figures
}

/// The framework's application, and the bare server.
fn contenders(build: Build) -> (Contender, Contender) {
    let root = root();
    let target = folder("target");
    if !build.no_build {
        prepare(&root, Kind::Sqlite, &WEB);
        say("building the application of pages and the bare server (some minutes the first time)");
        let mut command = cargo(&root, &target);
        command.args(["build", "--release", "--quiet", "--workspace"]);
        finish(command.args(["--features", "bare/sqlite,bare/pages"]));
        for (name, program) in [
            (Name::Framewright, "bench"),
            (Name::AxumAskama, "axum-askama"),
        ] {
            keep(name, &target.join("release").join(program), PLACE);
        }
    }
    let made = |name| built(name, &root.join("bench"), PLACE);
    (made(Name::Framewright), made(Name::AxumAskama))
}

fn root() -> PathBuf {
    folder(&format!("work/{PLACE}"))
}

/// The page with its queries, beside the others.
fn serve(
    contenders: &[Contender],
    database: &Database,
    options: &Options,
    figures: &mut Value,
    targets: &mut Targets,
) {
    let request = Request::get("/posts");
    let mut measured: Vec<Load> = contenders.iter().map(|_| Load::default()).collect();
    for round in 1..=options.rounds {
        say(&format!("round {round} of {}", options.rounds));
        for (contender, load) in contenders.iter().zip(&mut measured) {
            let database = database.copy();
            let server = contender.start(&database);
            verify(contender, &server);
            load.add(&server, &request, contender, options);
        }
    }
    let mut table = Table::new(["", "requests/s", "p99 ms", "processor µs/request"]);
    for (contender, load) in contenders.iter().zip(&measured) {
        let name = contender.name.to_string();
        table.row([
            name.clone(),
            load.per_second.show(0),
            load.p99.show(2),
            load.processor.show(1),
        ]);
        figures["list"][name] = load.json();
    }
    println!(
        "\n## The page of a list\n\n20 of {ROWS} rows on SQLite, {} rounds of {} s, {} connections; median (lowest–highest) of the rounds.\n\n{table}",
        options.rounds, options.seconds, options.connections
    );
    for (contender, load) in contenders.iter().zip(&measured).skip(1) {
        let ratio = measured[0].per_second.ratios(&load.per_second).median();
        // A library that compiles its templates into the program is the measure, not the target.
        let wanted = if contender.name == Name::Loco {
            1.0
        } else {
            0.5
        };
        let what = format!("requests/s: framewright / {}", contender.name);
        targets.at_least(&what, ratio, wanted);
    }
}

/// Looks whether a contender shows the page with all its rows.
fn verify(contender: &Contender, server: &Server) {
    let answer = http::get(server.address, "/posts");
    let answer = answer.unwrap_or_else(|error| panic!("{}: {error}", contender.name));
    let text = answer.text();
    let rows = text.matches("<th scope=\"row\"><a href=\"/posts/").count();
    assert!(
        answer.status == 200 && rows == 20 && text.contains("Page 1 of 50"),
        "{} shows\n{}\n\n{text}",
        contender.name,
        answer.head
    );
}

/// What was measured under load.
#[derive(Default)]
struct Load {
    per_second: Figures,
    p99: Figures,
    /// Microseconds of processor time per request.
    processor: Figures,
}

impl Load {
    fn add(
        &mut self,
        server: &Server,
        request: &Request,
        contender: &Contender,
        options: &Options,
    ) {
        let load = |seconds| {
            let scratch = &contender.scratch;
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
        let processor = (server.processor_time() - before) / counted.requests * 1e6;
        say(&format!(
            "{} {}: {:.0}/s, p99 {:.2} ms, {processor:.1} µs",
            contender.name, request.path, counted.per_second, counted.p99
        ));
        self.per_second.push(counted.per_second);
        self.p99.push(counted.p99);
        self.processor.push(processor);
    }

    fn json(&self) -> Value {
        json!({
            "per_second": self.per_second.json(),
            "p99_ms": self.p99.json(),
            "processor_us": self.processor.json(),
        })
    }
}

/// The page without its queries: the processor time that it takes more than a response of as many bytes.
fn render(
    ours: &Contender,
    database: &Database,
    options: &Options,
    figures: &mut Value,
    targets: &mut Targets,
) {
    let database = database.copy();
    let server = ours.start(&database);
    let (mut page, mut bytes) = (Load::default(), Load::default());
    for _ in 0..options.rounds {
        bytes.add(&server, &Request::get("/bench/bytes"), ours, options);
        page.add(&server, &Request::get("/bench/page"), ours, options);
    }
    let rendered = page.processor.median() - bytes.processor.median();
    println!(
        "\n## Rendering\n\nProcessor time of a request, without queries: {} µs with the page, {} µs with as many bytes.\n",
        page.processor.show(1),
        bytes.processor.show(1)
    );
    figures["render_us"] = rendered.into();
    targets.at_most("page of 20 rows rendered, µs", rendered, 60.0);
}

/// The time of a start with many more templates in the program.
fn parse(ours: &Contender, database: &Database, figures: &mut Value) {
    let starts = |binary: &Path| -> Figures {
        let start = |_| {
            let port = free_port();
            let command = ours.serve(binary, database.url(), port);
            ours.wait_for(command, port).started_in.as_secs_f64() * 1e3
        };
        (0..STARTS).map(start).collect()
    };
    let few = starts(&ours.binary);
    let app = root().join("bench");
    let source = app.join("src/posts/pages/index.html");
    let many = app.join("src/bench_many");
    fs::create_dir_all(&many).expect("the folder can be made");
    for number in 0..TEMPLATES {
        let copy = many.join(format!("{number}.html"));
        fs::copy(&source, copy).expect("the template can be copied");
    }
    let target = folder("target");
    let mut command = cargo(&root(), &target);
    finish(command.args(["build", "--release", "--quiet", "--package", "bench"]));
    let many_start = starts(&target.join("release/bench"));
    fs::remove_dir_all(&many).expect("the folder can be removed");
    let parsed = many_start.median() - few.median();
    println!(
        "\n## Parsing\n\nStart with the application's templates: {} ms; with {TEMPLATES} more of the size of the list: {} ms; so {parsed:.1} ms for them.\n",
        few.show(1),
        many_start.show(1)
    );
    figures["parse_300_ms"] = parsed.into();
}

/// The time from a change of a file to the first response with it, under `start --watch`.
fn change(figures: &mut Value) {
    let root = root();
    let app = root.join("bench");
    let target = folder("target");
    let scratch = folder(&format!("work/{PLACE}/watched"));
    let database = Database::empty(Kind::Sqlite, &scratch);
    let port = free_port();
    let mut command = cargo_fw(&app, &["start", "--watch", "--port", &port.to_string()]);
    command
        .env("DATABASE_URL", database.url())
        .env("CARGO_TARGET_DIR", &target);
    say("building for `start --watch`");
    let log = scratch.join("watch.log");
    let server = Watched(Server::start(command, port, "/posts", &log, PATIENCE * 3));
    let mut table = Table::new(["a change of", "seen after s"]);
    for (what, file, path, old, new) in [
        (
            "a template",
            "src/posts/pages/index.html",
            "/posts",
            "{% block main %}",
            "{% block main %}<!-- changed N -->",
        ),
        (
            "a message",
            "src/posts/en.ftl",
            "/posts",
            "posts-none =",
            "posts-none = changed N",
        ),
        (
            "a handler",
            "src/bench_pages.rs",
            "/bench/bytes",
            "\"x\".repeat",
            "\"changed N\".repeat",
        ),
    ] {
        let file = app.join(file);
        let before = fs::read_to_string(&file).expect("the file can be read");
        let mut seen = Figures::new();
        for number in 0..CHANGES {
            let marker = format!("changed {number}");
            edit(&file, old, &new.replace("changed N", &marker));
            seen.push(until(&server.0, path, &marker));
            fs::write(&file, &before).expect("the file can be written");
            until_gone(&server.0, path, &marker);
        }
        table.row([what.to_owned(), seen.show(2)]);
        figures["changes_s"][what] = seen.json();
    }
    println!(
        "\n## Changes\n\nUnder `cargo fw start --watch`, {CHANGES} times each, until a response has the change; median (lowest–highest).\n\n{table}"
    );
}

/// A server under `start --watch`. It is asked to end, so that its child ends as well.
struct Watched(Server);

impl Drop for Watched {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = Command::new("kill")
            .args(["-s", "INT", &self.0.pid().to_string()])
            .status();
        thread::sleep(Duration::from_secs(2));
    }
}

fn until(server: &Server, path: &str, marker: &str) -> f64 {
    wait(server, path, |text| text.contains(marker))
}

fn until_gone(server: &Server, path: &str, marker: &str) {
    wait(server, path, |text| !text.contains(marker));
    // The time stamps of two changes must differ.
    thread::sleep(Duration::from_millis(200));
}

/// Waits until a page is as wanted, and returns the seconds.
fn wait(server: &Server, path: &str, is_wanted: impl Fn(&str) -> bool) -> f64 {
    let begin = Instant::now();
    loop {
        let answer = http::get(server.address, path);
        if answer.is_ok_and(|answer| answer.status == 200 && is_wanted(&answer.text())) {
            return begin.elapsed().as_secs_f64();
        }
        assert!(begin.elapsed() < PATIENCE, "{path} does not change");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The processor time of the first build of an application with views, and of one without.
fn build_times(figures: &mut Value, targets: &mut Targets) {
    let mut table = Table::new(["template", "processor s", "crates"]);
    let [without, with] = ["api", "web"].map(|template| {
        let build = FirstBuild::of(template);
        table.row([
            template.to_owned(),
            format!("{:.1}", build.processor),
            format!("{:.0}", build.crates),
        ]);
        build.processor
    });
    println!(
        "\n## First builds\n\n{table}\nThe template `web` has the feature `views`, and a page instead of a response.\n"
    );
    let added = with - without;
    figures["views_build_s"] = added.into();
    targets.at_most(
        "added to a first build by `views`, processor s",
        added,
        25.0,
    );
}
