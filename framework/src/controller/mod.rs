//! Controllers: routes, access rules, handlers, extractors and responses.

mod access;
mod allow;
mod body;
mod client_ip;
mod endpoint;
mod entity_tag;
mod extract;
mod idempotency;
mod if_match;
mod json;
mod list;
mod media_type;
mod negotiation;
mod path;
mod query;
mod respond;
mod routes;
mod urlencoded;

pub use access::{Access, Anyone};
pub(crate) use allow::{fallback, with_allow};
pub use client_ip::ClientIp;
pub use endpoint::{
    Arguments, Asynchronous, Endpoint, Function, LastParameter, Parameter, Respond,
};
pub(crate) use entity_tag::matches_weakly;
pub use extract::{Checked, FullJson, Readable, ValidForm, ValidJson, ValidQuery};
pub use if_match::{IfMatch, WithETag};
pub use list::{Include, ListParams, Paginated};
pub(crate) use negotiation::refuses_every_coding;
pub use path::{Id, Path};
pub use respond::{Created, Json, NoContent};
pub(crate) use routes::{LIVE, READY};
pub use routes::{
    Route, RouteInfo, RouteLayer, Routes, RoutesError, delete, get, method, patch, post, put,
};
