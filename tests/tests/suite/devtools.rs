//! What developers see in a browser: pages that follow their files, and errors with their causes.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use fw_tests::{
    app::{repository, succeed},
    http::{self, Response, get, request},
};

use crate::{Database, shop, shop::BINARY};

const PAGES: (&str, &str) = ("LAB_PAGES", "1");
const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");

/// What a browser asks for.
fn browse(address: SocketAddr, method: &str, path: &str) -> Response {
    let headers = [HTML, ("sec-fetch-site", "same-origin")];
    request(address, method, path, &headers, b"").expect("a response")
}

/// A request for another host.
fn from_host(address: SocketAddr, host: &str, path: &str) -> Response {
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {host}\r\naccept: text/html\r\nconnection: close\r\n\r\n"
    );
    let mut stream = http::connect(address).expect("a connection");
    stream.write_all(request.as_bytes()).expect("it is sent");
    http::read(stream).expect("a response")
}

/// A browser that listens to the events of a page.
struct Listener {
    stream: TcpStream,
    heard: String,
}

impl Listener {
    fn new(address: SocketAddr) -> Self {
        let mut stream = http::connect(address).expect("a connection");
        let request =
            "GET /_fw/live HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n";
        stream.write_all(request.as_bytes()).expect("it is sent");
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .expect("a limit");
        Self {
            stream,
            heard: String::new(),
        }
    }

    /// Waits for a text among the events since the last call.
    #[track_caller]
    fn hear(&mut self, text: &str) -> String {
        let mut bytes = [0; 4096];
        while !self.heard.contains(text) {
            let read = self.stream.read(&mut bytes);
            let read =
                read.unwrap_or_else(|error| panic!("no `{text}` in {}: {error}", self.heard));
            assert_ne!(read, 0, "no `{text}` in {}, which has ended", self.heard);
            self.heard
                .push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        std::mem::take(&mut self.heard)
    }
}

#[test]
fn pages_follow_their_files_on_the_machine_of_their_developer() {
    let shop = shop();
    let server = shop.start(&[PAGES]);
    let address = server.address;
    let page = browse(address, "GET", "/lab/pages");
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    let (_, script) = text.rsplit_once("</html>\n").expect("a whole page");
    assert!(
        script.starts_with("<script src=\"/_fw/live.js\" defer data-process=\"")
            && script.ends_with("\"></script>\n"),
        "{script}"
    );
    // To load the response to a form again would send the form again.
    let posted = browse(address, "POST", "/lab/pages").text();
    assert!(posted.ends_with("\" data-keep></script>\n"), "{posted}");
    let script = get(address, "/_fw/live.js").expect("a response");
    assert_eq!(
        script.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(
        get(address, "/_fw/live.css").expect("a response").status,
        200
    );

    for path in ["/_fw/live", "/_fw/live.js"] {
        assert_eq!(from_host(address, "evil.example", path).status, 403);
    }
    let other = from_host(address, "192.168.1.7:3000", "/lab/pages");
    assert_eq!(other.status, 200);
    assert!(!other.text().contains("_fw"), "{}", other.text());
    // JSON and texts are as they are.
    let text = get(address, "/lab/whoami").expect("a response").text();
    assert!(!text.contains("_fw"), "{text}");
}

#[test]
fn there_is_nothing_of_it_outside_development() {
    let shop = shop();
    let server = shop.start(&[
        PAGES,
        ("FW_ENV", "production"),
        ("FW_KEYS", "a key of more than thirty-two characters"),
    ]);
    let address = server.address;
    let page = browse(address, "GET", "/lab/pages").text();
    assert!(!page.contains("_fw"), "{page}");
    for path in [
        "/_fw/live",
        "/_fw/live.js",
        "/_fw/migrate",
        "/_fw/style.css",
    ] {
        assert_eq!(browse(address, "GET", path).status, 404, "{path}");
    }
    let broken = browse(address, "GET", "/lab/pages/broken");
    assert_eq!(broken.status, 500);
    assert!(!broken.text().contains("No such file"), "{}", broken.text());
}

#[test]
fn a_browser_hears_of_changes_and_of_builds() {
    let shop = shop();
    let mut server = shop.start(&[PAGES]);
    let mut listener = Listener::new(server.address);
    let first = listener.hear(r#"data: {"state":"serving"}"#);
    assert!(first.contains("text/event-stream"), "{first}");
    assert!(first.contains("event: hello"), "{first}");

    let source = BINARY.root().join("src");
    let style = source.join("assets/followed.css");
    let begin = Instant::now();
    fs::write(&style, "p { color: teal; }").expect("it can be written");
    listener.hear("event: reload");
    let after = begin.elapsed();
    assert!(after < Duration::from_secs(5), "{after:?}");
    fs::write(&style, "p { color: maroon; }").expect("it can be written");
    let styles = listener.hear("followed.css\":\"/assets/followed-");
    assert!(styles.contains("event: styles"), "{styles}");
    // What the page loads is there.
    let (_, rest) = styles.split_once("followed.css\":\"").expect("its path");
    let (path, _) = rest.split_once('"').expect("its end");
    let loaded = get(server.address, path).expect("a response");
    assert_eq!(loaded.text(), "p { color: maroon; }");
    fs::remove_file(&style).expect("it is there");
    listener.hear("event: reload");

    // As `cargo fw start --watch` writes it.
    let state = shop.folder.join("target/fw");
    fs::create_dir_all(&state).expect("it can be made");
    let failed =
        r#"{"sequence":2,"state":"failed","step":"build","title":"1 error","messages":[]}"#;
    fs::write(state.join("dev.json"), failed).expect("it can be written");
    listener.hear(failed);

    server.signal("TERM");
    let begin = Instant::now();
    assert!(server.wait(Duration::from_secs(20)).success());
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "it does not wait for the browser"
    );
}

#[test]
fn an_error_shows_its_causes_and_its_place() {
    let shop = shop();
    // The process of an application works in its folder.
    let lab = shop.folder.join("src/lab");
    fs::create_dir_all(&lab).expect("it can be made");
    let fixture = repository().join("tests/fixtures/lab_pages.rs");
    fs::copy(&fixture, lab.join("pages.rs")).expect("it can be copied");
    let text = fs::read_to_string(&fixture).expect("it can be read");
    let line_of = |part: &str| {
        let found = text.lines().position(|line| line.contains(part));
        found.expect("it is there") + 1
    };
    let line = line_of("no/such");

    let server = shop.start(&[PAGES]);
    let address = server.address;
    let page = browse(address, "GET", "/lab/pages/broken");
    assert_eq!(page.status, 500);
    let html = page.text();
    for expected in [
        "<h1>500 Internal Server Error</h1>".to_owned(),
        "No such file or directory".to_owned(),
        format!("<code>src/lab/pages.rs:{line}</code>"),
        format!(
            "<mark>{line:>5}      let text = std::fs::read_to_string(&quot;no/such/&lt;file&gt;&quot;)?;</mark>"
        ),
        "GET /lab/pages/broken".to_owned(),
        page.header("x-request-id").to_owned(),
        "live.js".to_owned(),
    ] {
        assert!(html.contains(&expected), "{expected}: {html}");
    }
    assert!(!html.contains("Pending migrations"), "{html}");
    assert_eq!(page.header("cache-control"), "no-store");
    server.log_with(&format!("src/lab/pages.rs:{line}"));

    let parsed = browse(address, "GET", "/lab/pages/parsed").text();
    let place = format!("src/lab/pages.rs:{}", line_of(".or_internal()"));
    assert!(
        parsed.contains(&format!("<code>{place}</code>")),
        "{parsed}"
    );
    server.log_with(&place);
    // The place of `map_err` is in the standard library, which helps nobody.
    let mapped = browse(address, "GET", "/lab/pages/mapped").text();
    assert!(mapped.contains("invalid digit"), "{mapped}");
    assert!(!mapped.contains("function.rs"), "{mapped}");
    let log = server.log_with("`.or_internal()` tells it");
    assert!(!log.contains("function.rs"), "{log}");

    let panicked = browse(address, "GET", "/lab/panic").text();
    assert!(
        panicked.contains("the handler panics on purpose"),
        "{panicked}"
    );

    // Programs, and browsers of other machines, get what they always get.
    let problem = get(address, "/lab/pages/broken").expect("a response");
    assert_eq!(problem.header("content-type"), "application/problem+json");
    let other = from_host(address, "shop.example", "/lab/pages/broken");
    assert_eq!(other.status, 500);
    assert!(!other.text().contains("src/lab"), "{}", other.text());
}

#[test]
fn pending_migrations_are_applied_by_a_button() {
    for database in Database::both() {
        let server = database.start(&[PAGES]);
        let address = server.address;
        let posts = || browse(address, "GET", "/lab/pages/posts");
        assert_eq!(posts().text(), "0 posts");
        succeed(&mut database.command(&["db", "rollback", "9"]));

        let failed = posts();
        assert_eq!(failed.status, 500);
        let html = failed.text();
        assert!(html.contains("Pending migrations"), "{html}");
        assert!(html.contains("_create_posts</code>"), "{html}");
        assert!(
            html.contains("<form method=\"post\" action=\"/_fw/migrate\">"),
            "{html}"
        );

        let foreign = [("sec-fetch-site", "cross-site")];
        let refused = request(address, "POST", "/_fw/migrate", &foreign, b"");
        assert_eq!(refused.expect("a response").status, 403);
        assert_eq!(posts().status, 500);

        let own = [
            ("sec-fetch-site", "same-origin"),
            ("referer", "http://localhost/lab/pages/posts?page=2"),
        ];
        let applied = request(address, "POST", "/_fw/migrate", &own, b"").expect("a response");
        assert_eq!(applied.status, 303, "{}", applied.text());
        assert_eq!(applied.header("location"), "/lab/pages/posts?page=2");
        assert_eq!(posts().text(), "0 posts");
        let elsewhere = [("referer", "http://localhost//evil.example/")];
        let applied = request(address, "POST", "/_fw/migrate", &elsewhere, b"");
        assert_eq!(applied.expect("a response").header("location"), "/");
    }
}
