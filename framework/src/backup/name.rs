//! The file names of backups: `{app}-{environment}-{time}.{kind}.zst`.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

/// The maximum number of backups with the same second in their names.
const COPIES: u32 = 1000;
const TIME: &str = "%Y%m%dT%H%M%SZ";

/// The kind of database that a backup is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    /// The name of the database, for messages.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite.zst",
            Self::Postgres => "pgdump.zst",
        }
    }
}

/// The file name of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BackupName {
    prefix: String,
    /// The time of the backup, to the second.
    pub(super) created_at: DateTime<Utc>,
    /// 1, or higher for further backups within the second.
    copy: u32,
    kind: Kind,
}

/// The prefix of the names of all backups of an application in an environment.
pub(super) fn prefix(app: &str, environment: &str) -> String {
    format!("{app}-{environment}-")
}

impl BackupName {
    /// The possible names of a backup at `now`, in order of preference.
    pub(super) fn candidates(
        prefix: &str,
        now: DateTime<Utc>,
        kind: Kind,
    ) -> impl Iterator<Item = String> {
        let name = Self {
            prefix: prefix.to_owned(),
            created_at: now.trunc_subsecs(0),
            copy: 1,
            kind,
        };
        (1..=COPIES).map(move |copy| {
            Self {
                copy,
                ..name.clone()
            }
            .to_string()
        })
    }

    /// Parses a file name; `None` if it is not the name of a backup with this prefix.
    pub(super) fn parse(name: &str, prefix: &str) -> Option<Self> {
        let (stem, extension) = name.strip_prefix(prefix)?.split_once('.')?;
        let kind = [Kind::Sqlite, Kind::Postgres]
            .into_iter()
            .find(|kind| kind.extension() == extension)?;
        let (time, copy) = match stem.split_once('-') {
            Some((time, copy)) => (time, copy.parse().ok()?),
            None => (stem, 1),
        };
        let created_at = NaiveDateTime::parse_from_str(time, TIME).ok()?.and_utc();
        let parsed = Self {
            prefix: prefix.to_owned(),
            created_at,
            copy,
            kind,
        };
        // A name that would not have been written like this belongs to another program.
        (parsed.to_string() == name).then_some(parsed)
    }

    /// The sort key by age: the time, then the number within the second.
    pub(super) fn age_key(&self) -> (DateTime<Utc>, u32) {
        (self.created_at, self.copy)
    }
}

impl fmt::Display for BackupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.prefix, self.created_at.format(TIME))?;
        if self.copy > 1 {
            write!(f, "-{}", self.copy)?;
        }
        write!(f, ".{}", self.kind.extension())
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::{BackupName, Kind};

    #[test]
    fn a_name_is_read_as_it_was_written() {
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 10, 15, 0).unwrap();
        let names: Vec<_> = BackupName::candidates("my-blog-test-", now, Kind::Postgres)
            .take(2)
            .collect();
        assert_eq!(
            names,
            [
                "my-blog-test-20261121T101500Z.pgdump.zst",
                "my-blog-test-20261121T101500Z-2.pgdump.zst"
            ]
        );
        for name in &names {
            assert_eq!(
                BackupName::parse(name, "my-blog-test-")
                    .unwrap()
                    .to_string(),
                *name
            );
        }
    }

    #[test]
    fn other_files_are_not_backups() {
        for name in [
            "blog-test-20261121T101500Z.sqlite.zst.json",
            "blog-test-20261121T101500Z.sqlite",
            "blog-test-20261121T101500Z-1.sqlite.zst",
            "blog-test-20261121T101500Z-02.sqlite.zst",
            "blog-test-old-20261121T101500Z.sqlite.zst",
            "blog-test-20261321T101500Z.sqlite.zst",
            "blog-production-20261121T101500Z.sqlite.zst",
            ".blog-test-20261121T101500Z.sqlite.zst.partial",
        ] {
            assert_eq!(BackupName::parse(name, "blog-test-"), None, "{name}");
        }
    }
}
