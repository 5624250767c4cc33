//! The OpenAPI room: serves the description, and a page to read and try it.

use std::sync::{Arc, LazyLock};

use axum::{
    body::Bytes,
    response::{Html, IntoResponse},
    routing::{get, get_service},
};
use futures_util::future::BoxFuture;
use http::header;
use swagger_ui_dist::{ApiDefinition, OpenApiSource, generate_routes};

use crate::{
    config::OpenapiConfig,
    controller::with_allow,
    openapi::About,
    room::{DoctorContext, Finding, Page, PageContext, Room},
};

/// The content security policy of the page, which has scripts and styles of its own; nothing comes from another server.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The scripts and styles of Swagger UI, which change with the framework only.
const ASSETS: [&str; 2] = ["swagger-ui.css", "swagger-ui-bundle.js"];

pub(crate) const ROOM: Room = Room {
    name: "description",
    pages,
    doctor,
    ..Room::NONE
};

/// Warns if everybody can read the description of the API in a deployment.
fn doctor(input: DoctorContext<'_>) -> BoxFuture<'_, Vec<Finding>> {
    let config = &input.ctx.config.openapi;
    let mut findings = Vec::new();
    if input.deploy && config.enabled {
        findings.push(Finding::warning(
            "deploy.docs",
            format!(
                "everybody can read the description of the API at `{}` and `{}`\nhint: remove `enabled = true` from `[openapi]`, \
                 or accept it for a public API",
                config.path, config.docs_path
            ),
        ));
    }
    Box::pin(std::future::ready(findings))
}

fn pages(input: &PageContext) -> Vec<Page> {
    let ctx = &input.ctx;
    let OpenapiConfig {
        enabled,
        path,
        docs_path,
        title,
        ..
    } = &ctx.config.openapi;
    if !enabled {
        return Vec::new();
    }
    let (name, version) = (ctx.app_name(), ctx.app_version());
    let html = html(title.as_deref().unwrap_or(name), docs_path);
    let script = format!(
        "window.ui = SwaggerUIBundle({{ url: {path:?}, dom_id: \"#swagger-ui\", deepLinking: true }});\n"
    );
    // It is made at the first request, so it costs the start nothing.
    let routes = Arc::clone(&input.routes);
    let about = ctx.clone();
    let document = Arc::new(LazyLock::new(move || {
        let description = routes().describe_as(&About {
            name,
            version,
            config: &about.config.openapi,
            errors: &about.get().cloned().unwrap_or_default(),
        });
        Bytes::from(description.to_string())
    }));
    let assets = generate_routes(ApiDefinition {
        uri_prefix: docs_path.clone(),
        api_definition: OpenApiSource::Uri(path.clone()),
        title: None,
    });
    let page = |path: String, methods| Page {
        path,
        methods: with_allow(methods, &["GET"]),
    };
    let mut pages = vec![
        page(
            path.clone(),
            get(async move || {
                (
                    [(header::CONTENT_TYPE, "application/json")],
                    Bytes::clone(&document),
                )
            }),
        ),
        page(
            docs_path.clone(),
            get(async move || {
                ([(header::CONTENT_SECURITY_POLICY, PAGE_POLICY)], Html(html)).into_response()
            }),
        ),
        page(
            format!("{docs_path}/start.js"),
            get(async move || ([(header::CONTENT_TYPE, "text/javascript")], script)),
        ),
    ];
    pages.extend(
        ASSETS.map(|asset| page(format!("{docs_path}/{asset}"), get_service(assets.clone()))),
    );
    pages
}

/// The page, which loads the scripts and styles.
fn html(title: &str, docs_path: &str) -> String {
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
