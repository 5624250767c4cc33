//! Error responses in a format of the application's own.

use std::time::Duration;

use fw::{axum, dto::prelude::*, error::Problem, http::StatusCode, prelude::*};
use fw_testing::prelude::*;

const MEDIA_TYPE: &str = "application/vnd.shop+json; charset=utf-8";

/// `{"fault": "not_found", "fields": {"/title": "too_short"}}`
#[derive(JsonSchema, Serialize)]
struct Fault {
    fault: String,
    fields: std::collections::BTreeMap<String, String>,
}

impl From<&Problem<'_>> for Fault {
    fn from(problem: &Problem<'_>) -> Self {
        let fields = problem.errors.iter();
        let field = |error: &FieldError| (error.pointer.clone(), error.code.to_string());
        Self {
            fault: problem.code.to_owned(),
            fields: fields.map(field).collect(),
        }
    }
}

#[derive(Deserialize, JsonSchema, Validate)]
struct Title {
    #[garde(length(chars, min = 1))]
    title: String,
}

async fn create(_: Anyone, ValidJson(body): ValidJson<Title>) -> Result<Json<String>> {
    match body.title.as_str() {
        "taken" => Err(Error::conflict().header(
            fw::http::header::RETRY_AFTER,
            fw::http::HeaderValue::from_static("7"),
        )),
        "broken" => Err(Error::internal("the disk is full")),
        "panic" => panic!("a title that nobody expected"),
        "slow" => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            Ok(Json(body.title))
        }
        "proxy" => Err(Error::from_status(StatusCode::BAD_GATEWAY)),
        _ => Ok(Json(body.title)),
    }
}

async fn other(_: Anyone) -> (StatusCode, &'static str) {
    (StatusCode::IM_A_TEAPOT, "short and stout")
}

async fn own(_: Anyone) -> (StatusCode, axum::Json<Value>) {
    (StatusCode::GONE, axum::Json(json!({ "gone": true })))
}

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "shop"
    }

    fn routes() -> Routes {
        Routes::new().with([
            post("/titles", create),
            get("/other", other),
            get("/own", own),
        ])
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    fn error_format() -> ErrorFormat {
        ErrorFormat::json::<Fault>().media_type(MEDIA_TYPE)
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        config.middleware.timeout.after = Duration::from_secs(1);
        config.middleware.body_limit.max_bytes = 1_000;
        Ok(())
    }
}

#[tokio::test]
async fn every_error_is_in_the_format_of_the_application() {
    let app = boot::<App>().await;
    let title = |title: &str| app.post("/titles").json(&json!({ "title": title }));
    for (response, status, fault) in [
        (app.get("/nowhere").await, 404, "not_found"),
        (app.get("/titles").await, 405, "method_not_allowed"),
        (
            app.post("/titles").header("accept", "text/html").await,
            406,
            "not_acceptable",
        ),
        (title(&"x".repeat(2_000)).await, 413, "payload_too_large"),
        (
            app.post("/titles").body("{}").await,
            415,
            "unsupported_media_type",
        ),
        (title("taken").await, 409, "conflict"),
        (title("broken").await, 500, "internal_error"),
        (title("panic").await, 500, "internal_error"),
        (title("slow").await, 503, "service_unavailable"),
        (title("proxy").await, 502, "internal_error"),
        // Made by another layer, as plain text.
        (app.get("/other").await, 418, "error"),
    ] {
        response.assert_status(status);
        assert_eq!(response.header("content-type"), MEDIA_TYPE, "{response}");
        assert_eq!(response.json(), json!({ "fault": fault, "fields": {} }));
        assert_eq!(response.header("cache-control"), "no-store", "{response}");
    }
    let refused = title("").await;
    refused.assert_status(422);
    let fields = json!({ "/title": "too_short" });
    assert_eq!(
        refused.json(),
        json!({ "fault": "validation_failed", "fields": fields })
    );
    // Headers and bodies of the handler's own stay.
    assert_eq!(title("taken").await.header("retry-after"), "7");
    assert!(app.get("/titles").await.header("allow").contains("POST"));
    assert_eq!(app.get("/own").await.json(), json!({ "gone": true }));
}

#[tokio::test]
async fn the_description_has_the_format() {
    let app = boot::<App>().await;
    let description = app.get("/openapi.json").await.json();
    let responses = &description["components"]["responses"];
    for name in ["Problem", "Conflict", "ValidationFailed"] {
        // A conflict is not declared by the handler.
        let Some(response) = responses.get(name) else {
            assert_eq!(name, "Conflict");
            continue;
        };
        let content = response["content"].as_object().expect("a body");
        assert_eq!(
            content.keys().collect::<Vec<_>>(),
            ["application/vnd.shop+json"],
            "{name}"
        );
        let schema = &content["application/vnd.shop+json"]["schema"];
        assert_eq!(*schema, json!({ "$ref": "#/components/schemas/Fault" }));
    }
    let schema = &description["components"]["schemas"]["Fault"];
    assert_eq!(schema["required"], json!(["fault", "fields"]));
    assert_eq!(description["components"]["schemas"].get("Problem"), None);
    let text = description["info"]["description"].as_str().expect("a text");
    assert!(!text.contains("problem details"), "{text}");
}
