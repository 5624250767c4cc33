//! Forms that come back.

use fw_testing::prelude::*;

use super::{App, files};

#[tokio::test]
async fn a_form_comes_back_with_what_was_entered_and_what_is_wrong() {
    let _files = files(&[]);
    let app = boot::<App>().await;
    let blank = app.get("/posts/new").await.text();
    for expected in [
        "<input type=\"text\" id=\"title\" name=\"title\" value=\"\" required minlength=\"1\" maxlength=\"20\">",
        "<textarea id=\"content\" name=\"content\" maxlength=\"500\">",
        "<input type=\"number\" id=\"stars\" name=\"stars\" value=\"\" min=\"1\" max=\"5\" step=\"1\">",
        "<input type=\"checkbox\" id=\"pinned\" name=\"pinned\" value=\"true\">",
        "<option value=\"draft\" selected>draft</option>",
        "<input type=\"datetime-local\" id=\"published_at\"",
    ] {
        assert!(blank.contains(expected), "{expected}: {blank}");
    }
    assert!(!blank.contains("aria-invalid"), "{blank}");

    let again = app
        .post("/posts")
        .form(&[
            ("title", ""),
            ("content", "a\r\n<b>"),
            ("stars", "9"),
            ("state", "public"),
        ])
        .await;
    again.assert_status(422);
    let text = again.text();
    for expected in [
        "role=\"alert\"",
        "<a href=\"#title\">title</a>",
        "aria-invalid=\"true\" aria-describedby=\"title-problems\"",
        "name=\"stars\" value=\"9\"",
        "&lt;b&gt;</textarea>",
        "<option value=\"public\" selected>",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let conflict = app
        .post("/posts")
        .form(&[("title", "taken"), ("state", "draft")])
        .await;
    conflict.assert_status(409);
    assert!(conflict.text().contains("is taken"));
}
