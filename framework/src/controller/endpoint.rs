//! Handlers as the framework sees them: functions whose types say who may call, what comes in and what goes out.

use std::pin::Pin;

use axum::{
    extract::Request,
    handler::Handler,
    response::{IntoResponse, Response},
};

use super::{
    access::Access,
    negotiation::{accepts, not_acceptable},
    respond::Below,
};
use crate::{
    context::AppContext,
    openapi::{Input, Operation, Output},
};

/// An async function that answers requests: what axum calls a handler. Its types say the rest, see [`Arguments`] and
/// [`Output`](crate::openapi::Output). Implemented for functions of up to ten arguments; never by users.
#[diagnostic::on_unimplemented(
    message = "this function cannot handle requests",
    label = "not a handler",
    note = "a handler is an `async fn` of one to ten arguments, each an extractor, the one that reads the body last",
    note = "a `ValidJson<T>` is an extractor when `T` derives `Deserialize` and `Validate`"
)]
pub trait Endpoint<T>: Handler<T, AppContext> {
    /// What it answers.
    type Answer;
}

/// The arguments of a handler: an [`Access`] type first, then [`Input`]s. Implemented for up to ten; never by users.
#[diagnostic::on_unimplemented(
    message = "this handler does not say who may call it",
    label = "its first parameter is not an `Access` type",
    note = "start its parameters with an `Access` type, for example `_: Anyone`"
)]
pub trait Arguments {
    /// The first argument.
    type Access: Access;

    /// Adds what they contribute to the description of the API.
    fn describe(operation: &mut Operation<'_>);
}

macro_rules! endpoint {
    ($($argument:ident)*) => {
        // axum's argument tuples begin with a marker of how the last argument is extracted.
        impl<F, Future, M, A, $($argument),*> Endpoint<(M, A, $($argument,)*)> for F
        where
            F: Handler<(M, A, $($argument,)*), AppContext> + FnOnce(A, $($argument),*) -> Future,
            Future: std::future::Future,
        {
            type Answer = Future::Output;
        }

        impl<M, A: Access, $($argument: Input),*> Arguments for (M, A, $($argument,)*) {
            type Access = A;

            fn describe(operation: &mut Operation<'_>) {
                A::describe(operation);
                $($argument::describe(operation);)*
            }
        }
    };
}

/// So that the compiler can say what a function without arguments lacks: [`Arguments`].
impl<F, Future> Endpoint<((),)> for F
where
    F: Handler<((),), AppContext> + FnOnce() -> Future,
    Future: std::future::Future,
{
    type Answer = Future::Output;
}

endpoint!();
endpoint!(T1);
endpoint!(T1 T2);
endpoint!(T1 T2 T3);
endpoint!(T1 T2 T3 T4);
endpoint!(T1 T2 T3 T4 T5);
endpoint!(T1 T2 T3 T4 T5 T6);
endpoint!(T1 T2 T3 T4 T5 T6 T7);
endpoint!(T1 T2 T3 T4 T5 T6 T7 T8);
endpoint!(T1 T2 T3 T4 T5 T6 T7 T8 T9);

/// A handler with what every route does around it: it runs only for clients that can use its answer, and what it created
/// gets its whole path.
#[derive(Clone)]
pub(super) struct Around<H> {
    handler: H,
    media_types: &'static [&'static str],
}

impl<H> Around<H> {
    pub(super) fn new<T>(handler: H) -> Self
    where
        H: Endpoint<T, Answer: Output>,
    {
        Self {
            handler,
            media_types: H::Answer::MEDIA_TYPES,
        }
    }
}

impl<H, T> Handler<T, AppContext> for Around<H>
where
    H: Handler<T, AppContext>,
    T: 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, ctx: AppContext) -> Self::Future {
        Box::pin(async move {
            if !self.media_types.is_empty() && !accepts(request.headers(), self.media_types) {
                return not_acceptable(self.media_types).into_response();
            }
            let uri = request.uri().clone();
            let mut response = self.handler.call(request, ctx).await.into_response();
            Below::resolve(&mut response, uri.path());
            response
        })
    }
}
