//! Middleware between the network and the handlers.
//!
//! From the outside in: `request_id` → `access_log` → problem rendering → `security_headers` → `cors` →
//! `catch_panic` → `rate_limit` → `body_limit` → `timeout` → `compression` → `etag` → the application's own
//! ([`Stack::layer`]) → routes. The response to a panic has security and CORS headers like every other. Middleware inside of
//! problem rendering sees a `HEAD` request as `GET`.
//!
//! Each has a section of its own under `[middleware]` in the configuration, and each can be switched off there.

mod access_log;
mod body_budget;
mod body_limit;
mod catch_panic;
mod client_ip;
mod compression;
mod cors;
mod cross_origin;
mod etag;
mod forwarded;
mod head;
mod pipeline;
mod problem;
mod rate_limit;
mod request_id;
mod security_headers;
#[cfg(feature = "views")]
mod sign_in;
mod stack;
mod timeout;

pub use crate::controller::ClientIp;
pub use request_id::RequestId;
pub(crate) use stack::AppService;
pub use stack::{MiddlewareInfo, Stack};
