//! Idempotency keys: the storage of responses to requests that may be repeated, in the table `idempotency_keys`.
//!
//! The rules are those of [draft-ietf-httpapi-idempotency-key-header-07][draft] (October 2025). The service that applies them is
//! in `controller`.
//!
//! [draft]: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07

mod fingerprint;
mod key;
mod response;
mod room;
mod table;

pub(crate) use fingerprint::Fingerprint;
#[cfg(feature = "openapi")]
pub(crate) use key::IN_USE;
pub(crate) use key::{HEADER, IdempotencyKey, in_use};
pub(crate) use response::StoredResponse;
pub(crate) use room::ROOM;
pub(crate) use table::{check_count, find, prune, save};
