//! Background jobs of an application whose store is Redis: transactions, requests, and what needs the database.

use fw::{
    config::{Config, JobStore},
    jobs::Retry,
    prelude::*,
    queue::store::{Outbox, State as JobState},
};
use fw_testing::prelude::*;
use fw_tests::redis;
use serde::{Deserialize, Serialize};

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "jobs"
    }

    fn routes() -> Routes {
        Routes::new().with([post("/acts", act_by_request).idempotent()])
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    fn jobs() -> Jobs {
        Jobs::new().add::<Act>()
    }

    async fn before_boot(config: &mut Config) -> Result<()> {
        config.database.url = "sqlite::memory:".into();
        config.jobs.store = JobStore::Redis;
        config.jobs.redis_url = Some(redis::server().url().into());
        config.jobs.redis_prefix = Some(redis::prefix());
        Ok(())
    }
}

/// Does what it is told.
#[derive(Serialize, Deserialize)]
struct Act {
    what: String,
}

impl Job for Act {
    const NAME: &'static str = "act";
    const RETRY: Retry = Retry::times(1);

    fn key(&self) -> Key {
        Key::unfinished(self.what.clone())
    }

    async fn run(&self, job: &JobContext) -> Result<(), JobError> {
        match self.what.as_str() {
            "a step" => {
                job.step("one", async { Ok(1) }).await?;
            }
            "complete" => {
                job.db
                    .transact_as::<_, JobError>(async |tx| job.complete_in(tx).await)
                    .await?;
            }
            _ => job.progress(0.5).await?,
        }
        Ok(())
    }
}

fn act(what: &str) -> Act {
    Act {
        what: what.to_owned(),
    }
}

async fn act_by_request(_: Anyone, State(ctx): State<AppContext>) -> Result<NoContent> {
    act("by request").enqueue(&ctx).await?;
    Ok(NoContent)
}

#[tokio::test]
async fn a_job_of_an_idempotent_request_is_relayed_once() {
    let app = boot::<App>().await;
    let outbox = Outbox::new(app.ctx.db.clone());
    for _ in 0..2 {
        let request = app.post("/acts").header("idempotency-key", "k");
        request.await.assert_status(204);
        // It is a part of the request's transaction.
        assert_eq!(outbox.backlog().await.expect("read").jobs, 1);
    }
    let ran = app.jobs().drain().await;
    assert_eq!(ran.len(), 1);
    assert_eq!(ran[0].state, Some(JobState::Done));
    assert_eq!(outbox.backlog().await.expect("read").jobs, 0);
}

#[tokio::test]
async fn a_transaction_enqueues_with_its_commit_and_a_call_without_one_at_once() {
    let app = boot::<App>().await;
    let ctx = &app.ctx;
    let undone = ctx.db.transact(async |tx| {
        act("undone").enqueue_in(ctx, tx).await?;
        Err::<(), _>(Error::internal("on purpose"))
    });
    undone.await.expect_err("rolled back");
    let committed = ctx.db.transact(async |tx| {
        let first = act("committed").enqueue_in(ctx, tx).await?;
        assert!(first.is_new());
        Ok(first)
    });
    let committed = committed.await.expect("committed");
    let direct = act("direct").enqueue(ctx).await.expect("enqueued");
    assert_eq!(app.jobs().waiting::<Act>().await.len(), 1);
    // Its key is taken already, as far as one can see now.
    let again = act("direct").enqueue(ctx).await.expect("enqueued");
    assert_eq!((again.id(), again.is_new()), (direct.id(), false));
    let ran = app.jobs().drain().await;
    let ids: Vec<_> = ran.iter().map(|ran| ran.job.id).collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.contains(&committed.id()) && ids.contains(&direct.id()));
}

#[tokio::test]
async fn a_damaged_row_of_the_outbox_does_not_hold_up_the_others_and_stays() {
    let app = boot::<App>().await;
    let ctx = &app.ctx;
    for number in 1..=150 {
        let damaged = format!(
            "INSERT INTO fw_job_outbox (job_id, job, created_at) VALUES (x'{number:032x}', '{{', {number})"
        );
        ctx.db.execute_unprepared(&damaged).await.expect("written");
    }
    let enqueued = ctx
        .db
        .transact(async |tx| act("good").enqueue_in(ctx, tx).await);
    let enqueued = enqueued.await.expect("committed");
    let ran = app.jobs().drain().await;
    assert_eq!(ran.len(), 1);
    assert_eq!(ran[0].job.id, enqueued.id());
    let outbox = Outbox::new(ctx.db.clone());
    assert_eq!(outbox.backlog().await.expect("read").jobs, 150);
}

#[tokio::test]
async fn what_needs_the_database_fails_with_a_clear_error() {
    let app = boot::<App>().await;
    for (what, named) in [("a step", "steps"), ("complete", "`complete_in`")] {
        let id = act(what).enqueue(&app.ctx).await.expect("enqueued").id();
        app.jobs().drain().await;
        let shown = app.ctx.queue.store().show(id).await.expect("a store");
        let detail = shown.expect("it is there");
        assert_eq!(detail.job.state, JobState::Dead);
        let error = &detail.errors[0].error;
        assert!(error.contains(named), "{error}");
        assert!(error.contains(r#"store = "database""#), "{error}");
    }
}
