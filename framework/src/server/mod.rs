//! The HTTP server: accepts connections, serves them, and shuts down gracefully.
//!
//! On SIGTERM or SIGINT: `/health/ready` responds with 503 → no new connections → running requests are finished, within
//! `server.drain_timeout` → the database pool is closed → exit code 0. A second signal exits at once.

mod acceptor;
mod connection;
mod error;
mod health;
mod listener;
mod request;
mod shutdown;
mod stream;

pub use error::ServerError;
pub(crate) use health::routes as health_routes;
pub use listener::bind;
pub(crate) use shutdown::cancelled_when;
pub use shutdown::signals;

pub(crate) use connection::serve;
