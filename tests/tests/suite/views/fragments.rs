//! Parts of pages, for htmx.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fw::{dto::prelude::*, prelude::*};
use fw_testing::prelude::*;
use tempfile::TempDir;

use super::FOLDER;

#[derive(Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct BookBody {
    #[garde(length(chars, min = 1, max = 20))]
    title: String,
}

#[derive(Serialize, JsonSchema)]
struct Index {
    titles: Vec<String>,
}

impl View for Index {
    const TEMPLATE: &'static str = "books/index.html";
    const FRAGMENT: Option<&'static str> = Some("rows");
}

#[derive(Serialize, JsonSchema)]
struct New {
    form: Form<BookBody>,
}

impl View for New {
    const TEMPLATE: &'static str = "books/new.html";
    const FRAGMENT: Option<&'static str> = Some("form");
}

/// A page that is always whole.
#[derive(Serialize, JsonSchema)]
struct About {}

impl View for About {
    const TEMPLATE: &'static str = "about.html";
}

/// A page that is only ever a part of another.
#[derive(Serialize, JsonSchema)]
struct Clock {}

impl View for Clock {
    const TEMPLATE: &'static str = "clock.html";
}

async fn index(_: Anyone) -> Page<Index> {
    let titles = vec!["<Dune>".to_owned()];
    Page(Index { titles })
}

async fn create(_: Anyone, form: Form<BookBody>) -> Result<Submitted<New, Index>> {
    Ok(form
        .submit(async |_| Ok(()))
        .await?
        .or_again(|form| New { form })
        .then(|()| Redirect::to(index, ()).flash("created")))
}

async fn about(_: Anyone) -> Page<About> {
    Page(About {})
}

async fn clock(_: Anyone) -> Page<Clock> {
    Page(Clock {})
}

async fn broken(_: Anyone) -> Result<Page<About>> {
    Err(Error::internal("the database is gone"))
}

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "shop"
    }

    fn routes() -> Routes {
        Routes::new().with([
            get("/books", index),
            post("/books", create),
            get("/about", about),
            get("/clock", clock),
            get("/broken", broken),
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
        config.views.locales = vec!["en".to_owned(), "de".to_owned()];
        Ok(())
    }
}

const INDEX: &str = r#"{% extends "layouts/app.html" %}
{% block main %}
<h1>Books</h1>
<ul id="books">
{%- block rows %}{% for title in titles %}<li>{{ title }}</li>{% endfor %}{% endblock -%}
</ul>
{% endblock %}
"#;

const ERROR: &str =
    r#"{% extends "layouts/app.html" %}{% block main %}<h1>{{ title }}</h1>{% endblock %}"#;

const MESSAGES: &str = "\
shop = Shop
created = The book is there
posts-none = -
posts-count = -
problems = -
";

/// The files of the application, of which some are others.
fn files(others: &[(&str, &str)]) -> TempDir {
    let german = [super::DE, "created = Das Buch ist da\n"].concat();
    let usual = [
        ("books/index.html", INDEX),
        (
            "books/new.html",
            r#"{% extends "layouts/app.html" %}
{% block main %}<h1>New</h1>{% block form %}<form>{{ <field of={form.title} label="Title" /> }}</form>{% endblock %}{% endblock %}"#,
        ),
        (
            "about.html",
            r#"{% extends "layouts/app.html" %}{% block main %}<h1>About</h1>{% endblock %}"#,
        ),
        ("clock.html", "<time>12:00</time>"),
        ("errors/404.html", ERROR),
        ("errors/error.html", ERROR),
        ("en.ftl", MESSAGES),
        ("de.ftl", &german),
    ];
    super::files(&[&usual, others].concat())
}

const HTMX: [(&str, &str); 1] = [("hx-request", "true")];

fn with(request: TestRequest, headers: &[(&str, &str)]) -> TestRequest {
    let headers = headers.iter();
    headers.fold(request, |request, (name, value)| {
        request.header(*name, *value)
    })
}

#[tokio::test]
async fn htmx_gets_the_part_of_a_page_that_it_asks_for() {
    let _files = files(&[]);
    let app = boot::<App>().await;
    for (headers, is_part) in [
        (&[][..], false),
        (&[("hx-request", "true")], true),
        (&[("hx-request", "false")], false),
        (&[("hx-request", "true"), ("hx-boosted", "true")], false),
        (
            &[
                ("hx-request", "true"),
                ("hx-history-restore-request", "true"),
            ],
            false,
        ),
        (
            &[("hx-request", "true"), ("hx-request-type", "partial")],
            true,
        ),
        (
            &[("hx-request", "true"), ("hx-request-type", "full")],
            false,
        ),
        (&[("hx-request-type", "partial")], false),
        (&[("hx-history-restore-request", "true")], false),
    ] {
        let response = with(app.get("/books"), headers).await;
        response.assert_status(200);
        let text = response.text();
        if is_part {
            assert_eq!(text, "<li>&lt;Dune&gt;</li>", "{headers:?}");
        } else {
            assert!(text.starts_with("<!doctype html>"), "{headers:?}: {text}");
        }
        let vary: Vec<_> = response.headers().get_all("vary").iter().collect();
        assert!(
            format!("{vary:?}").contains("hx-request, hx-request-type"),
            "{vary:?}"
        );
        for name in ["hx-retarget", "hx-reswap", "hx-push-url"] {
            assert!(
                !response.headers().contains_key(name),
                "{name}: {headers:?}"
            );
        }
    }
    // It is as the page shows it there.
    let within = INDEX
        .replace("<ul", "{% set kind = 'big' %}<ul")
        .replace("<li>", "<li class=\"{{ kind }}\">");
    let _files = files(&[("books/index.html", &within)]);
    let part = with(boot::<App>().await.get("/books"), &HTMX).await;
    assert_eq!(part.text(), "<li class=\"big\">&lt;Dune&gt;</li>");
    // Each has its own tag.
    let page = app.get("/books").await;
    let part = with(app.get("/books"), &HTMX).await;
    let known = |response: &TestResponse| {
        [
            HTMX[0],
            ("if-none-match", response.header("etag").to_owned().leak()),
        ]
    };
    with(app.get("/books"), &known(&part))
        .await
        .assert_status(304);
    with(app.get("/books"), &known(&page))
        .await
        .assert_status(200);
}

#[tokio::test]
async fn a_page_without_a_part_takes_the_place_of_the_whole_page() {
    let _files = files(&[]);
    let app = boot::<App>().await;
    let page = with(app.get("/about?a=b"), &HTMX).await;
    assert!(page.text().contains("<h1>About</h1>"));
    assert_eq!(page.header("hx-retarget"), "body");
    assert_eq!(page.header("hx-reswap"), "innerHTML show:top");
    assert_eq!(page.header("hx-push-url"), "/about?a=b");
    // What is no document is a part already.
    let part = with(app.get("/clock"), &HTMX).await;
    assert_eq!(part.text(), "<time>12:00</time>");
    assert!(!part.headers().contains_key("hx-retarget"));
    // Others do not notice.
    let page = app.get("/about").await;
    let vary: Vec<_> = page.headers().get_all("vary").iter().collect();
    assert!(!format!("{vary:?}").contains("hx-request"), "{vary:?}");
    for name in ["hx-retarget", "hx-reswap", "hx-push-url"] {
        assert!(!page.headers().contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn errors_are_pages_for_htmx_whatever_it_accepts() {
    let _files = files(&[]);
    let app = boot::<App>().await;
    for (path, status, title) in [
        ("/nope", 404, "Not Found"),
        ("/broken", 500, "Internal Server Error"),
    ] {
        let page = with(app.get(path).header("accept", "*/*"), &HTMX).await;
        page.assert_status(status);
        assert!(page.text().contains(&format!("<h1>{title}</h1>")), "{page}");
        assert_eq!(page.header("hx-retarget"), "body");
        assert!(!page.headers().contains_key("hx-push-url"));
        let boosted = [HTMX[0], ("hx-boosted", "true")];
        let page = with(app.get(path), &boosted).await;
        assert!(!page.headers().contains_key("hx-retarget"), "{page}");
    }
}

#[tokio::test]
async fn a_form_that_is_wrong_comes_back_as_a_part() {
    let _files = files(&[]);
    let app = boot::<App>().await;
    let again = with(app.post("/books"), &HTMX).form(&[("title", "")]).await;
    again.assert_status(422);
    let text = again.text();
    assert!(text.starts_with("<form>"), "{text}");
    assert!(text.contains("aria-invalid=\"true\""), "{text}");
    assert!(!again.headers().contains_key("hx-retarget"));
}

#[tokio::test]
async fn a_flash_message_waits_for_the_page_that_shows_it() {
    let _files = files(&[]);
    let app = boot::<App>().await;
    let created = with(app.post("/books"), &HTMX)
        .form(&[("title", "Dune")])
        .await;
    created.assert_status(303);
    // A browser follows it with the same headers.
    let part = with(app.follow(&created), &HTMX).await;
    assert_eq!(part.text(), "<li>&lt;Dune&gt;</li>");
    assert!(!part.headers().contains_key("set-cookie"));
    assert_eq!(part.header("cache-control"), "private, no-cache");
    let page = app.follow(&created).await;
    assert!(page.text().contains("The book is there"), "{page}");
    assert!(page.header("set-cookie").contains("Max-Age=0"));

    let rows = "block rows %}";
    let shown = format!("{rows}{{{{ <flash of={{request.flash}} /> }}}}");
    let _files = files(&[("books/index.html", &INDEX.replace(rows, &shown))]);
    let app = boot::<App>().await;
    let created = app.post("/books").form(&[("title", "Dune")]).await;
    let part = with(app.follow(&created), &HTMX).await;
    assert!(part.text().contains("The book is there"), "{part}");
    assert!(part.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(part.header("cache-control"), "no-store");
}

/// The faults that the probe finds with another list of books.
async fn faults(index: &str) -> String {
    let _files = files(&[("books/index.html", index)]);
    let app = boot::<App>().await;
    match catch_unwind(AssertUnwindSafe(|| app.assert_views())) {
        Ok(()) => String::new(),
        Err(panic) => *panic.downcast::<String>().expect("a message"),
    }
}

#[tokio::test]
async fn parts_are_probed_like_pages() {
    assert_eq!(faults(INDEX).await, "");
    let renamed = INDEX.replace("block rows", "block lines");
    let said = faults(&renamed).await;
    assert!(
        said.contains("src/books/index.html:1:1: Block `rows` not found"),
        "{said}"
    );
    let mistaken = INDEX.replace("{{ title }}", "{{ titel }}");
    let said = faults(&mistaken).await;
    assert!(
        said.contains("src/books/index.html:5:") && said.contains("titel"),
        "{said}"
    );
}
