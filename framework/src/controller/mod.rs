//! Controllers: routes, who may call them, what comes in and what goes out.

mod access;
mod body;
mod extract;
mod list;
mod path;
mod respond;
mod routes;
mod urlencoded;

pub use access::{Access, Anyone, Guarded};
pub use extract::{FullJson, ValidForm, ValidJson, ValidQuery};
pub use list::{Include, ListParameter, ListParams, Paginated};
pub use path::{Id, Path};
pub use respond::{Created, Json, NoContent};
pub(crate) use routes::{LIVE, READY};
pub use routes::{RouteInfo, Routes, RoutesError};
