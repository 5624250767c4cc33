//! The runner, which applies and undoes migrations, one process at a time.
//!
//! Two processes may migrate at once (two machines that are deployed together): on PostgreSQL the second waits for a
//! session-wide advisory lock, on SQLite for the write lock of each migration's transaction; then it finds nothing to do.
//! Each migration and its record are one transaction, so a process that is killed leaves nothing half-done.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use super::{
    Migration, MigrationError, Migrator, Schema, locks,
    record::{self, Model},
    rights, stored_form,
};

/// The status of one migration, as `db status` shows it. See [`Migrator`] for an example.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Status {
    /// The name, such as `m20261121_101500_create_posts`.
    pub name: String,
    /// The time at which it was applied; `None` while it is pending.
    pub applied_at: Option<DateTime<Utc>>,
    /// True if the application has this migration; a database that was migrated by a newer version has others.
    pub known: bool,
    /// True if it only adds, so that releases without it work with it; `None` while it is pending, and if it was applied by a
    /// version of the framework that did not note this.
    pub additive: Option<bool>,
}

impl Migrator {
    /// The status of all migrations: those of the application in their order, then those that only the database knows.
    ///
    /// Fails when two migrations have the same name, and when the database cannot be read.
    pub async fn status<C: ConnectionTrait>(&self, db: &C) -> Result<Vec<Status>, MigrationError> {
        self.check_names()?;
        let applied = match record::records(db).await {
            Err(MigrationError::Database(error)) => return Err(rights::explain(db, error).await),
            result => result?,
        };
        let status = |name: &str, record: Option<&Model>, known| Status {
            name: name.to_owned(),
            applied_at: record.and_then(|record| DateTime::from_timestamp(record.applied_at, 0)),
            known,
            additive: record.and_then(|record| record.additive),
        };
        let mut list = Vec::new();
        for name in self.names() {
            let record = applied.iter().find(|record| record.version == name);
            list.push(status(name, record, true));
        }
        for record in &applied {
            if self.find(&record.version).is_none() {
                list.push(status(&record.version, Some(record), false));
            }
        }
        Ok(list)
    }

    /// The names of the framework's and the application's pending migrations.
    ///
    /// Fails when the database has migrations that the application does not know, unless they only add or are accepted by name.
    pub async fn pending<C: ConnectionTrait>(&self, db: &C) -> Result<Vec<String>, MigrationError> {
        let status = self.status(db).await?;
        self.refuse_breaking(&status)?;
        Ok(status
            .into_iter()
            .filter(|one| one.applied_at.is_none())
            .map(|one| one.name)
            .collect())
    }

    /// Applies the framework's own migrations and up to `steps` pending ones of the application (all of them for `None`), and
    /// returns the names of all. If none are pending, an SQLite database is repaired: see
    /// [`stored_form_faults`](super::stored_form_faults).
    ///
    /// Fails as [`pending`](Self::pending) does, when a lock is not free in time, and with the first migration that fails: those before it
    /// stay applied.
    pub async fn up(
        &self,
        db: &DatabaseConnection,
        steps: Option<usize>,
    ) -> Result<Vec<String>, MigrationError> {
        // Without pending migrations nothing is locked or created, so that a role may do without the right to.
        if db.get_database_backend() == DbBackend::Postgres && self.pending(db).await?.is_empty() {
            return Ok(Vec::new());
        }
        locks::exclusively(db, async || {
            if let Err(error) = record::create_table(db).await {
                return Err(rights::explain(db, error).await);
            }
            let (first, then): (Vec<_>, Vec<_>) = self
                .pending(db)
                .await?
                .into_iter()
                .partition(|name| self.is_of_framework(name));
            let then = then.into_iter().take(steps.unwrap_or(usize::MAX));
            let mut done = Vec::new();
            for name in first.into_iter().chain(then) {
                let migration = self.get(&name)?;
                let timeout = self.lock_timeout();
                let applied =
                    locks::with_retries(&name, timeout, || Box::pin(apply(db, migration, timeout)));
                if rights::explained(db, applied.await).await? {
                    tracing::info!(migration = name, "migration applied");
                    done.push(name);
                }
            }
            if done.is_empty() && db.get_database_backend() == DbBackend::Sqlite {
                let transaction = begin(db).await?;
                stored_form::repair(&transaction).await?;
                transaction.commit().await?;
            }
            Ok(done)
        })
        .await
    }

    /// Undoes the latest `steps` migrations of the application, newest first, and returns their names. The framework's own stay.
    ///
    /// Fails when the database has migrations that the application does not know, when a lock is not free in time, and with the first
    /// migration that fails or cannot be undone.
    pub async fn down(
        &self,
        db: &DatabaseConnection,
        steps: usize,
    ) -> Result<Vec<String>, MigrationError> {
        locks::exclusively(db, async || {
            let status = self.status(db).await?;
            refuse_unknown(&status)?;
            let mut done = Vec::new();
            for one in status
                .into_iter()
                .rev()
                .filter(|one| one.applied_at.is_some() && !self.is_of_framework(&one.name))
                .take(steps)
            {
                let migration = self.get(&one.name)?;
                let timeout = self.lock_timeout();
                let undone = locks::with_retries(&one.name, timeout, || {
                    Box::pin(undo(db, migration, timeout))
                });
                rights::explained(db, undone.await).await?;
                tracing::info!(migration = one.name, "migration undone");
                done.push(one.name);
            }
            Ok(done)
        })
        .await
    }

    /// Refuses migrations that only the database has, and that may break this application.
    fn refuse_breaking(&self, status: &[Status]) -> Result<(), MigrationError> {
        let (additive, breaking): (Vec<_>, Vec<_>) = status
            .iter()
            .filter(|one| !one.known)
            .map(|one| (one, one.additive == Some(true) || self.accepts(&one.name)))
            .partition(|(_, additive)| *additive);
        let names =
            |list: &[(&Status, bool)]| list.iter().map(|(one, _)| one.name.clone()).collect();
        if !breaking.is_empty() {
            return Err(MigrationError::Newer {
                names: names(&breaking),
            });
        }
        if !additive.is_empty() {
            let migrations: Vec<String> = names(&additive);
            tracing::warn!(
                ?migrations,
                "the database has migrations of a newer release, which this one works with"
            );
        }
        Ok(())
    }

    fn check_names(&self) -> Result<(), MigrationError> {
        let mut names = self.names();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(MigrationError::Duplicate {
                name: pair[0].to_owned(),
            }),
            None => Ok(()),
        }
    }

    fn get(&self, name: &str) -> Result<&Migration, MigrationError> {
        self.find(name).ok_or_else(|| MigrationError::Unknown {
            names: vec![name.to_owned()],
        })
    }
}

/// Refuses migrations that only the database has: what comes before them cannot be undone.
fn refuse_unknown(status: &[Status]) -> Result<(), MigrationError> {
    let names: Vec<String> = status
        .iter()
        .filter(|one| !one.known)
        .map(|one| one.name.clone())
        .collect();
    if names.is_empty() {
        Ok(())
    } else {
        Err(MigrationError::Unknown { names })
    }
}

/// Begins the transaction of a migration, which on SQLite takes the write lock at once.
async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let mut options = TransactionOptions::default();
    if db.get_database_backend() == DbBackend::Sqlite {
        options.sqlite_transaction_mode = Some(SqliteTransactionMode::Immediate);
    }
    db.begin_with_options(options).await
}

/// Applies a migration. Returns false if another process has done so in the meantime.
async fn apply(
    db: &DatabaseConnection,
    migration: &Migration,
    lock_timeout: Duration,
) -> Result<bool, DbErr> {
    if !migration.in_transaction() {
        let schema = Schema::new(db);
        without_triggers(db, migration.up(&schema)).await?;
        record::insert(db, migration, migration.is_additive(&schema)).await?;
        return Ok(true);
    }
    let transaction = begin(db).await?;
    if record::is_recorded(&transaction, migration).await? {
        transaction.rollback().await?;
        return Ok(false);
    }
    locks::limit(&transaction, lock_timeout).await?;
    let dropped = stored_form::drop_triggers(&transaction).await?;
    let additive = {
        let schema = Schema::new(&transaction);
        migration.up(&schema).await?;
        migration.is_additive(&schema)
    };
    stored_form::restore_triggers(&transaction, dropped).await?;
    record::insert(&transaction, migration, additive).await?;
    transaction.commit().await?;
    Ok(true)
}

async fn undo(
    db: &DatabaseConnection,
    migration: &Migration,
    lock_timeout: Duration,
) -> Result<(), DbErr> {
    if !migration.in_transaction() {
        without_triggers(db, migration.down(&Schema::new(db))).await?;
        return record::delete(db, migration).await;
    }
    let transaction = begin(db).await?;
    locks::limit(&transaction, lock_timeout).await?;
    let dropped = stored_form::drop_triggers(&transaction).await?;
    migration.down(&Schema::new(&transaction)).await?;
    stored_form::restore_triggers(&transaction, dropped).await?;
    record::delete(&transaction, migration).await?;
    transaction.commit().await
}

/// Runs a migration outside of a transaction while our triggers are dropped. They are restored even if it fails.
async fn without_triggers(
    db: &DatabaseConnection,
    work: impl Future<Output = Result<(), DbErr>>,
) -> Result<(), DbErr> {
    let before = begin(db).await?;
    let dropped = stored_form::drop_triggers(&before).await?;
    before.commit().await?;
    let done = work.await;
    let after = begin(db).await?;
    stored_form::restore_triggers(&after, dropped).await?;
    after.commit().await?;
    done
}
