//! Unit tests of `registry`.

use clap::Parser;

use super::{Task, Tasks, is_name};
use crate::{context::AppContext, error::Result};

/// Deletes what is old
#[derive(Parser)]
struct Tidy {
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
}

impl Task for Tidy {
    const NAME: &'static str = "attic:tidy";
    const WATCHES_DRAINING: bool = true;

    async fn run(self, _: &AppContext) -> Result<()> {
        let _ = self.keep;
        Ok(())
    }
}

/// Counts what is there
#[derive(Parser)]
struct Count;

impl Task for Count {
    const NAME: &'static str = "attic:count";
    const NEEDS_DATABASE: bool = false;

    async fn run(self, _: &AppContext) -> Result<()> {
        Ok(())
    }
}

fn tasks() -> Tasks {
    Tasks::new().add::<Tidy>().add::<Count>()
}

#[test]
fn a_name_is_taken_only_once() {
    let error = tasks().merge(tasks()).check().unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("two tasks are called `attic:tidy`")
    );
}

#[test]
fn names_are_words_with_colons() {
    for name in ["attic:tidy", "prune", "users:import-csv", "a1:b_2"] {
        assert!(is_name(name), "{name}");
    }
    for name in ["", ":a", "a:", "A", "a b", "1a", "--help", "a::b"] {
        assert!(!is_name(name), "{name}");
    }
}

#[test]
fn a_prepared_task_tells_its_needs() {
    let needs = |name: &str| {
        let prepared = tasks().prepare(name, &[]).expect("prepared");
        (prepared.needs_database(), prepared.watches_draining())
    };
    assert_eq!(needs("attic:tidy"), (true, true));
    assert_eq!(needs("attic:count"), (false, false));
}

#[test]
fn an_unknown_task_suggests_a_similar_one() {
    let error = tasks().prepare("attic:tydi", &[]).err().unwrap();
    assert_eq!(error.exit_code(), 2);
    let message = error.to_string();
    assert!(
        message.contains("did you mean `attic:tidy`? The tasks are `attic:count`, `attic:tidy`"),
        "{message}"
    );
}

#[test]
fn help_exits_with_0_and_wrong_arguments_with_2() {
    let help = tasks()
        .prepare("attic:tidy", &["--help".into()])
        .err()
        .unwrap();
    assert_eq!(help.exit_code(), 0);
    assert!(
        help.to_string()
            .contains("Usage: cargo fw task attic:tidy [OPTIONS]"),
        "{help}"
    );
    for wrong in ["--nope", "keep:0", "keep_days=0", "stray"] {
        let error = tasks()
            .prepare("attic:tidy", &[wrong.into()])
            .err()
            .unwrap();
        assert_eq!(error.exit_code(), 2, "{wrong}: {error}");
    }
}
