//! The retention of backups.

use std::{fs, path::Path};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    BackupError, Manifest,
    manifest::manifest_path,
    name::{self, BackupName},
};

/// The retention rules of backups. With both rules a backup is removed only if both allow it: a machine that was off for a month still has
/// its newest `keep`, and a day with many backups still has `keep_days` of them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Retention {
    /// The number of newest backups to keep.
    pub(super) keep: Option<u32>,
    /// The number of days to keep backups for.
    pub(super) keep_days: Option<u32>,
}

impl Retention {
    /// Removes the backups of this application and environment in `folder` that the rules allow to remove, and returns their names.
    ///
    /// Files with other names, without a manifest, or whose manifest names another application are kept.
    pub(super) fn apply(
        self,
        folder: &Path,
        app: &str,
        environment: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, BackupError> {
        let mut backups = Vec::new();
        if self.keep.is_some() || self.keep_days.is_some() {
            let prefix = name::prefix(app, environment);
            for entry in fs::read_dir(folder).map_err(BackupError::file(folder))? {
                let entry = entry.map_err(BackupError::file(folder))?;
                let parsed = entry
                    .file_name()
                    .to_str()
                    .and_then(|name| BackupName::parse(name, &prefix));
                let Some(parsed) = parsed else { continue };
                let ours = Manifest::of(&entry.path()).is_ok_and(|manifest| {
                    manifest.app == app && manifest.environment == environment
                });
                if ours {
                    backups.push(parsed);
                }
            }
        }
        backups.sort_by_key(|backup| std::cmp::Reverse(backup.age_key()));
        let mut removed = Vec::new();
        for (rank, backup) in backups.iter().enumerate() {
            if self.allows_removal(rank, now - backup.created_at) {
                remove(&folder.join(backup.to_string()))?;
                removed.push(backup.to_string());
            }
        }
        Ok(removed)
    }

    /// Returns true if a backup with `rank` newer ones may be removed. The newest never is.
    fn allows_removal(self, rank: usize, age: TimeDelta) -> bool {
        let beyond_count = self.keep.is_none_or(|keep| rank >= keep as usize);
        let beyond_days = self
            .keep_days
            .is_none_or(|days| age > TimeDelta::days(days.into()));
        rank > 0 && beyond_count && beyond_days
    }
}

/// Removes a backup, then its manifest: after a power cut at most a manifest is left, which does not count as a backup.
fn remove(backup: &Path) -> Result<(), BackupError> {
    let manifest = manifest_path(backup);
    fs::remove_file(backup).map_err(BackupError::file(backup))?;
    fs::remove_file(&manifest).map_err(BackupError::file(&manifest))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::Retention;

    #[test]
    fn a_backup_goes_when_every_rule_lets_it_go() {
        let count = Retention {
            keep: Some(2),
            keep_days: None,
        };
        assert!(!count.allows_removal(1, TimeDelta::days(900)));
        assert!(count.allows_removal(2, TimeDelta::zero()));

        let days = Retention {
            keep: None,
            keep_days: Some(7),
        };
        assert!(!days.allows_removal(50, TimeDelta::days(7)));
        assert!(days.allows_removal(1, TimeDelta::days(8)));
        assert!(
            !days.allows_removal(0, TimeDelta::days(8)),
            "the newest stays"
        );

        let both = Retention {
            keep: Some(2),
            keep_days: Some(7),
        };
        assert!(!both.allows_removal(1, TimeDelta::days(8)));
        assert!(!both.allows_removal(2, TimeDelta::days(7)));
        assert!(both.allows_removal(2, TimeDelta::days(8)));
    }
}
