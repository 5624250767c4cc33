//! A request to an application under test.

use std::{future::IntoFuture, pin::Pin};

use fw::{
    axum::body::{Body, Bytes},
    http::{self, HeaderName, HeaderValue, Method, Request, header},
    test_support::Service,
};
use serde::Serialize;

use crate::TestResponse;

/// A request that is sent when it is awaited. Mistakes in it (a path that is no path) fail the test when it is sent.
///
/// ```no_run
/// # use fw_testing::prelude::*;
/// # async fn test(app: TestApp) {
/// let response = app
///     .post("/api/v1/posts")
///     .header("idempotency-key", "7")
///     .json(&json!({ "title": "First" }))
///     .await;
/// response.assert_status(201);
/// # }
/// ```
#[must_use = "a request is sent when it is awaited"]
pub struct TestRequest {
    service: Service,
    request: http::request::Builder,
    body: Bytes,
}

impl TestRequest {
    pub(crate) fn new(service: Service, method: Method, path: &str) -> Self {
        Self {
            service,
            request: Request::builder().method(method).uri(path),
            body: Bytes::new(),
        }
    }

    /// Adds a header.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        HeaderName: TryFrom<N>,
        <HeaderName as TryFrom<N>>::Error: Into<http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
    {
        self.request = self.request.header(name, value);
        self
    }

    /// Sends `body` as JSON.
    ///
    /// # Panics
    ///
    /// When `body` cannot be written as JSON.
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        let body = serde_json::to_vec(body).expect("the body can be written as JSON");
        self.header(header::CONTENT_TYPE, "application/json")
            .body(body)
    }

    /// Sends the fields of a form, as a browser does.
    pub fn form<V: AsRef<str>>(self, fields: &[(&str, V)]) -> Self {
        let pairs = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value.as_ref())));
        let body = pairs.collect::<Vec<_>>().join("&");
        self.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body)
    }

    /// Sends `body` as it is; the content type is up to [`header`](Self::header).
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }
}

/// A name or value of a form, percent-encoded.
fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    bytes.collect()
}

impl IntoFuture for TestRequest {
    type Output = TestResponse;
    type IntoFuture = Pin<Box<dyn Future<Output = TestResponse> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = self
                .request
                .body(Body::from(self.body))
                .expect("the request is well-formed");
            let what = format!("{} {}", request.method(), request.uri());
            let (response, statements) = self.service.handle(request).await;
            TestResponse::read(what, response, statements).await
        })
    }
}
