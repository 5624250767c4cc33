//! The replacement of a database by a backup: its options, and the previous database.

use chrono::{DateTime, Utc};

/// The options of a replacement.
#[derive(Clone, Copy)]
pub(super) struct ReplaceOptions {
    /// The time in the name of the previous database.
    pub(super) now: DateTime<Utc>,
    /// PostgreSQL: true if the privileges of roles are restored. They are if the backup is from the same environment, as the
    /// roles of another one need not exist here.
    #[cfg(feature = "postgres")]
    pub(super) privileges: bool,
}

/// The previous database, which is kept under another name.
#[derive(Debug)]
pub(super) struct PreviousDatabase {
    /// Its present address.
    pub(super) address: String,
    /// The command that removes it.
    pub(super) removal: String,
}
