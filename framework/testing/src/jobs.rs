//! Jobs under test.

use std::time::Duration;

use fw::{
    jobs::{Job, Jobs, Ran, run_due},
    queue::store::{JobFilter, JobRecord, Page, State},
};

use crate::TestApp;

/// The jobs of an application under test. None runs before [`drain`](Self::drain).
///
/// ```no_run
/// # use std::time::Duration;
/// # use fw_testing::prelude::*;
/// # async fn test(app: TestApp) {
/// app.post("/api/v1/users").json(&json!({ "name": "Ada" })).await;
/// let ran = app.jobs().drain().await;
/// assert_eq!(ran[0].job.name, "welcome");
///
/// app.jobs().advance(Duration::from_secs(86_400));
/// assert!(app.jobs().drain().await.is_empty());
/// # }
/// ```
pub struct TestJobs<'a> {
    app: &'a TestApp,
    jobs: &'a Jobs,
}

impl TestApp {
    /// The jobs of the application.
    pub fn jobs(&self) -> TestJobs<'_> {
        TestJobs {
            app: self,
            jobs: &self.jobs,
        }
    }

    /// Checks that a job waits that `expected` returns true for, and returns it.
    ///
    /// # Panics
    ///
    /// Panics if there is none; the message lists the jobs of its name that wait.
    pub async fn assert_enqueued<J: Job>(&self, expected: impl Fn(&J) -> bool) -> J {
        let mut waiting = self.jobs().waiting_records(J::NAME).await;
        waiting.reverse();
        for record in &waiting {
            if let Ok(job) = serde_json::from_str::<J>(&record.args)
                && expected(&job)
            {
                return job;
            }
        }
        let found: Vec<_> = waiting.iter().map(|job| job.args.as_str()).collect();
        panic!(
            "no job `{}` waits that is as expected; there are: [{}]",
            J::NAME,
            found.join(", ")
        );
    }
}

impl TestJobs<'_> {
    /// Runs the jobs that are due, one after another, until none is left, those included that they enqueue. Returns them in the order in
    /// which they ran.
    ///
    /// # Panics
    ///
    /// Panics if the store fails.
    pub async fn drain(&self) -> Vec<Ran> {
        match run_due(&self.app.ctx, self.jobs).await {
            Ok(ran) => ran,
            Err(error) => panic!("the jobs cannot be run: {}", error.chain()),
        }
    }

    /// Lets time pass for the jobs, without waiting: those become due that are for later, or that wait for their next try.
    pub fn advance(&self, time: Duration) {
        self.app.ctx.queue.clock().advance(time);
    }

    /// The jobs of a kind that wait, oldest first.
    ///
    /// # Panics
    ///
    /// Panics if the store fails, or if the arguments of one cannot be decoded.
    pub async fn waiting<J: Job>(&self) -> Vec<J> {
        let mut records = self.waiting_records(J::NAME).await;
        records.reverse();
        let decoded = records.iter().map(|record| {
            serde_json::from_str(&record.args)
                .unwrap_or_else(|error| panic!("`{}`: {error}: {}", J::NAME, record.args))
        });
        decoded.collect()
    }

    /// The dead letters, newest first.
    ///
    /// # Panics
    ///
    /// Panics if the store fails.
    pub async fn dead(&self) -> Vec<JobRecord> {
        self.records(JobFilter {
            states: vec![State::Dead],
            ..JobFilter::default()
        })
        .await
    }

    async fn waiting_records(&self, name: &str) -> Vec<JobRecord> {
        self.records(JobFilter {
            states: vec![State::Blocked, State::Scheduled, State::Ready],
            name: Some(name.to_owned()),
            ..JobFilter::default()
        })
        .await
    }

    async fn records(&self, filter: JobFilter) -> Vec<JobRecord> {
        let all = Page {
            before: None,
            limit: 1000,
        };
        match self.app.ctx.queue.store().list(&filter, all).await {
            Ok(records) => records,
            Err(error) => panic!("the jobs cannot be listed: {error}"),
        }
    }
}
