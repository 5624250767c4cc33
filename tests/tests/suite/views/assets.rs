//! Assets: names with a hash, and compressed forms of those in the binary.

use std::{io::Read, time::Duration};

use fw::{http::Method, prelude::*};
use fw_testing::prelude::*;

use super::files;

#[tokio::test]
async fn assets_have_names_that_change_with_their_content() {
    let _files = files(&[]);
    let app = boot::<super::App>().await;
    let page = app.get("/posts").await.text();
    let (_, rest) = page.split_once("href=\"/assets/").expect("a link");
    let (name, _) = rest.split_once('"').expect("its end");
    let asset = app.get(&format!("/assets/{name}")).await;
    asset.assert_status(200);
    assert_eq!(
        asset.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(asset.text(), "body { margin: 0 }");
    app.get("/assets/app.css").await.assert_status(200);
    app.get("/assets/../en.ftl").await.assert_status(404);
    app.get("/assets/nope.css").await.assert_status(404);
}

/// A text that can be compressed.
const STYLE: &str = "\
body { margin: 0; padding: 0; color: black }
main { margin: 0; padding: 0; color: black }
form { margin: 0; padding: 0; color: black }
";

const FILES: &[(&str, &[u8])] = &[
    ("assets/app.css", STYLE.as_bytes()),
    ("assets/tiny.css", b"p{}"),
    // Its content would become smaller.
    ("assets/photo.png", &[0; 400]),
    ("en.ftl", b""),
];

/// An application with its assets in the binary.
struct Embedded;

impl Hooks for Embedded {
    type Settings = ();

    fn name() -> &'static str {
        "shop"
    }

    fn routes() -> Routes {
        Routes::new()
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    fn views() -> Views {
        Views::new("/nowhere", FILES)
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        config.database.url = "sqlite::memory:".into();
        Ok(())
    }
}

/// The response with an asset in this content coding. The first request begins the compression, for which it does not wait.
async fn compressed(app: &TestApp, path: &str, coding: &str) -> TestResponse {
    loop {
        let response = app.get(path).header("accept-encoding", coding).await;
        response.assert_status(200);
        if response.header("content-encoding") == coding {
            return response;
        }
        assert_eq!(response.text(), STYLE);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn texts_in_the_binary_are_served_compressed() {
    let app = boot::<Embedded>().await;
    for path in ["/assets/app.css", "/assets/app-3bda29179f6b.css"] {
        let brotli = compressed(&app, path, "br").await;
        let mut text = Vec::new();
        brotli::BrotliDecompress(&mut brotli.bytes().as_ref(), &mut text).expect("Brotli");
        assert_eq!(text, STYLE.as_bytes());
        let gzip = compressed(&app, path, "gzip").await;
        let mut text = String::new();
        let mut decoder = flate2::read::GzDecoder::new(gzip.bytes().as_ref());
        decoder.read_to_string(&mut text).expect("gzip");
        assert_eq!(text, STYLE);
        let plain = app.get(path).await;
        assert_eq!(plain.text(), STYLE);

        let tags = [&brotli, &gzip, &plain].map(|response| response.header("etag"));
        assert_eq!(tags[..2], ["\"3bda29179f6b-br\"", "\"3bda29179f6b-gzip\""]);
        assert!(!tags[2].is_empty() && !tags[2].contains("3bda29179f6b"));
        for response in [&brotli, &gzip, &plain] {
            assert_eq!(response.header("content-type"), "text/css; charset=utf-8");
            let vary = response.headers().get_all("vary").iter();
            assert_eq!(vary.collect::<Vec<_>>(), ["accept-encoding"]);
            let is_hashed = path.contains('-');
            let policy = response.header("cache-control");
            assert_eq!(policy.contains("immutable"), is_hashed, "{policy}");
        }
    }
}

#[tokio::test]
async fn the_coding_of_an_asset_is_the_one_that_the_client_prefers() {
    let app = boot::<Embedded>().await;
    let path = "/assets/app.css";
    compressed(&app, path, "br").await;
    compressed(&app, path, "gzip").await;
    for (accepted, expected) in [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0, *;q=0.1", "gzip"),
        ("br;q=0, gzip;q=0", ""),
        ("*;q=0, identity", ""),
        ("br;q=0.5, identity", ""),
        ("", ""),
    ] {
        let response = app.get(path).header("accept-encoding", accepted).await;
        response.assert_status(200);
        assert_eq!(response.header("content-encoding"), expected, "{accepted}");
    }
}

#[tokio::test]
async fn conditions_methods_and_ranges_hold_for_the_compressed_form() {
    let app = boot::<Embedded>().await;
    let path = "/assets/app.css";
    let full = compressed(&app, path, "br").await;
    let tag = full.header("etag");
    let accepting = |method: Method| app.request(method, path).header("accept-encoding", "br");
    let known = accepting(Method::GET).header("if-none-match", tag).await;
    known.assert_status(304);
    assert_eq!(known.bytes().len(), 0);
    for name in ["etag", "vary"] {
        assert_eq!(known.header(name), full.header(name), "{name}");
    }
    let plain = app.get(path).header("if-none-match", tag).await;
    plain.assert_status(200);
    let head = accepting(Method::HEAD).await;
    assert_eq!(head.bytes().len(), 0);
    for name in ["content-encoding", "etag", "content-type", "vary"] {
        assert_eq!(head.header(name), full.header(name), "{name}");
    }
    assert_eq!(
        head.header("content-length"),
        full.bytes().len().to_string()
    );
    // A server may ignore a range, and says that it takes none (RFC 9110, section 14.2).
    let range = accepting(Method::GET).header("range", "bytes=0-3").await;
    range.assert_status(200);
    assert_eq!(range.bytes(), full.bytes());
    assert_eq!(range.header("accept-ranges"), "");
}

#[tokio::test]
async fn what_would_not_become_smaller_and_what_is_no_text_stays_as_it_is() {
    let app = boot::<Embedded>().await;
    for path in ["/assets/tiny.css", "/assets/photo.png"] {
        for _ in 0..20 {
            let response = app.get(path).header("accept-encoding", "br").await;
            response.assert_status(200);
            assert_eq!(response.header("content-encoding"), "", "{path}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
