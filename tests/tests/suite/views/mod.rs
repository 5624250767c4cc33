//! Pages: rendered from templates, in the language of the reader, with forms that come back, and probed before anybody sees them.

mod assets;
mod choices;
mod flash;
mod forms;
mod fragments;
mod locales;
mod unsubscribe;

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
};

use fw::{dto::prelude::*, prelude::*};
use fw_testing::prelude::*;
use tempfile::TempDir;

/// The state of a post.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    #[default]
    Draft,
    Public,
}

/// A post as people enter it.
#[derive(Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PostBody {
    #[garde(length(chars, min = 1, max = 20))]
    title: String,
    #[garde(length(chars, max = 500))]
    content: Option<String>,
    #[garde(range(min = 1, max = 5))]
    stars: Option<i32>,
    #[garde(skip)]
    pinned: bool,
    #[garde(skip)]
    #[serde(default)]
    state: State,
    #[garde(skip)]
    published_at: Option<DateTimeUtc>,
}

#[derive(Serialize, JsonSchema)]
struct Author {
    name: String,
}

#[derive(Serialize, JsonSchema)]
struct PostView {
    id: i64,
    title: String,
    author: Option<Author>,
}

#[derive(Serialize, JsonSchema)]
struct Index {
    posts: Vec<PostView>,
}

impl View for Index {
    const TEMPLATE: &'static str = "posts/pages/index.html";
}

#[derive(Serialize, JsonSchema)]
struct Show {
    id: i64,
}

impl View for Show {
    const TEMPLATE: &'static str = "posts/pages/show.html";
}

#[derive(Serialize, JsonSchema)]
struct New {
    form: Form<PostBody>,
}

impl View for New {
    const TEMPLATE: &'static str = "posts/pages/new.html";
}

mod posts {
    use super::*;

    pub(super) mod pages {
        use super::*;

        pub(crate) async fn index(_: Anyone) -> Page<Index> {
            let post = |id, title: &str, author: Option<&str>| PostView {
                id,
                title: title.to_owned(),
                author: author.map(|name| Author {
                    name: name.to_owned(),
                }),
            };
            Page(Index {
                posts: vec![post(1, "<One>", Some("Ada")), post(2, "Two", None)],
            })
        }

        pub(crate) async fn show(_: Anyone, Path(id): Path<Id>) -> Result<Page<Show>> {
            if id == 404 {
                return Err(Error::not_found());
            }
            Ok(Page(Show { id }))
        }

        pub(crate) async fn text(_: Anyone, Path(id): Path<Id>) -> String {
            format!("post {id}")
        }

        pub(crate) async fn new(_: Anyone) -> Page<New> {
            Page(New {
                form: Form::blank(),
            })
        }

        pub(crate) async fn create(
            _: Anyone,
            form: Form<PostBody>,
        ) -> Result<Submitted<New, Show>> {
            Ok(form
                .submit(async |post| {
                    if post.title == "taken" {
                        let field = FieldError::new("/title", "not_unique", "is taken");
                        return Err(Error::conflict().fields(vec![field]));
                    }
                    if post.title == "boom" {
                        return Err(Error::internal("the database is gone"));
                    }
                    assert!(!post.content.is_some_and(|content| content.contains('\r')));
                    Ok(i64::from(post.pinned) + 7)
                })
                .await?
                .or_again(|form| New { form })
                .then(|id| {
                    Redirect::to(show, id).flash(Flash::new("posts-created").with("id", id))
                }))
        }
    }
}

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "shop"
    }

    fn routes() -> Routes {
        use posts::pages;

        Routes::at("/posts").with([
            get("/", pages::index),
            post("/", pages::create),
            get("/new", pages::new),
            get("/{id}", pages::show),
            get("/{id}/text", pages::text),
        ])
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    fn views() -> Views {
        FOLDER.with_borrow(|folder| Views::new(folder, &[]))
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        config.database.url = "sqlite::memory:".into();
        config.server.public_url = Some("https://shop.example.com".to_owned());
        config.views.locales = vec!["en".to_owned(), "de".to_owned()];
        config.views.locale_in_path = LOCALE_IN_PATH.get();
        Ok(())
    }
}

std::thread_local! {
    /// The folder of the templates of this test, which runs in a thread of its own.
    static FOLDER: std::cell::RefCell<&'static str> = const { std::cell::RefCell::new("") };
    static LOCALE_IN_PATH: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

const LAYOUT: &str = r#"<!doctype html>
<html lang="{{ request.locale }}"><head><title>{% block title %}{{ t(key="shop") }}{% endblock %}</title>
<link rel="stylesheet" href="{{ asset(name="app.css") }}"></head>
<body>{{ <flash of={request.flash} /> }}{% block main %}{% endblock %}</body></html>
"#;

const INDEX: &str = r#"{% extends "layouts/app.html" %}
{% block main %}
{% for post in posts %}
<a href="{{ path(to="views.posts.index", page=2) }}">{{ post.title }}</a>
{% if post.author %}<b>{{ post.author.name }}</b>{% endif %}
{% else %}
<p>{{ t(key="posts-none") }}</p>
{% endfor %}
<p>{{ t(key="posts-count", count=posts | length) }} {{ url(to="views.posts.show", id=7) }}</p>
{% endblock %}
"#;

const NEW: &str = r#"{% extends "layouts/app.html" %}
{% block main %}
{{ <problems of={form} title={t(key="problems")} /> }}
<form method="post" action="{{ path(to="views.posts.create") }}">
{{ <field of={form.title} label="Title" /> }}
{{ <field of={form.content} label="Content" hint="As long as you like" /> }}
{{ <field of={form.stars} label="Stars" /> }}
{{ <field of={form.pinned} label="Pinned" /> }}
{{ <field of={form.state} label="State" /> }}
{{ <field of={form.published_at} label="Published" /> }}
</form>
{% endblock %}
"#;

const SHOW: &str =
    r#"{% extends "layouts/app.html" %}{% block main %}<h1>{{ id }}</h1>{% endblock %}"#;

const EN: &str = include_str!("en.ftl");
const DE: &str = include_str!("de.ftl");

/// The files of the application, of which some are others.
fn files(others: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let usual = [
        ("layouts/app.html", LAYOUT),
        ("posts/pages/index.html", INDEX),
        ("posts/pages/new.html", NEW),
        ("posts/pages/show.html", SHOW),
        (
            "errors/404.html",
            "<h1>{{ title }}</h1>{% if detail %}{{ detail }}{% endif %}",
        ),
        ("en.ftl", EN),
        ("de.ftl", DE),
        ("assets/app.css", "body { margin: 0 }"),
    ];
    for (name, text) in usual.iter().chain(others) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }
    set_folder(folder.path());
    folder
}

fn set_folder(path: &std::path::Path) {
    let path: &'static str = path.to_str().expect("UTF-8").to_owned().leak();
    FOLDER.set(path);
}

#[tokio::test]
async fn pages_are_rendered_in_the_language_of_the_reader() {
    let _files = files(&[]);
    let app = boot::<App>().await;
    let english = app.get("/posts").header("accept", "text/html").await;
    english.assert_status(200);
    assert_eq!(english.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(english.header("referrer-policy"), "same-origin");
    assert!(english.header("vary").contains("accept-language, cookie"));
    assert!(
        english
            .header("content-security-policy")
            .contains("script-src 'self'")
    );
    let text = english.text();
    for expected in [
        "<html lang=\"en\">",
        "<title>Shop</title>",
        "&lt;One&gt;",
        "<b>Ada</b>",
        "2 posts",
        "href=\"/posts?page=2\"",
        "https://shop.example.com/posts/7",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    // The headers of a 304 take the place of those that the browser has.
    let tag = english.header("etag").to_owned();
    let known = app.get("/posts").header("if-none-match", tag).await;
    known.assert_status(304);
    for name in [
        "content-security-policy",
        "referrer-policy",
        "cache-control",
    ] {
        assert_eq!(known.header(name), english.header(name), "{name}");
    }
    let german = app
        .get("/posts")
        .header("accept-language", "fr, de-AT;q=0.8")
        .await;
    assert!(german.text().contains("<title>Laden</title>"));
    let chosen = app
        .get("/posts")
        .header("accept-language", "en")
        .header("cookie", "a=b; locale=de")
        .await;
    assert!(chosen.text().contains("2 Beiträge"));
}

#[tokio::test]
async fn a_form_that_is_right_leads_on() {
    let _files = files(&[]);
    let app = boot::<App>().await;
    let sent = [
        ("title", "A & B"),
        ("content", "a\r\nb"),
        ("stars", ""),
        ("state", "draft"),
        ("published_at", "2026-11-30T10:15"),
    ];
    let response = app.post("/posts").form(&sent).await;
    response.assert_status(303);
    assert_eq!(response.header("location"), "/posts/7");
    let mut ticked = sent.to_vec();
    ticked.push(("pinned", "true"));
    let response = app.post("/posts").form(&ticked).await;
    assert_eq!(response.header("location"), "/posts/8");
    // What is no fault of a field is an error.
    let response = app.post("/posts").form(&[("title", "boom")]).await;
    response.assert_problem(500, "internal_error");
    let response = app.post("/posts").json(&json!({ "title": "a" })).await;
    response.assert_problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn errors_are_pages_for_browsers_and_problems_for_programs() {
    let _files = files(&[]);
    let app = boot::<App>().await;
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for path in ["/posts/404", "/nope"] {
        let page = app.get(path).header("accept", browser).await;
        page.assert_status(404);
        assert!(page.text().starts_with("<h1>"), "{}", page.text());
        assert!(
            page.header("content-security-policy")
                .contains("style-src 'self'")
        );
        assert_eq!(page.header("cache-control"), "no-store");
        app.get(path).await.assert_problem(404, "not_found");
        let program = app
            .get(path)
            .header("accept", "application/json, text/html;q=0.5")
            .await;
        program.assert_problem(404, "not_found");
    }
    // There is no page for this status.
    let problem = app
        .post("/posts")
        .header("accept", browser)
        .json(&json!({}))
        .await;
    problem.assert_problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn pages_of_other_origins_cannot_send_forms() {
    let _files = files(&[]);
    let app = boot::<App>().await;
    for (name, value, expected) in [
        ("sec-fetch-site", "same-origin", 303),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("origin", "null", 403),
        ("x-nothing", "", 303),
    ] {
        let request = app.post("/posts").header(name, value);
        let response = request.form(&[("title", "a")]).await;
        assert_eq!(response.status(), expected, "{name}: {value}");
    }
}

/// The faults that the probe finds with some files changed.
async fn faults(others: &[(&str, &str)]) -> String {
    let _files = files(others);
    let app = boot::<App>().await;
    match catch_unwind(AssertUnwindSafe(|| app.assert_views())) {
        Ok(()) => String::new(),
        Err(panic) => *panic.downcast::<String>().expect("a message"),
    }
}

#[tokio::test]
async fn pages_that_are_right_pass_the_probe() {
    assert_eq!(faults(&[]).await, "");
}

#[tokio::test]
async fn mistakes_in_templates_are_found_with_their_place() {
    const PAGE: &str = "posts/pages/index.html";
    for (mistake, place, said) in [
        (
            "{% if false %}\n  {{ titel }}\n{% endif %}",
            ":2:6",
            "titel",
        ),
        (
            "{% for post in posts %}{{ post.author.name }}{% endfor %}",
            ":1:39",
            "name",
        ),
        (
            "{% for post in posts %}{% if post.author %}{{ post.author.nam }}{% endif %}{% endfor %}",
            ":1:59",
            "nam",
        ),
        (
            "<a href=\"{{ path(to=\"views.posts.shown\", id=1) }}\">",
            ":1:13",
            "did you mean `views.posts.show`?",
        ),
        (
            "<a href=\"{{ path(to=\"views.posts.show\") }}\">",
            ":1:13",
            "a value for `id`",
        ),
        ("{{ t(key=\"nope\") }}", ":1:4", "`nope`"),
        (
            "{{ asset(name=\"ap.css\") }}",
            ":1:4",
            "`src/assets/ap.css`",
        ),
        ("{{ <flag yes=\"y\" /> }}", ":1:", "`of`"),
        ("<a href={{ posts | length }}>", ":1:9", "no quotes"),
        (
            "<script>let a = {{ posts | length }};</script>",
            ":1:17",
            "`<script>`",
        ),
    ] {
        let said_by_probe = faults(&[(PAGE, mistake)]).await;
        let place = format!("src/{PAGE}{place}");
        assert!(
            said_by_probe.contains(&place),
            "{mistake}: {place}: {said_by_probe}"
        );
        assert!(
            said_by_probe.contains(said),
            "{mistake}: {said}: {said_by_probe}"
        );
    }
    // A message that one language lacks.
    let german = DE.replace("posts-none", "posts-no");
    let said = faults(&[("de.ftl", &german)]).await;
    assert!(
        said.contains("no file `de.ftl` has the message `posts-none`"),
        "{said}"
    );
}
