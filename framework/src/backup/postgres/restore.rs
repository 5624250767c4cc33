//! The restoration of a backup of PostgreSQL.

use std::{io, path::Path, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection};

use super::{
    connection::{
        code, connect, contents, execute, failed, literal, maintenance, major_version, named,
    },
    leftovers::{self, Purpose},
    program, rights,
};
use crate::{
    backup::{BackupError, Manifest, archive, job::Job, replacement::PreviousDatabase},
    db::{PgTarget, quote},
};

/// Restores a backup into a scratch database and drops it again.
pub(in crate::backup) async fn rehearse(
    target: &PgTarget,
    backup: &Path,
    manifest: &Manifest,
    now: DateTime<Utc>,
    job: &Job,
) -> Result<(), BackupError> {
    let scratch = named(target, &Purpose::Verifying.beside(&target.database, now));
    let mut server = maintenance(target).await?;
    create_like(&mut server, target, &scratch).await?;
    let result = fill(&scratch, backup, manifest, job).await;
    let dropped = drop_database(&mut server, &scratch).await;
    result.map(drop).and(dropped)
}

/// Restores a backup beside the database, then swaps the two.
pub(in crate::backup) async fn replace(
    target: &PgTarget,
    backup: &Path,
    manifest: &Manifest,
    now: DateTime<Utc>,
    job: &Job,
) -> Result<Option<PreviousDatabase>, BackupError> {
    let beside = |purpose: Purpose| named(target, &purpose.beside(&target.database, now));
    let (fresh, previous) = (beside(Purpose::Restoring), beside(Purpose::BeforeRestore));
    let mut server = maintenance(target).await?;
    let exists = create_like(&mut server, target, &fresh).await?;
    let result = async {
        if exists {
            let mut connection = connect(&fresh).await?;
            note(rights::copy_defaults(target, &fresh, &mut connection).await);
        }
        let mut connection = fill(&fresh, backup, manifest, job).await?;
        if exists {
            note(rights::copy(target, &fresh, &mut connection).await);
        }
        drop(connection);
        swap(target, &fresh, exists.then_some(&previous)).await
    };
    if let Err(error) = result.await {
        if let Err(error) = drop_database(&mut server, &fresh).await {
            tracing::warn!(database = fresh.database, %error, "an unfinished database could not be dropped");
        }
        return Err(error);
    }
    Ok(exists.then(|| PreviousDatabase {
        address: super::address(&previous),
        removal: format!("DROP DATABASE {};", quote(&previous.database)),
    }))
}

/// Notes that rights could not be read: the present database may be the broken one that is to be replaced.
fn note(copied: Result<(), BackupError>) {
    if let Err(error) = copied {
        tracing::warn!(%error, "the rights of other roles are not restored");
    }
}

/// Restores a backup into an empty database and checks the rows in it. Owners and rights are left out: the roles of the dump need
/// not exist, and this one need not be a superuser.
async fn fill(
    fresh: &PgTarget,
    backup: &Path,
    manifest: &Manifest,
    job: &Job,
) -> Result<PgConnection, BackupError> {
    let mut connection = connect(fresh).await?;
    let major = major_version(&mut connection, fresh).await?;
    program::check("pg_restore", fresh, major).await?;
    let mut restore = program::command("pg_restore", fresh);
    restore.args(["--no-owner", "--no-privileges", "--no-password"]);
    // A connection string, as a bare name with `=` in it would be taken for one.
    restore.arg(format!(
        "--dbname=dbname='{}'",
        fresh.database.replace('\\', "\\\\").replace('\'', "\\'")
    ));
    job.stage("restoring", 0);
    let (path, watched) = (backup.to_owned(), job.clone());
    let ((), outcome) = program::run(
        restore,
        job,
        move |stdin| archive::decompress(&path, stdin, Path::new("pg_restore"), &watched),
        |mut stdout| {
            io::copy(&mut stdout, &mut io::sink())
                .map(drop)
                .map_err(|source| BackupError::File {
                    path: "pg_restore".into(),
                    source,
                })
        },
    )
    .await?;
    // A program that is newer than the server sets limits that the server does not know.
    outcome.check_but_for(|error| error.contains("unrecognized configuration parameter"))?;

    let found = contents(&mut connection, fresh, job).await?;
    manifest.compare(&found.tables, backup)?;
    job.stage("analysing", 0);
    job.unless_interrupted(execute(&mut connection, fresh, "ANALYZE"))
        .await?;
    Ok(connection)
}

/// Renames both databases in one transaction: a client that connects finds the old one or the new one.
///
/// Renaming locks the database against new connections, then waits up to five seconds for the present ones to close; those
/// are terminated meanwhile.
async fn swap(
    target: &PgTarget,
    fresh: &PgTarget,
    previous: Option<&PgTarget>,
) -> Result<(), BackupError> {
    let mut server = maintenance(target).await?;
    execute(&mut server, target, "BEGIN").await?;
    if let Some(previous) = previous {
        let mut other = maintenance(target).await?;
        let renamed = tokio::select! {
            renamed = rename(&mut server, target, previous) => renamed,
            error = terminate_all(&mut other, target) => Err(error),
        };
        renamed?;
    }
    rename(&mut server, fresh, target).await?;
    execute(&mut server, target, "COMMIT").await
}

async fn rename(
    server: &mut PgConnection,
    from: &PgTarget,
    to: &PgTarget,
) -> Result<(), BackupError> {
    let sql = format!(
        "ALTER DATABASE {} RENAME TO {}",
        quote(&from.database),
        quote(&to.database)
    );
    match sqlx::raw_sql(AssertSqlSafe(sql)).execute(server).await {
        // object_in_use
        Err(error) if code(&error).as_deref() == Some("55006") => Err(BackupError::InUse {
            address: super::address(from),
        }),
        Err(error) => Err(failed(from)(error)),
        Ok(_) => Ok(()),
    }
}

/// Terminates every connection to a database, again and again; returns only on an error.
async fn terminate_all(server: &mut PgConnection, target: &PgTarget) -> BackupError {
    loop {
        let ended = sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = $1 AND backend_type = 'client backend'",
        )
        .bind(&target.database)
        .execute(&mut *server)
        .await;
        if let Err(error) = ended {
            return failed(target)(error);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Creates a database with the encoding and collation of the present one, after those that were left unfinished are dropped.
/// Returns true if there is a present one.
async fn create_like(
    server: &mut PgConnection,
    present: &PgTarget,
    fresh: &PgTarget,
) -> Result<bool, BackupError> {
    leftovers::remove(server, present).await?;
    leftovers::claim(server, present, &fresh.database).await?;
    // As JSON, since the columns differ between versions of the server.
    let row: Option<String> = sqlx::query_scalar(
        "SELECT (to_jsonb(d) || jsonb_build_object('encoding', pg_encoding_to_char(d.encoding), \
         'is_own', pg_has_role(d.datdba, 'USAGE')))::text FROM pg_database d WHERE d.datname = $1",
    )
    .bind(&present.database)
    .fetch_optional(&mut *server)
    .await
    .map_err(failed(present))?;
    let row = row.and_then(|row| serde_json::from_str::<Value>(&row).ok());
    // Only its owner renames a database: better known now than after the restore.
    if row.as_ref().is_some_and(|row| row["is_own"] == false) {
        return Err(BackupError::NotOwner {
            address: super::address(present),
            role: present.user.clone(),
        });
    }
    let mut sql = format!(
        "CREATE DATABASE {} TEMPLATE template0",
        quote(&fresh.database)
    );
    if let Some(row) = &row {
        let text = |column: &str| row[column].as_str().map(literal);
        let mut option = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                sql.extend([" ", name, " ", &value]);
            }
        };
        option("ENCODING", text("encoding"));
        option("LC_COLLATE", text("datcollate"));
        option("LC_CTYPE", text("datctype"));
        let locale = text("datlocale").or_else(|| text("daticulocale"));
        match row["datlocprovider"].as_str() {
            Some("i") => {
                option("LOCALE_PROVIDER", Some("icu".to_owned()));
                option("ICU_LOCALE", locale);
                option("ICU_RULES", text("daticurules"));
            }
            Some("b") => {
                option("LOCALE_PROVIDER", Some("builtin".to_owned()));
                option("BUILTIN_LOCALE", locale);
            }
            _ => {}
        }
    }
    execute(server, fresh, &sql).await?;
    Ok(row.is_some())
}

async fn drop_database(server: &mut PgConnection, database: &PgTarget) -> Result<(), BackupError> {
    let sql = format!(
        "DROP DATABASE IF EXISTS {} WITH (FORCE)",
        quote(&database.database)
    );
    execute(server, database, &sql).await
}
