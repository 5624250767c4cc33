//! Slots: the next times of schedules, which all processes share.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// A schedule with its next time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Slot {
    /// The name of the schedule.
    pub name: String,
    /// The rule of its times, as text: when it changes, so does the next time.
    pub spec: String,
    /// The next time.
    pub next_at: DateTime<Utc>,
}
