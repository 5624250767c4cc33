//! The app's configuration: typed, layered, and refused as a whole if anything in it is wrong.
//!
//! Each section is a plain struct with its defaults; a module of the framework receives its own section. A [`Loader`]
//! reads the layers, [`Config::settings`] gives the app's own `[app]`, [`Config::effective`] shows everything and where
//! it came from.
//!
//! ```
//! use fw::config::Loader;
//!
//! let config = Loader::new("/nowhere")
//!     .vars([("DATABASE_URL", "sqlite::memory:"), ("FW_SERVER__PORT", "8080")])
//!     .load()?;
//! assert_eq!(config.server.port, 8080);
//!
//! let error = Loader::new("/nowhere")
//!     .vars([("DATABASE_URL", "sqlite::memory:"), ("FW_SERVER__PROT", "8080")])
//!     .load()
//!     .unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "environment variable `FW_SERVER__PROT`: unknown key `server.prot`\n  hint: did you mean `FW_SERVER__PORT`?"
//! );
//! # Ok::<(), fw::config::ConfigError>(())
//! ```

mod backup;
mod checks;
mod cors;
mod database;
mod describe;
mod document;
mod draft;
pub mod duration;
mod error;
mod idempotency;
mod jobs;
mod loaded;
mod loader;
mod logger;
mod mask;
mod middleware;
mod nearest;
mod openapi;
mod origin;
mod reader;
mod root;
mod secret;
mod server;
mod setting;
mod settings;
mod variables;
mod words;

use checks::Checks;

pub use self::{
    backup::BackupConfig,
    cors::CorsConfig,
    database::DatabaseConfig,
    error::{ConfigError, Hint, Problem},
    idempotency::IdempotencyConfig,
    jobs::JobsConfig,
    loaded::Effective,
    loader::Loader,
    logger::{LogFileConfig, LogFormat, LoggerConfig, Rotation},
    middleware::{
        AccessLogConfig, BodyLimitConfig, CatchPanicConfig, CompressionConfig, EtagConfig,
        MiddlewareConfig, RateLimitConfig, RequestIdConfig, SecurityHeadersConfig, TimeoutConfig,
    },
    openapi::OpenapiConfig,
    origin::Origin,
    root::Config,
    secret::Secret,
    server::ServerConfig,
};
pub use crate::env::Environment;
