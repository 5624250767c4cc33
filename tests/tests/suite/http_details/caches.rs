//! What a client has already: entity tags and caches.

use super::Server;

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
                let response = server.send(method, path, &[wish, ("if-none-match", &known)], "");
                assert_eq!(response.status, 304, "{method} {path} {known}");
                assert!(response.body.is_empty(), "{path}");
                for name in ["etag", "cache-control", "vary", "x-content-type-options"] {
                    assert_eq!(response.header(name), first.header(name), "{path} {name}");
                }
                for name in [
                    "content-type",
                    "content-length",
                    "content-encoding",
                    "transfer-encoding",
                ] {
                    assert_eq!(response.header(name), "", "{path} {name}");
                }
            }
        }
        let two_lines = [
            ("if-none-match", "\"other\""),
            ("if-none-match", tag.as_str()),
        ];
        assert_eq!(server.get(path, &two_lines).status, 304, "{path}");
        for other in ["\"other\"", "other", "\"*\"", "", &tag[..tag.len() - 1]] {
            let response = server.get(path, &[wish, ("if-none-match", other)]);
            assert_eq!(
                (response.status, response.body.as_slice()),
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
        let response = server.get(path, &any);
        assert_eq!(
            (response.status, response.header("etag")),
            (200, ""),
            "{path}"
        );
    }
    assert_eq!(server.get("/tagged", &any).status, 304);
    assert_eq!(server.get("/things", &any).status, 304);
    let missing = server.get("/nowhere", &any);
    assert_eq!((missing.status, missing.header("etag")), (404, ""));
    let json = ("content-type", "application/json");
    let posted = server.send("POST", "/things", &[json, any[0]], r#"{"name":"a"}"#);
    assert_eq!((posted.status, posted.header("etag")), (200, ""));
    let off = Server::start("[middleware.etag]\nenabled = false\n");
    let response = off.get("/things", &any);
    assert_eq!((response.status, response.header("etag")), (200, ""));
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
