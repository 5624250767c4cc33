//! Serves the description of the API, and the page on which people read and try it.

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    body::Bytes,
    response::{Html, IntoResponse},
    routing::{get, get_service},
};
use http::header;
use serde_json::Value;
use swagger_ui_dist::{ApiDefinition, OpenApiSource, generate_routes};

use crate::{config::OpenapiConfig, context::AppContext, controller::only};

/// The page has scripts and styles of its own; nothing comes from another server.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The scripts and styles of Swagger UI change with the framework only.
const ASSETS: [&str; 2] = ["swagger-ui.css", "swagger-ui-bundle.js"];

/// The paths that [`routes`] answers.
pub(crate) fn paths(config: &OpenapiConfig) -> Vec<String> {
    let OpenapiConfig {
        path, docs_path, ..
    } = config;
    let own = [path.clone(), docs_path.clone(), start_script(docs_path)];
    own.into_iter()
        .chain(ASSETS.map(|asset| format!("{docs_path}/{asset}")))
        .collect()
}

/// The routes of the description. `describe` is called once, at the first request: it costs the start nothing.
pub(crate) fn routes(
    title: &str,
    config: &OpenapiConfig,
    describe: impl FnOnce() -> Value + Send + 'static,
) -> Router<AppContext> {
    let OpenapiConfig {
        path, docs_path, ..
    } = config;
    let document = Arc::new(LazyLock::new(move || Bytes::from(describe().to_string())));
    let page = page(title, docs_path);
    let script = format!(
        "window.ui = SwaggerUIBundle({{ url: {path:?}, dom_id: \"#swagger-ui\", deepLinking: true }});\n"
    );
    let assets = generate_routes(ApiDefinition {
        uri_prefix: docs_path.clone(),
        api_definition: OpenApiSource::Uri(path.clone()),
        title: None,
    });
    let read = |handler| only(handler, &["GET"]);
    let router = Router::new()
        .route(
            path,
            read(get(async move || {
                (
                    [(header::CONTENT_TYPE, "application/json")],
                    Bytes::clone(&document),
                )
            })),
        )
        .route(
            docs_path,
            read(get(async move || {
                ([(header::CONTENT_SECURITY_POLICY, PAGE_POLICY)], Html(page)).into_response()
            })),
        )
        .route(
            &start_script(docs_path),
            read(get(async move || {
                ([(header::CONTENT_TYPE, "text/javascript")], script)
            })),
        );
    ASSETS.iter().fold(router, |router, asset| {
        let asset = format!("{docs_path}/{asset}");
        router.route(&asset, read(get_service(assets.clone())))
    })
}

fn start_script(docs_path: &str) -> String {
    format!("{docs_path}/start.js")
}

fn page(title: &str, docs_path: &str) -> String {
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}: API</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="{docs_path}/swagger-ui.css">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="{docs_path}/swagger-ui-bundle.js"></script>
  <script src="{docs_path}/start.js"></script>
</body>
</html>
"#
    )
}
