//! Mixed load on one application for minutes: its memory and its open files must not grow.
//!
//! `tests/soak` builds the application and runs this.

mod load;
mod samples;
mod server;

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use clap::Parser;

use load::Load;
use samples::Samples;
use server::Server;

/// Between two samples, in a run that is long enough for twelve of them.
const INTERVAL: Duration = Duration::from_secs(5);

/// How long the server has to close what nobody uses any more.
const REST: Duration = Duration::from_secs(3);

/// Files of the connections to the database that the load has opened: ten, each with up to three.
const DATABASE_FILES: usize = 30;

#[derive(Parser)]
struct Arguments {
    /// The application: its binary, with a resource `posts` that has a required `title` and a `content`.
    #[arg(long)]
    binary: PathBuf,
    /// How long the load lasts.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u64).range(10..))]
    seconds: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut server = Server::start(&arguments.binary);
    load::seed(server.address);
    let files_at_rest = server.process.open_files();

    let load = Arc::new(Load::new(server.address));
    let workers = load::start(&load);
    let samples = watch(&server, &load, Duration::from_secs(arguments.seconds));
    load.stop();
    for worker in workers {
        worker.join().expect("a worker does not panic");
    }

    thread::sleep(REST);
    let mut faults = samples.faults();
    let files = server.process.open_files();
    println!("at rest: {files_at_rest} files before the load, {files} after it");
    if files > files_at_rest + DATABASE_FILES {
        faults.push("files stay open after the load".to_owned());
    }
    faults.extend(load.wrong_answers());
    faults.extend(server.stop());
    if faults.is_empty() {
        println!("verdict: good, memory and open files do not grow");
        ExitCode::SUCCESS
    } else {
        println!("verdict: bad\n  {}", faults.join("\n  "));
        ExitCode::FAILURE
    }
}

/// Prints and keeps a sample now and then, until the time is over.
fn watch(server: &Server, load: &Load, time: Duration) -> Samples {
    let interval = INTERVAL.min(time / 12);
    let begin = Instant::now();
    let mut samples = Samples::default();
    Samples::print_heading();
    while begin.elapsed() < time {
        thread::sleep(interval);
        samples.take(begin.elapsed(), server.process, load.answers());
    }
    samples
}
