//! The board: the pages that show the jobs of an application, and their buttons.

use std::{future::IntoFuture, time::Duration};

use fw::{
    axum::extract::FromRequestParts,
    config::{Environment, Loader, QueueConfig},
    http::request::Parts,
    jobs::{Batch, JobId, enqueue_all},
    prelude::*,
};
use fw_testing::prelude::*;
use fw_tests::{
    app::{Server, succeed},
    http,
};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use crate::shop;

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

/// The same without the board.
struct Off;

impl Hooks for Off {
    type Settings = ();

    fn name() -> &'static str {
        "job-board-off"
    }

    fn routes() -> Routes {
        App::routes()
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        config.database.url = "sqlite::memory:".into();
        config.jobs.board = false;
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

/// A click of an administrator on a button of the board, as a browser sends it.
async fn click(app: &TestApp, path: &str) -> TestResponse {
    let request = app.post(path).header("x-admin", "yes");
    request.header("sec-fetch-site", "same-origin").await
}

/// Checks that a click has done something, and leads to a page.
#[track_caller]
fn assert_leads_to(response: &TestResponse, path: &str) {
    response.assert_status(303);
    assert_eq!(response.header("location"), path);
}

/// The values of the attribute that begins with `start`, such as `href="`.
fn attributes(html: &str, start: &str) -> Vec<String> {
    html.split(start)
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('"')?.0.replace("&amp;", "&")))
        .collect()
}

/// The jobs that a page of the list shows.
fn shown(html: &str) -> Vec<JobId> {
    attributes(html, "href=\"/admin/board/jobs/")
        .iter()
        .map(|id| id.parse().expect("an id"))
        .collect()
}

#[tokio::test]
async fn only_the_access_type_sees_the_board() {
    let app = boot::<App>().await;
    let id = act(&app, None).await;
    let job = format!("/jobs/{id}");
    for path in ["", "/style.css", "/jobs", &job] {
        let path = format!("/admin/board{path}");
        app.get(&path).await.assert_problem(403, "forbidden");
        let response = app.get(&path).header("x-admin", "yes").await;
        response.assert_status(200);
    }
    for path in [
        format!("{job}/retry"),
        format!("{job}/cancel"),
        format!("{job}/purge"),
        "/queues/default/pause".to_owned(),
        "/queues/default/resume".to_owned(),
    ] {
        let request = app.post(&format!("/admin/board{path}"));
        let response = request.header("sec-fetch-site", "same-origin").await;
        response.assert_problem(403, "forbidden");
    }
    assert_eq!(app.jobs().drain().await.len(), 1);
    let routes = App::routes().list();
    assert_eq!(routes.len(), 9);
    assert!(routes.iter().all(|route| route.access == "admin"));
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let app = boot::<App>().await;
    let id = act(&app, None).await;
    let path = format!("/admin/board/jobs/{id}/cancel");
    let own = [("origin", "https://shop.example"), ("host", "shop.example")];
    for headers in [
        &[][..],
        &[("host", "shop.example")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example"), ("host", "shop.example")],
        &[("origin", "null"), ("host", "shop.example")],
        &[own[0], own[1], ("sec-fetch-site", "cross-site")],
    ] {
        let request = app.post(&path).header("x-admin", "yes");
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        request.await.assert_problem(403, "forbidden");
    }
    // A browser that sends no `Sec-Fetch-Site`, as to a server without HTTPS.
    let request = app.post(&path).header("x-admin", "yes");
    let request = own.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    assert_leads_to(&request.await, &format!("/admin/board/jobs/{id}"));
    assert!(app.jobs().drain().await.is_empty());
}

#[tokio::test]
async fn a_thousand_jobs_are_counted_and_listed_page_by_page() {
    let app = boot::<App>().await;
    let jobs: Vec<_> = (0..1000).map(|_| Act { error: None }).collect();
    let enqueued = enqueue_all(&app.ctx, &jobs).await.expect("enqueued");
    let mut ids: Vec<_> = enqueued.iter().map(|one| one.id()).collect();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    let overview = page(&app, "/admin/board").await;
    assert!(overview.contains("<b>1000</b> ready"), "{overview}");
    assert!(
        overview.contains(r#"<a href="/admin/board/jobs?queue=default&amp;state=ready">1000</a>"#),
        "{overview}"
    );

    let mut listed = Vec::new();
    let mut path = Some("/admin/board/jobs?state=ready".to_owned());
    let mut pages = 0;
    while let Some(at) = path {
        let html = page(&app, &at).await;
        listed.extend(shown(&html));
        pages += 1;
        assert_eq!(html.contains(">Newest</a>"), pages > 1);
        path = attributes(&html, "rel=\"next\" href=\"").pop();
    }
    assert_eq!(pages, 20);
    assert_eq!(listed, ids);
}

#[tokio::test]
async fn the_list_is_filtered() {
    let app = boot::<App>().await;
    let done = act(&app, None).await;
    let dead = act(&app, Some("it never works")).await;
    let other = Act { error: None }.queue(QUEUE).enqueue(&app.ctx).await;
    let other = other.expect("enqueued").id();
    app.jobs().drain().await;
    let batch = Batch::new("two")
        .add_all((0..2).map(|_| Act { error: None }))
        .enqueue(&app.ctx)
        .await
        .expect("enqueued");
    // The form sends what is empty as well.
    for (query, count, contains) in [
        ("state=&queue=&name=", 5, done),
        ("state=dead&queue=&name=", 1, dead),
        ("state=done", 2, other),
        ("queue=%3Ci%3Ea%2Bb+c%2Fd%26%3C%2Fi%3E", 1, other),
        ("name=act&queue=default&state=done", 1, done),
        ("name=+act+", 5, dead),
        (&format!("batch={}", batch.id), 2, batch.jobs[0].id()),
    ] {
        let html = page(&app, &format!("/admin/board/jobs?{query}")).await;
        let jobs = shown(&html);
        assert_eq!(jobs.len(), count, "{query}");
        assert!(jobs.contains(&contains), "{query}");
    }
    let filtered = page(&app, "/admin/board/jobs?state=dead&name=%22%3E").await;
    assert!(filtered.contains("No job matches."), "{filtered}");
    assert!(
        filtered.contains("<option selected>dead</option>"),
        "{filtered}"
    );
    assert!(filtered.contains("value=\"&quot;&gt;\""), "{filtered}");
    for query in ["state=deceased", "batch=7", "before=x"] {
        let html = page(&app, &format!("/admin/board/jobs?{query}")).await;
        assert!(html.contains("There is no such state"), "{query}: {html}");
    }
}

#[tokio::test]
async fn what_a_job_says_is_text_and_no_markup() {
    let app = boot::<App>().await;
    let error = "<script>alert(1)</script> <img src=x onerror='alert(2)'> \"&";
    let id = act(&app, Some(error)).await;
    app.jobs().drain().await;
    let html = page(&app, &format!("/admin/board/jobs/{id}")).await;
    let escaped =
        "&lt;script&gt;alert(1)&lt;/script&gt; &lt;img src=x onerror=&#39;alert(2)&#39;&gt;";
    // In its arguments and as its error.
    assert_eq!(html.matches(escaped).count(), 2, "{html}");
    assert!(html.contains("<h3>look &amp; see</h3>"), "{html}");
    assert!(html.contains("&lt;u&gt;seen&lt;/u&gt;"), "{html}");
    for path in ["", "/jobs?queue=%3Ci%3E&name=%3Cu%3E"] {
        let html = html.clone() + &page(&app, &format!("/admin/board{path}")).await;
        for markup in [
            "<script",
            "<img",
            "<u>",
            "<i>",
            " onerror=\"",
            " style=",
            "<style",
        ] {
            assert!(!html.contains(markup), "{markup}: {html}");
        }
    }
}

#[tokio::test]
async fn arguments_that_are_to_be_erased_are_hidden() {
    let app = boot::<App>().await;
    let mut ids = Vec::new();
    for fails in [false, true] {
        let token = "hunter2".to_owned();
        let enqueued = Token { token, fails }.enqueue(&app.ctx).await;
        ids.push(enqueued.expect("enqueued").id());
    }
    let texts = async |expected: [&str; 2]| {
        for (id, expected) in ids.iter().zip(expected) {
            let html = page(&app, &format!("/admin/board/jobs/{id}")).await;
            assert!(html.contains(expected), "{html}");
            assert!(!html.contains("hunter2"), "{html}");
        }
    };
    texts(["They are hidden", "They are hidden"]).await;
    app.jobs().drain().await;
    texts(["They are erased", "They are hidden"]).await;
}

#[tokio::test]
async fn a_dead_letter_is_shown_run_again_and_deleted() {
    let app = boot::<App>().await;
    let id = act(&app, Some("it never works")).await;
    let path = format!("/admin/board/jobs/{id}");
    let waiting = click(&app, &format!("{path}/purge")).await;
    waiting.assert_status(409);
    assert!(waiting.text().contains("the job is ready"), "{waiting}");
    app.jobs().drain().await;

    let html = page(&app, &path).await;
    for text in ["<pre>it never works</pre>", ">dead</span>", "1 of 5"] {
        assert!(html.contains(text), "{text}: {html}");
    }
    // Its buttons are those that its state allows.
    let actions = attributes(&html, "action=\"");
    assert_eq!(actions, [format!("{path}/retry"), format!("{path}/purge")]);

    assert_leads_to(&click(&app, &format!("{path}/retry")).await, &path);
    let html = page(&app, &path).await;
    assert_eq!(attributes(&html, "action=\""), [format!("{path}/cancel")]);
    let again = click(&app, &format!("{path}/retry")).await;
    again.assert_status(409);
    assert!(again.text().contains("only dead and cancelled"), "{again}");
    assert_eq!(app.jobs().drain().await.len(), 1);

    let purged = click(&app, &format!("{path}/purge")).await;
    assert_leads_to(&purged, "/admin/board/jobs");
    let gone = [
        app.get(&path).header("x-admin", "yes").await,
        app.get("/admin/board/jobs/7")
            .header("x-admin", "yes")
            .await,
        click(&app, &format!("{path}/retry")).await,
        click(&app, &format!("{path}/cancel")).await,
        click(&app, &format!("{path}/purge")).await,
        click(&app, "/admin/board/jobs/7/purge").await,
    ];
    for response in gone {
        response.assert_status(404);
        assert!(response.text().contains("it may have been deleted"));
    }
}

#[tokio::test]
async fn a_job_is_cancelled_once() {
    let app = boot::<App>().await;
    let late = Act { error: None }.after(Duration::from_secs(60));
    let id = late.enqueue(&app.ctx).await.expect("enqueued").id();
    let path = format!("/admin/board/jobs/{id}");
    assert_leads_to(&click(&app, &format!("{path}/cancel")).await, &path);
    assert!(page(&app, &path).await.contains(">cancelled</span>"));
    let again = click(&app, &format!("{path}/cancel")).await;
    again.assert_status(409);
    assert!(again.text().contains("cancelled already"), "{again}");
}

#[tokio::test]
async fn a_queue_is_paused_and_resumed() {
    let app = boot::<App>().await;
    let enqueued = Act { error: None }.queue(QUEUE).enqueue(&app.ctx).await;
    enqueued.expect("enqueued");
    let button = async |action: &str| {
        let html = page(&app, "/admin/board").await;
        let mut paths = attributes(&html, "action=\"").into_iter();
        let path = paths.find(|path| path.contains("%3Ci%3E") && path.ends_with(action));
        (path, html.contains(">paused</span>"))
    };
    let (pause, is_paused) = button("/pause").await;
    assert!(!is_paused);
    let paused = click(&app, &pause.expect("a button")).await;
    assert_leads_to(&paused, "/admin/board");
    assert!(app.jobs().drain().await.is_empty());
    assert_eq!(button("/pause").await, (None, true));
    let (resume, _) = button("/resume").await;
    let resumed = click(&app, &resume.expect("a button")).await;
    assert_leads_to(&resumed, "/admin/board");
    assert_eq!(app.jobs().drain().await.len(), 1);
    for action in ["pause", "resume"] {
        let nowhere = click(&app, &format!("/admin/board/queues/nowhere/{action}")).await;
        nowhere.assert_status(404);
    }
}

#[tokio::test]
async fn a_browser_loads_nothing_but_the_style_sheet() {
    let app = boot::<App>().await;
    let response = app.get("/admin/board").header("x-admin", "yes").await;
    let policy = response.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"));
    assert!(!policy.contains("unsafe"), "{policy}");
    // Without it a browser would not say which site a form comes from.
    assert_eq!(response.header("referrer-policy"), "same-origin");
    assert_eq!(response.header("cache-control"), "no-store");
    let html = response.text();
    let links: Vec<_> = html.split("<link ").skip(1).collect();
    assert_eq!(links.len(), 2, "{html}");
    assert!(!html.contains("src="), "{html}");
    let style = app.get("/admin/board/style.css").header("x-admin", "yes");
    let style = style.await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    for loads in ["url(", "@import"] {
        assert!(!style.text().contains(loads));
    }
}

#[tokio::test]
async fn without_the_setting_the_routes_are_not_there() {
    let app = boot::<Off>().await;
    for path in ["", "/style.css", "/jobs", "/jobs/7"] {
        let path = format!("/admin/board{path}");
        let response = app.get(&path).header("x-admin", "yes").await;
        response.assert_problem(404, "not_found");
        assert!(response.text().contains("there is nothing at this path"));
        // Another method would have had a 405 if there were a route.
        app.delete(&path).await.assert_problem(404, "not_found");
    }
    // Nor in a router that the application serves by itself.
    let router = App::routes().into_router().expect("they can be served");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let service = fw::axum::serve(listener, router.with_state(app.ctx.clone()));
    let server = tokio::spawn(service.into_future());
    let response = tokio::task::spawn_blocking(move || {
        let headers = [("x-admin", "yes")];
        http::request(address, "GET", "/admin/board", &headers, b"")
    });
    let response = response.await.expect("it does not panic");
    assert_eq!(response.expect("a response").status, 404);
    server.abort();
}

#[test]
fn the_pages_are_not_part_of_the_described_api() {
    let description = App::routes().describe("job-board", "1.0.0");
    assert_eq!(description["paths"], json!({}));
}

#[test]
fn the_setting_is_off_in_production() {
    for (environment, expected) in [
        (Environment::Development, true),
        (Environment::Test, true),
        (Environment::Production, false),
    ] {
        let config = Loader::new("/nowhere")
            .environment(environment)
            .vars([("DATABASE_URL", "sqlite::memory:")])
            .load()
            .expect("the defaults are right");
        assert_eq!(config.jobs.board, expected);
    }
}

/// The status of the board of a real server.
#[track_caller]
fn status(server: &Server) -> u16 {
    let response = http::get(server.address, "/lab/admin/board");
    response.expect("a response").status
}

#[test]
fn a_server_in_production_has_no_board_unless_it_is_switched_on() {
    const LINE: &str =
        "the board of background jobs is not served: `jobs.board = true` switches it on";
    let shop = shop();
    let development = shop.start(&[]);
    assert_eq!(status(&development), 200);
    assert!(!development.log().contains(LINE));
    drop(development);

    let production = ("FW_ENV", "production");
    let server = shop.start(&[production]);
    assert_eq!(status(&server), 404);
    let log = server.log_with(LINE);
    assert_eq!(log.matches(LINE).count(), 1, "{log}");
    assert!(log.contains("path=/lab/admin/board"), "{log}");
    drop(server);
    let list = succeed(shop.command(&["routes"]).env("FW_ENV", "production"));
    assert!(!list.contains("/lab/admin/board"), "{list}");

    let on = shop.start(&[production, ("FW_JOBS__BOARD", "true")]);
    assert_eq!(status(&on), 200);
    assert!(!on.log().contains(LINE));
    let list = succeed(&mut shop.command(&["routes"]));
    assert!(list.contains("/lab/admin/board"), "{list}");
}
