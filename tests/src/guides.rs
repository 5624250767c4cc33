//! The guides, so that every Rust block in them is a documentation test.

#![allow(
    clippy::doc_markdown,
    reason = "the guides are written for people who read them as pages"
)]
#![doc(hidden)]

/// `guides/README.md`
#[doc = include_str!("../../guides/README.md")]
pub mod readme {}

/// `guides/structure.md`
#[doc = include_str!("../../guides/structure.md")]
pub mod structure {}

/// `guides/http.md`
#[doc = include_str!("../../guides/http.md")]
pub mod http {}

/// `guides/authentication.md`
#[doc = include_str!("../../guides/authentication.md")]
pub mod authentication {}

/// `guides/authorization.md`
#[doc = include_str!("../../guides/authorization.md")]
pub mod authorization {}

/// `guides/views.md`
#[doc = include_str!("../../guides/views.md")]
pub mod views {}

/// `guides/mail.md`
#[doc = include_str!("../../guides/mail.md")]
pub mod mail {}

/// `guides/openapi.md`
#[doc = include_str!("../../guides/openapi.md")]
pub mod openapi {}

/// `guides/idempotency.md`
#[doc = include_str!("../../guides/idempotency.md")]
pub mod idempotency {}

/// `guides/rate-limits.md`
#[doc = include_str!("../../guides/rate-limits.md")]
pub mod rate_limits {}

/// `guides/audit.md`
#[doc = include_str!("../../guides/audit.md")]
pub mod audit {}

/// `guides/database.md`
#[doc = include_str!("../../guides/database.md")]
pub mod database {}

/// `guides/configuration.md`
#[doc = include_str!("../../guides/configuration.md")]
pub mod configuration {}

/// `guides/generators.md`
#[doc = include_str!("../../guides/generators.md")]
pub mod generators {}

/// `guides/background.md`
#[doc = include_str!("../../guides/background.md")]
pub mod background {}

/// `guides/testing.md`
#[doc = include_str!("../../guides/testing.md")]
pub mod testing {}

/// `guides/operations.md`
#[doc = include_str!("../../guides/operations.md")]
pub mod operations {}

/// `guides/performance.md`
#[doc = include_str!("../../guides/performance.md")]
pub mod performance {}

/// `guides/reliability.md`
#[doc = include_str!("../../guides/reliability.md")]
pub mod reliability {}

/// `guides/architecture.md`
#[doc = include_str!("../../guides/architecture.md")]
pub mod architecture {}
