//! The names of backups: `{app}-{environment}-{time}.{kind}.zst`.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

/// Backups made in the same second are numbered up to this.
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
    /// The name of the database, for people.
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

/// The name of one backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BackupName {
    family: String,
    /// To the second.
    pub(super) created_at: DateTime<Utc>,
    /// 1, or more for further backups within the second.
    copy: u32,
    kind: Kind,
}

/// What the names of all backups of an application in an environment start with.
pub(super) fn family(app: &str, environment: &str) -> String {
    format!("{app}-{environment}-")
}

impl BackupName {
    /// The names that a backup made at `now` may get, best first.
    pub(super) fn candidates(
        family: &str,
        now: DateTime<Utc>,
        kind: Kind,
    ) -> impl Iterator<Item = String> {
        let name = Self {
            family: family.to_owned(),
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

    /// Reads a file name; `None` when it is not of a backup of this family.
    pub(super) fn parse(name: &str, family: &str) -> Option<Self> {
        let (stem, extension) = name.strip_prefix(family)?.split_once('.')?;
        let kind = [Kind::Sqlite, Kind::Postgres]
            .into_iter()
            .find(|kind| kind.extension() == extension)?;
        let (time, copy) = match stem.split_once('-') {
            Some((time, copy)) => (time, copy.parse().ok()?),
            None => (stem, 1),
        };
        let created_at = NaiveDateTime::parse_from_str(time, TIME).ok()?.and_utc();
        let parsed = Self {
            family: family.to_owned(),
            created_at,
            copy,
            kind,
        };
        // What this would not have been written as is somebody else's file.
        (parsed.to_string() == name).then_some(parsed)
    }

    /// When it was made, for sorting: copies within a second in their order.
    pub(super) fn age_key(&self) -> (DateTime<Utc>, u32) {
        (self.created_at, self.copy)
    }
}

impl fmt::Display for BackupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.family, self.created_at.format(TIME))?;
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
