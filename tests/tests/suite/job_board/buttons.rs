//! The buttons, which are forms: what they do, and from where.

use std::time::Duration;

use fw::prelude::*;
use fw_testing::prelude::*;

use super::{Act, App, QUEUE, act, attributes, page};

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
        request.await.assert_status(403);
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
    let late = Act { error: None }.after(Duration::from_mins(1));
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
