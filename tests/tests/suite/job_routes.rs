//! The routes that show the jobs of an application and act on them.

use fw::{
    axum::extract::FromRequestParts, http::request::Parts, jobs::JobId, prelude::*,
    queue::store::State as JobState,
};
use fw_testing::prelude::*;
use serde::{Deserialize, Serialize};

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "job-routes"
    }

    fn routes() -> Routes {
        Routes::new().merge(fw::jobs::routes::<Admin>("/admin/jobs"))
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    fn jobs() -> Jobs {
        Jobs::new().add::<Act>()
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        config.database.url = "sqlite::memory:".into();
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

/// Succeeds, or fails for good.
#[derive(Debug, Serialize, Deserialize)]
struct Act {
    succeeds: bool,
}

impl Job for Act {
    const NAME: &'static str = "act";

    fn key(&self) -> Key {
        Key::none()
    }

    async fn run(&self, job: &JobContext) -> Result<(), JobError> {
        job.step("look", async { Ok(7) }).await?;
        if self.succeeds {
            Ok(())
        } else {
            Err(JobError::fail("it never works"))
        }
    }
}

async fn act(app: &TestApp, succeeds: bool) -> JobId {
    let enqueued = Act { succeeds }.enqueue(&app.ctx).await;
    enqueued.expect("enqueued").id()
}

/// A request of an administrator.
fn admin(request: TestRequest) -> TestRequest {
    request.header("x-admin", "yes")
}

async fn get_json(app: &TestApp, path: &str) -> Value {
    let response = admin(app.get(path)).await;
    response.assert_status(200);
    response.json()
}

#[tokio::test]
async fn only_the_access_type_sees_the_jobs() {
    let app = boot::<App>().await;
    let id = act(&app, true).await;
    for path in ["", "/stats", &format!("/{id}")] {
        let path = format!("/admin/jobs{path}");
        app.get(&path).await.assert_problem(403, "forbidden");
    }
    for path in [
        format!("/{id}/retry"),
        format!("/{id}/cancel"),
        "/queues/default/pause".to_owned(),
        "/queues/default/resume".to_owned(),
    ] {
        let path = format!("/admin/jobs{path}");
        app.post(&path).await.assert_problem(403, "forbidden");
    }
    let path = format!("/admin/jobs/{id}");
    app.delete(&path).await.assert_problem(403, "forbidden");
    assert!(
        App::routes()
            .list()
            .iter()
            .all(|route| route.access == "admin")
    );
}

#[tokio::test]
async fn jobs_are_listed_page_by_page() {
    let app = boot::<App>().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(act(&app, number % 2 == 0).await);
    }
    app.jobs().drain().await;
    ids.reverse();
    let of = |page: &Value| -> Vec<JobId> {
        let jobs = page["data"].as_array().expect("a list").iter();
        jobs.map(|job| job["id"].as_str().expect("an id").parse().expect("an id"))
            .collect()
    };
    let first = get_json(&app, "/admin/jobs?limit=3").await;
    assert_eq!(of(&first), ids[..3]);
    assert_eq!(first["pagination"]["has_more"], true);
    let cursor = first["pagination"]["next_cursor"]
        .as_str()
        .expect("a cursor");
    let rest = get_json(&app, &format!("/admin/jobs?limit=3&cursor={cursor}")).await;
    assert_eq!(of(&rest), ids[3..]);
    assert_eq!(rest["pagination"]["has_more"], false);

    let dead = get_json(&app, "/admin/jobs?state=dead&name=act&queue=default").await;
    assert_eq!(of(&dead), [ids[1], ids[3]]);
    // The shape is that of the command line.
    assert_eq!(dead["data"][0]["args"], r#"{"succeeds":false}"#);
    let none = get_json(&app, "/admin/jobs?queue=mail").await;
    assert!(of(&none).is_empty());

    for (query, pointer) in [
        ("state=deceased", "?state"),
        ("limit=0", "?limit"),
        ("limit=101", "?limit"),
        ("cursor=x", "?cursor"),
        ("status=dead", "?status"),
    ] {
        let response = admin(app.get(&format!("/admin/jobs?{query}"))).await;
        response.assert_problem(422, "validation_failed");
        response.assert_pointers([pointer]);
    }
}

#[tokio::test]
async fn a_dead_letter_is_shown_run_again_and_deleted() {
    let app = boot::<App>().await;
    let id = act(&app, false).await;
    let path = format!("/admin/jobs/{id}");
    let waiting = admin(app.delete(&path)).await;
    waiting.assert_problem(409, "conflict");
    assert!(waiting.text().contains("the job is ready"), "{waiting}");
    app.jobs().drain().await;

    let shown = get_json(&app, &path).await;
    assert_eq!(shown["job"]["state"], "dead");
    assert_eq!(shown["errors"][0]["error"], "it never works");
    assert_eq!(shown["steps"]["look"], "7");

    let retried = admin(app.post(&format!("{path}/retry"))).await;
    retried.assert_status(200);
    assert_eq!(retried.json()["job"]["state"], "ready");
    let again = admin(app.post(&format!("{path}/retry"))).await;
    again.assert_problem(409, "conflict");
    assert_eq!(app.jobs().drain().await.len(), 1);

    admin(app.delete(&path)).await.assert_status(204);
    for request in [
        app.get(&path),
        app.delete(&path),
        app.post(&format!("{path}/retry")),
        app.post(&format!("{path}/cancel")),
        app.get("/admin/jobs/7"),
    ] {
        admin(request).await.assert_problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_job_is_cancelled_once() {
    let app = boot::<App>().await;
    let id = act(&app, true).await;
    let path = format!("/admin/jobs/{id}/cancel");
    let cancelled = admin(app.post(&path)).await;
    cancelled.assert_status(200);
    assert_eq!(cancelled.json()["job"]["state"], "cancelled");
    let again = admin(app.post(&path)).await;
    again.assert_problem(409, "conflict");
    assert!(again.text().contains("cancelled already"), "{again}");
    assert!(app.jobs().drain().await.is_empty());
}

#[tokio::test]
async fn a_queue_is_paused_and_resumed() {
    let app = boot::<App>().await;
    act(&app, true).await;
    let pause = admin(app.post("/admin/jobs/queues/default/pause"));
    pause.await.assert_status(204);
    assert!(app.jobs().drain().await.is_empty());
    let stats = get_json(&app, "/admin/jobs/stats").await;
    assert_eq!(stats["queues"]["default"]["paused"], true);
    assert_eq!(stats["queues"]["default"]["states"]["ready"], 1);
    let resume = admin(app.post("/admin/jobs/queues/default/resume"));
    resume.await.assert_status(204);
    let ran = app.jobs().drain().await;
    assert_eq!(ran[0].state, Some(JobState::Done));
    for what in ["pause", "resume"] {
        let nowhere = admin(app.post(&format!("/admin/jobs/queues/nowhere/{what}")));
        nowhere.await.assert_problem(404, "not_found");
    }
}

#[tokio::test]
async fn the_routes_are_described() {
    let description = App::routes().describe("job-routes", "1.0.0");
    let paths = &description["paths"];
    let list = &paths["/admin/jobs"]["get"];
    let names: Vec<_> = list["parameters"]
        .as_array()
        .expect("parameters")
        .iter()
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| parameter["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(
        names,
        [
            "state",
            "queue",
            "name",
            "batch",
            "finished_before",
            "limit",
            "cursor"
        ]
    );
    let retry = &paths["/admin/jobs/{id}/retry"]["post"]["responses"];
    for status in ["200", "403", "404", "409"] {
        assert!(retry[status].is_object(), "{status}: {retry}");
    }
    let schemas = &description["components"]["schemas"];
    assert!(schemas["JobRecord"]["properties"]["args"].is_object());
}
