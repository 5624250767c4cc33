//! Batches, chains and rate limits of background jobs, and what is known of their runs, on either database.

mod groups;
mod runs;

use std::time::Duration;

use clap::Parser;
use fw::{
    jobs::{JobId, Limit},
    prelude::*,
    queue::store::{JobRecord, State as JobState},
};
use fw_testing::prelude::*;
use fw_tests::postgres;
use serde::{Deserialize, Serialize};

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "job-groups"
    }

    fn routes() -> Routes {
        Routes::new().with([post("/tell", tell)])
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    fn jobs() -> Jobs {
        Jobs::new()
            .add::<Step>()
            .add::<Finale>()
            .add::<Call>()
            .add::<Tell>()
    }

    fn tasks() -> Tasks {
        Tasks::new().add::<Falter>()
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

/// Runs a test on SQLite and on PostgreSQL.
async fn on_both<F: Future<Output = ()>>(test: impl Fn(TestApp) -> F) {
    test(boot::<App>().await).await;
    let url = postgres::server().create_database();
    test(DATABASE.scope(url, boot::<App>()).await).await;
}

/// Does what it is told.
#[derive(Debug, Serialize, Deserialize)]
struct Step {
    what: String,
}

fn step(what: &str) -> Step {
    Step {
        what: what.to_owned(),
    }
}

impl Job for Step {
    const NAME: &'static str = "step";
    const RETRY: fw::jobs::Retry = fw::jobs::Retry::times(2);

    fn key(&self) -> Key {
        if self.what == "unique" {
            Key::unfinished("unique")
        } else {
            Key::none()
        }
    }

    async fn run(&self, job: &JobContext) -> Result<(), JobError> {
        match self.what.as_str() {
            "fail" => Err(JobError::fail("it never works")),
            "fail once" if job.attempt() == 1 => Err("not yet".into()),
            "discard" => Err(JobError::discard("nobody needs it")),
            "grow" => {
                let batch = job.batch_id().ok_or("it is in no batch")?;
                step("more").in_batch(batch).enqueue(job).await?;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Stores what it knows of its batch.
#[derive(Debug, Serialize, Deserialize)]
struct Finale {}

impl Job for Finale {
    const NAME: &'static str = "finale";

    fn key(&self) -> Key {
        Key::none()
    }

    async fn run(&self, job: &JobContext) -> Result<(), JobError> {
        let batch = job.batch().await?.ok_or("there is no batch")?;
        assert_eq!(Some(batch.id), job.batch_id());
        let facts = (batch.total, batch.pending, batch.failed);
        job.step("facts", async { Ok(facts) }).await?;
        Ok(())
    }
}

/// Calls a service that takes six calls a minute.
#[derive(Debug, Serialize, Deserialize)]
struct Call {
    key: String,
}

impl Job for Call {
    const NAME: &'static str = "call";

    fn key(&self) -> Key {
        Key::none()
    }

    fn limit(&self) -> Option<Limit> {
        Some(Limit::times(6, Duration::from_mins(1), &self.key))
    }

    async fn run(&self, _: &JobContext) -> Result<(), JobError> {
        Ok(())
    }
}

fn call(key: &str) -> Call {
    Call {
        key: key.to_owned(),
    }
}

/// Stores where it comes from, and enqueues another one.
#[derive(Debug, Serialize, Deserialize)]
struct Tell {
    times: u32,
}

impl Job for Tell {
    const NAME: &'static str = "tell";

    fn key(&self) -> Key {
        Key::none()
    }

    async fn run(&self, job: &JobContext) -> Result<(), JobError> {
        let origin = [job.request_id(), job.traceparent()].map(|text| text.map(str::to_owned));
        job.step("origin", async { Ok(origin) }).await?;
        if self.times > 1 {
            let times = self.times - 1;
            Tell { times }.enqueue(job).await?;
        }
        Ok(())
    }
}

async fn tell(_: Anyone, State(ctx): State<AppContext>) -> Result<NoContent> {
    Tell { times: 2 }.enqueue(&ctx).await?;
    Ok(NoContent)
}

/// Fails, or panics
#[derive(Parser)]
struct Falter {
    #[arg(long)]
    panic: bool,
}

impl Task for Falter {
    const NAME: &'static str = "lab:falter";

    async fn run(self, _: &AppContext) -> Result<()> {
        assert!(!self.panic, "on purpose");
        Err(Error::internal("the disk is full"))
    }
}

async fn record(app: &TestApp, id: JobId) -> JobRecord {
    let detail = app.ctx.queue.store().show(id).await.expect("a store");
    detail.expect("the job is there").job
}

async fn state(app: &TestApp, id: JobId) -> JobState {
    record(app, id).await.state
}

/// The result of a step of a job.
async fn step_of(app: &TestApp, id: JobId, name: &str) -> String {
    let detail = app.ctx.queue.store().show(id).await.expect("a store");
    let mut detail = detail.expect("the job is there");
    detail.steps.remove(name).expect("it has the step")
}

/// The names, or what they do, of the jobs that run now, in their order.
async fn drain(app: &TestApp) -> Vec<String> {
    let ran = app.jobs().drain().await;
    let what = |job: &JobRecord| {
        let args: Value = serde_json::from_str(&job.args).expect("JSON");
        let what = args["what"].as_str().map(str::to_owned);
        what.unwrap_or_else(|| job.name.clone())
    };
    ran.iter().map(|ran| what(&ran.job)).collect()
}
