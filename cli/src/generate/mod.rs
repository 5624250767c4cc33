//! The command `cargo fw generate`, which plans files and edits and carries them out as a whole.
//!
//! A generator is a type that implements [`Generator`], in a file of its own, with its templates in `templates/`. To add one,
//! add it to [`ALL`]: the commands `generate` and `destroy`, their help and the completions are made from that list.

mod access;
mod auth;
mod auth_pages;
mod class;
mod client;
mod command;
mod controller;
mod generator;
mod htmx;
mod job;
mod loadtest;
mod mailer;
mod middleware;
mod migration;
mod model;
mod origin;
mod page;
mod pages;
mod reference;
mod relations;
mod resource;
mod scaffold;
mod schedule;
mod service;
mod table;
mod task;
mod template;
#[cfg(test)]
mod tests;
mod unchanged;
mod view;

use self::{
    auth::Auth, client::Client, controller::Controller, htmx::Htmx, job::Job, loadtest::LoadTest,
    mailer::Mailer, middleware::Middleware, migration::Migration, model::Model, page::Page,
    scaffold::Scaffold, schedule::Schedule, task::Task,
};
pub use self::{
    auth::auth_in,
    command::{Args, Command, find},
    generator::{Entry, Generator, Runnable},
    scaffold::scaffold_in,
};
use crate::error::CliError;

/// The generators, in the order of the help.
pub const ALL: &[Entry] = &[
    Entry::of::<Scaffold>(),
    Entry::of::<Model>(),
    Entry::of::<Migration>(),
    Entry::of::<Controller>(),
    Entry::of::<Page>(),
    Entry::of::<Htmx>(),
    Entry::of::<Auth>(),
    Entry::of::<Task>(),
    Entry::of::<Job>(),
    Entry::of::<Mailer>(),
    Entry::of::<Schedule>(),
    Entry::of::<Middleware>(),
    Entry::of::<Client>(),
    Entry::of::<LoadTest>(),
];

/// Runs the generator that the command line names.
pub fn run(args: Args) -> Result<(), CliError> {
    args.command.run()
}
