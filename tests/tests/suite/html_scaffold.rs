//! Pages of resources: every field type with its forms, on both databases; walked through as a browser does without JavaScript.

use std::{collections::BTreeMap, fs, net::SocketAddr, path::Path};

use fw_tests::{
    app::{App, fail, succeed},
    http::{self, Response},
    postgres, tools,
};
use serde_json::json;

pub const EVERY_TYPE: &[&str] = &[
    "title:string(80)!",
    "content:text",
    "stars:smallint",
    "views:int=0",
    "total:bigint?",
    "ratio:float",
    "score:double",
    "price:decimal(10,2)",
    "amount:money!",
    "pinned:bool",
    "day:date",
    "at:time",
    "published_at:datetime",
    "token:uuid",
    "data:json",
    "raw:blob",
    "status:enum(draft,in_review,published)=draft",
    "author:references",
    "parent:references(posts)?",
];

fn scaffold(app: &App, name: &str, rest: &[&str]) -> String {
    succeed(&mut app.fw(&[&["generate", "scaffold", name], rest].concat()))
}

#[test]
fn pages_of_every_field_type_are_green_on_both_databases() {
    let app = App::new("html-everything", &["--template", "web"]);
    scaffold(&app, "author", &["name:string!"]);
    scaffold(&app, "post", EVERY_TYPE);
    let all_required: Vec<String> = EVERY_TYPE
        .iter()
        .filter(|field| !field.ends_with("(posts)?"))
        .map(|field| {
            format!(
                "{}!",
                field
                    .split('=')
                    .next()
                    .unwrap_or(field)
                    .trim_end_matches(['!', '?'])
            )
        })
        .collect();
    let all_required: Vec<&str> = all_required.iter().map(String::as_str).collect();
    scaffold(
        &app,
        "duty",
        &[&all_required[..], &["--lock", "--api"]].concat(),
    );
    // No name, several relations to one table, and words with another plural.
    scaffold(&app, "box_office", &["limit_value:int", "active:bool!"]);
    scaffold(
        &app,
        "news",
        &[
            "writer:references(authors)?",
            "editor:references(authors)?",
            "slug:string^",
        ],
    );
    scaffold(
        &app,
        "series",
        &["name:string!", "--only", "list,show,create"],
    );
    succeed(&mut app.fw(&["generate", "page", "about_us"]));
    succeed(&mut app.cargo(&["fmt", "--check"]));
    succeed(&mut app.cargo(&["clippy", "--all-targets", "--quiet", "--", "-D", "warnings"]));
    let tests = succeed(&mut app.cargo(&["test", "--quiet"]));
    assert!(tests.contains("test result: ok"), "{tests}");

    let manifest = app.root.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("readable");
    let both = text.replace(r#""sqlite", "views""#, r#""sqlite", "postgres", "views""#);
    assert_ne!(text, both);
    fs::write(&manifest, both).expect("writable");
    let url = postgres::server().create_database();
    let tests = succeed(app.cargo(&["test", "--quiet"]).env("DATABASE_URL", url));
    assert!(tests.contains("test result: ok"), "{tests}");
}

fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    fn visit(folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("readable") {
            let path = entry.expect("an entry").path();
            let name = path.display().to_string();
            if path.is_dir() {
                found.insert(name, Vec::new());
                visit(&path, found);
            } else {
                found.insert(name, fs::read(&path).expect("readable"));
            }
        }
    }
    let mut found = BTreeMap::new();
    visit(&root.join("src"), &mut found);
    found
}

#[test]
fn pages_are_made_once_and_taken_back_byte_for_byte() {
    let app = App::new("html-twice", &["--template", "web"]);
    let commands: &[&[&str]] = &[
        &[
            "scaffold",
            "post",
            "title:string!",
            "text:text",
            "draft:bool",
        ],
        &["scaffold", "note", "title:string!", "--api", "--lock"],
        &["page", "about"],
    ];
    for command in commands {
        let before = tree(&app.root);
        let run = |verb: &str, words: &[&str]| {
            succeed(&mut app.fw(&[&[verb], words].concat()));
        };
        run("generate", command);
        let made = tree(&app.root);
        assert_ne!(before, made, "{command:?}");
        run("generate", command);
        assert!(made == tree(&app.root), "{command:?} twice is not once");
        run("destroy", &command[..2]);
        assert!(
            before == tree(&app.root),
            "{command:?} leaves something behind"
        );
    }
}

#[test]
fn a_resource_of_three_fields_has_few_lines() {
    const MOST: usize = 380;

    let app = App::new("html-size", &["--template", "web"]);
    scaffold(
        &app,
        "post",
        &["title:string", "body:text", "published:bool", "--html"],
    );
    let folder = app.root.join("src/posts");
    let lines = |path: &Path| {
        let text = fs::read_to_string(path).expect("readable");
        text.lines().count()
    };
    let files = tree(&app.root);
    let files = files.keys().map(Path::new).filter(|path| path.is_file());
    let own = files.filter(|path| path.starts_with(&folder) && !path.ends_with("model.rs"));
    let counted: Vec<_> = own.map(|path| (path.to_owned(), lines(path))).collect();
    let all: usize = counted.iter().map(|(_, lines)| lines).sum();
    assert!(all <= MOST, "{all} lines: {counted:#?}");
}

#[test]
fn pages_are_refused_where_there_can_be_none() {
    let api = App::new("html-refused", &[]);
    let (_, output) =
        fail(&mut api.fw(&["generate", "scaffold", "post", "title:string", "--html"]));
    assert!(output.contains("need the feature `views`"), "{output}");
    let (_, output) = fail(&mut api.fw(&["generate", "page", "about"]));
    assert!(output.contains("--template web"), "{output}");
    let web = App::new("html-refused-names", &["--template", "web"]);
    let (_, output) = fail(&mut web.fw(&["generate", "scaffold", "layout", "name:string"]));
    assert!(
        output.contains("`src/layouts` holds other files"),
        "{output}"
    );
    let (_, output) = fail(&mut web.fw(&[
        "generate",
        "scaffold",
        "post",
        "name:string",
        "--only",
        "create",
    ]));
    assert!(output.contains("name `list` and `show`"), "{output}");
}

/// A browser without JavaScript: it keeps cookies, and sends forms as they are on the page.
struct Browser {
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    fn send(&mut self, method: &str, path: &str, form: Option<&str>) -> Response {
        let cookies = self.cookies.iter();
        let cookies: Vec<_> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = cookies.join("; ");
        let origin = format!("http://{}", self.address);
        let mut headers = vec![("accept", "text/html"), ("origin", origin.as_str())];
        headers.push(("sec-fetch-site", "same-origin"));
        if !cookies.is_empty() {
            headers.push(("cookie", &cookies));
        }
        if form.is_some() {
            headers.push(("content-type", "application/x-www-form-urlencoded"));
        }
        let body = form.unwrap_or_default().as_bytes();
        let response =
            http::request(self.address, method, path, &headers, body).expect("a response");
        if let Some((name, rest)) = response.header("set-cookie").split_once('=') {
            let value = rest.split(';').next().unwrap_or_default();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }

    fn get(&mut self, path: &str) -> String {
        let response = self.send("GET", path, None);
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        response.text()
    }

    /// Sends a form and goes where the response leads.
    fn post(&mut self, path: &str, form: &str) -> (String, String) {
        let response = self.send("POST", path, Some(form));
        assert_eq!(response.status, 303, "{path}: {}", response.text());
        let location = response.header("location").to_owned();
        let page = self.get(&location);
        (location, page)
    }
}

#[test]
fn people_create_edit_and_delete_without_javascript() {
    let app = App::new("html-walk", &["--template", "web"]);
    scaffold(
        &app,
        "post",
        &[
            "title:string(40)!",
            "content:text",
            "status:enum(draft,public)=draft",
        ],
    );
    succeed(app.fw(&["db", "migrate"]).env("FW_ENV", "development"));
    let server = app.build().start(&[]);
    let mut browser = Browser {
        address: server.address,
        cookies: BTreeMap::new(),
    };
    assert!(browser.get("/").contains("href=\"/posts\""));
    assert!(browser.get("/posts").contains("There are no posts yet"));
    assert!(browser.get("/posts/new").contains("name=\"title\""));

    let refused = browser.send(
        "POST",
        "/posts",
        Some("title=&content=kept+%3Cb%3E&status=public"),
    );
    assert_eq!(refused.status, 422);
    let again = refused.text();
    for expected in [
        "aria-describedby=\"title-problems\"",
        "id=\"title-problems\"",
        "role=\"alert\"",
        "kept &lt;b&gt;",
        "<option value=\"public\" selected>",
    ] {
        assert!(again.contains(expected), "{expected}: {again}");
    }

    let (path, shown) = browser.post("/posts", "title=One&content=a%0D%0Ab&status=public");
    assert!(shown.contains("The post was created"), "{shown}");
    assert!(
        !browser.get(&path).contains("The post was created"),
        "it is shown once"
    );
    let form = browser.get(&format!("{path}/edit"));
    assert!(form.contains("value=\"One\""), "{form}");
    let (_, shown) = browser.post(&path, "title=Two&content=&status=draft");
    assert!(
        shown.contains("The post was changed") && shown.contains("<h1>Two</h1>"),
        "{shown}"
    );

    for number in 0..25 {
        let form = format!("title=Number+{number:02}&content=&status=public");
        browser.post("/posts", &form);
    }
    let list = browser.get("/posts?sort=title&status=public&page=");
    assert!(
        list.contains("Number 00") && !list.contains(">Two<"),
        "{list}"
    );
    assert!(
        list.contains("Page 1 of 2") && list.contains("rel=\"next\""),
        "{list}"
    );
    assert!(list.contains("aria-sort=\"ascending\""), "{list}");
    let second = browser.get("/posts?sort=title&status=public&page=2");
    assert!(
        second.contains("Number 24") && second.contains("rel=\"prev\""),
        "{second}"
    );

    let question = browser.get(&format!("{path}/delete"));
    assert!(question.contains("Delete this post?"), "{question}");
    let (location, shown) = browser.post(&format!("{path}/delete"), "");
    assert_eq!(location, "/posts");
    assert!(shown.contains("The post was deleted"), "{shown}");
    assert_eq!(browser.send("GET", &path, None).status, 404);
}

#[test]
fn people_use_the_pages_in_a_browser_with_and_without_javascript() {
    for scripts in ["on", "off"] {
        let app = App::new(&format!("html-browser-{scripts}"), &["--template", "web"]);
        scaffold(
            &app,
            "post",
            &[
                "title:string(40)!",
                "slug:string^",
                "published_at:datetime",
                "pinned:bool!",
                "status:enum(draft,public)=draft",
            ],
        );
        succeed(app.fw(&["db", "migrate"]).env("FW_ENV", "development"));
        let server = app.build().start(&[]);
        let url = format!("http://{}", server.address);
        let found = tools::browse("resource_pages.cjs", &[&url, scripts]);
        assert_eq!(
            found["said"],
            json!([
                [],
                ["The post was created"],
                [],
                ["This cannot be saved yet\nSlug: is taken already"],
                ["The post was created"],
                [],
                ["The post was changed"],
                [],
                ["The post was deleted"],
            ]),
            "{found:#}"
        );
        let again =
            json!({ "status": "New post", "invalid": "slug", "title": "Two", "pinned": true });
        assert_eq!(found["again"], again);
        assert_eq!(found["shown"], "Three");
        assert_eq!(found["filtered"], json!(["Nothing matches"]));
        for nothing in ["wide", "outside", "errors"] {
            assert_eq!(
                found[nothing],
                json!([]),
                "{nothing}, with scripts {scripts}"
            );
        }
    }
}
