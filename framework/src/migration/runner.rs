//! The runner, which applies and undoes migrations, one process at a time.
//!
//! Two processes may migrate at once (two machines that are deployed together): on PostgreSQL the second waits for a
//! session-wide advisory lock, on SQLite for the write lock of each migration's transaction; then it finds nothing to do.
//! Each migration and its record are one transaction, so a process that is killed leaves nothing half-done.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction,
    DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, RuntimeErr, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
};

use super::{
    Migration, MigrationError, Migrator, Schema,
    record::{ActiveModel, Column, Entity, Model},
    stored_form,
};

/// The key of the advisory lock: "framewri" in ASCII.
const LOCK: i64 = 0x6672_616d_6577_7269;

/// The status of one migration, as `db status` shows it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Status {
    /// The name, such as `m20261121_101500_create_posts`.
    pub name: String,
    /// The time at which it was applied; `None` while it is pending.
    pub applied_at: Option<DateTime<Utc>>,
    /// True if the application has this migration; a database that was migrated by a newer version has others.
    pub known: bool,
}

impl Migrator {
    /// The status of all migrations: those of the application in their order, then those that only the database knows.
    pub async fn status<C: ConnectionTrait>(&self, db: &C) -> Result<Vec<Status>, MigrationError> {
        self.check_names()?;
        let applied = records(db).await?;
        let applied_at = |name: &str| {
            applied
                .iter()
                .find(|record| record.version == name)
                .and_then(|record| DateTime::from_timestamp(record.applied_at, 0))
        };
        let mut list: Vec<Status> = self
            .all()
            .map(|migration| Status {
                name: migration.name().to_owned(),
                applied_at: applied_at(migration.name()),
                known: true,
            })
            .collect();
        for record in &applied {
            if self.find(&record.version).is_none() {
                list.push(Status {
                    name: record.version.clone(),
                    applied_at: DateTime::from_timestamp(record.applied_at, 0),
                    known: false,
                });
            }
        }
        Ok(list)
    }

    /// The names of the framework's and the application's pending migrations.
    ///
    /// Fails when the database has migrations that the application does not know.
    pub async fn pending<C: ConnectionTrait>(&self, db: &C) -> Result<Vec<String>, MigrationError> {
        let status = self.status(db).await?;
        refuse_unknown(&status)?;
        Ok(status
            .into_iter()
            .filter(|one| one.applied_at.is_none())
            .map(|one| one.name)
            .collect())
    }

    /// Applies the framework's own migrations and up to `steps` pending ones of the application (all of them for `None`), and
    /// returns the names of all. If none are pending, an SQLite database is repaired: see
    /// [`tables_without_triggers`](super::tables_without_triggers).
    pub async fn up(
        &self,
        db: &DatabaseConnection,
        steps: Option<usize>,
    ) -> Result<Vec<String>, MigrationError> {
        with_lock(db, async || {
            create_table(db).await?;
            let (first, then): (Vec<_>, Vec<_>) = self
                .pending(db)
                .await?
                .into_iter()
                .partition(|name| self.is_of_framework(name));
            let then = then.into_iter().take(steps.unwrap_or(usize::MAX));
            let mut done = Vec::new();
            for name in first.into_iter().chain(then) {
                let migration = self.get(&name)?;
                if apply(db, migration)
                    .await
                    .map_err(|source| MigrationError::Failed {
                        name: name.clone(),
                        source,
                    })?
                {
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
    pub async fn down(
        &self,
        db: &DatabaseConnection,
        steps: usize,
    ) -> Result<Vec<String>, MigrationError> {
        with_lock(db, async || {
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
                undo(db, migration)
                    .await
                    .map_err(|source| MigrationError::Failed {
                        name: one.name.clone(),
                        source,
                    })?;
                tracing::info!(migration = one.name, "migration undone");
                done.push(one.name);
            }
            Ok(done)
        })
        .await
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

async fn records<C: ConnectionTrait>(db: &C) -> Result<Vec<Model>, MigrationError> {
    match Entity::find().order_by_asc(Column::Version).all(db).await {
        Ok(records) => Ok(records),
        // Checking first would cost every start a round trip. A database that did not respond is not queried again.
        Err(error) if is_refused(&error) && matches!(has_table(db).await, Ok(false)) => {
            Ok(Vec::new())
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns true if the database itself has refused a query.
fn is_refused(error: &DbErr) -> bool {
    matches!(error, DbErr::Query(RuntimeErr::SqlxError(cause)) if cause.as_database_error().is_some())
}

/// Returns true if the table of applied migrations exists.
async fn has_table<C: ConnectionTrait>(db: &C) -> Result<bool, DbErr> {
    let query = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'"
        }
        _ => "SELECT 1 WHERE to_regclass('seaql_migrations') IS NOT NULL",
    };
    let query = Statement::from_string(db.get_database_backend(), query);
    Ok(db.query_one_raw(query).await?.is_some())
}

/// Creates the table of applied migrations unless it exists.
async fn create_table(db: &DatabaseConnection) -> Result<(), DbErr> {
    let schema = sea_orm::Schema::new(db.get_database_backend());
    let mut table = schema.create_table_from_entity(Entity);
    table.if_not_exists();
    db.execute(&table).await.map(drop)
}

/// Runs `work` while no other process migrates the same PostgreSQL database.
async fn with_lock<T>(
    db: &DatabaseConnection,
    work: impl AsyncFnOnce() -> Result<T, MigrationError>,
) -> Result<T, MigrationError> {
    if db.get_database_backend() != DbBackend::Postgres {
        return work().await;
    }
    // The pool has one connection, so lock, work and unlock share a session. A process that dies loses its session and
    // with it the lock.
    db.execute_unprepared(&format!("SELECT pg_advisory_lock({LOCK})"))
        .await?;
    let result = work().await;
    db.execute_unprepared(&format!("SELECT pg_advisory_unlock({LOCK})"))
        .await?;
    result
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
async fn apply(db: &DatabaseConnection, migration: &Migration) -> Result<bool, DbErr> {
    if !migration.in_transaction() {
        without_triggers(db, migration.up(&Schema::new(db))).await?;
        insert_record(db, migration).await?;
        return Ok(true);
    }
    let transaction = begin(db).await?;
    if Entity::find_by_id(migration.name())
        .one(&transaction)
        .await?
        .is_some()
    {
        transaction.rollback().await?;
        return Ok(false);
    }
    let dropped = stored_form::drop_triggers(&transaction).await?;
    migration.up(&Schema::new(&transaction)).await?;
    stored_form::restore_triggers(&transaction, dropped).await?;
    insert_record(&transaction, migration).await?;
    transaction.commit().await?;
    Ok(true)
}

async fn undo(db: &DatabaseConnection, migration: &Migration) -> Result<(), DbErr> {
    if !migration.in_transaction() {
        without_triggers(db, migration.down(&Schema::new(db))).await?;
        return delete_record(db, migration).await;
    }
    let transaction = begin(db).await?;
    let dropped = stored_form::drop_triggers(&transaction).await?;
    migration.down(&Schema::new(&transaction)).await?;
    stored_form::restore_triggers(&transaction, dropped).await?;
    delete_record(&transaction, migration).await?;
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

async fn insert_record<C: ConnectionTrait>(db: &C, migration: &Migration) -> Result<(), DbErr> {
    let record = ActiveModel {
        version: Set(migration.name().to_owned()),
        applied_at: Set(Utc::now().timestamp()),
    };
    Entity::insert(record)
        .exec_without_returning(db)
        .await
        .map(drop)
}

async fn delete_record<C: ConnectionTrait>(db: &C, migration: &Migration) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::Version.eq(migration.name()))
        .exec(db)
        .await
        .map(drop)
}
