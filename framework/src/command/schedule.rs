//! The command `schedule`, which lists the entries of the schedule with their next times.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::{Outcome, load_to_show, table};
use crate::{
    app::Application,
    config::{Config, JobStore},
    db::Db,
    env::Environment,
    error::Result,
    queue::store::{Slot, SqlStore, Store},
    task::report,
};

/// The number of next times that are listed.
const COUNT: usize = 3;

#[derive(Serialize)]
struct Line {
    name: String,
    when: String,
    zone: &'static str,
    next: Vec<DateTime<Utc>>,
}

pub(super) async fn run(
    app: Application,
    root: &Path,
    environment: Option<Environment>,
    json: bool,
) -> Result<Outcome> {
    let config = load_to_show(app, root, environment).await?;
    let schedule = app.schedule(&app.jobs()?)?;
    let slots = match stored(&config).await {
        Ok(slots) => slots,
        Err(error) => {
            report::warning(&format!(
                "the stored times are not known, so those of intervals are missing: {}",
                error.chain()
            ));
            Vec::new()
        }
    };
    let now = Utc::now();
    let lines = schedule.into_iter().map(|entry| Line {
        next: entry.next_times(&slots, now, COUNT),
        name: entry.name,
        when: entry.when,
        zone: entry.zone,
    });
    let lines: Vec<_> = lines.collect();
    if json {
        table::print_json(&lines)?;
    } else {
        let rows: Vec<_> = lines.into_iter().map(Line::into_row).collect();
        table::print(["SCHEDULE", "TIMES", "ZONE", "NEXT"], &rows);
    }
    Ok(Outcome::Done)
}

/// The slots in the database, where the processes that run jobs have stored the next times.
async fn stored(config: &Config) -> Result<Vec<Slot>> {
    if config.jobs.store == JobStore::Memory {
        return Ok(Vec::new());
    }
    let db = Db::connect(&config.database).await?;
    let slots = SqlStore::new(db.clone()).slots().await;
    db.close().await;
    Ok(slots?)
}

impl Line {
    fn into_row(self) -> [String; 4] {
        let next = self.next.iter();
        let next: Vec<_> = next
            .map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
            .collect();
        [self.name, self.when, self.zone.to_owned(), next.join("  ")]
    }
}
