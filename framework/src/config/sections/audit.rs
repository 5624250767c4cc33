//! The section `[audit]`: how long the audit log keeps what.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Checks, Section};
use crate::config::duration;

const DAY: Duration = Duration::from_hours(24);

/// The section `[audit]`: how long the audit log keeps what. It has an effect with the Cargo feature `audit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuditConfig {
    /// The time for which an event is kept, from `1d` to `3650d`. The database refuses to delete it before; a change holds for later events.
    /// Default `365d`.
    #[serde(with = "duration")]
    pub retention: Duration,
    /// The time for which the address and the user agent of a client are kept in an event, at most `3650d`; then they are blanked. Events of those
    /// who only claim to be somebody, such as wrong passwords, are deleted then. Default `30d`.
    #[serde(with = "duration")]
    pub ip_retention: Duration,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self {
            retention: 365 * DAY,
            ip_retention: 30 * DAY,
        }
    }
}

impl Section for AuditConfig {
    fn check(&self, checks: &mut Checks) {
        if self.retention < DAY {
            checks.wrong(
                "audit.retention",
                "a duration from `1d` to `3650d`",
                format!("`{}`", duration::format(self.retention)),
            );
        }
        checks.time_or_zero("audit.retention", self.retention, 3650 * DAY);
        checks.time_or_zero("audit.ip_retention", self.ip_retention, 3650 * DAY);
    }
}
