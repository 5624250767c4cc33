//! Rate limits of jobs, the metrics of their runs, where they come from, and tasks that fail.

use std::time::Duration;

use fw::{
    jobs::{JobId, enqueue_all},
    prelude::*,
    queue::store::{JobFilter, Key as StoredKey, KeyScope, NewJob, Page, State as JobState},
};
use fw_testing::prelude::*;

use super::{call, drain, on_both, record, state, step, step_of};

#[tokio::test]
async fn a_job_without_a_permit_is_put_off_at_no_cost_of_a_try() {
    on_both(async |app| {
        let calls = [call("bank"), call("bank"), call("bank"), call("shop")];
        let calls = enqueue_all(&app.ctx, &calls).await.expect("enqueued");
        // Each looks once: they are sent to times of their own.
        assert_eq!(drain(&app).await.len(), 4);
        let mut waiting = Vec::new();
        for one in &calls {
            let record = record(&app, one.id()).await;
            match record.state {
                JobState::Done => assert_eq!(record.attempt, 1),
                JobState::Scheduled => {
                    assert_eq!(record.attempt, 0, "no try");
                    waiting.push(record.run_at);
                }
                other => panic!("it is {other}"),
            }
        }
        waiting.sort_unstable();
        let apart = (waiting[1] - waiting[0]).num_milliseconds();
        assert!((9_900..=10_100).contains(&apart), "{waiting:?}");
        app.jobs().advance(Duration::from_secs(10));
        assert_eq!(drain(&app).await.len(), 1);
        app.jobs().advance(Duration::from_secs(10));
        assert_eq!(drain(&app).await.len(), 1);
        for one in &calls {
            assert_eq!(state(&app, one.id()).await, JobState::Done);
        }
        let metrics = app.ctx.queue.metrics();
        let runs = &metrics.jobs["call"];
        assert_eq!((runs.done, runs.limited, runs.runs()), (4, 2, 6));

        for key in ["", &"k".repeat(513), "a\0b"] {
            let refused = call(key).enqueue(&app.ctx).await.expect_err("refused");
            assert!(
                refused.chain().contains("rate limit"),
                "{}",
                refused.chain()
            );
        }
    })
    .await;
}

#[tokio::test]
async fn runs_are_counted() {
    on_both(async |app| {
        for what in ["a", "b", "fail", "discard", "fail once"] {
            step(what).enqueue(&app.ctx).await.expect("enqueued");
        }
        drain(&app).await;
        let metrics = app.ctx.queue.metrics();
        let steps = &metrics.jobs["step"];
        assert_eq!((steps.done, steps.dead), (2, 1));
        assert_eq!((steps.discarded, steps.retried), (1, 1));
        assert_eq!((steps.runs(), steps.tries), (5, 5));
        assert!(steps.run_time.max <= steps.run_time.sum);
        let stats = app.ctx.queue.stats().await.expect("a store");
        assert_eq!(stats.count(JobState::Dead), 1);
        assert_eq!(stats.count(JobState::Scheduled), 1);
        assert!(stats.unknown.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_job_knows_the_request_and_the_trace_that_it_comes_from() {
    on_both(async |app| {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let request = app.post("/tell").header("traceparent", parent);
        request
            .header("x-request-id", "r-1")
            .await
            .assert_status(204);
        app.post("/tell")
            .header("traceparent", "00-nonsense")
            .await
            .assert_status(204);
        let ran = app.jobs().drain().await;
        assert_eq!(ran.len(), 4);
        let mut origins = Vec::new();
        for one in &ran {
            origins.push(step_of(&app, one.job.id, "origin").await);
        }
        // Also the job that the first one has enqueued.
        let known = format!(r#"["r-1","{parent}"]"#);
        assert_eq!(origins.iter().filter(|origin| **origin == known).count(), 2);
        let unknown = origins.iter().filter(|origin| origin.ends_with(",null]"));
        assert_eq!(unknown.count(), 2, "{origins:?}");
    })
    .await;
}

#[tokio::test]
async fn a_scheduled_task_that_fails_or_panics_is_seen_and_runs_again_at_its_next_time() {
    on_both(async |app| {
        for (command, expected) in [
            ("lab:falter", "the disk is full"),
            ("lab:falter --panic", "the task panicked"),
        ] {
            // As a schedule enqueues it, at two of its times.
            for _ in 0..2 {
                let id = JobId::new();
                let now = app.ctx.queue.now();
                let args = json!({ "command_line": command }).to_string();
                let mut job = NewJob::new(id, "default", "fw:task", args, now);
                job.max_attempts = 3;
                job.key = Some(StoredKey {
                    value: command.to_owned(),
                    scope: KeyScope::Live,
                });
                let enqueued = app.ctx.queue.store().enqueue(&[job], now).await;
                assert!(
                    enqueued.expect("a store")[0].is_new(),
                    "the former has ended"
                );
                assert_eq!(app.jobs().drain().await.len(), 1);
                app.jobs().advance(Duration::from_hours(1));
                assert!(app.jobs().drain().await.is_empty(), "it is not tried again");
                let detail = app.ctx.queue.store().show(id).await.expect("a store");
                let detail = detail.expect("it is there");
                assert_eq!(detail.job.state, JobState::Cancelled);
                assert!(detail.errors[0].error.contains(expected), "{detail:?}");
            }
        }
        assert!(app.jobs().dead().await.is_empty());
        let page = Page {
            before: None,
            limit: 10,
        };
        let filter = JobFilter {
            states: vec![JobState::Cancelled],
            ..Default::default()
        };
        let seen = app.ctx.queue.store().list(&filter, page).await;
        assert_eq!(seen.expect("a store").len(), 4);
    })
    .await;
}
