//! The audit log: what an event says, that it is there exactly if its change is, and that nobody can change it.

mod app;
mod events;
mod kept;
mod list;

use std::time::Duration;

use fw::{
    audit::{AuditEvent, AuditFilter, events},
    sea_orm::{ConnectionTrait, QueryResult, Statement},
    task::Tasks,
};
use fw_testing::prelude::*;
use fw_tests::postgres;

use self::app::{App, DATABASE, RETENTION};

/// Runs a test on SQLite and on PostgreSQL.
async fn on_both<F: Future<Output = ()>>(test: impl Fn(TestApp) -> F) {
    with_retention(Duration::from_hours(24), test).await;
}

/// Runs a test whose events are kept for a time.
async fn with_retention<F: Future<Output = ()>>(time: Duration, test: impl Fn(TestApp) -> F) {
    for url in [
        "sqlite::memory:".to_owned(),
        postgres::server().create_database(),
    ] {
        let app = RETENTION
            .scope(time, DATABASE.scope(url, boot::<App>()))
            .await;
        test(app).await;
    }
}

/// All events, the latest first.
async fn all(app: &TestApp) -> Vec<AuditEvent> {
    let all = events(&app.ctx.db, &AuditFilter::default(), 100).await;
    all.expect("they can be read")
}

async fn query(app: &TestApp, sql: &str) -> Vec<QueryResult> {
    let db = &app.ctx.db;
    let rows = db.query_all_raw(Statement::from_string(db.backend(), sql));
    rows.await.expect("rows")
}

/// Runs the task that a server runs each hour.
async fn prune(app: &TestApp) {
    let tasks = app.ctx.get::<Tasks>().expect("the context has the tasks");
    let pruned = tasks.run("audit:prune", &[], &app.ctx).await;
    pruned.expect("it succeeds");
}
