//! Unfinished databases, which a restore leaves behind if its process is killed. The next one removes them.
//!
//! The process that fills a database holds a lock of the database's name. The lock ends with the process.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::connection::{execute, failed};
use crate::{
    backup::BackupError,
    db::{PgTarget, quote},
};

/// The length of the longest name that PostgreSQL does not truncate, in bytes.
const LONGEST_NAME: usize = 63;

/// The length of the time in a name: `20261121101500000`.
const TIME: usize = 17;

/// The purpose of a database beside the present one, in its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It becomes the present one.
    Restoring,
    /// It is dropped once the backup is verified.
    Verifying,
    /// It was the present one, and is kept.
    BeforeRestore,
}

impl Purpose {
    /// The purposes of databases that are unfinished as long as they exist.
    const UNFINISHED: [Self; 2] = [Self::Restoring, Self::Verifying];

    fn name(self) -> &'static str {
        match self {
            Self::Restoring => "restoring",
            Self::Verifying => "verifying",
            Self::BeforeRestore => "before_restore",
        }
    }

    /// The name of a database beside the present one: `{database}_{purpose}_{time}`, truncated to the longest allowed name.
    pub(super) fn beside(self, database: &str, now: DateTime<Utc>) -> String {
        let start = self.start(database);
        format!("{start}{}", now.format("%Y%m%d%H%M%S%3f"))
    }

    /// The name up to the time.
    fn start(self, database: &str) -> String {
        let purpose = format!("_{}_", self.name());
        let mut end = database.len().min(LONGEST_NAME - purpose.len() - TIME);
        while !database.is_char_boundary(end) {
            end -= 1;
        }
        format!("{}{purpose}", &database[..end])
    }
}

/// Takes the lock of a database that is to be filled, until the connection ends. Returns false if another process has it.
pub(super) async fn claim(
    server: &mut PgConnection,
    target: &PgTarget,
    database: &str,
) -> Result<bool, BackupError> {
    sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtextextended($1, 0))")
        .bind(format!("framewright {database}"))
        .fetch_one(server)
        .await
        .map_err(failed(target))
}

/// Drops the unfinished databases of processes that are gone.
pub(super) async fn remove(
    server: &mut PgConnection,
    target: &PgTarget,
) -> Result<(), BackupError> {
    let names: Vec<String> = sqlx::query_scalar("SELECT datname::text FROM pg_database")
        .fetch_all(&mut *server)
        .await
        .map_err(failed(target))?;
    for name in names {
        if !is_unfinished(&target.database, &name) || !claim(server, target, &name).await? {
            continue;
        }
        // Without `FORCE`: whoever looks into it wants to keep it.
        let sql = format!("DROP DATABASE IF EXISTS {}", quote(&name));
        match execute(server, target, &sql).await {
            Ok(()) => tracing::info!(
                database = name,
                "dropped: a restore that was killed has left it behind"
            ),
            Err(error) => tracing::warn!(
                database = name,
                %error,
                "a restore that was killed has left it behind, and it cannot be dropped"
            ),
        }
    }
    Ok(())
}

/// Returns true for the name of a database that was to become the present one, or was to be dropped.
fn is_unfinished(database: &str, name: &str) -> bool {
    Purpose::UNFINISHED.iter().any(|purpose| {
        name.strip_prefix(&purpose.start(database))
            .is_some_and(|time| time.len() == TIME && time.bytes().all(|b| b.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::{Purpose, is_unfinished};

    #[test]
    fn names_fit() {
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 10, 15, 0).unwrap();
        assert_eq!(
            Purpose::Restoring.beside("blog", now),
            "blog_restoring_20261121101500000"
        );
        let long = Purpose::BeforeRestore.beside(&"é".repeat(40), now);
        assert!(
            long.len() <= 63 && long.ends_with("é_before_restore_20261121101500000"),
            "{long}"
        );
    }

    #[test]
    fn only_what_is_unfinished_is_dropped() {
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 10, 15, 0).unwrap();
        let long = "é".repeat(40);
        for database in ["blog", "blog_before", &long] {
            for (purpose, expected) in [
                (Purpose::Restoring, true),
                (Purpose::Verifying, true),
                (Purpose::BeforeRestore, false),
            ] {
                let name = purpose.beside(database, now);
                assert_eq!(is_unfinished(database, &name), expected, "{name}");
            }
        }
        for name in [
            "blog",
            "blog_restoring_",
            "blog_restoring_2026",
            "blog_restoring_2026112110150000x",
            "blogs_restoring_20261121101500000",
        ] {
            assert!(!is_unfinished("blog", name), "{name}");
        }
    }
}
