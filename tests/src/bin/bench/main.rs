//! Measures how fast applications answer, and what changing them costs. `tests/bench` runs it.

mod answers;
mod auth;
mod change;
mod contender;
mod database;
mod figures;
mod instructions;
mod jobs;
mod loco;
mod pages;
mod scale;
mod server;
mod workplace;
mod wrk;

use std::{fs, path::PathBuf};

use clap::{Parser, Subcommand};

/// Measures how fast applications answer, and what changing them costs.
///
/// The tables are Markdown, on standard output; what happens meanwhile is on standard error.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Writes every single figure to this file.
    #[arg(long, global = true)]
    json: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    Answers(answers::Options),
    Scale(scale::Options),
    Instructions(instructions::Options),
    Change(change::Options),
    Jobs(jobs::Options),
    Pages(pages::Options),
    Auth(auth::Options),
}

fn main() {
    let arguments = Arguments::parse();
    let figures = match arguments.command {
        Command::Answers(options) => answers::run(&options),
        Command::Scale(options) => scale::run(&options),
        Command::Instructions(options) => instructions::run(&options),
        Command::Change(options) => change::run(&options),
        Command::Jobs(options) => jobs::run(&options),
        Command::Pages(options) => pages::run(&options),
        Command::Auth(options) => auth::run(&options),
    };
    if let Some(file) = arguments.json {
        fs::write(&file, format!("{figures:#}\n"))
            .unwrap_or_else(|error| panic!("`{}` cannot be written: {error}", file.display()));
    }
}

/// Says on standard error what happens now.
fn say(what: &str) {
    eprintln!("-- {what}");
}
