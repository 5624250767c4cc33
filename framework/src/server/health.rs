//! Health checks: liveness and readiness.

use axum::{Json, Router, extract::State, routing::get};
use http::StatusCode;
use serde::Serialize;

use crate::{
    context::AppContext,
    controller::{LIVE, READY, with_allow},
    error::Error,
    room::{NotReady, Room},
    telemetry,
};

/// The response body of a health check.
#[derive(Serialize)]
struct Health {
    status: &'static str,
    /// The number of lines that the log file has lost since the start. The server works without them, so it stays ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost_log_lines: Option<usize>,
}

const OK: Health = Health {
    status: "ok",
    lost_log_lines: None,
};

/// The routes of the health checks. `GET /health/live`: 200 as long as the process can respond. `GET /health/ready`: 200 if
/// every room is healthy and the server is not shutting down, otherwise 503.
pub(crate) fn routes(rooms: &'static [Room]) -> Router<AppContext> {
    let ready = async move |State(ctx): State<AppContext>| ready(&ctx, rooms).await;
    Router::new()
        .route(LIVE, with_allow(get(|| async { Json(OK) }), &["GET"]))
        .route(READY, with_allow(get(ready), &["GET"]))
}

async fn ready(ctx: &AppContext, rooms: &[Room]) -> Result<Json<Health>, Error> {
    let unavailable = || Error::from_status(StatusCode::SERVICE_UNAVAILABLE);
    if ctx.is_draining() {
        return Err(unavailable().detail("the server is shutting down"));
    }
    for room in rooms {
        (room.health)(ctx).await.map_err(|error| {
            let detail = match error.downcast_ref::<NotReady>() {
                Some(reason) => reason.to_string(),
                None => format!("the {} does not respond", room.name),
            };
            unavailable().detail(detail).source(error)
        })?;
    }
    let lost = telemetry::lost_lines();
    Ok(Json(Health {
        lost_log_lines: (lost > 0).then_some(lost),
        ..OK
    }))
}
