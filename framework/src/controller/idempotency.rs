//! Answers a repeated request with the answer to the first one.

use axum::{
    body::Body,
    extract::Request,
    handler::Handler,
    response::{IntoResponse, Response},
};

use super::{
    body,
    endpoint::{Erased, ResponseFuture},
};
use crate::{
    context::AppContext,
    db::UnitOfWork,
    error::Error,
    idempotency::{self, Answer, Fingerprint, HEADER, IdempotencyKey},
};

/// A handler that answers requests with the same `Idempotency-Key` once.
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
            // Whoever may not call must not learn what others were answered, nor have their body read.
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

/// Answers `request` with what was answered before, or else runs `handler` and remembers its answer, together with its effects
/// or not at all.
async fn once(
    request: Request,
    ctx: AppContext,
    caller: Option<&str>,
    handler: Erased,
) -> Result<Response, Error> {
    let Some(key) = IdempotencyKey::of(request.headers(), caller)? else {
        return Ok(handler.call(request, ctx).await);
    };
    let (parts, body) = request.into_parts();
    let body = body::read(Request::new(body)).await?;
    let fingerprint = Fingerprint::of(&parts, &body);
    // The common case of a repetition takes no lock.
    if let Some(stored) = idempotency::find(&ctx.db, &key).await? {
        return stored.replay(&fingerprint);
    }
    let lock_timeout = ctx.config.database.acquire_timeout;
    let Some(unit) = UnitOfWork::begin(&ctx.db, key.lock(), lock_timeout).await? else {
        return Err(idempotency::in_use());
    };
    // The first request may have been answered in between.
    if let Some(stored) = idempotency::find(&unit.db(), &key).await? {
        unit.rollback().await;
        return stored.replay(&fingerprint);
    }
    // A job must not begin before what it is about is there, nor at all when that never comes.
    let queue = ctx.queue.deferring();
    let inside = ctx.within(unit.db(), queue.clone());
    let request = Request::from_parts(parts, Body::from(body));
    let response = handler.call(request, inside).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        unit.rollback().await;
        return Ok(response);
    }
    let settings = &ctx.config.idempotency;
    let (response, answer) = Answer::read(response, settings.max_body_bytes).await?;
    let expiry = settings.expiry;
    // Whoever waits for the answer may leave now; what was done and the jobs that belong to it still go together.
    let done = tokio::spawn(async move {
        unit.commit(async |tx| idempotency::save(tx, &key, &fingerprint, &answer, expiry).await)
            .await?;
        queue.release();
        Ok::<_, Error>(())
    });
    done.await.map_err(Error::internal)??;
    Ok(response)
}
