//! The backend of backups: the database that is backed up or replaced, of either kind.

use std::path::Path;
#[cfg(feature = "sqlite")]
use std::path::PathBuf;

use chrono::{DateTime, Utc};

#[cfg(feature = "postgres")]
use super::postgres;
use super::{
    BackupError, Manifest,
    job::Job,
    manifest::{Archive, Contents},
    name::Kind,
    partial::Partial,
    replacement::PreviousDatabase,
};
#[cfg(feature = "sqlite")]
use super::{job::blocking, sqlite};
#[cfg(feature = "postgres")]
use crate::db::{DbError, PgTarget};
use crate::{config::DatabaseConfig, db::Target, error::Result};

/// A database that can be backed up.
#[derive(Clone)]
pub(super) enum Backend {
    /// The file.
    #[cfg(feature = "sqlite")]
    Sqlite(PathBuf),
    #[cfg(feature = "postgres")]
    Postgres(Box<PgTarget>),
}

impl Backend {
    /// The database of the configuration; it need not exist.
    ///
    /// Fails when the URL cannot be used, and for a database in memory.
    pub(super) fn of(config: &DatabaseConfig) -> Result<Self> {
        match Target::parse(config.url.expose())? {
            #[cfg(feature = "sqlite")]
            Target::Sqlite { path } => Ok(Self::Sqlite(path.ok_or(BackupError::InMemory)?)),
            #[cfg(feature = "postgres")]
            Target::Postgres(_) if config.transaction_pooling => Err(DbError::Pooled.into()),
            #[cfg(feature = "postgres")]
            Target::Postgres(target) => Ok(Self::Postgres(target)),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => Kind::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Kind::Postgres,
        }
    }

    /// The address of the database, for messages.
    pub(super) fn address(&self) -> String {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) => path.display().to_string(),
            #[cfg(feature = "postgres")]
            Self::Postgres(target) => postgres::address(target),
        }
    }

    /// Writes a compressed, consistent copy of the database to the new file `archive`.
    pub(super) async fn save(
        &self,
        archive: &Path,
        partial: &Partial,
        job: &Job,
    ) -> Result<(Contents, Archive), BackupError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) => {
                let (path, archive, job) = (path.clone(), archive.to_owned(), job.clone());
                let snapshot = partial.file("snapshot");
                blocking(move || sqlite::save(&path, &snapshot, &archive, &job)).await
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(target) => {
                let _ = partial;
                postgres::save(target, archive, job).await
            }
        }
    }

    /// Reads an archive back and compares its contents with its manifest.
    pub(super) async fn verify(
        &self,
        archive: &Path,
        manifest: &Manifest,
        partial: &Partial,
        job: &Job,
    ) -> Result<(), BackupError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => {
                let (archive, manifest, job) = (archive.to_owned(), manifest.clone(), job.clone());
                let copy = partial.file("verify");
                blocking(move || sqlite::unpack(&archive, &copy, &manifest, &job)).await
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(target) => {
                let _ = partial;
                postgres::verify(target, archive, manifest, job).await
            }
        }
    }

    /// Restores a backup into a database that is dropped again.
    pub(super) async fn rehearse(
        &self,
        backup: &Path,
        manifest: &Manifest,
        now: DateTime<Utc>,
        job: &Job,
    ) -> Result<(), BackupError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) => {
                let (path, backup, manifest, job) = (
                    path.clone(),
                    backup.to_owned(),
                    manifest.clone(),
                    job.clone(),
                );
                blocking(move || sqlite::rehearse(&path, &backup, &manifest, now, &job)).await
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(target) => postgres::rehearse(target, backup, manifest, now, job).await,
        }
    }

    /// Restores a backup beside the database, then swaps the two. Returns the previous database, if there was one.
    pub(super) async fn replace(
        &self,
        backup: &Path,
        manifest: &Manifest,
        now: DateTime<Utc>,
        job: &Job,
    ) -> Result<Option<PreviousDatabase>, BackupError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) => {
                let (path, backup, manifest, job) = (
                    path.clone(),
                    backup.to_owned(),
                    manifest.clone(),
                    job.clone(),
                );
                blocking(move || sqlite::replace(&path, &backup, &manifest, now, &job)).await
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(target) => postgres::replace(target, backup, manifest, now, job).await,
        }
    }
}
