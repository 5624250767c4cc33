//! Methods, and requests that are refused before a handler sees them.

use super::{Server, assert_problem, headers};

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
        let response = server.send("OPTIONS", path, &[], "");
        assert_eq!(
            (response.status, response.header("allow")),
            (204, allowed),
            "{path}"
        );
        assert!(response.body.is_empty(), "{path}");
        if path == "*" {
            continue;
        }
        for method in ["TRACE", "BREW", "PROPFIND"] {
            let response = server.send(method, path, &[], "");
            assert_problem(&response, 405, "method_not_allowed", path);
            assert_eq!(response.header("allow"), allowed, "{method} {path}");
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
        let response = server.send("OPTIONS", path, &[], "");
        assert_problem(&response, 404, "not_found", path);
        assert_eq!(response.header("allow"), "", "{path}");
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
        let response = server.send("POST", "/effects", &[header], "");
        assert_problem(&response, 406, "not_acceptable", header.1);
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
        let response = server.get("/effects", &[("accept", accept)]);
        assert_eq!(
            (response.status, response.header("content-type")),
            (200, "application/json"),
            "{accept}"
        );
    }
    let several = [("accept", "text/html"), ("accept", "application/json")];
    assert_eq!(server.get("/effects", &several).status, 200);
    // Nobody knows the responses of the others.
    assert_eq!(
        server
            .get("/page", &[("accept", "application/json")])
            .status,
        200
    );
}
