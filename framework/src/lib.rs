//! Framewright: an opinionated web framework for Rust, on axum and SeaORM.
//!
//! An application implements [`Hooks`](app::Hooks) and hands itself to [`command::main`]; the companion `cargo fw` writes
//! both, and generates the rest into it.
//!
//! | for | see |
//! |---|---|
//! | the parts of an application and their order | [`app`], [`context`], [`boot`] |
//! | requests and responses | [`controller`], [`dto`], [`validation`], [`error`], [`middleware`], [`openapi`] |
//! | database, models and migrations | [`db`], [`model`], [`migration`](mod@migration) |
//! | rate limits | [`limits`] |
//! | background work and backups | [`task`], [`jobs`], [`queue`], [`scheduler`], [`backup`] |
//! | configuration, log, server, command line | [`config`], [`env`](mod@env), [`telemetry`], [`server`], [`command`] |
//! | tests | the crate [`framewright-testing`](https://docs.rs/framewright-testing) |
//! | common imports | [`prelude`] |
//!
//! # Features
//!
//! | feature | adds | default |
//! |---|---|---|
//! | `sqlite` | SQLite, embedded: no server to run | yes |
//! | `postgres` | PostgreSQL 13 or newer | no |
//! | `postgres-tls` | PostgreSQL with encrypted connections (rustls) | no |
//! | `time-zones` | time zones of schedules, from the IANA database; without it there is only UTC | no |
//! | `redis` | Redis as the store of background jobs, and of limits that processes share | no |
//! | `jobs-board` | pages that show background jobs and act on them: `jobs::board` | no |
//! | `openapi` | the description of the API, see [`openapi`] | yes |
//! | `audit` | a log of who did what, in a table that only grows, see `audit` | no |
//! | `signing` | signatures of what is sent out and taken back, see `signing`; implied by `views` | no |
//! | `auth` | accounts of people: passwords, sessions, tokens and access types with permissions, see `auth` | no |
//! | `views` | HTML pages from templates, with assets and languages | no |
//! | `mailer` | mails from templates, delivered by background jobs: `mailer` | no |
//! | `smtp` | the delivery of mails by SMTP | no |

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("framewright needs a database: enable its feature `sqlite` or `postgres`");

pub mod app;
#[cfg(feature = "audit")]
pub mod audit;
#[cfg(feature = "auth")]
pub mod auth;
pub mod backup;
pub mod boot;
mod builtin;
pub mod command;
pub mod config;
pub mod context;
pub mod controller;
#[cfg(feature = "signing")]
mod cookie;
mod count;
pub mod db;
#[cfg(feature = "_templates")]
mod devtools;
pub mod dto;
pub mod env;
pub mod error;
mod idempotency;
pub mod jobs;
pub mod limits;
#[cfg(feature = "mailer")]
mod mailbox;
#[cfg(feature = "mailer")]
pub mod mailer;
#[cfg(any(feature = "jobs-board", feature = "_templates"))]
mod markup;
pub mod middleware;
pub mod migration;
pub mod model;
pub mod openapi;
pub mod prelude;
pub mod queue;
#[cfg(feature = "redis")]
mod redis_client;
mod room;
pub mod scheduler;
pub mod server;
#[cfg(feature = "signing")]
pub mod signing;
pub mod task;
pub mod telemetry;
#[doc(hidden)]
pub mod test_support;
pub mod validation;
#[cfg(feature = "_templates")]
pub mod view;

pub use error::{Error, Result};

// The crates whose types are part of the public interface, in the versions that it uses.
#[cfg(feature = "openapi")]
pub use schemars;
pub use {axum, http, sea_orm};
