//! The board: the pages that show the jobs of an application, and their buttons.

mod buttons;
mod pages;
mod serving;

use fw::{
    axum::extract::FromRequestParts, config::QueueConfig, http::request::Parts, jobs::JobId,
    prelude::*,
};
use fw_testing::prelude::*;
use serde::{Deserialize, Serialize};

/// A queue whose name must be escaped in HTML and in paths.
const QUEUE: &str = "<i>a+b c/d&</i>";

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "job-board"
    }

    fn routes() -> Routes {
        // A list around it moves it.
        Routes::at("/admin").merge(fw::jobs::board::<Admin>("/board"))
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    fn jobs() -> Jobs {
        Jobs::new().add::<Act>().add::<Token>()
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        config.database.url = "sqlite::memory:".into();
        config
            .jobs
            .queues
            .insert(QUEUE.to_owned(), QueueConfig::default());
        Ok(())
    }
}

struct Admin;

impl Access for Admin {
    fn rule() -> String {
        "admin".to_owned()
    }
}

impl FromRequestParts<AppContext> for Admin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &AppContext) -> Result<Self> {
        let is_admin = parts.headers.contains_key("x-admin");
        is_admin.then_some(Self).ok_or_else(Error::forbidden)
    }
}

/// Fails for good if it is told how.
#[derive(Debug, Serialize, Deserialize)]
struct Act {
    error: Option<String>,
}

impl Job for Act {
    const NAME: &'static str = "act";

    fn key(&self) -> Key {
        Key::none()
    }

    async fn run(&self, job: &JobContext) -> Result<(), JobError> {
        job.step("look & see", async { Ok("<u>seen</u>".to_owned()) })
            .await?;
        match &self.error {
            Some(error) => Err(JobError::fail(error.clone())),
            None => Ok(()),
        }
    }
}

/// Has a secret.
#[derive(Debug, Serialize, Deserialize)]
struct Token {
    token: String,
    fails: bool,
}

impl Job for Token {
    const NAME: &'static str = "token";
    const ERASE_ARGUMENTS: bool = true;

    fn key(&self) -> Key {
        Key::none()
    }

    async fn run(&self, job: &JobContext) -> Result<(), JobError> {
        let token = self.token.clone();
        job.step("copy", async { Ok(token) }).await?;
        if self.fails {
            Err(JobError::fail("no"))
        } else {
            Ok(())
        }
    }
}

async fn act(app: &TestApp, error: Option<&str>) -> JobId {
    let error = error.map(str::to_owned);
    let enqueued = Act { error }.enqueue(&app.ctx).await;
    enqueued.expect("enqueued").id()
}

/// A page of the board, as an administrator sees it.
async fn page(app: &TestApp, path: &str) -> String {
    let response = app.get(path).header("x-admin", "yes").await;
    response.assert_status(200);
    assert_eq!(response.header("content-type"), "text/html; charset=utf-8");
    response.text()
}

/// The values of the attribute that begins with `start`, such as `href="`.
fn attributes(html: &str, start: &str) -> Vec<String> {
    html.split(start)
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('"')?.0.replace("&amp;", "&")))
        .collect()
}
