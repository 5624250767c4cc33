//! How the framework's own middleware is written: a function around the rest of the stack.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{extract::Request, response::Response};
use tower::{Layer, Service};

/// The answer to come.
pub(super) type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A middleware: it sees the request, calls the rest of the stack, and sees the answer.
pub(super) trait Wrap: Clone + Send + Sync + 'static {
    /// Handles one request. `rest` is the remainder of the stack; a middleware that does not call it answers itself.
    fn wrap<F>(&self, request: Request, rest: impl FnOnce(Request) -> F) -> Answer
    where
        F: Future<Output = Response> + Send + 'static;
}

/// The tower layer of a [`Wrap`].
#[derive(Clone)]
pub(super) struct WrapLayer<W>(pub(super) W);

impl<W: Clone, S> Layer<S> for WrapLayer<W> {
    type Service = Wrapped<W, S>;

    fn layer(&self, inner: S) -> Wrapped<W, S> {
        Wrapped {
            wrap: self.0.clone(),
            inner,
        }
    }
}

/// A service with a [`Wrap`] around it.
#[derive(Clone)]
pub(super) struct Wrapped<W, S> {
    wrap: W,
    inner: S,
}

impl<W, S> Service<Request> for Wrapped<W, S>
where
    W: Wrap,
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Infallibly;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Infallibly {
        let inner = &mut self.inner;
        Infallibly(self.wrap.wrap(request, |request| {
            let answer = inner.call(request);
            async move { answer.await.unwrap_or_else(|never| match never {}) }
        }))
    }
}

/// An [`Answer`] as tower wants it.
pub(super) struct Infallibly(Answer);

impl Future for Infallibly {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context).map(Ok)
    }
}
