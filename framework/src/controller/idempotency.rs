//! Idempotent handlers: a repeated request gets the stored response to the first one.

use axum::{
    body::Body,
    extract::Request,
    handler::Handler,
    response::{IntoResponse, Response},
};

use super::{
    body,
    client_ip::ClientIp,
    endpoint::{Erased, ResponseFuture},
};
use crate::{
    context::AppContext,
    db::UnitOfWork,
    error::{Error, OrInternal},
    idempotency::{self, Fingerprint, HEADER, IdempotencyKey, StoredResponse},
};

/// A handler that runs once for all requests with the same `Idempotency-Key`.
#[derive(Clone)]
pub(super) struct Idempotent(pub(super) Erased);

impl Handler<(), AppContext> for Idempotent {
    type Future = ResponseFuture;

    fn call(self, request: Request, ctx: AppContext) -> ResponseFuture {
        let Self(handler) = self;
        if !request.headers().contains_key(HEADER) {
            return handler.call(request, ctx);
        }
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            // A caller who is refused must not see the responses of others, nor have their body read.
            let caller = match (handler.caller)(&mut parts, &ctx).await {
                Ok(caller) => caller,
                Err(refusal) => return refusal,
            };
            let request = Request::from_parts(parts, body);
            once(request, ctx, caller.as_deref(), handler)
                .await
                .unwrap_or_else(Error::into_response)
        })
    }
}

/// Replays the stored response to `request`, or else runs `handler` and stores its response in the same unit of work as its
/// effects.
async fn once(
    request: Request,
    ctx: AppContext,
    caller: Option<&str>,
    handler: Erased,
) -> Result<Response, Error> {
    let (parts, body) = request.into_parts();
    let address = ClientIp::of(&parts.extensions).map(|client| client.0);
    let Some(key) = IdempotencyKey::of(&parts.headers, caller, address)? else {
        let request = Request::from_parts(parts, body);
        return Ok(handler.call(request, ctx).await);
    };
    let body = body::read(Request::new(body)).await?;
    let fingerprint = Fingerprint::of(&parts, &body);
    // The common case of a repetition takes no lock.
    if let Some(record) = idempotency::find(&ctx.db, &key).await? {
        return record.replay(&fingerprint);
    }
    let lock_timeout = ctx.config.database.acquire_timeout;
    let Some(unit) = UnitOfWork::begin(&ctx.db, key.lock(), lock_timeout).await? else {
        return Err(idempotency::in_use());
    };
    // The first request may have finished in between.
    if let Some(record) = idempotency::find(&unit.db(), &key).await? {
        unit.rollback().await;
        return record.replay(&fingerprint);
    }
    if let Err(refusal) = idempotency::check_count(&unit.db(), &key, &ctx.config.idempotency).await
    {
        unit.rollback().await;
        return Err(refusal);
    }
    // Jobs are enqueued through this handle as well: they do not run before the rows that they are about exist, nor after a rollback.
    let inside = ctx.within(unit.db());
    let request = Request::from_parts(parts, Body::from(body));
    let response = unit.run(handler.call(request, inside)).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        unit.rollback().await;
        return Ok(response);
    }
    let max_body_bytes = ctx.config.idempotency.max_body_bytes;
    let (response, stored) = StoredResponse::read(response, max_body_bytes).await?;
    // If the client disconnects now, the effects and the jobs that belong to them are still committed together.
    let done = tokio::spawn(async move {
        let settings = &ctx.config.idempotency;
        unit.commit(async |tx| idempotency::save(tx, &key, &fingerprint, &stored, settings).await)
            .await
    });
    done.await.or_internal()??;
    Ok(response)
}
