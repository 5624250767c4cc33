//! `[backup]`: where `db:backup` writes and what it keeps.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Checks, Section};

/// `[backup]`: where `db:backup` writes and what it keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackupConfig {
    /// The folder that `db:backup` writes to, relative to the working directory. Default `backups`.
    pub directory: PathBuf,
    /// How many backups are kept, at least 1. Default: all.
    pub keep: Option<u32>,
    /// For how many days backups are kept, at least 1. Default: for ever.
    pub keep_days: Option<u32>,
}

impl Default for BackupConfig {
    fn default() -> Self {
        Self {
            directory: PathBuf::from("backups"),
            keep: None,
            keep_days: None,
        }
    }
}

impl Section for BackupConfig {
    fn check(&self, checks: &mut Checks) {
        checks.not_empty("backup.directory", &self.directory.to_string_lossy());
        if let Some(keep) = self.keep {
            checks.range("backup.keep", &keep, 1..=u32::MAX);
        }
        if let Some(days) = self.keep_days {
            checks.range("backup.keep_days", &days, 1..=u32::MAX);
        }
    }
}
