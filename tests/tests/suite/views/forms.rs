//! Forms that come back.

use fw_testing::prelude::*;

use super::{App, DE, EN, NEW, faults, files};

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

/// The page that comes back for a form with three mistakes.
async fn refused(language: &str, others: &[(&str, &str)]) -> String {
    let _files = files(others);
    let app = boot::<App>().await;
    let form = [("title", ""), ("stars", "9"), ("state", "gone")];
    let page = app
        .post("/posts")
        .header("accept-language", language)
        .form(&form)
        .await;
    page.assert_status(422);
    page.text()
}

#[tokio::test]
async fn problems_are_told_in_the_language_of_the_reader() {
    let english = refused("en", &[]).await;
    for expected in [
        "<p class=\"problem\">must not be empty</p>",
        "<p class=\"problem\">must be at most 5</p>",
        "must be one of `draft`, `public`",
        ">draft</option>",
    ] {
        assert!(english.contains(expected), "{expected}: {english}");
    }
    let german = refused("de", &[]).await;
    for expected in [
        "<p class=\"problem\">darf nicht leer sein</p>",
        "<p class=\"problem\">darf höchstens 5 sein</p>",
        "<p class=\"problem\">ist keine der Möglichkeiten</p>",
        "<a href=\"#title\">title</a>: darf nicht leer sein",
        ">Entwurf</option>",
    ] {
        assert!(german.contains(expected), "{expected}: {german}");
    }
}

#[tokio::test]
async fn the_message_of_one_field_takes_precedence() {
    let text = [
        EN,
        "views =\n    .title = The title\n",
        "views-title-too_short = Give it a title\n",
        "problem-too_short = is too short\n",
        "problem-too_large = at most { $max }, please\n",
    ];
    let text = text.concat();
    let page = refused("en", &[("en.ftl", &text)]).await;
    for expected in [
        "<p class=\"problem\">Give it a title</p>",
        "<p class=\"problem\">at most 5, please</p>",
        "<a href=\"#title\">The title</a>: Give it a title",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
}

#[tokio::test]
async fn a_message_that_a_language_lacks_is_english() {
    let (german, _) = DE.split_once("problem-required").expect("it is there");
    let page = refused("de", &[("de.ftl", german)]).await;
    assert!(page.contains("Bitte prüfen:"), "{page}");
    assert!(
        page.contains("<p class=\"problem\">must not be empty</p>"),
        "{page}"
    );
}

#[tokio::test]
async fn the_probe_finds_messages_of_forms_that_are_missing_or_wrong() {
    for (file, from, to, said) in [
        (
            "de.ftl",
            "problem-required =",
            "problem-needed =",
            "no file `de.ftl` has the message `problem-required`",
        ),
        (
            "de.ftl",
            "    .public = Öffentlich\n",
            "",
            "no file `de.ftl` has the message `views-state.public`",
        ),
        (
            "de.ftl",
            "{ $max } Zeichen",
            "{ $most } Zeichen",
            "src/de.ftl:21:1: the message `problem-too_long` of `de`",
        ),
        (
            "en.ftl",
            "shop = Shop",
            "shop = Shop\nviews-stars-too_small = from { $least } on",
            "src/en.ftl:2:1: the message `views-stars-too_small` of `en`",
        ),
        // A label, and a message of the framework.
        (
            "posts/pages/new.html",
            "{{ <field of={form.title} label=\"Title\" /> }}",
            "{{ <field of={form.title} /> }}",
            "src/posts/pages/new.html:5:4: no file `en.ftl` has the message `views.title`",
        ),
        (
            "posts/pages/new.html",
            "title={t(key=\"problems\")} ",
            "",
            "src/posts/pages/new.html:3:4: no file `de.ftl` has the message `form-problems`",
        ),
    ] {
        let usual = match file {
            "de.ftl" => DE,
            "en.ftl" => EN,
            _ => NEW,
        };
        assert!(usual.contains(from), "{from}");
        let found = faults(&[(file, &usual.replace(from, to))]).await;
        assert!(found.contains(said), "{said}: {found}");
    }
}
