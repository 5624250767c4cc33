//! An app as the generators see it: its root, its features, its migrations and the tables that they make.

mod clock;
mod names;
mod schema;
mod tokens;

use std::{
    fs,
    path::{Path, PathBuf},
};

use toml_edit::DocumentMut;

pub use self::{
    clock::{NOW, now, stamp_after},
    names::{Names, module_name, plural, singular},
    schema::{Schema, Table, touched},
};
use crate::error::CliError;

/// An app on disk.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder with the app's `Cargo.toml`.
    pub root: PathBuf,
    /// The name of the package.
    pub package: String,
    /// The Cargo features of `framewright` that the app asks for, such as `sqlite`.
    pub features: Vec<String>,
    /// The files of `src/migrations`, oldest first.
    pub migrations: Vec<Migration>,
}

/// One migration of the app.
#[derive(Clone, Debug)]
pub struct Migration {
    /// Its module: `m20261121_101500_create_posts`.
    pub module: String,
    /// Its text.
    pub source: String,
}

impl Migration {
    /// The time in its name: `20261121_101500`.
    pub fn stamp(&self) -> &str {
        self.module.get(1..16).unwrap_or_default()
    }

    /// What it is called after the time: `create_posts`.
    pub fn name(&self) -> &str {
        self.module.get(17..).unwrap_or_default()
    }
}

impl Project {
    /// Finds the app that `start` is in, by walking up.
    ///
    /// An app has a `Cargo.toml` that depends on `framewright` and a `src/app.rs` with `impl Hooks for …`.
    pub fn find(start: &Path) -> Result<Self, CliError> {
        let start = start
            .canonicalize()
            .map_err(|error| CliError::io("cannot open", start, &error))?;
        for folder in start.ancestors() {
            if let Some(project) = Self::read(folder)? {
                return Ok(project);
            }
        }
        Err(CliError::failed("not inside a Framewright app")
            .hint("go to the folder of one, or make one: `cargo fw new blog`"))
    }

    /// Reads the app at `root`; `None` when there is none.
    fn read(root: &Path) -> Result<Option<Self>, CliError> {
        let Ok(manifest) = fs::read_to_string(root.join("Cargo.toml")) else {
            return Ok(None);
        };
        let is_app =
            fs::read_to_string(root.join("src/app.rs")).is_ok_and(|app| app.contains("Hooks for "));
        if !is_app {
            return Ok(None);
        }
        let manifest: DocumentMut = manifest.parse().map_err(|error| {
            CliError::failed(format!(
                "cannot read `{}`: {error}",
                root.join("Cargo.toml").display()
            ))
        })?;
        let Some(dependency) = manifest
            .get("dependencies")
            .and_then(|all| all.get("framewright"))
        else {
            return Ok(None);
        };
        let features = dependency
            .get("features")
            .and_then(|features| features.as_array())
            .map(|features| {
                features
                    .iter()
                    .filter_map(|feature| feature.as_str().map(str::to_owned))
                    .collect()
            })
            .unwrap_or_default();
        let package = manifest
            .get("package")
            .and_then(|package| package.get("name")?.as_str())
            .unwrap_or("app")
            .to_owned();
        Ok(Some(Self {
            root: root.to_owned(),
            package,
            features,
            migrations: migrations(root)?,
        }))
    }

    /// The text of a file of the app; `None` when there is none.
    pub fn text(&self, path: &str) -> Result<Option<String>, CliError> {
        read_optional(&self.root.join(path))
    }

    /// The migration whose name after the time is `name`.
    pub fn migration(&self, name: &str) -> Option<&Migration> {
        self.migrations
            .iter()
            .find(|migration| migration.name() == name)
    }

    /// The module of the migration called `name`: the one that exists, or one with a time of its own.
    pub fn migration_module(&self, name: &str) -> Result<String, CliError> {
        if let Some(existing) = self.migration(name) {
            return Ok(existing.module.clone());
        }
        let newest = self.migrations.last().map(Migration::stamp);
        Ok(format!("m{}_{name}", stamp_after(newest, now()?)))
    }

    /// The tables that all migrations make.
    pub fn schema(&self) -> Schema {
        self.schema_before(None)
    }

    /// The tables before the migration called `name` runs, or after all of them when there is none of that name.
    pub fn schema_before(&self, name: Option<&str>) -> Schema {
        let mut schema = Schema::default();
        for migration in self
            .migrations
            .iter()
            .take_while(|migration| Some(migration.name()) != name)
        {
            schema.apply(&migration.source);
        }
        schema
    }
}

/// The text of a file; `None` when there is none.
pub fn read_optional(path: &Path) -> Result<Option<String>, CliError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CliError::io("cannot read", path, &error)),
    }
}

fn migrations(root: &Path) -> Result<Vec<Migration>, CliError> {
    let folder = root.join("src/migrations");
    let Ok(entries) = fs::read_dir(&folder) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| CliError::io("cannot read", &folder, &error))?
            .path();
        let Some(module) = path
            .file_name()
            .and_then(|name| name.to_str()?.strip_suffix(".rs"))
        else {
            continue;
        };
        if is_migration(module) {
            let source = fs::read_to_string(&path)
                .map_err(|error| CliError::io("cannot read", &path, &error))?;
            found.push(Migration {
                module: module.to_owned(),
                source,
            });
        }
    }
    found.sort_by(|a, b| a.module.cmp(&b.module));
    Ok(found)
}

/// `m20261121_101500_create_posts`.
fn is_migration(module: &str) -> bool {
    let bytes = module.as_bytes();
    bytes.len() > 17
        && bytes[0] == b'm'
        && bytes[9] == b'_'
        && bytes[16] == b'_'
        && [&bytes[1..9], &bytes[10..16]]
            .iter()
            .all(|digits| digits.iter().all(u8::is_ascii_digit))
}
