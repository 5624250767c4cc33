//! Is this process alive, and does it want work?

use axum::{Json, Router, extract::State, routing::get};
use http::StatusCode;
use serde::Serialize;

use crate::{
    context::AppContext,
    controller::{LIVE, READY, only},
    error::Error,
};

/// What `/health/ready` says when all is well.
#[derive(Serialize)]
struct Health {
    status: &'static str,
}

const OK: Json<Health> = Json(Health { status: "ok" });

/// `GET /health/live`: 200 as long as the process can answer. `GET /health/ready`: 200 when the database answers and the
/// server is not shutting down, otherwise 503.
pub(crate) fn routes() -> Router<AppContext> {
    Router::new()
        .route(LIVE, only(get(|| async { OK }), &["GET"]))
        .route(READY, only(get(ready), &["GET"]))
}

async fn ready(State(ctx): State<AppContext>) -> Result<Json<Health>, Error> {
    if ctx.is_draining() {
        return Err(Error::from_status(StatusCode::SERVICE_UNAVAILABLE)
            .detail("the server is shutting down"));
    }
    ctx.db.ping().await.map_err(|error| {
        Error::from_status(StatusCode::SERVICE_UNAVAILABLE)
            .detail("the database does not answer")
            .source(error)
    })?;
    Ok(OK)
}
