//! Bodies: their encoding and their compression.

use serde_json::json;

use super::{Server, assert_problem};

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
        let response = server.send("POST", "/things", &[("content-type", content_type)], json);
        assert_eq!(response.status, status, "{content_type}");
        if status == 415 {
            assert_problem(&response, 415, "unsupported_media_type", content_type);
        } else {
            assert_eq!(response.json(), json!({ "name": "é" }), "{content_type}");
            // JSON has no other charset, and no parameter to say so (RFC 8259).
            assert_eq!(response.header("content-type"), "application/json");
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
        let response = server.send("POST", "/form", &[("content-type", content_type)], "name=a");
        assert_eq!(response.status, status, "{content_type}");
    }
    let twice = [
        ("content-type", "application/json"),
        ("content-type", "text/plain"),
    ];
    assert_eq!(server.send("POST", "/things", &twice, json).status, 415);
}

#[test]
fn larger_responses_are_compressed_as_the_client_wishes() {
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
        let response = server.get("/large", &[("accept-encoding", wish)]);
        assert_eq!(
            (response.status, response.header("content-encoding")),
            (200, coding),
            "{wish}"
        );
        assert_eq!(response.header("vary"), "accept-encoding", "{wish}");
        assert!(response.body.starts_with(magic), "{wish}");
        assert_eq!(response.body.len() < 200, !coding.is_empty(), "{wish}");
    }
    // Not compressed, but a cache must know that it might have been.
    for path in ["/things", "/page", "/tagged"] {
        for headers in [&[][..], &[("accept-encoding", "gzip")]] {
            let response = server.get(path, headers);
            assert_eq!(response.header("content-encoding"), "", "{path}");
            assert_eq!(response.header("vary"), "accept-encoding", "{path}");
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
fn the_rest_is_as_hyper_does_it() {
    let server = Server::start("");
    let response = server.get("/things", &[("range", "bytes=0-3")]);
    assert_eq!(
        (response.status, response.text().as_str()),
        (200, r#"{"name":"small"}"#)
    );
    assert_eq!(response.header("content-length"), "16");
    assert!(
        response.header("date").ends_with("GMT"),
        "{}",
        response.head
    );
    assert_eq!(
        response.header("connection"),
        "close",
        "as it was asked for"
    );
    assert_eq!(response.header("accept-ranges"), "");
    let deleted = server.send("DELETE", "/things/1", &[], "");
    assert_eq!(
        (deleted.status, deleted.header("content-length")),
        (204, "")
    );
}
