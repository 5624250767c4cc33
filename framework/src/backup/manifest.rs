//! The manifest of a backup, a file beside it that describes its contents.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{BackupError, files, name::Kind};

use crate::count::counted;

/// The format version of manifests that this version writes, and the newest that it reads.
const FORMAT: u32 = 1;

/// The manifest of a backup: `NAME.json` beside the backup `NAME`.
///
/// ```no_run
/// use std::path::Path;
///
/// use fw::backup::{BackupError, Manifest};
///
/// match Manifest::of(Path::new("backups/blog-production-20261121T101500Z.sqlite.zst")) {
///     Ok(manifest) => println!("{} rows at {}", manifest.rows(), manifest.created_at),
///     Err(BackupError::NoManifest { manifest, .. }) => println!("{} is missing", manifest.display()),
///     Err(error) => println!("{error}"),
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format version of this file.
    pub(super) format: u32,
    /// The application.
    pub app: String,
    /// The environment that it ran in.
    pub environment: String,
    pub(super) backend: Kind,
    /// The time at which the backup was begun.
    pub created_at: DateTime<Utc>,
    /// The last migration, if there is one.
    pub schema_version: Option<String>,
    #[serde(flatten)]
    pub(super) contents: Contents,
    #[serde(flatten)]
    pub(super) archive: Archive,
}

/// The contents of a database, as far as backups compare them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Contents {
    /// The applied migrations, oldest first.
    pub(super) migrations: Vec<String>,
    /// Those of them that only add, so that releases which do not know them work with the database.
    #[serde(default)]
    pub(super) additive: Vec<String>,
    /// The number of rows of each table.
    pub(super) tables: BTreeMap<String, u64>,
}

/// The compressed file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Archive {
    /// The size in bytes.
    pub(super) size: u64,
    /// The SHA-256 in hexadecimal.
    pub(super) sha256: String,
}

impl Manifest {
    /// The manifest of a new backup.
    pub(super) fn new(
        app: &str,
        environment: &str,
        backend: Kind,
        created_at: DateTime<Utc>,
        contents: Contents,
        archive: Archive,
    ) -> Self {
        Self {
            format: FORMAT,
            app: app.to_owned(),
            environment: environment.to_owned(),
            backend,
            created_at,
            schema_version: contents.migrations.last().cloned(),
            contents,
            archive,
        }
    }

    /// Reads the manifest of the backup at `path`.
    ///
    /// Fails when there is no such backup or manifest, or when the manifest is malformed.
    pub fn of(path: &Path) -> Result<Self, BackupError> {
        // A missing backup is a better message than its missing manifest.
        fs::metadata(path).map_err(BackupError::file(path))?;
        let manifest = manifest_path(path);
        match fs::read(&manifest) {
            Ok(text) => Self::parse(&text).map_err(|reason| BackupError::Manifest {
                path: manifest,
                reason,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(BackupError::NoManifest {
                path: path.to_owned(),
                manifest,
            }),
            Err(source) => Err(BackupError::File {
                path: manifest,
                source,
            }),
        }
    }

    /// The number of rows in all tables.
    pub fn rows(&self) -> u64 {
        self.contents.tables.values().sum()
    }

    /// The number of rows of each table, by the table's name.
    pub fn tables(&self) -> &BTreeMap<String, u64> {
        &self.contents.tables
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), BackupError> {
        let text = serde_json::to_string_pretty(self).map_err(|error| BackupError::Manifest {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        let mut file = files::create_private(path)?;
        file.write_all(text.as_bytes())
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.sync_all())
            .map_err(BackupError::file(path))
    }

    /// Fails if the row counts in `found` differ from those of this manifest.
    pub(super) fn compare(
        &self,
        found: &BTreeMap<String, u64>,
        archive: &Path,
    ) -> Result<(), BackupError> {
        let mut differences = String::new();
        for (table, &expected) in &self.contents.tables {
            let found = found.get(table).copied().unwrap_or(0);
            if found != expected {
                let _ = write!(
                    differences,
                    "\n  `{table}` has {} instead of {expected}",
                    counted(found, "row", "rows")
                );
            }
        }
        if differences.is_empty() {
            return Ok(());
        }
        Err(BackupError::Damaged {
            path: archive.to_owned(),
            reason: format!("it does not hold what its manifest says:{differences}"),
        })
    }

    fn parse(text: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Layout {
            format: u32,
        }
        let layout: Layout = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if layout.format > FORMAT {
            return Err(format!(
                "it has the layout {}, and this version reads up to {FORMAT}",
                layout.format
            ));
        }
        serde_json::from_slice(text).map_err(|error| error.to_string())
    }
}

/// The path of the manifest of a backup.
pub(super) fn manifest_path(backup: &Path) -> PathBuf {
    files::with_suffix(backup, ".json")
}
