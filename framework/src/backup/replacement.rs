//! The replacement of a database by a backup: its options, and the database that was there before.

use chrono::{DateTime, Utc};

/// The options of a replacement.
#[derive(Clone, Copy)]
pub(super) struct Replace {
    /// The time in the name of the previous database.
    pub(super) now: DateTime<Utc>,
    /// PostgreSQL: whether the rights that roles had are restored. They are where the backup is from the same
    /// environment, as the roles of another one need not exist here.
    #[cfg(feature = "postgres")]
    pub(super) privileges: bool,
}

/// The database that was replaced.
#[derive(Debug)]
pub(super) struct Kept {
    /// Where it is now.
    pub(super) address: String,
    /// The command that removes it.
    pub(super) removal: String,
}
