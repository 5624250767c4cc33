//! Handlers: async functions whose types declare who may call them, their input and their output.
//!
//! The bounds of a handler are checked one by one, each by a trait with a message of its own, so that the compiler names the
//! parameter or the type that is at fault. [`axum::handler::Handler`] checks them all at once and can only say that a function
//! is no handler.

use std::{pin::Pin, sync::Arc};

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    handler::Handler,
    response::{IntoResponse, Response},
};
use http::request::Parts;

use super::{
    access::{Access, Anyone, ReachOf},
    caller_limits,
    function::{Asynchronous, Function},
    negotiation::{accepts, not_acceptable},
    query::{self, Query},
    respond::RelativeLocation,
};
#[cfg(feature = "views")]
use super::{form, page};
use crate::{
    context::AppContext,
    openapi::{Input, Links, Operation, Output},
};

pub(super) type ResponseFuture = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A handler: an async function of one to ten arguments, an [`Access`] type first, that returns an [`Output`]. Implemented for all
/// of them; never by users.
///
/// `T` is the tuple of the arguments, and `M` a marker of how the last one is extracted. Both are inferred. It is the bound of
/// functions that take any handler:
///
/// ```
/// use fw::{controller::{Endpoint, Route}, http::StatusCode, prelude::*};
///
/// /// A route that charges the caller.
/// fn charged<T, M>(path: &str, handler: impl Endpoint<T, M>) -> Box<Route> {
///     post(path, handler).idempotent().problem(StatusCode::PAYMENT_REQUIRED, "balance_too_low")
/// }
///
/// async fn order(_: Anyone, Path(id): Path<Id>) -> NoContent {
///     tracing::info!(id, "ordered");
///     NoContent
/// }
///
/// let routes = Routes::at("/books").with([charged("/{id}/order", order)]);
/// assert!(routes.list()[0].idempotent);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler",
    label = "not an `async fn` of one to ten arguments",
    note = "write `async fn list(_: Anyone) -> …`: an `Access` type first, then up to nine extractors"
)]
pub trait Endpoint<T, M>: Function<T> {
    /// Erases the type of the function.
    #[doc(hidden)]
    fn erase(self) -> Erased;
}

/// The arguments of a handler: an [`Access`] type, then extractors. Implemented for tuples of up to ten; never by users.
///
/// It is a bound of [`Endpoint`], apart so that the compiler names what is at fault. See [`Endpoint`] for an example.
pub trait Arguments<M>: Sized + Send {
    /// The first argument.
    type Access: Access;

    /// True if one of them reads the query string.
    #[doc(hidden)]
    const READS_QUERY: bool;

    /// Extracts them in order. The error is the response of the first one that refuses the request; the `query` is checked after
    /// the access.
    #[doc(hidden)]
    fn extract(
        request: Request,
        query: Query,
        ctx: &AppContext,
    ) -> impl Future<Output = Result<Self, Response>> + Send;

    /// Adds the arguments to the description of the API.
    #[doc(hidden)]
    fn describe(operation: &mut Operation<'_>);
}

/// Arguments of which the first is an [`Access`] type. The bound only fails for a handler without arguments.
#[diagnostic::on_unimplemented(
    message = "this handler does not say who may call it",
    label = "has no parameters",
    note = "start its parameters with an `Access` type, for example `_: Anyone`"
)]
pub trait BeginsWithAccess<M> {}

/// An extractor that does not read the body. Implemented for every [`FromRequestParts`]; never by users.
///
/// It is a bound of [`Endpoint`], apart so that the compiler names what is at fault. See [`Endpoint`] for an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can only be the last parameter of a handler, if it is an extractor at all",
    label = "the handler has another parameter after `{Self}`",
    note = "move the parameter that reads the body (`ValidJson`, `FullJson`, `ValidForm`, `String`, `Bytes`, `Request`) to the end",
    note = "an extractor of your own implements `fw::axum::extract::FromRequestParts<AppContext>`"
)]
pub trait Parameter: FromRequestParts<AppContext> + Send {}

#[diagnostic::do_not_recommend]
impl<T: FromRequestParts<AppContext> + Send> Parameter for T {}

/// An extractor that may read the body. Implemented for every [`FromRequest`]; never by users.
///
/// It is a bound of [`Endpoint`], apart so that the compiler names what is at fault. See [`Endpoint`] for an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an extractor",
    label = "cannot be the last parameter of a handler",
    note = "the type in `ValidJson<…>`, `FullJson<…>`, `ValidForm<…>` and `ValidQuery<…>` derives `Deserialize`, `JsonSchema` and `Validate`",
    note = "an extractor of your own implements `fw::axum::extract::FromRequestParts<AppContext>` or `FromRequest<AppContext>`"
)]
pub trait LastParameter<M>: FromRequest<AppContext, M> + Send {}

#[diagnostic::do_not_recommend]
impl<T: FromRequest<AppContext, M> + Send, M> LastParameter<M> for T {}

/// A response that can be sent. Implemented for every [`IntoResponse`]; never by users.
///
/// It is a bound of [`Endpoint`], apart so that the compiler names what is at fault. See [`Endpoint`] for an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a response",
    label = "returned by this handler",
    note = "the type in `Json<…>`, `Created<…>` and `Paginated<…>` derives `Serialize` and `JsonSchema`",
    note = "a response of your own implements `fw::axum::response::IntoResponse` and `fw::openapi::Output`"
)]
pub trait Respond: IntoResponse {}

#[diagnostic::do_not_recommend]
impl<R: IntoResponse> Respond for R {}

impl<H, T, M> Endpoint<T, M> for H
where
    H: Function<T> + Clone + Send + Sync + 'static,
    T: Arguments<M>,
    H::Returned: Asynchronous<Response: Output + Respond> + Send,
{
    fn erase(self) -> Erased {
        let media_types = <H::Returned as Asynchronous>::Response::MEDIA_TYPES;
        let query = Query::of(T::READS_QUERY, media_types);
        Erased {
            name: std::any::type_name::<H>(),
            rule: T::Access::rule,
            permissions: T::Access::permissions,
            reach: T::Access::reach,
            needs_accounts: T::Access::NEEDS_ACCOUNTS,
            is_secret: <<H::Returned as Asynchronous>::Response as Output>::IS_SECRET,
            caller: |parts, ctx| Box::pin(caller::<T::Access>(parts, ctx)),
            media_types,
            describe: |operation| {
                T::describe(operation);
                Query::of(
                    T::READS_QUERY,
                    <H::Returned as Asynchronous>::Response::MEDIA_TYPES,
                )
                .describe(operation);
                <H::Returned as Asynchronous>::Response::describe(operation);
            },
            link: <H::Returned as Asynchronous>::Response::link,
            run: Arc::new(move |mut request, ctx| {
                let function = self.clone();
                Box::pin(async move {
                    if let Some(refusal) = unacceptable(&request, media_types) {
                        return refusal;
                    }
                    let uri = request.uri().clone();
                    let is_page = media_types.contains(&"text/html");
                    if is_page {
                        query::leave_out_blanks(&mut request);
                    }
                    #[cfg(feature = "views")]
                    let visit = is_page.then(|| page::Visit::of(&request));
                    let mut response = match T::extract(request, query, &ctx).await {
                        Ok(arguments) => function.call(arguments).await.into_response(),
                        Err(refusal) => refusal,
                    };
                    RelativeLocation::resolve(&mut response, uri.path());
                    #[cfg(feature = "views")]
                    {
                        if let Some(visit) = visit {
                            page::render(&mut response, &ctx, &visit);
                        }
                        form::resolve(&mut response, &ctx, uri.path());
                    }
                    response
                })
            }),
        }
    }
}

/// The response (406) to a client that accepts none of the media types.
fn unacceptable(request: &Request, media_types: &[&str]) -> Option<Response> {
    let acceptable = media_types.is_empty() || accepts(request.headers(), media_types);
    (!acceptable).then(|| not_acceptable(media_types).into_response())
}

async fn caller<A: Access>(
    parts: &mut Parts,
    ctx: &AppContext,
) -> Result<Option<String>, Response> {
    Ok(admit::<A>(parts, ctx).await?.caller())
}

/// Lets a request in by its access rule, within the limits of its caller.
async fn admit<A: Access>(parts: &mut Parts, ctx: &AppContext) -> Result<A, Response> {
    let access = A::from_request_parts(parts, ctx)
        .await
        .map_err(IntoResponse::into_response)?;
    if let Some(limits) = caller_limits::of_caller(parts) {
        let within = limits.check_caller(access.caller()).await;
        within.map_err(IntoResponse::into_response)?;
    }
    Ok(access)
}

type Run = dyn Fn(Request, AppContext) -> ResponseFuture + Send + Sync;

/// A function that returns the caller of a request ([`Access::caller`]), or the response if it may not call.
pub(super) type Caller =
    for<'a> fn(
        &'a mut Parts,
        &'a AppContext,
    ) -> Pin<Box<dyn Future<Output = Result<Option<String>, Response>> + Send + 'a>>;

/// A type-erased handler. The code around it is compiled once, with the framework, instead of once for each handler.
#[derive(Clone)]
pub struct Erased {
    pub(super) name: &'static str,
    pub(super) rule: fn() -> String,
    pub(super) permissions: fn() -> Vec<String>,
    pub(super) reach: ReachOf,
    pub(super) needs_accounts: bool,
    /// True if the response must not be stored.
    pub(super) is_secret: bool,
    pub(super) caller: Caller,
    #[cfg_attr(
        not(feature = "openapi"),
        expect(dead_code, reason = "nothing reads it then")
    )]
    pub(super) media_types: &'static [&'static str],
    /// Adds the types of the handler to the description of its operation.
    #[cfg_attr(
        not(feature = "openapi"),
        expect(dead_code, reason = "nothing reads it then")
    )]
    pub(super) describe: fn(&mut Operation<'_>),
    /// Adds the pages that the response shows and redirects to.
    link: fn(&mut Links),
    run: Arc<Run>,
}

impl Erased {
    /// The pages that the response shows and redirects to.
    pub(super) fn links(&self) -> Links {
        let mut links = Links::default();
        (self.link)(&mut links);
        links
    }
}

impl Handler<(), AppContext> for Erased {
    type Future = ResponseFuture;

    fn call(self, request: Request, ctx: AppContext) -> ResponseFuture {
        (self.run)(request, ctx)
    }
}

impl<M> Arguments<M> for ()
where
    (): BeginsWithAccess<M>,
{
    type Access = Anyone;

    const READS_QUERY: bool = false;

    async fn extract(_: Request, _: Query, _: &AppContext) -> Result<Self, Response> {
        Ok(())
    }

    fn describe(_: &mut Operation<'_>) {}
}

impl<A: Access> Arguments<()> for (A,) {
    type Access = A;

    const READS_QUERY: bool = A::READS_QUERY;

    async fn extract(request: Request, query: Query, ctx: &AppContext) -> Result<Self, Response> {
        let (mut parts, _) = request.into_parts();
        let access = admit::<A>(&mut parts, ctx).await?;
        query.check(&parts).map_err(IntoResponse::into_response)?;
        Ok((access,))
    }

    fn describe(operation: &mut Operation<'_>) {
        A::describe(operation);
    }
}

macro_rules! arguments {
    ($($argument:ident)* ; $last:ident) => {
        impl<M, A, $($argument,)* $last> Arguments<M> for (A, $($argument,)* $last)
        where
            A: Access,
            $($argument: Input + Parameter,)*
            $last: Input + LastParameter<M>,
        {
            type Access = A;

            const READS_QUERY: bool =
                A::READS_QUERY $(|| $argument::READS_QUERY)* || $last::READS_QUERY;

            #[expect(non_snake_case, reason = "the types give the names")]
            async fn extract(
                request: Request,
                query: Query,
                ctx: &AppContext,
            ) -> Result<Self, Response> {
                let (mut parts, body) = request.into_parts();
                let access = admit::<A>(&mut parts, ctx).await?;
                query.check(&parts).map_err(IntoResponse::into_response)?;
                $(let $argument = $argument::from_request_parts(&mut parts, ctx)
                    .await
                    .map_err(IntoResponse::into_response)?;)*
                let $last = $last::from_request(Request::from_parts(parts, body), ctx)
                    .await
                    .map_err(IntoResponse::into_response)?;
                Ok((access, $($argument,)* $last))
            }

            fn describe(operation: &mut Operation<'_>) {
                A::describe(operation);
                $($argument::describe(operation);)*
                $last::describe(operation);
            }
        }
    };
}

arguments!(; T1);
arguments!(T1; T2);
arguments!(T1 T2; T3);
arguments!(T1 T2 T3; T4);
arguments!(T1 T2 T3 T4; T5);
arguments!(T1 T2 T3 T4 T5; T6);
arguments!(T1 T2 T3 T4 T5 T6; T7);
arguments!(T1 T2 T3 T4 T5 T6 T7; T8);
arguments!(T1 T2 T3 T4 T5 T6 T7 T8; T9);
