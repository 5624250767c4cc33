//! The configuration of an application: typed, layered, and refused as a whole if anything in it is wrong.
//!
//! Each section is a plain struct with its defaults; a module of the framework receives its own section. A [`Loader`]
//! reads the layers, [`Config::settings`] gives the app's own `[app]`, [`Config::effective`] shows every value with its
//! source.
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

pub mod duration;
mod load;
mod raw;
mod report;
mod secret;
mod sections;

pub use self::{
    load::Loader,
    raw::Origin,
    report::{ConfigError, ConfigProblem, Effective, Hint},
    secret::Secret,
    sections::*,
};
pub use crate::env::Environment;
