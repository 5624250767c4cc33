//! Controllers: routes, who may call them, what comes in and what goes out.

mod access;
mod routes;

pub use access::{Access, Anyone, Guarded};
pub use routes::{RouteInfo, Routes, RoutesError};
