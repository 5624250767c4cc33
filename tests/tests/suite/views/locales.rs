//! Languages in the paths of pages.

use fw_testing::prelude::*;

use super::{App, LOCALE_IN_PATH, files};

const SHOW: &str = r#"{% extends "layouts/app.html" %}
{% block main %}
{{ <alternates /> }}
{{ <languages /> }}
<a href="{{ path(to="views.posts.index") }}">all</a>
<a href="{{ path(to="views.posts.text", id=id) }}">text</a>
<a href="{{ path(to="views.posts.show", id=id, locale="en") }}">in English</a>
{{ url(to="views.posts.show", id=id) }}
{% endblock %}
"#;

/// The application with languages in its paths.
async fn app() -> (TestApp, tempfile::TempDir) {
    LOCALE_IN_PATH.set(true);
    let german = format!("{}language = Deutsch\nlanguages = Sprachen\n", super::DE);
    let files = files(&[("posts/pages/show.html", SHOW), ("de.ftl", &german)]);
    (boot::<App>().await, files)
}

#[tokio::test]
async fn the_path_decides_the_language() {
    let (app, _files) = app().await;
    let german = app.get("/de/posts").await;
    german.assert_status(200);
    assert!(german.text().contains("<html lang=\"de\">"));
    assert!(german.text().contains("href=\"/de/posts?page=2\""));
    // Caches need not tell readers apart.
    let vary = german.headers().get_all("vary").iter();
    let vary: Vec<_> = vary.filter_map(|value| value.to_str().ok()).collect();
    assert!(!vary.concat().contains("language"), "{vary:?}");
    let english = app
        .get("/posts")
        .header("accept-language", "de")
        .header("cookie", "locale=de")
        .await;
    assert!(english.text().contains("<html lang=\"en\">"));
    // There is one path for each page in each language, and none for what is no page.
    for path in ["/en/posts", "/fr/posts", "/de/posts/7/text"] {
        app.get(path).await.assert_status(404);
    }
    app.get("/posts/7/text").await.assert_status(200);
}

#[tokio::test]
async fn links_and_redirects_stay_in_the_language() {
    let (app, _files) = app().await;
    let page = app.get("/de/posts/7?tab=a").await.text();
    for expected in [
        "<link rel=\"alternate\" hreflang=\"en\" href=\"https://shop.example.com/posts/7?tab=a\">",
        "<link rel=\"alternate\" hreflang=\"de\" href=\"https://shop.example.com/de/posts/7?tab=a\">",
        "<a href=\"/posts/7?tab=a\" hreflang=\"en\" lang=\"en\">English</a>",
        "<a href=\"/de/posts/7?tab=a\" hreflang=\"de\" lang=\"de\" aria-current=\"true\">Deutsch</a>",
        "<a href=\"/de/posts\">all</a>",
        "<a href=\"/posts/7/text\">text</a>",
        "<a href=\"/posts/7\">in English</a>",
        "https://shop.example.com/de/posts/7\n",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let sent = [("title", "a"), ("state", "draft")];
    let created = app.post("/de/posts").form(&sent).await;
    created.assert_status(303);
    assert_eq!(created.header("location"), "/de/posts/7");
    let refused = app.post("/de/posts").form(&[("title", "")]).await;
    assert!(refused.text().contains("darf nicht leer sein"));
}

#[tokio::test]
async fn pages_with_languages_in_their_paths_pass_the_probe() {
    let (app, _files) = app().await;
    app.assert_views();
}
