//! The section `[backup]`: the folder and retention of `db:backup`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Checks, Section};

/// The section `[backup]`: the folder and retention of `db:backup`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackupConfig {
    /// The folder that `db:backup` writes to, relative to the working directory. Default `backups`.
    pub directory: PathBuf,
    /// The number of backups to keep, at least 1. Default: all.
    pub keep: Option<u32>,
    /// The number of days to keep backups for, at least 1. Default: for ever.
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
