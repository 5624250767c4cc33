//! The HTTP server: accepts connections, serves them, and shuts down gracefully.
//!
//! On SIGTERM or SIGINT: `/health/ready` responds with 503 → after `server.shutdown_delay` no new connections → running requests are
//! finished, within `server.drain_timeout` → the database pool is closed → exit code 0, or 1 if work was cut off. A second signal exits at
//! once. SIGHUP opens the log file again.

mod acceptor;
mod connection;
mod error;
mod health;
mod listener;
mod request;
mod shutdown;
mod socket;
mod stream;
mod supervisor;

pub use error::ServerError;
pub(crate) use health::routes as health_routes;
pub use listener::{Listeners, bind};
pub use shutdown::signals;
pub(crate) use shutdown::{cancelled_when, reopen_log_file_at_hangup};

pub(crate) use connection::serve;
pub(crate) use supervisor::tell_supervisor;
