//! The outcome of a replacement of a database by a backup.

/// The previous database, which is kept under another name.
#[derive(Debug)]
pub(super) struct PreviousDatabase {
    /// Its present address.
    pub(super) address: String,
    /// The command that removes it.
    pub(super) removal: String,
}
