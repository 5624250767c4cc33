//! The response to a test request, with assertions.

use std::collections::BTreeSet;

use fw::{
    axum::body::{Body, Bytes, to_bytes},
    http::{HeaderMap, Response, StatusCode},
};
use serde_json::Value;

/// The response to a [`TestRequest`](crate::TestRequest). A failed assertion shows the request and the entire response.
///
/// ```
/// # use fw_testing::prelude::*;
/// # async fn test(app: TestApp) {
/// let response = app.post("/api/v1/posts").json(&json!({ "title": "" })).await;
/// response
///     .assert_problem(422, "validation_failed")
///     .assert_field("/title", "too_short");
/// # }
/// ```
#[derive(Debug)]
pub struct TestResponse {
    request: String,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    statements: Vec<String>,
}

impl TestResponse {
    pub(crate) async fn read(
        request: String,
        response: Response<Body>,
        statements: Vec<String>,
    ) -> Self {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX)
            .await
            .expect("the body can be read");
        let is_of_handler = |sql: &String| !sql.contains("auth_changes");
        let statements = statements.into_iter().filter(is_of_handler).collect();
        Self {
            request,
            status: parts.status,
            headers: parts.headers,
            body,
            statements,
        }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// One header as text; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body, byte for byte.
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// When the body is not JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON: {error}\n{self}"))
    }

    /// The body as JSON with the values that differ from run to run replaced: ids by `[id]`, times by `[time]`. For snapshots.
    #[track_caller]
    pub fn redacted(&self) -> Value {
        let mut body = self.json();
        redact(&mut body);
        body
    }

    /// The SQL of the statements that the handler and its extractors have run, in order: by their number an endpoint with a query for each
    /// row is found. Those that begin and end a transaction are not among them, nor those of `auth_changes`, which depend on the time.
    ///
    /// ```no_run
    /// # use fw_testing::prelude::*;
    /// # async fn test(app: TestApp) {
    /// let response = app.get("/api/v1/posts?include=author").await;
    /// assert_eq!(response.statements().len(), 1, "{:#?}", response.statements());
    /// # }
    /// ```
    pub fn statements(&self) -> &[String] {
        &self.statements
    }

    /// Asserts that the status is `expected`.
    #[track_caller]
    pub fn assert_status(&self, expected: u16) -> &Self {
        assert!(
            self.status.as_u16() == expected,
            "expected status {expected}\n{self}"
        );
        self
    }

    /// Asserts that the body is a JSON object that has each member of `expected`, among others.
    #[track_caller]
    pub fn assert_contains(&self, expected: &Value) -> &Self {
        let body = self.json();
        for (name, value) in expected.as_object().into_iter().flatten() {
            assert!(
                &body[name] == value,
                "expected `{name}` to be {value}\n{self}"
            );
        }
        self
    }

    /// Asserts that the response is a problem (RFC 9457) with this status and code.
    #[track_caller]
    pub fn assert_problem(&self, status: u16, code: &str) -> &Self {
        self.assert_status(status);
        assert!(
            self.header("content-type") == "application/problem+json",
            "expected a problem\n{self}"
        );
        assert!(
            self.json()["code"] == code,
            "expected the code `{code}`\n{self}"
        );
        self
    }

    /// Asserts that the problem names exactly these fields, in any order: `/title` in a body, `?limit` in a query.
    #[track_caller]
    pub fn assert_pointers<'a>(&self, expected: impl IntoIterator<Item = &'a str>) -> &Self {
        let body = self.json();
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        let found: BTreeSet<&str> = errors
            .iter()
            .filter_map(|error| error["pointer"].as_str())
            .collect();
        let expected: BTreeSet<&str> = expected.into_iter().collect();
        assert!(found == expected, "expected errors at {expected:?}\n{self}");
        self
    }

    /// Asserts that the problem has `code` for the field at `pointer`.
    #[track_caller]
    pub fn assert_field(&self, pointer: &str, code: &str) -> &Self {
        let body = self.json();
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        let found = errors
            .iter()
            .any(|error| error["pointer"] == pointer && error["code"] == code);
        assert!(found, "expected `{code}` at `{pointer}`\n{self}");
        self
    }
}

impl std::fmt::Display for TestResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} responded with {}", self.request, self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {}", value.to_str().unwrap_or("?"))?;
        }
        write!(f, "\n{}", self.text())
    }
}

fn redact(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(fields) => {
            for (name, field) in fields {
                let is_id = name == "id" || name.ends_with("_id");
                if is_id && !field.is_null() {
                    *field = "[id]".into();
                } else if name.ends_with("_at") && field.is_string() {
                    *field = "[time]".into();
                } else if name == "next_cursor" && field.is_string() {
                    *field = "[cursor]".into();
                } else {
                    redact(field);
                }
            }
        }
        _ => {}
    }
}
