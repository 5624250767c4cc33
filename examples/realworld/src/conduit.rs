//! A client for tests, which compares every response with `openapi.yml`.

use std::sync::LazyLock;

use fw_testing::prelude::*;

use crate::app::App;

/// The specification.
static SPECIFICATION: LazyLock<Value> = LazyLock::new(|| {
    yaml_serde::from_str(include_str!("../openapi.yml")).expect("the specification is YAML")
});

/// Somebody who calls the API.
#[derive(Clone)]
pub struct Client {
    app: TestApp,
    token: Option<String>,
}

impl Client {
    /// Somebody unknown, in an application of their own.
    pub async fn anonymous() -> Self {
        let app = boot::<App>().await;
        Self { app, token: None }
    }

    /// Somebody else in the same application, who is registered under a name.
    pub async fn register(&self, name: &str) -> Self {
        let user = json!({ "username": name, "email": format!("{name}@example.com"), "password": "correct horse" });
        let user = self.post("/users", json!({ "user": user })).await.ok(201);
        self.with_token(&user["user"]["token"])
    }

    /// Somebody with a token.
    pub fn with_token(&self, token: &Value) -> Self {
        let token = token.as_str().map(str::to_owned);
        Self {
            token,
            ..self.clone()
        }
    }

    /// Publishes an article with this title, and gives its slug.
    pub async fn publish(&self, title: &str, tags: &[&str]) -> String {
        let article = json!({ "title": title, "description": "About it", "body": "All of it", "tagList": tags });
        let article = self
            .post("/articles", json!({ "article": article }))
            .await
            .ok(201);
        article["article"]["slug"]
            .as_str()
            .expect("a slug")
            .to_owned()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call("PUT", path, Some(body)).await
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let verb = method.parse().expect("a method");
        let mut request = self.app.request(verb, &format!("/api{path}"));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Token {token}"));
        }
        if let Some(body) = &body {
            request = request.json(body);
        }
        let answer = Answer(request.await);
        assert_specified(method, path, &answer);
        answer
    }
}

/// The response to a request.
pub struct Answer(TestResponse);

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub fn ok(&self, status: u16) -> Value {
        self.0.assert_status(status);
        if self.0.text().is_empty() {
            Value::Null
        } else {
            self.0.json()
        }
    }

    /// Asserts that it is an error about one field.
    #[track_caller]
    pub fn refused(&self, status: u16, field: &str, message: &str) {
        self.0.assert_status(status);
        let expected = json!({ "errors": { field: [message] } });
        assert_eq!(self.0.json(), expected, "{}", self.0);
    }

    /// Asserts how many statements it has taken.
    #[track_caller]
    pub fn took(&self, statements: usize) -> Value {
        assert_eq!(
            self.0.statements().len(),
            statements,
            "{:#?}",
            self.0.statements()
        );
        self.ok(self.0.status().as_u16())
    }
}

/// Asserts that a response is as the specification says.
fn assert_specified(method: &str, path: &str, Answer(response): &Answer) {
    let operation = &operation(path)[method.to_lowercase()];
    let status = response.status();
    let mut specified = &operation["responses"][status.as_str()];
    if specified.is_null() && status.is_client_error() {
        specified = &SPECIFICATION["components"]["responses"]["GenericError"];
    }
    if let Some(pointer) = specified["$ref"].as_str() {
        specified = SPECIFICATION
            .pointer(&pointer[1..])
            .expect("it is in the specification");
    }
    let Some(schema) = specified.pointer("/content/application~1json/schema") else {
        let is_empty = specified["content"].is_object() && response.text().is_empty();
        assert!(is_empty, "{response}");
        return;
    };
    assert_eq!(
        response.header("content-type"),
        "application/json; charset=utf-8"
    );
    let schema = json!({ "components": SPECIFICATION["components"], "allOf": [schema] });
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    if let Err(error) = validator.validate(&response.json()) {
        panic!("{error} at `{}`\n{response}", error.instance_path());
    }
}

/// The operations of a path, without the query; a path of its own goes before one with parameters.
fn operation(path: &str) -> &'static Value {
    let path = path.split('?').next().unwrap_or_default();
    let paths = SPECIFICATION["paths"].as_object().expect("there are paths");
    let matches = |template: &str| {
        let (parts, templates) = (path.split('/'), template.split('/'));
        parts.clone().count() == templates.clone().count()
            && parts
                .zip(templates)
                .all(|(part, of)| of.starts_with('{') || part == of)
    };
    let templates = paths.iter().filter(|(template, _)| matches(template));
    let found = templates.min_by_key(|(template, _)| template.matches('{').count());
    found
        .unwrap_or_else(|| panic!("`{path}` is not specified"))
        .1
}
