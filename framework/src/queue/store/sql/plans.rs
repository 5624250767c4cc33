//! The plans of SQLite for the statements that run all the time: they read an index of the few jobs that they are about, and never the
//! table, which may have millions of jobs that have ended.

use sea_orm::{ConnectionTrait, Statement};

use super::{administration, run, session::Session};
use crate::{
    app::{self, Hooks},
    config::DatabaseConfig,
    controller::Routes,
    db::{self, Db},
    migration::Migration,
};

/// An application without anything of its own.
struct Bare;

impl Hooks for Bare {
    type Settings = ();

    fn name() -> &'static str {
        "bare"
    }

    fn routes() -> Routes {
        Routes::new()
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }
}

async fn database(folder: &tempfile::TempDir) -> Db {
    let url = format!("sqlite://{}", folder.path().join("plans.sqlite").display());
    let config = DatabaseConfig {
        url: url.into(),
        ..DatabaseConfig::default()
    };
    db::create(&config).await.expect("it can be created");
    let connection = Db::dedicated(&config).await.expect("it can be opened");
    let migrated = app::migrator::<Bare>().up(&connection, None).await;
    migrated.expect("it can be migrated");
    Db::connect(&config).await.expect("it can be opened")
}

/// The steps of the plan for a statement that touch the jobs.
async fn plan(db: &Db, statement: &str) -> Vec<String> {
    let explain = format!("EXPLAIN QUERY PLAN {statement}");
    let explain = Statement::from_string(db.backend(), explain);
    let rows = db.query_all_raw(explain).await.expect("it is explained");
    let steps = rows
        .iter()
        .map(|row| row.try_get::<String>("", "detail").expect("a text"));
    steps.filter(|step| step.contains("fw_jobs")).collect()
}

#[tokio::test]
async fn a_claim_on_sqlite_reads_no_finished_job() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = database(&folder).await;
    let steps = plan(&db, &run::claim_statement(Session::on(&db))).await;
    let is_good =
        |step: &String| step.contains("INDEX fw_jobs_ready") || step.contains("PRIMARY KEY (id=?)");
    assert!(!steps.is_empty() && steps.iter().all(is_good), "{steps:#?}");
}

#[tokio::test]
async fn jobs_are_counted_by_their_indexes() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = database(&folder).await;
    let steps = plan(&db, administration::COUNTS).await;
    assert_eq!(steps.len(), 5, "{steps:#?}");
    for (step, index) in steps
        .iter()
        .zip(["blocked", "scheduled", "ready", "running", "counted"])
    {
        assert!(step.contains(&format!("fw_jobs_{index}")), "{steps:#?}");
    }
    assert!(steps[4].contains("COVERING INDEX"), "{steps:#?}");
}
