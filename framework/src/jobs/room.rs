//! The room of background jobs: what `doctor` says of them.

use crate::{
    config::JobStore,
    env,
    queue::store::{SqlStore, State, Store},
    room::{DoctorContext, Finding, Room},
};

pub(crate) const ROOM: Room = Room {
    name: "background jobs",
    doctor: |input| Box::pin(examine(input)),
    ..Room::NONE
};

async fn examine(input: DoctorContext<'_>) -> Vec<Finding> {
    const ID: &str = "dead_letters";
    let ctx = input.ctx;
    if !input.is_connected || ctx.config.jobs.store != JobStore::Database {
        return Vec::new();
    }
    // Without its tables, which the check of the migrations tells, there is nothing to say.
    let Ok(stats) = SqlStore::new(ctx.db.clone()).stats(&[]).await else {
        return Vec::new();
    };
    let dead = stats.count(State::Dead);
    vec![if dead == 0 {
        Finding::good(ID, "no background job has failed for good")
    } else {
        Finding::warning(
            ID,
            format!(
                "{dead} background jobs have failed for good\nhint: see them with `{}`, run them again with `{}`, or delete them with `{}`",
                env::command("jobs list --state dead"),
                env::command("jobs retry --dead"),
                env::command("jobs purge --state dead"),
            ),
        )
    }]
}
