//! Requests with parts that would have no effect, or more than the server takes.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use fw_tests::http::connect;
use serde_json::json;

use super::{Server, assert_problem};

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn query_parameters_of_routes_that_take_none_are_refused() {
    let server = Server::start("");
    let name = json!({ "name": "a" }).to_string();
    for (method, path, body) in [
        ("GET", "/things/1", ""),
        ("HEAD", "/things/1", ""),
        ("POST", "/things", &name),
        ("PUT", "/things/1", &name),
        ("PATCH", "/things/1", &name),
        ("DELETE", "/things/1", ""),
        ("GET", "/public", ""),
        ("GET", "/tenant", ""),
    ] {
        let send = |query: &str| server.send(method, &format!("{path}{query}"), &[JSON], body);
        for fine in ["", "?", "?&"] {
            let response = send(fine);
            assert!(
                response.status < 300,
                "{method} {path}{fine}: {}",
                response.text()
            );
        }
        let refused = send("?dry_run=true&x&x=2");
        if method == "HEAD" {
            assert_eq!(refused.status, 422);
            continue;
        }
        assert_problem(&refused, 422, "validation_failed", method);
        let message = "is not known; this route takes no query parameters";
        let unknown =
            |name: &str| json!({ "pointer": name, "code": "unknown_field", "message": message });
        assert_eq!(
            refused.json()["errors"],
            json!([unknown("?dry_run"), unknown("?x")]),
            "{method} {path}"
        );
    }
    // A parameter comes before the body, which then is not read.
    let both = server.send("POST", "/things?x=1", &[JSON], "no JSON");
    assert_problem(&both, 422, "validation_failed", "a parameter and a body");
    assert_problem(
        &server.get("/things/1?a=%ff", &[]),
        422,
        "validation_failed",
        "bytes",
    );
}

#[test]
fn query_parameters_that_somebody_reads_are_left_to_them() {
    let server = Server::start("");
    for (path, expected) in [
        ("/search?name=a", json!({ "name": "a" })),
        ("/raw?a=1&b", json!({ "query": "a=1&b" })),
        ("/locale?de", json!({ "query": "de" })),
    ] {
        assert_eq!(server.get(path, &[]).json(), expected, "{path}");
    }
    assert_eq!(server.get("/signed?signature=right", &[]).status, 204);
    assert_eq!(server.get("/signed?signature=wrong", &[]).status, 403);
    // Other sites append theirs to the links of a page.
    assert_eq!(server.get("/home?utm_source=mail", &[]).status, 200);
    assert_eq!(server.get("/health/live?probe=1", &[]).status, 200);
}

#[test]
fn an_encoded_body_is_refused_with_what_is_accepted() {
    let server = Server::start("");
    let name = json!({ "name": "a" }).to_string();
    for (coding, status) in [
        ("identity", 200),
        ("Identity", 200),
        ("identity, identity", 200),
        ("", 200),
        ("gzip", 415),
        ("GZIP", 415),
        ("br", 415),
        ("deflate", 415),
        ("zstd", 415),
        ("identity, gzip", 415),
        ("nonsense", 415),
        ("\u{e4}", 415),
    ] {
        for (path, media_type, body) in [
            ("/things", "application/json", name.as_str()),
            ("/form", "application/x-www-form-urlencoded", "name=a"),
        ] {
            let headers = [("content-type", media_type), ("content-encoding", coding)];
            let response = server.send("POST", path, &headers, body);
            assert_eq!(
                response.status,
                status,
                "{path} {coding}: {}",
                response.text()
            );
            if status == 415 {
                assert_problem(&response, 415, "unsupported_media_type", coding);
                assert_eq!(response.header("accept-encoding"), "identity");
                let detail = response.json()["detail"].to_string();
                assert!(detail.contains("must not be compressed"), "{detail}");
            }
        }
    }
    // Of another media type, it is not the encoding that is wrong.
    let text = server.send("POST", "/things", &[("content-type", "text/plain")], "a");
    assert_eq!((text.status, text.header("accept-encoding")), (415, ""));
}

#[test]
fn json_that_is_nested_too_deep_is_told_from_what_is_no_json() {
    let server = Server::start("");
    let deep = |close: usize| {
        let body = format!(r#"{{"name":{}{}}}"#, "[".repeat(5000), "]".repeat(close));
        server.send("POST", "/things", &[JSON], &body)
    };
    let refused = deep(5000);
    assert_problem(&refused, 422, "validation_failed", "deep");
    let error = refused.json()["errors"][0].clone();
    assert_eq!(error["code"], "too_deep");
    assert!(
        error["pointer"].to_string().starts_with("\"/name/0/0"),
        "{error}"
    );
    assert_problem(&deep(4999), 400, "malformed_body", "not closed");
}

#[test]
fn the_default_policy_allows_pages_their_own_origin_and_data_nothing() {
    let server = Server::start("");
    assert_eq!(
        server.get("/home", &[]).header("content-security-policy"),
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    assert_eq!(
        server.get("/things", &[]).header("content-security-policy"),
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
}

#[test]
fn scripts_of_other_origins_may_read_the_headers_that_are_named() {
    let server = Server::start(
        "[middleware.cors]\nenabled = true\nallow_origins = [\"https://app.example.com\"]\nexpose_headers = [\"x-total\"]\n",
    );
    let response = server.get("/things", &[("origin", "https://app.example.com")]);
    let exposed = response.header("access-control-expose-headers");
    let exposed: Vec<_> = exposed.split(',').map(str::trim).collect();
    for name in ["x-total", "etag", "x-request-id", "retry-after"] {
        assert!(exposed.contains(&name), "{name}: {exposed:?}");
    }
}

/// A request with a body of unknown length, of which the server has received `bytes`, and no end.
fn begin_upload(server: &Server, bytes: usize) -> TcpStream {
    let mut stream = connect(server.address).expect("a connection");
    let body = "x".repeat(bytes);
    write!(
        stream,
        "POST /hold HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n{bytes:x}\r\n{body}\r\n"
    )
    .expect("sent");
    let received = format!("{bytes} bytes");
    let mut response = String::new();
    while !response.contains(&received) {
        let mut piece = [0; 1024];
        let length = stream.read(&mut piece).expect("a response");
        assert!(length > 0, "{response}");
        response.push_str(&String::from_utf8_lossy(&piece[..length]));
    }
    stream
}

#[test]
fn all_bodies_together_have_a_limit() {
    let server =
        Server::start("[middleware.body_limit]\nmax_bytes = 1000\nmax_total_bytes = 1400\n");
    let upload = || server.send("POST", "/upload", &[], "four");
    assert_eq!(upload().json(), json!({ "bytes": 4 }));
    let unfinished = [begin_upload(&server, 700), begin_upload(&server, 700)];
    let refused = upload();
    assert_problem(&refused, 503, "service_unavailable", "no memory");
    assert_eq!(refused.header("retry-after"), "1");
    // What needs no memory goes on.
    assert_eq!(server.get("/things", &[]).status, 200);
    drop(unfinished);
    let begin = Instant::now();
    while upload().status != 200 {
        assert!(begin.elapsed() < Duration::from_secs(10), "there is room");
        std::thread::sleep(Duration::from_millis(10));
    }
    // One body alone still has a limit of its own.
    let large = "x".repeat(1001);
    let large = server.send("POST", "/upload", &[], &large);
    assert_problem(&large, 413, "payload_too_large", "too large");
}
