//! The section `[idempotency]`: stored responses to requests with an `Idempotency-Key`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Checks, Section};
use crate::config::duration;

const DAY: Duration = Duration::from_hours(24);

/// The section `[idempotency]`: expiry, maximum size and maximum number of the stored responses to requests with an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdempotencyConfig {
    /// The time for which a response to an `Idempotency-Key` is repeated, above 0 and at most `365d`; afterwards the key counts as a new
    /// one. Default `24h`.
    #[serde(with = "duration")]
    pub expiry: Duration,
    /// The largest body of a stored response, in bytes, at least 1. A larger one is an error of the application (500), and
    /// the request has no effect. Default 1 MiB.
    pub max_body_bytes: usize,
    /// The maximum number of stored responses of one caller, at least 1; further keys are refused with 429 until the first of them expires.
    /// Unknown callers are told apart by their address and the headers `Authorization` and `Cookie`. Default
    /// 100 000.
    pub max_responses_per_caller: u32,
}

impl Default for IdempotencyConfig {
    fn default() -> Self {
        Self {
            expiry: DAY,
            max_body_bytes: 1024 * 1024,
            max_responses_per_caller: 100_000,
        }
    }
}

impl Section for IdempotencyConfig {
    fn check(&self, checks: &mut Checks) {
        checks.time("idempotency.expiry", self.expiry, 365 * DAY);
        checks.range(
            "idempotency.max_body_bytes",
            &self.max_body_bytes,
            1..=usize::MAX,
        );
        checks.range(
            "idempotency.max_responses_per_caller",
            &self.max_responses_per_caller,
            1..=u32::MAX,
        );
    }
}
