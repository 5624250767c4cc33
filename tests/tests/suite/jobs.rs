//! Background jobs of an application, on either database: what is enqueued, what is refused, and what becomes of it.

use std::time::Duration;

use fw::{
    jobs::{Enqueued, Retry, enqueue_all},
    prelude::*,
    queue::store::State as JobState,
};
use fw_testing::prelude::*;
use fw_tests::postgres;
use sea_orm::TransactionTrait;
use serde::{Deserialize, Serialize};

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "jobs"
    }

    fn routes() -> Routes {
        Routes::new().with([post("/notes", take_a_note).idempotent()])
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    fn jobs() -> Jobs {
        Jobs::new().add::<Note>().add::<Act>().add::<Report>()
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        let url = DATABASE
            .try_with(Clone::clone)
            .unwrap_or("sqlite::memory:".to_owned());
        config.database.url = url.as_str().into();
        Ok(())
    }
}

tokio::task_local! {
    static DATABASE: String;
}

/// Runs a test on SQLite and on PostgreSQL, with a table of notes.
async fn on_both<F: Future<Output = ()>>(test: impl Fn(TestApp) -> F) {
    let with_table = async |app: TestApp| {
        let create = "CREATE TABLE job_notes (text VARCHAR(200) NOT NULL)";
        app.ctx
            .db
            .execute_unprepared(create)
            .await
            .expect("a table");
        app
    };
    test(with_table(boot::<App>().await).await).await;
    let url = postgres::server().create_database();
    let app = DATABASE.scope(url, boot::<App>()).await;
    test(with_table(app).await).await;
}

async fn write(db: &impl ConnectionTrait, text: &str) -> Result<()> {
    let insert = format!("INSERT INTO job_notes (text) VALUES ('{text}')");
    db.execute_unprepared(&insert).await?;
    Ok(())
}

/// The notes, in alphabetical order.
async fn notes(app: &TestApp) -> Vec<String> {
    let select = sea_orm::Statement::from_string(
        app.ctx.db.backend(),
        "SELECT text FROM job_notes ORDER BY text",
    );
    let rows = app.ctx.db.query_all_raw(select).await.expect("notes");
    let text = |row: &sea_orm::QueryResult| row.try_get("", "text").expect("a text");
    rows.iter().map(text).collect()
}

/// Writes a note; of one text there is one job at a time.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    text: String,
}

impl Job for Note {
    const NAME: &'static str = "note";

    fn key(&self) -> Key {
        Key::unfinished(self.text.clone())
    }

    async fn run(&self, job: &JobContext) -> Result<(), JobError> {
        write(&job.db, &self.text).await?;
        Ok(())
    }
}

fn note(text: &str) -> Note {
    Note {
        text: text.to_owned(),
    }
}

async fn take_a_note(_: Anyone, State(ctx): State<AppContext>) -> Result<NoContent> {
    note("by request").enqueue(&ctx).await?;
    Ok(NoContent)
}

/// Does what it is told.
#[derive(Debug, Serialize, Deserialize)]
struct Act {
    what: String,
}

impl Job for Act {
    const NAME: &'static str = "act";
    const RETRY: Retry = Retry::times(3).backoff(Duration::from_secs(10), Duration::from_mins(1));
    const TIMEOUT: Duration = Duration::from_millis(50);

    fn key(&self) -> Key {
        Key::none()
    }

    async fn run(&self, job: &JobContext) -> Result<(), JobError> {
        write(&job.db, &format!("{} {}", self.what, job.attempt())).await?;
        match self.what.as_str() {
            "fail" => Err("it does not work".into()),
            "fail once" if job.attempt() == 1 => Err(Error::internal("not yet").into()),
            "panic" => panic!("on purpose"),
            "hang" => std::future::pending().await,
            "give up" => Err(JobError::fail("it never works")),
            "discard" => Err(JobError::discard("nobody needs it")),
            "wait" => Err(JobError::retry_after(Duration::from_secs(500), "wait")),
            "snooze" if notes_of(job, "snooze").await? < 3 => {
                Err(JobError::snooze(Duration::from_secs(100)))
            }
            "in steps" => {
                let sum: i32 = job
                    .step("sum", async {
                        write(&job.db, "a step").await?;
                        Ok(1 + 2)
                    })
                    .await?;
                assert_eq!(sum, 3);
                if job.attempt() == 1 {
                    return Err("after the step".into());
                }
                job.progress(0.5).await
            }
            "complete" | "roll back" => {
                let is_first = job.attempt() == 1;
                job.db
                    .transact_as::<_, JobError>(async |tx| {
                        write(tx, "its effect").await?;
                        job.complete_in(tx).await?;
                        if self.what == "roll back" && is_first {
                            return Err("after the settlement".into());
                        }
                        Ok(())
                    })
                    .await?;
                // What it returns after the commit changes nothing.
                Err("too late".into())
            }
            _ => Ok(()),
        }
    }
}

async fn notes_of(job: &JobContext, what: &str) -> Result<i64> {
    let count = format!("SELECT COUNT(*) AS count FROM job_notes WHERE text LIKE '{what}%'");
    let count = sea_orm::Statement::from_string(job.db.backend(), count);
    let row = job.db.query_one_raw(count).await?;
    Ok(row.map_or(Ok(0), |row| row.try_get("", "count"))?)
}

async fn act(app: &TestApp, what: &str) -> fw::jobs::JobId {
    let act = Act {
        what: what.to_owned(),
    };
    act.enqueue(&app.ctx).await.expect("enqueued").id()
}

/// One a day.
#[derive(Debug, Serialize, Deserialize)]
struct Report {
    text: String,
}

impl Job for Report {
    const NAME: &'static str = "report";
    const ERASE_ARGUMENTS: bool = true;

    fn key(&self) -> Key {
        Key::every(Duration::from_hours(24), "report")
    }

    async fn run(&self, _: &JobContext) -> Result<(), JobError> {
        Ok(())
    }
}

/// A job that the application does not list.
#[derive(Serialize, Deserialize)]
struct Stranger;

impl Job for Stranger {
    const NAME: &'static str = "stranger";

    fn key(&self) -> Key {
        Key::none()
    }

    async fn run(&self, _: &JobContext) -> Result<(), JobError> {
        Ok(())
    }
}

async fn state(app: &TestApp, id: fw::jobs::JobId) -> JobState {
    let detail = app.ctx.queue.store().show(id).await.expect("a store");
    detail.expect("the job is there").job.state
}

#[tokio::test]
async fn a_job_runs_and_is_done() {
    on_both(async |app| {
        let enqueued = note("hello").enqueue(&app.ctx).await.expect("enqueued");
        assert!(enqueued.is_new());
        let waiting: Note = app
            .assert_enqueued(|note: &Note| note.text == "hello")
            .await;
        assert_eq!(waiting.text, "hello");
        let ran = app.jobs().drain().await;
        assert_eq!(ran.len(), 1);
        assert_eq!(ran[0].state, Some(JobState::Done));
        assert_eq!(notes(&app).await, ["hello"]);
        assert_eq!(state(&app, enqueued.id()).await, JobState::Done);
    })
    .await;
}

#[tokio::test]
async fn a_job_is_enqueued_with_its_transaction_or_not_at_all() {
    on_both(async |app| {
        let tx = app.ctx.db.begin().await.expect("a transaction");
        note("undone")
            .enqueue_in(&app.ctx, &tx)
            .await
            .expect("enqueued");
        drop(tx);
        assert!(app.jobs().waiting::<Note>().await.is_empty());

        let kept = app.ctx.db.transact(async |tx| {
            // The key is free: the rollback has left nothing behind.
            let enqueued = note("undone").enqueue_in(&app.ctx, tx).await?;
            assert!(enqueued.is_new());
            write(tx, "with it").await
        });
        kept.await.expect("committed");
        app.jobs().drain().await;
        assert_eq!(notes(&app).await, ["undone", "with it"]);
    })
    .await;
}

#[tokio::test]
async fn a_job_of_an_idempotent_request_is_enqueued_once() {
    on_both(async |app| {
        for _ in 0..2 {
            let request = app.post("/notes").header("idempotency-key", "k");
            request.await.assert_status(204);
        }
        assert_eq!(app.jobs().drain().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_second_job_with_its_key_is_not_enqueued() {
    on_both(async |app| {
        let first = note("same").enqueue(&app.ctx).await.expect("enqueued");
        let second = note("same").enqueue(&app.ctx).await.expect("enqueued");
        assert_eq!(second, Enqueued::Existing(first.id()));
        let many = [note("same"), note("new"), note("new")];
        let outcomes = enqueue_all(&app.ctx, &many).await.expect("enqueued");
        let new: Vec<_> = outcomes.iter().map(|one| one.is_new()).collect();
        assert_eq!(new, [false, true, false]);
        assert_eq!(app.jobs().drain().await.len(), 2);
        // It held only until the end of the first.
        let third = note("same").enqueue(&app.ctx).await.expect("enqueued");
        assert!(third.is_new());

        let report = |text: &str| Report {
            text: text.to_owned(),
        };
        let today = report("a").enqueue(&app.ctx).await.expect("enqueued");
        app.jobs().drain().await;
        let again = report("b").enqueue(&app.ctx).await.expect("enqueued");
        assert_eq!(again, Enqueued::Existing(today.id()));
        app.jobs().advance(Duration::from_secs(86_401));
        let tomorrow = report("c").enqueue(&app.ctx).await.expect("enqueued");
        assert!(tomorrow.is_new());
        let detail = app.ctx.queue.store().show(today.id()).await.expect("shown");
        assert_eq!(detail.expect("it is there").job.args, "null", "erased");
    })
    .await;
}

#[tokio::test]
async fn a_job_for_later_waits_for_its_time() {
    on_both(async |app| {
        let hour = Duration::from_hours(1);
        let later = note("later").after(hour);
        later.enqueue(&app.ctx).await.expect("enqueued");
        let urgent = note("first").priority(5);
        note("second").enqueue(&app.ctx).await.expect("enqueued");
        urgent.enqueue(&app.ctx).await.expect("enqueued");
        let ran = app.jobs().drain().await;
        let args: Vec<_> = ran.iter().map(|ran| ran.job.args.as_str()).collect();
        assert_eq!(args, [r#"{"text":"first"}"#, r#"{"text":"second"}"#]);
        app.jobs().advance(hour);
        assert_eq!(app.jobs().drain().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_run_is_refused_when_it_is_enqueued() {
    on_both(async |app| {
        let ctx = &app.ctx;
        let refused = |result: Result<Enqueued>| result.expect_err("refused").chain();
        let stranger = refused(Stranger.enqueue(ctx).await);
        assert!(stranger.contains("`stranger`"), "{stranger}");
        assert!(stranger.contains("app.rs"), "{stranger}");
        let queue = refused(note("a").queue("nowhere").enqueue(ctx).await);
        assert!(
            queue.contains("`nowhere`") && queue.contains("`default`"),
            "{queue}"
        );
        let large = refused(note(&"a".repeat(256 * 1024)).enqueue(ctx).await);
        assert!(large.contains("256 KiB"), "{large}");
        let priority = refused(note("a").priority(101).enqueue(ctx).await);
        assert!(priority.contains("101"), "{priority}");
        let years = Duration::from_hours(96360);
        let time = refused(note("a").after(years).enqueue(ctx).await);
        assert!(time.contains("ten years"), "{time}");
        let key = refused(note("").enqueue(ctx).await);
        assert!(key.contains("key"), "{key}");
        assert!(app.jobs().drain().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_job_that_fails_waits_and_is_tried_again() {
    on_both(async |app| {
        let id = act(&app, "fail once").await;
        assert_eq!(app.jobs().drain().await.len(), 1);
        assert_eq!(state(&app, id).await, JobState::Scheduled);
        app.jobs().advance(Duration::from_secs(10));
        app.jobs().drain().await;
        assert_eq!(state(&app, id).await, JobState::Done);
        assert_eq!(notes(&app).await, ["fail once 1", "fail once 2"]);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_fails_panics_or_hangs_is_a_dead_letter_after_its_last_try() {
    on_both(async |app| {
        for (what, error) in [
            ("fail", "it does not work"),
            ("panic", "it panicked: on purpose"),
            ("hang", "did not finish within 50ms"),
        ] {
            let id = act(&app, what).await;
            for _ in 0..4 {
                app.jobs().drain().await;
                app.jobs().advance(Duration::from_mins(1));
            }
            let detail = app.ctx.queue.store().show(id).await.expect("shown");
            let detail = detail.expect("it is there");
            assert_eq!(detail.job.state, JobState::Dead, "{what}");
            assert_eq!(detail.job.attempt, 3, "{what}");
            assert_eq!(detail.errors.len(), 3, "{what}");
            assert!(detail.errors[0].error.contains(error), "{detail:?}");
        }
        assert_eq!(app.jobs().dead().await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_job_decides_what_becomes_of_it() {
    on_both(async |app| {
        let given_up = act(&app, "give up").await;
        let discarded = act(&app, "discard").await;
        let waits = act(&app, "wait").await;
        let sleeper = act(&app, "snooze").await;
        app.jobs().drain().await;
        assert_eq!(state(&app, given_up).await, JobState::Dead);
        assert_eq!(state(&app, discarded).await, JobState::Cancelled);
        app.jobs().advance(Duration::from_secs(499));
        app.jobs().drain().await;
        assert_eq!(state(&app, waits).await, JobState::Scheduled);
        app.jobs().advance(Duration::from_secs(100));
        app.jobs().drain().await;
        assert_eq!(state(&app, sleeper).await, JobState::Done);
        // A snooze costs no try: each of its runs was the first.
        let all: Vec<_> = notes(&app).await;
        let snoozed = all.iter().filter(|note| *note == "snooze 1").count();
        assert_eq!(snoozed, 3);
    })
    .await;
}

#[tokio::test]
async fn a_step_that_is_done_is_not_run_again() {
    on_both(async |app| {
        let id = act(&app, "in steps").await;
        app.jobs().drain().await;
        app.jobs().advance(Duration::from_secs(10));
        app.jobs().drain().await;
        let detail = app.ctx.queue.store().show(id).await.expect("shown");
        let detail = detail.expect("it is there");
        assert_eq!(detail.job.state, JobState::Done);
        assert_eq!(detail.job.progress, Some(500));
        assert_eq!(detail.steps["sum"], "3");
        assert_eq!(notes(&app).await, ["a step", "in steps 1", "in steps 2"]);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_completes_in_its_transaction_has_its_effect_once() {
    on_both(async |app| {
        let done = act(&app, "complete").await;
        let rolled_back = act(&app, "roll back").await;
        app.jobs().drain().await;
        assert_eq!(state(&app, done).await, JobState::Done);
        assert_eq!(state(&app, rolled_back).await, JobState::Scheduled);
        app.jobs().advance(Duration::from_secs(10));
        app.jobs().drain().await;
        assert_eq!(state(&app, rolled_back).await, JobState::Done);
        let notes = notes(&app).await;
        let effects = notes.iter().filter(|note| *note == "its effect").count();
        assert_eq!(effects, 2, "one of each: {notes:?}");
    })
    .await;
}

#[tokio::test]
async fn arguments_that_cannot_be_decoded_end_in_the_dead_letters() {
    on_both(async |app| {
        let id = fw::queue::store::JobId::new();
        let now = app.ctx.queue.now();
        let mut job = fw::queue::store::NewJob::new(id, "default", "note", r#"{"txt":1}"#, now);
        job.max_attempts = 2;
        let stored = app.ctx.queue.store().enqueue(&[job], now).await;
        stored.expect("enqueued");
        for _ in 0..3 {
            app.jobs().drain().await;
            app.jobs().advance(Duration::from_hours(1));
        }
        let dead = app.jobs().dead().await;
        assert_eq!(dead.len(), 1);
        let detail = app.ctx.queue.store().show(id).await.expect("shown");
        let detail = detail.expect("it is there");
        assert_eq!(detail.errors.len(), 2, "it was tried again");
        assert!(
            detail.errors[0].error.contains("cannot be decoded"),
            "{detail:?}"
        );
        assert!(
            detail.errors[0].error.contains("text"),
            "the field: {detail:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_job_of_another_release_waits_for_it() {
    on_both(async |app| {
        let id = fw::queue::store::JobId::new();
        let now = app.ctx.queue.now();
        let job = fw::queue::store::NewJob::new(id, "default", "of_tomorrow", "{}", now);
        let stored = app.ctx.queue.store().enqueue(&[job], now).await;
        stored.expect("enqueued");
        assert!(app.jobs().drain().await.is_empty());
        let stats = app.ctx.queue.store().stats(&["note".to_owned()]).await;
        assert_eq!(stats.expect("counted").unknown["of_tomorrow"], 1);
    })
    .await;
}
