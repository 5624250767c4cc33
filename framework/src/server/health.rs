//! The health of a process: is it alive, and does it want work?

use axum::{Json, Router, extract::State, routing::get};
use http::StatusCode;
use serde::Serialize;

use crate::{
    context::AppContext,
    controller::{LIVE, READY, only},
    error::Error,
    room::Room,
};

/// What `/health/ready` says when all is well.
#[derive(Serialize)]
struct Health {
    status: &'static str,
}

const OK: Json<Health> = Json(Health { status: "ok" });

/// `GET /health/live`: 200 as long as the process can answer. `GET /health/ready`: 200 when every room is well and the server
/// is not shutting down, otherwise 503.
pub(crate) fn routes(rooms: &'static [Room]) -> Router<AppContext> {
    let ready = async move |State(ctx): State<AppContext>| ready(&ctx, rooms).await;
    Router::new()
        .route(LIVE, only(get(|| async { OK }), &["GET"]))
        .route(READY, only(get(ready), &["GET"]))
}

async fn ready(ctx: &AppContext, rooms: &[Room]) -> Result<Json<Health>, Error> {
    let unavailable = || Error::from_status(StatusCode::SERVICE_UNAVAILABLE);
    if ctx.is_draining() {
        return Err(unavailable().detail("the server is shutting down"));
    }
    for room in rooms {
        (room.health)(ctx).await.map_err(|error| {
            let detail = format!("the {} does not answer", room.name);
            unavailable().detail(detail).source(error)
        })?;
    }
    Ok(OK)
}
