//! What HTTP itself asks of every route, seen by a client that sends bytes and reads bytes.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use fw::{
    axum::{
        body::Body,
        response::{IntoResponse, Response},
    },
    boot::ServeOptions,
    config::Environment,
    dto::prelude::*,
    prelude::*,
};
use fw_tests::http::{self, Answer};
use serde_json::{Value, json};
use tokio::sync::oneshot;

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "details"
    }

    fn routes() -> Routes {
        Routes::new().with([
            post("/effects", effect),
            get("/effects", effects),
            get("/things", small),
            post("/things", thing),
            post("/form", form),
            get("/things/{id}", small),
            put("/things/{id}", thing),
            patch("/things/{id}", thing),
            delete("/things/{id}", gone),
            get("/large", large),
            get("/tagged", tagged),
            get("/packed", packed),
            get("/stream", stream),
            get("/public", public),
            get("/page", page),
        ])
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }
}

#[derive(Deserialize, JsonSchema, Validate)]
struct Name {
    #[garde(skip)]
    name: String,
}

static EFFECTS: AtomicU32 = AtomicU32::new(0);

async fn effect(_: Anyone) -> Json<Value> {
    Json(json!({ "effects": EFFECTS.fetch_add(1, Ordering::Relaxed) + 1 }))
}

async fn effects(_: Anyone) -> Json<Value> {
    Json(json!({ "effects": EFFECTS.load(Ordering::Relaxed) }))
}

async fn small(_: Anyone) -> Json<Value> {
    Json(json!({ "name": "small" }))
}

async fn thing(_: Anyone, ValidJson(Name { name }): ValidJson<Name>) -> Json<Value> {
    Json(json!({ "name": name }))
}

async fn form(_: Anyone, ValidForm(Name { name }): ValidForm<Name>) -> Json<Value> {
    Json(json!({ "name": name }))
}

async fn gone(_: Anyone) -> NoContent {
    NoContent
}

async fn large(_: Anyone) -> Json<Value> {
    Json(json!({ "name": "x".repeat(5000) }))
}

async fn tagged(_: Anyone) -> Tagged<Json<Value>> {
    Tagged(7, large(Anyone).await)
}

/// Compressed already, or so it says.
async fn packed(_: Anyone) -> Response {
    let headers = [
        ("content-encoding", "gzip"),
        ("vary", "Accept-Encoding, x-tenant"),
    ];
    (headers, "x".repeat(5000)).into_response()
}

async fn stream(_: Anyone) -> Response {
    Body::from_stream(Body::from("x".repeat(5000)).into_data_stream()).into_response()
}

async fn public(_: Anyone) -> ([(&'static str, &'static str); 1], &'static str) {
    ([("cache-control", "public, max-age=60")], "public")
}

async fn page(_: Anyone) -> ([(&'static str, &'static str); 1], &'static str) {
    (
        [("content-type", "text/html; charset=utf-8")],
        "<p>page</p>",
    )
}

/// A server in this process; it stops when this is dropped.
struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    fn start(settings: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("there is a free port")
            .port();
        let toml =
            format!("[database]\nurl = \"sqlite::memory:\"\n[server]\nport = {port}\n{settings}");
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime.block_on(async move {
                let folder = tempfile::tempdir().expect("a folder");
                let config = folder.path().join("config");
                std::fs::create_dir(&config).expect("a folder");
                std::fs::write(config.join("default.toml"), toml).expect("a file");
                let config = fw::boot::load::<App>(folder.path(), Some(Environment::Test))
                    .await
                    .expect("the settings are right");
                let stop = async { drop(stopped.await) };
                fw::boot::serve::<App>(config, ServeOptions { migrate: true }, stop)
                    .await
                    .expect("it serves");
            });
        });
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let begin = Instant::now();
        while http::get(address, "/health/ready").is_err() {
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "it does not start"
            );
            thread::sleep(Duration::from_millis(10));
        }
        Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    #[track_caller]
    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        http::request(self.address, method, path, headers, body.as_bytes()).expect("an answer")
    }

    #[track_caller]
    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers, "")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The headers, but for what differs from answer to answer and for how the body is cut.
fn headers(answer: &Answer) -> BTreeMap<String, String> {
    let lines = answer.head.lines().skip(1);
    lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .filter(|(name, _)| !["date", "transfer-encoding"].contains(&name.as_str()))
        .collect()
}

#[track_caller]
fn assert_problem(answer: &Answer, status: u16, code: &str, what: &str) {
    assert_eq!(
        answer.status,
        status,
        "{what}\n{}\n{}",
        answer.head,
        answer.text()
    );
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{what}"
    );
    assert_eq!(answer.json()["code"], code, "{what}");
}

#[test]
fn head_is_get_without_the_body() {
    let server = Server::start("");
    for path in [
        "/things",
        "/large",
        "/tagged",
        "/packed",
        "/stream",
        "/public",
        "/page",
        "/health/live",
        "/nowhere",
        "/things/1/2",
        "/form",
    ] {
        for encoding in ["identity", "gzip", "zstd, br"] {
            let wishes = [("accept-encoding", encoding), ("x-request-id", "the-same")];
            let shown = server.get(path, &wishes);
            let head = server.send("HEAD", path, &wishes, "");
            assert_eq!(head.status, shown.status, "{path}");
            assert_eq!(headers(&head), headers(&shown), "{path} {encoding}");
            assert!(head.body.is_empty(), "{path}");
        }
    }
    let head = server.send("HEAD", "/large", &[], "");
    assert_eq!(head.header("content-length"), "5011");
    assert_eq!(
        server
            .send("HEAD", "/effects", &[("accept", "text/html")], "")
            .status,
        406
    );
}

#[test]
fn every_path_tells_its_methods() {
    let server = Server::start("");
    for (path, allowed) in [
        ("/things", "GET, HEAD, POST, OPTIONS"),
        ("/things/1", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"),
        ("/form", "POST, OPTIONS"),
        ("/effects", "GET, HEAD, POST, OPTIONS"),
        ("/health/live", "GET, HEAD, OPTIONS"),
        ("/health/ready", "GET, HEAD, OPTIONS"),
        ("/openapi.json", "GET, HEAD, OPTIONS"),
        ("/docs", "GET, HEAD, OPTIONS"),
        ("/docs/swagger-ui.css", "GET, HEAD, OPTIONS"),
        ("*", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
    ] {
        let answer = server.send("OPTIONS", path, &[], "");
        assert_eq!(
            (answer.status, answer.header("allow")),
            (204, allowed),
            "{path}"
        );
        assert!(answer.body.is_empty(), "{path}");
        if path == "*" {
            continue;
        }
        for method in ["TRACE", "BREW", "PROPFIND"] {
            let answer = server.send(method, path, &[], "");
            assert_problem(&answer, 405, "method_not_allowed", path);
            assert_eq!(answer.header("allow"), allowed, "{method} {path}");
        }
    }
    assert_problem(
        &server.get("/form", &[]),
        405,
        "method_not_allowed",
        "GET /form",
    );
    assert_eq!(server.send("HEAD", "/form", &[], "").status, 405);
    for path in ["/nowhere", "/things/1/2", "/things/"] {
        let answer = server.send("OPTIONS", path, &[], "");
        assert_problem(&answer, 404, "not_found", path);
        assert_eq!(answer.header("allow"), "", "{path}");
    }
}

#[test]
fn preflights_and_plain_options_are_told_apart() {
    let server = Server::start(
        "[middleware.cors]\nenabled = true\nallow_origins = [\"https://app.example.com\"]\n",
    );
    let origin = ("origin", "https://app.example.com");
    let preflight = server.send(
        "OPTIONS",
        "/things",
        &[
            origin,
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "if-match"),
        ],
        "",
    );
    assert_eq!(preflight.status, 200);
    assert_eq!(preflight.header("access-control-allow-origin"), origin.1);
    assert!(
        preflight
            .header("access-control-allow-methods")
            .contains("PUT")
    );
    assert!(
        preflight
            .header("access-control-allow-headers")
            .contains("if-match")
    );
    let plain = server.send("OPTIONS", "/things", &[origin], "");
    assert_eq!(
        (plain.status, plain.header("allow")),
        (204, "GET, HEAD, POST, OPTIONS")
    );
    assert_eq!(server.send("OPTIONS", "/nowhere", &[], "").status, 404);
    let simple = server.get("/things", &[origin]);
    assert_eq!(simple.header("access-control-allow-origin"), origin.1);
    assert!(
        simple
            .header("access-control-expose-headers")
            .contains("etag")
    );
    // What a cache has to know is not lost when nothing is sent.
    let again = server.get(
        "/things",
        &[origin, ("if-none-match", simple.header("etag"))],
    );
    assert_eq!(again.status, 304);
    assert_eq!(again.header("access-control-allow-origin"), origin.1);
}

#[test]
fn what_nobody_wants_is_refused_before_it_has_an_effect() {
    let server = Server::start("");
    let count = || server.get("/effects", &[]).json()["effects"].clone();
    let before = count();
    for header in [
        ("accept", "text/html"),
        ("accept", "application/json;q=0, */*"),
        ("accept", "text/*, image/png;q=0.5"),
        ("accept-encoding", "*;q=0"),
        ("accept-encoding", "identity;q=0"),
        ("accept-encoding", "deflate, identity;q=0, gzip;q=0, *;q=0"),
    ] {
        let answer = server.send("POST", "/effects", &[header], "");
        assert_problem(&answer, 406, "not_acceptable", header.1);
    }
    assert_eq!(count(), before);
    for accept in [
        "",
        "*/*",
        "application/json",
        "application/*;q=0.1",
        "text/html, */*;q=0.1",
        "nonsense",
    ] {
        let answer = server.get("/effects", &[("accept", accept)]);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "application/json"),
            "{accept}"
        );
    }
    let several = [("accept", "text/html"), ("accept", "application/json")];
    assert_eq!(server.get("/effects", &several).status, 200);
    // Nobody knows what the others answer.
    assert_eq!(
        server
            .get("/page", &[("accept", "application/json")])
            .status,
        200
    );
}

#[test]
fn bodies_are_utf_8() {
    let server = Server::start("");
    let json = r#"{"name":"é"}"#;
    for (content_type, status) in [
        ("application/json", 200),
        ("Application/JSON; Charset=UTF-8", 200),
        ("application/json;charset=\"utf-8\"", 200),
        ("application/merge-patch+json; charset=Utf-8", 200),
        ("application/json; version=1", 200),
        ("application/json;", 200),
        ("application/json; charset=iso-8859-1", 415),
        ("application/json; charset=utf-16", 415),
        ("application/json; charset=utf-8; charset=latin1", 415),
        ("application/json; charset", 415),
        ("application/json; charset=", 415),
        ("application/json; charset=\"utf-8", 415),
        ("application/json charset=utf-8", 415),
        ("text/plain", 415),
        ("json", 415),
        ("", 415),
    ] {
        let answer = server.send("POST", "/things", &[("content-type", content_type)], json);
        assert_eq!(answer.status, status, "{content_type}");
        if status == 415 {
            assert_problem(&answer, 415, "unsupported_media_type", content_type);
        } else {
            assert_eq!(answer.json(), json!({ "name": "é" }), "{content_type}");
            // JSON has no other charset, and no parameter to say so (RFC 8259).
            assert_eq!(answer.header("content-type"), "application/json");
        }
    }
    for (content_type, status) in [
        ("application/x-www-form-urlencoded", 200),
        ("application/x-www-form-urlencoded; charset=UTF-8", 200),
        (
            "application/x-www-form-urlencoded; charset=windows-1252",
            415,
        ),
        ("application/x-www-form-urlencoded; charset", 415),
    ] {
        let answer = server.send("POST", "/form", &[("content-type", content_type)], "name=a");
        assert_eq!(answer.status, status, "{content_type}");
    }
    let twice = [
        ("content-type", "application/json"),
        ("content-type", "text/plain"),
    ];
    assert_eq!(server.send("POST", "/things", &twice, json).status, 415);
}

#[test]
fn larger_answers_are_compressed_as_the_client_wishes() {
    let server = Server::start("");
    for (wish, coding, magic) in [
        ("gzip", "gzip", &[0x1f, 0x8b][..]),
        ("x-gzip", "gzip", &[0x1f, 0x8b]),
        ("zstd", "zstd", &[0x28, 0xb5, 0x2f, 0xfd]),
        ("br", "br", &[]),
        ("gzip, deflate, br, zstd", "zstd", &[]),
        ("gzip, deflate, br", "br", &[]),
        ("gzip;q=1, br;q=0.5, zstd;q=0.1", "gzip", &[]),
        ("identity;q=0, gzip;q=0.1", "gzip", &[]),
        ("*", "zstd", &[]),
        ("*;q=0, br", "br", &[]),
        ("identity", "", &[]),
        ("deflate, nonsense", "", &[]),
        ("gzip;q=0", "", &[]),
        ("", "", &[]),
    ] {
        let answer = server.get("/large", &[("accept-encoding", wish)]);
        assert_eq!(
            (answer.status, answer.header("content-encoding")),
            (200, coding),
            "{wish}"
        );
        assert_eq!(answer.header("vary"), "accept-encoding", "{wish}");
        assert!(answer.body.starts_with(magic), "{wish}");
        assert_eq!(answer.body.len() < 200, !coding.is_empty(), "{wish}");
    }
    // Not compressed, but a cache must know that it might have been.
    for path in ["/things", "/page", "/tagged"] {
        for headers in [&[][..], &[("accept-encoding", "gzip")]] {
            let answer = server.get(path, headers);
            assert_eq!(answer.header("content-encoding"), "", "{path}");
            assert_eq!(answer.header("vary"), "accept-encoding", "{path}");
        }
    }
    let packed = server.get("/packed", &[("accept-encoding", "br")]);
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_eq!(packed.body.len(), 5000, "it is not compressed twice");
    assert_eq!(
        packed
            .head
            .to_lowercase()
            .matches("accept-encoding")
            .count(),
        1
    );
    assert_eq!(
        server
            .get("/stream", &[("accept-encoding", "gzip")])
            .header("content-encoding"),
        "gzip"
    );
}

#[test]
fn nothing_is_sent_to_who_has_it() {
    let server = Server::start("");
    for (path, encoding) in [
        ("/things", "identity"),
        ("/large", "identity"),
        ("/large", "gzip"),
        ("/tagged", "gzip"),
        ("/page", "br"),
        ("/public", "zstd"),
    ] {
        let wish = ("accept-encoding", encoding);
        let first = server.get(path, &[wish]);
        let tag = first.header("etag").to_owned();
        assert!(tag.ends_with('"') && tag.len() > 2, "{path}: {tag}");
        assert_eq!(
            server.get(path, &[]).header("etag"),
            tag,
            "{path}: it is the same in every encoding"
        );
        let opaque = tag.trim_start_matches("W/");
        for known in [
            tag.clone(),
            opaque.to_owned(),
            format!("W/{opaque}"),
            format!("\"other\", W/\"a,b\", {tag}"),
            "*".to_owned(),
        ] {
            for method in ["GET", "HEAD"] {
                let answer = server.send(method, path, &[wish, ("if-none-match", &known)], "");
                assert_eq!(answer.status, 304, "{method} {path} {known}");
                assert!(answer.body.is_empty(), "{path}");
                for name in ["etag", "cache-control", "vary", "x-content-type-options"] {
                    assert_eq!(answer.header(name), first.header(name), "{path} {name}");
                }
                for name in [
                    "content-type",
                    "content-length",
                    "content-encoding",
                    "transfer-encoding",
                ] {
                    assert_eq!(answer.header(name), "", "{path} {name}");
                }
            }
        }
        let two_lines = [
            ("if-none-match", "\"other\""),
            ("if-none-match", tag.as_str()),
        ];
        assert_eq!(server.get(path, &two_lines).status, 304, "{path}");
        for other in ["\"other\"", "other", "\"*\"", "", &tag[..tag.len() - 1]] {
            let answer = server.get(path, &[wish, ("if-none-match", other)]);
            assert_eq!(
                (answer.status, answer.body.as_slice()),
                (200, &first.body[..]),
                "{path} {other}"
            );
        }
    }
    assert_eq!(server.get("/tagged", &[]).header("etag"), "\"7\"");
    assert!(
        server
            .get("/things", &[])
            .header("etag")
            .starts_with("W/\"")
    );
    assert_ne!(
        server.get("/things", &[]).header("etag"),
        server.get("/page", &[]).header("etag")
    );
}

#[test]
fn what_has_no_known_end_has_no_tag() {
    let server = Server::start("[middleware.etag]\nmax_bytes = 1000\n");
    let any = [("if-none-match", "*")];
    for path in ["/stream", "/large"] {
        let answer = server.get(path, &any);
        assert_eq!((answer.status, answer.header("etag")), (200, ""), "{path}");
    }
    assert_eq!(server.get("/tagged", &any).status, 304);
    assert_eq!(server.get("/things", &any).status, 304);
    let missing = server.get("/nowhere", &any);
    assert_eq!((missing.status, missing.header("etag")), (404, ""));
    let json = ("content-type", "application/json");
    let posted = server.send("POST", "/things", &[json, any[0]], r#"{"name":"a"}"#);
    assert_eq!((posted.status, posted.header("etag")), (200, ""));
    let off = Server::start("[middleware.etag]\nenabled = false\n");
    let answer = off.get("/things", &any);
    assert_eq!((answer.status, answer.header("etag")), (200, ""));
}

#[test]
fn nothing_is_used_again_without_asking() {
    let server = Server::start("");
    for (path, expected) in [
        ("/things", "private, no-cache"),
        ("/health/live", "private, no-cache"),
        ("/public", "public, max-age=60"),
        ("/nowhere", "no-store"),
        ("/form", "no-store"),
    ] {
        assert_eq!(
            server.get(path, &[]).header("cache-control"),
            expected,
            "{path}"
        );
    }
    let without = Server::start("[middleware.security_headers]\ncache_control = \"\"\n");
    assert_eq!(without.get("/things", &[]).header("cache-control"), "");
    assert_eq!(
        without.get("/nowhere", &[]).header("cache-control"),
        "no-store"
    );
}

#[test]
fn the_rest_is_as_hyper_does_it() {
    let server = Server::start("");
    let answer = server.get("/things", &[("range", "bytes=0-3")]);
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (200, r#"{"name":"small"}"#)
    );
    assert_eq!(answer.header("content-length"), "16");
    assert!(answer.header("date").ends_with("GMT"), "{}", answer.head);
    assert_eq!(answer.header("connection"), "close", "as it was asked for");
    assert_eq!(answer.header("accept-ranges"), "");
    let deleted = server.send("DELETE", "/things/1", &[], "");
    assert_eq!(
        (deleted.status, deleted.header("content-length")),
        (204, "")
    );
}
