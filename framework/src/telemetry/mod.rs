//! The log: its events, formats and outputs.
//!
//! Events and spans come from the crate `tracing`. [`init`] connects them to the standard output and to a log file, as
//! `[logger]` says:
//!
//! - `pretty` and `compact` are for people; colours only on a terminal, and not if `NO_COLOR` is set;
//! - `json` writes one object per line. The fields of all spans around an event are fields of the object too, so that
//!   every line of a request has its `request_id`;
//! - a log file has `compact` lines where the output is `pretty`. It is rotated, compressed and removed by count and age.
//!
//! Verbose crates (`sqlx`, `hyper`, `sea_orm`) are logged from `warn` on, unless the level names them.
//!
//! An application has its log from the boot; a program of another kind sets it up itself:
//!
//! ```
//! use fw::{config::LoggerConfig, env::Environment, telemetry::{self, Guard, Output, TelemetryError}};
//!
//! fn log() -> Result<Guard, TelemetryError> {
//!     let config = LoggerConfig { level: "info,sqlx=debug".to_owned(), ..LoggerConfig::default() };
//!     telemetry::init(&config, &Environment::Development, Output::Stderr)
//! }
//!
//! let guard = log()?;
//! tracing::info!(orders = 3, "imported");
//! assert_eq!(telemetry::lost_lines(), 0);
//! drop(guard);
//! # Ok::<(), TelemetryError>(())
//! ```

mod background;
mod error;
mod file;
mod filter;
mod init;
mod json;
mod request;
mod retention;
mod trace_parent;
mod unfinished;

pub use self::{
    error::TelemetryError,
    init::{Guard, Output, init, lost_lines},
};
pub(crate) use self::{
    filter::quieter,
    init::reopen_log_file,
    request::{RequestContext, current_request, within_request},
    trace_parent::TraceParent,
    unfinished::Unfinished,
};
