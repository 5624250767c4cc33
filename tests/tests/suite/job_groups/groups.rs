//! Batches and chains.

use std::time::Duration;

use fw::{
    jobs::{Batch, Chain},
    prelude::*,
    queue::store::State as JobState,
};
use sea_orm::TransactionTrait;

use super::{Finale, Tell, drain, on_both, record, state, step, step_of};

#[tokio::test]
async fn a_batch_ends_with_a_job_that_knows_how_the_others_did() {
    on_both(async |app| {
        let batch = Batch::new("import")
            .add_all([step("a"), step("b")])
            .add(step("fail once"))
            .add(step("fail"))
            .add(step("discard"))
            .add(Tell { times: 1 }.after(Duration::from_hours(1)))
            .then(Finale {}.priority(10));
        let batch = batch.enqueue(&app.ctx).await.expect("enqueued");
        assert!(batch.jobs.len() == 6 && batch.jobs.iter().all(|job| job.is_new()));
        let end = batch.callback.expect("there is one").id();
        drain(&app).await;
        assert_eq!(state(&app, end).await, JobState::Blocked);
        let record = app.ctx.queue.batch(batch.id).await.expect("a store");
        let record = record.expect("it is there");
        assert_eq!(record.description, "import");
        assert_eq!((record.total, record.pending, record.failed), (6, 2, 2));
        assert_eq!(record.finished_at, None);

        app.jobs().advance(Duration::from_hours(1));
        let ran = drain(&app).await;
        assert_eq!(ran.last().map(String::as_str), Some("finale"), "{ran:?}");
        assert_eq!(step_of(&app, end, "facts").await, "[6,0,2]");
        let record = app.ctx.queue.batch(batch.id).await.expect("a store");
        assert!(record.expect("it is there").finished_at.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_batch_without_new_jobs_ends_at_once() {
    on_both(async |app| {
        let empty = Batch::new("nothing").then(Finale {});
        let empty = empty.enqueue(&app.ctx).await.expect("enqueued");
        assert_eq!(drain(&app).await, ["finale"]);
        let end = empty.callback.expect("there is one").id();
        assert_eq!(step_of(&app, end, "facts").await, "[0,0,0]");

        // A job that exists already, by its key, is no part of it.
        let first = step("unique").enqueue(&app.ctx).await.expect("enqueued");
        let batch = Batch::new("twice").add(step("unique")).then(Finale {});
        let batch = batch.enqueue(&app.ctx).await.expect("enqueued");
        assert!(!batch.jobs[0].is_new());
        assert_eq!(batch.jobs[0].id(), first.id());
        let end = batch.callback.expect("there is one").id();
        assert_eq!(state(&app, end).await, JobState::Ready);
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_a_part_of_its_transaction() {
    on_both(async |app| {
        let batch = || Batch::new("import").add(step("a")).then(Finale {});
        let tx = app.ctx.db.begin().await.expect("a transaction");
        let lost = batch().enqueue_in(&app.ctx, &tx).await.expect("enqueued");
        drop(tx);
        assert!(drain(&app).await.is_empty());
        let lost = app.ctx.queue.batch(lost.id).await.expect("a store");
        assert_eq!(lost, None);

        let kept = app.ctx.db.transact(async |tx| {
            batch().enqueue_in(&app.ctx, tx).await?;
            Ok(())
        });
        kept.await.expect("committed");
        assert_eq!(drain(&app).await, ["a", "finale"]);
        // One job that is refused refuses all.
        let refused = batch().add(step("b").queue("nowhere")).enqueue(&app.ctx);
        let refused = refused.await.expect_err("refused").chain();
        assert!(refused.contains("`nowhere`"), "{refused}");
        assert!(drain(&app).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_job_adds_others_to_its_batch_until_that_has_ended() {
    on_both(async |app| {
        let batch = Batch::new("crawl").add(step("grow")).then(Finale {});
        let batch = batch.enqueue(&app.ctx).await.expect("enqueued");
        assert_eq!(drain(&app).await, ["grow", "more", "finale"]);
        let end = batch.callback.expect("there is one").id();
        assert_eq!(step_of(&app, end, "facts").await, "[2,0,0]");
        let late = step("late").in_batch(batch.id).enqueue(&app.ctx).await;
        let late = late.expect_err("refused").chain();
        assert!(late.contains("takes no more jobs"), "{late}");
    })
    .await;
}

#[tokio::test]
async fn the_jobs_of_a_chain_run_one_after_another() {
    on_both(async |app| {
        let chain = Chain::new()
            .then(step("fail once"))
            .then(step("second").priority(50))
            .then(Tell { times: 1 });
        let chain = chain.enqueue(&app.ctx).await.expect("enqueued");
        assert_eq!(drain(&app).await, ["fail once"]);
        assert_eq!(state(&app, chain[1].id()).await, JobState::Blocked);
        assert_eq!(record(&app, chain[1].id()).await.priority, 50);
        app.jobs().advance(Duration::from_secs(15));
        assert_eq!(drain(&app).await, ["fail once", "second", "tell"]);

        let delayed = Chain::new()
            .then(step("first"))
            .then(step("tomorrow").after(Duration::from_hours(24)));
        delayed.enqueue(&app.ctx).await.expect("enqueued");
        assert_eq!(drain(&app).await, ["first"]);
        app.jobs().advance(Duration::from_hours(24));
        assert_eq!(drain(&app).await, ["tomorrow"]);
    })
    .await;
}

#[tokio::test]
async fn behind_a_dead_letter_the_others_wait_and_behind_a_cancelled_job_they_are_cancelled() {
    on_both(async |app| {
        let chain = |first| {
            Chain::new()
                .then(step(first))
                .then(step("b"))
                .then(step("c"))
        };
        let waits = chain("fail").enqueue(&app.ctx).await.expect("enqueued");
        let gone = chain("discard").enqueue(&app.ctx).await.expect("enqueued");
        assert_eq!(drain(&app).await, ["fail", "discard"]);
        for one in &waits[1..] {
            assert_eq!(state(&app, one.id()).await, JobState::Blocked);
        }
        for one in &gone {
            assert_eq!(state(&app, one.id()).await, JobState::Cancelled);
        }
        // Somebody gives up on the dead one: its place is free for nothing.
        let store = app.ctx.queue.store();
        let purged = store.purge_one(waits[0].id(), app.ctx.queue.now()).await;
        assert!(purged.expect("a store"));
        assert_eq!(state(&app, waits[2].id()).await, JobState::Cancelled);

        let tx = app.ctx.db.begin().await.expect("a transaction");
        let lost = chain("a").enqueue_in(&app.ctx, &tx).await;
        lost.expect("enqueued");
        drop(tx);
        assert!(drain(&app).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_chain_may_be_part_of_a_batch() {
    on_both(async |app| {
        let chain = Chain::new().then(step("a")).then(step("b"));
        let batch = Batch::new("both").add_chain(chain).then(Finale {});
        let batch = batch.enqueue(&app.ctx).await.expect("enqueued");
        assert_eq!(drain(&app).await, ["a", "b", "finale"]);
        let end = batch.callback.expect("there is one").id();
        assert_eq!(step_of(&app, end, "facts").await, "[2,0,0]");
    })
    .await;
}
