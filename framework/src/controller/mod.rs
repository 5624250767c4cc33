//! Controllers: routes, access rules, handlers, extractors and responses.
//!
//! A handler is an async function. Its first parameter is an [`Access`] type, which says who may call it; the others are extractors;
//! it returns a response, or a [`Result`](crate::Result) of one. [`Routes`] bring handlers to paths.
//!
//! | extractor | reads |
//! |---|---|
//! | [`Path`] | the parameters of the path |
//! | [`ValidJson`], [`FullJson`], [`ValidForm`] | the body |
//! | [`ValidQuery`], [`ListParams`], [`Include`] | the query string |
//! | [`IfMatch`] | the versions that a change is meant for |
//! | [`ClientIp`] | the address of the client |
//! | `KnownBrowser` (feature `signing`) | the browser, by a signed cookie |
//! | [`State`](axum::extract::State) | the [context](crate::context::AppContext) of the application |
//!
//! | response | status | body |
//! |---|---|---|
//! | [`Json`] | 200 | JSON |
//! | [`Paginated`] | 200 | a page of a list |
//! | [`Created`] | 201, with `Location` | JSON |
//! | [`NoContent`] | 204 | none |
//! | [`WithETag`] | that of another response, with `ETag` | that of the other response |
//! | [`Error`](crate::Error) | 4xx, 5xx | [problem details](crate::error::Problem) |
//!
//! Extractors and responses of axum, and those of an application, are used alike once they describe themselves: see
//! [`openapi`](crate::openapi).
//!
//! ```
//! use fw::prelude::*;
//! # use fw::axum::{body::{Body, to_bytes}, http::Request};
//! # use tower::ServiceExt;
//!
//! async fn greet(_: Anyone, State(ctx): State<AppContext>, Path(name): Path<String>) -> Result<String> {
//!     if name == "nobody" {
//!         return Err(Error::not_found());
//!     }
//!     Ok(format!("{} greets {name}", ctx.app_name()))
//! }
//!
//! // `GET /greetings/ada` has the response `blog greets ada`; that to `GET /greetings/nobody` is a 404.
//! let routes = Routes::at("/greetings").with([get("/{name}", greet)]);
//! assert_eq!(routes.list()[0].access, "anyone");
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn call(routes: Routes) -> Result<()> {
//! # let mut config = fw::config::Config::default();
//! # config.database.url = "sqlite::memory:".into();
//! # let db = fw::db::Db::lazy(&config.database)?;
//! # let ctx = AppContext::builder("blog", config, db).build();
//! # let service = routes.into_router()?.with_state(ctx);
//! # let response = service.clone().oneshot(Request::get("/greetings/ada").body(Body::empty()).unwrap()).await.unwrap();
//! # assert_eq!(to_bytes(response.into_body(), 1024).await.unwrap(), "blog greets ada");
//! # let response = service.oneshot(Request::get("/greetings/nobody").body(Body::empty()).unwrap()).await.unwrap();
//! # assert_eq!(response.status(), 404);
//! # Ok(())
//! # }
//! # call(routes).unwrap();
//! ```

mod access;
mod allow;
mod body;
mod caller_limits;
mod client_ip;
#[cfg(feature = "_templates")]
pub(crate) mod developer;
mod endpoint;
mod entity_tag;
mod extract;
#[cfg(feature = "views")]
mod flash;
#[cfg(feature = "views")]
pub mod form;
mod found;
#[cfg(feature = "views")]
pub(crate) mod fragment;
mod function;
mod idempotency;
mod if_match;
mod json;
#[cfg(feature = "signing")]
mod known_browser;
mod list;
mod media_type;
mod negotiation;
#[cfg(feature = "views")]
pub(crate) mod page;
mod path;
mod permissions;
mod query;
mod respond;
mod routes;
mod urlencoded;

pub use crate::openapi::error_format::ErrorFormat;
pub use access::{Access, Anyone, Reach, ReachOf};
pub(crate) use allow::{fallback, with_allow};
pub(crate) use caller_limits::RequestLimits;
pub use client_ip::ClientIp;
pub(crate) use client_ip::UnixSocket;
pub use endpoint::{Arguments, Endpoint, LastParameter, Parameter, Respond};
pub(crate) use entity_tag::matches_weakly;
pub use extract::{Checked, FullJson, Readable, ValidForm, ValidJson, ValidQuery};
pub use found::Found;
pub use function::{Asynchronous, Function};
pub use if_match::{IfMatch, WithETag};
#[cfg(feature = "signing")]
pub use known_browser::KnownBrowser;
pub use list::{Include, ListParams, Paginated};
#[cfg(feature = "_templates")]
pub(crate) use negotiation::preferred_coding;
pub(crate) use negotiation::refuses_every_coding;
pub use path::{Id, Path};
pub use permissions::KnownPermissions;
pub use respond::{Accepted, Created, Json, NoContent};
#[cfg(feature = "auth")]
pub(crate) use routes::ListedRoutes;
#[cfg(feature = "jobs-board")]
pub(crate) use routes::Switch;
pub(crate) use routes::{LIVE, READY};
pub use routes::{
    Route, RouteInfo, RouteLayer, RouteRule, Routes, RoutesError, delete, get, method, patch, post,
    put,
};
#[cfg(feature = "views")]
pub use {
    flash::Flash,
    form::{Form, Redirect, Submitted},
    list::Listed,
    page::{Page, View},
};
