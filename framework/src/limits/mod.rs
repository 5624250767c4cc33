//! Limits: how often something may be done, for each subject, such as an account or an address.
//!
//! The rules of the configuration (`[[middleware.rate_limit.rules]]`) limit requests before a handler runs. Within a handler
//! [`ctx.limits`](crate::context::Handles::limits) limits what only it knows: a [`Limit`] is used up evenly, and a [`Lockout`] grows with
//! each failure.
//!
//! ```
//! use std::time::Duration;
//!
//! use fw::{limits::{Limit, Limits, Lockout}, prelude::*};
//!
//! const MAILS: Limit = Limit::new("mails", 3, Duration::from_hours(1));
//! const SIGN_IN: Lockout = Lockout::after("sign-in", 5);
//!
//! async fn sign_in(limits: &Limits, account: &str, is_right: bool) -> Result<()> {
//!     let attempt = limits.attempt(&SIGN_IN, account).await?;
//!     if !is_right {
//!         return Err(Error::unauthorized());
//!     }
//!     attempt.succeeded().await;
//!     Ok(())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let limits = Limits::in_memory();
//! for _ in 0..3 {
//!     assert!(limits.take(&MAILS, "ada@example.com").await);
//! }
//! assert!(!limits.take(&MAILS, "ada@example.com").await);
//! assert_eq!(limits.check(&MAILS, "ada@example.com").await.unwrap_err().status(), 429);
//!
//! for _ in 0..5 {
//!     let error = sign_in(&limits, "ada@example.com", false).await.unwrap_err();
//!     assert_eq!(error.status(), 401);
//! }
//! let error = sign_in(&limits, "ada@example.com", true).await.unwrap_err();
//! assert_eq!(error.status(), 429);
//! assert_eq!(error.headers()["retry-after"], "30");
//! # Ok(())
//! # }
//! ```

mod error;
mod gcra;
mod handle;
mod key;
mod limit;
mod lockout;
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod room;
mod standing;

pub use self::{
    error::LimitsError,
    handle::{Attempt, Limits},
    limit::Limit,
    lockout::Lockout,
};
pub(crate) use self::{gcra::Gcra, key::Client, room::ROOM, standing::Standing};
