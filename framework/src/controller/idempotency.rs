//! Answers a repeated request with the answer to the first one.

use std::{
    marker::PhantomData,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    body::Body,
    extract::{FromRequestParts, Request},
    handler::Handler,
    response::{IntoResponse, Response},
};
use futures_util::future::Either;

use super::{access::Access, body, endpoint::Arguments};
use crate::{
    context::AppContext,
    db::UnitOfWork,
    error::Error,
    idempotency::{self, Answer, Fingerprint, HEADER, IdempotencyKey},
};

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Makes a route idempotent, also after its handler was wrapped in layers.
#[derive(Clone, Debug, Default)]
pub(super) struct Switch(Arc<AtomicBool>);

impl Switch {
    pub(super) fn turn_on(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A handler that answers requests with an `Idempotency-Key` once, when it is switched on.
pub(super) struct Repeatable<H, T> {
    handler: H,
    switch: Switch,
    arguments: PhantomData<fn() -> T>,
}

impl<H, T> Repeatable<H, T> {
    pub(super) fn new(handler: H, switch: Switch) -> Self {
        Self {
            handler,
            switch,
            arguments: PhantomData,
        }
    }
}

impl<H: Clone, T> Clone for Repeatable<H, T> {
    fn clone(&self) -> Self {
        Self::new(self.handler.clone(), self.switch.clone())
    }
}

impl<H, T> Handler<T, AppContext> for Repeatable<H, T>
where
    H: Handler<T, AppContext>,
    T: Arguments + 'static,
{
    type Future = Either<H::Future, Answering>;

    fn call(self, request: Request, ctx: AppContext) -> Self::Future {
        let Self {
            handler, switch, ..
        } = self;
        if !switch.0.load(Ordering::Relaxed) || !request.headers().contains_key(HEADER) {
            return Either::Left(handler.call(request, ctx));
        }
        Either::Right(Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            // Whoever may not call must not learn what others were answered, nor have their body read.
            let access = match T::Access::from_request_parts(&mut parts, &ctx).await {
                Ok(access) => access,
                Err(refusal) => return refusal.into_response(),
            };
            let caller = access.caller();
            let request = Request::from_parts(parts, body);
            let handler =
                Box::new(|request, ctx| -> Answering { Box::pin(handler.call(request, ctx)) });
            once(request, ctx, caller.as_deref(), handler)
                .await
                .unwrap_or_else(Error::into_response)
        }))
    }
}

/// Answers `request` with what was answered before, or else runs `handler` and remembers its answer, together with its effects
/// or not at all.
async fn once(
    request: Request,
    ctx: AppContext,
    caller: Option<&str>,
    handler: Box<dyn FnOnce(Request, AppContext) -> Answering + Send>,
) -> Result<Response, Error> {
    let Some(key) = IdempotencyKey::of(request.headers(), caller)? else {
        return Ok(handler(request, ctx).await);
    };
    let (parts, body) = request.into_parts();
    let body = body::read(Request::new(body)).await?;
    let fingerprint = Fingerprint::of(&parts, &body);
    // The common case of a repetition takes no lock.
    if let Some(stored) = idempotency::find(&ctx.db, &key).await? {
        return stored.replay(&fingerprint);
    }
    let patience = ctx.config.database.acquire_timeout;
    let Some(unit) = UnitOfWork::begin(&ctx.db, key.lock(), patience).await? else {
        return Err(idempotency::in_use());
    };
    // The first request may have been answered in between.
    if let Some(stored) = idempotency::find(&unit.db(), &key).await? {
        unit.rollback().await;
        return stored.replay(&fingerprint);
    }
    // A job must not begin before what it is about is there, nor at all when that never comes.
    let queue = ctx.queue.holding_back();
    let inside = ctx.within(unit.db(), queue.clone());
    let response = handler(Request::from_parts(parts, Body::from(body)), inside).await;
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
