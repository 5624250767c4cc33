//! Flash messages, and the redirects that carry them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fw::prelude::*;
use fw_testing::prelude::*;

use super::{App, files, posts};

#[tokio::test]
async fn a_flash_message_is_shown_once_by_the_next_page() {
    let _files = files(&[]);
    let app = boot::<App>().await;
    let created = app.post("/posts").form(&[("title", "One")]).await;
    created.assert_status(303);
    assert_eq!(created.header("location"), "/posts/7");
    let cookie = created.header("set-cookie");
    assert!(cookie.starts_with("flash="), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );

    let page = app.follow(&created).await;
    let text = page.text();
    assert!(
        text.contains("role=\"status\">Post 7 is &lt;there&gt;</p>"),
        "{text}"
    );
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(
        page.header("set-cookie")
            .starts_with("flash=; Path=/; Max-Age=0;")
    );
    let german = app.follow(&created).header("accept-language", "de").await;
    assert!(german.text().contains("Beitrag 7 gespeichert"));

    let without = app.get("/posts/7").await;
    assert!(!without.text().contains("class=\"flash"));
    assert_eq!(without.header("cache-control"), "private, no-cache");
    assert!(without.headers().contains_key("etag"));
    assert!(!without.headers().contains_key("set-cookie"));
}

#[tokio::test]
async fn a_flash_message_that_the_application_has_not_signed_is_ignored() {
    let _files = files(&[]);
    let app = boot::<App>().await;
    let created = app.post("/posts").form(&[("title", "One")]).await;
    let cookie = created.header("set-cookie");
    let value = cookie.split(';').next().expect("a pair");
    let keys = app
        .ctx
        .get::<fw::signing::SigningKeys>()
        .expect("there are keys");
    let other_purpose = keys.sign("other", br#"{"key":"shop"}"#);
    let unknown = keys.sign("flash", br#"{"key":"no-such-message"}"#);
    for wrong in [
        format!("{value}A"),
        value.replacen("flash=", "flash=A", 1),
        "flash=".to_owned(),
        "flash=eyJrZXkiOiJzaG9wIn0.AAAA".to_owned(),
        format!("flash={other_purpose}"),
        format!("flash={unknown}"),
        format!("__Host-{value}"),
        format!("flash={}", "A".repeat(5000)),
    ] {
        let page = app.get("/posts/7").header("cookie", wrong.as_str()).await;
        page.assert_status(200);
        assert!(!page.text().contains("class=\"flash"), "{wrong}");
    }
    let page = app.get("/posts/7").header("cookie", value).await;
    assert!(page.text().contains("class=\"flash"));
}

#[test]
fn a_redirect_to_a_page_that_is_mounted_never_or_twice_is_found_at_the_start() {
    use fw::controller::RoutesError;
    use posts::pages;

    let create = || Routes::at("/posts").with([post("/", pages::create)]);
    let error = create()
        .into_router()
        .expect_err("the page of a post is nowhere");
    assert!(
        matches!(error, RoutesError::RedirectToNowhere { .. }),
        "{error}"
    );
    let text = error.to_string();
    assert!(text.contains("create` redirects to the page `"), "{text}");
    assert!(text.contains("Show`, which no `GET` route shows"), "{text}");

    let twice = create().with([get("/{id}", pages::show), get("/by-id/{id}", pages::show)]);
    let error = twice
        .into_router()
        .expect_err("the page of a post is at two paths");
    let text = error.to_string();
    assert!(
        matches!(error, RoutesError::RedirectToSeveral { .. }),
        "{text}"
    );
    assert!(
        text.contains("`/posts/{id}`, `/posts/by-id/{id}`"),
        "{text}"
    );

    let once = create().with([get("/{id}", pages::show)]);
    assert!(once.into_router().is_ok());
}

#[test]
fn pages_are_no_part_of_the_description_of_the_api() {
    async fn list(_: Anyone) -> Json<Vec<i64>> {
        Json(vec![1])
    }

    let api = Routes::at("/api/v1/posts").with([get("/", list)]);
    let routes = Routes::new().merge(App::routes()).merge(api);
    let description = routes.describe("shop", "1.0.0");
    let paths = description["paths"].as_object().expect("paths");
    assert_eq!(
        paths.keys().collect::<Vec<_>>(),
        ["/posts/{id}/text", "/api/v1/posts"]
    );
}

#[tokio::test]
async fn a_flash_message_without_a_text_is_found() {
    let _files = files(&[(
        "posts/pages.rs",
        "fn f() {\n    Redirect::to(show, 7).flash(\"posts-changed\")\n}\n",
    )]);
    let app = boot::<App>().await;
    let found = catch_unwind(AssertUnwindSafe(|| app.assert_views()));
    let panic = found.expect_err("the message is not there");
    let text = panic.downcast_ref::<String>().expect("a text");
    assert!(
        text.contains("src/posts/pages.rs:2:34: no file `en.ftl` has the message `posts-changed`"),
        "{text}"
    );
    assert!(text.contains("no file `de.ftl`"), "{text}");
}
