//! The pages: their counts, lists and jobs, and that they keep secrets and are safe to open.

use fw::{
    jobs::{Batch, JobId, enqueue_all},
    prelude::*,
};
use fw_testing::prelude::*;

use super::{Act, App, QUEUE, Token, act, attributes, page};

/// The jobs that a page of the list shows.
fn shown(html: &str) -> Vec<JobId> {
    attributes(html, "href=\"/admin/board/jobs/")
        .iter()
        .map(|id| id.parse().expect("an id"))
        .collect()
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
