//! Remembers the answers to requests that may be repeated: the table `idempotency_keys` and what is in it.
//!
//! The rules are those of [draft-ietf-httpapi-idempotency-key-header-07][draft] (October 2025). The service that keeps them is
//! in `controller`.
//!
//! [draft]: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07

mod answer;
mod fingerprint;
mod key;
mod room;
mod table;

pub(crate) use answer::Answer;
pub(crate) use fingerprint::Fingerprint;
#[cfg(feature = "openapi")]
pub(crate) use key::IN_USE;
pub(crate) use key::{HEADER, IdempotencyKey, in_use};
pub(crate) use room::ROOM;
pub(crate) use table::{find, prune, save};
