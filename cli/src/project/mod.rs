//! An app as the generators see it: its root, its features, its migrations and the tables that they create.

mod clock;
mod lock;
mod manifest;
mod migrations;
mod names;
mod schema;
mod tokens;

use std::path::{Path, PathBuf};

use self::manifest::Manifest;
pub use self::{
    clock::{NOW, now, stamp_after},
    lock::ProjectLock,
    migrations::Migration,
    names::{Names, check_table, module_name},
    schema::{Column, Index, Schema, Table, touched},
};
use crate::{
    error::CliError,
    file::{self, Text},
};

/// The table of accounts. The folder with its model is `accounts`, as it holds more than that.
pub const ACCOUNTS: &str = "users";

/// An app on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl Project {
    /// Finds the app that `start` is in, by walking up.
    ///
    /// An app has a `Cargo.toml` that depends on `framewright` and a `src/app.rs` with `impl Hooks for …`.
    pub fn find(start: &Path) -> Result<Self, CliError> {
        let (root, manifest) = Self::look_for(start)?;
        Ok(Self {
            package: manifest.package,
            features: manifest.features,
            migrations: migrations::read(&root)?,
            root,
        })
    }

    /// The root of the app that `start` is in.
    pub fn root_of(start: &Path) -> Result<PathBuf, CliError> {
        Ok(Self::look_for(start)?.0)
    }

    /// Returns whether the app's manifest and migrations are still as they were read.
    pub fn is_current(&self) -> Result<bool, CliError> {
        // A folder that is no app has nothing that could have changed.
        Ok(self.package.is_empty() || *self == Self::find(&self.root)?)
    }

    fn look_for(start: &Path) -> Result<(PathBuf, Manifest), CliError> {
        let start = start
            .canonicalize()
            .map_err(|error| CliError::io("cannot open", start, &error))?;
        for folder in start.ancestors() {
            if manifest::is_app(folder)?
                && let Some(manifest) = Manifest::read(folder)?
            {
                return Ok((folder.to_owned(), manifest));
            }
        }
        Err(CliError::failed("not inside a Framewright app")
            .hint("go to the folder of one, or make one: `cargo fw new blog`"))
    }

    /// The file of the app at a path relative to its root; `None` if there is none.
    pub fn file(&self, path: &str) -> Result<Option<Text>, CliError> {
        file::read_optional(&self.root.join(path))
    }

    /// The plain text of a file of the app; `None` if there is none.
    pub fn text(&self, path: &str) -> Result<Option<String>, CliError> {
        Ok(self.file(path)?.map(|text| text.plain().to_owned()))
    }

    /// The name of the folder with the model of a table.
    pub fn model_folder(&self, table: &str) -> Result<String, CliError> {
        let is_of_accounts = table == ACCOUNTS
            && self.text("src/users/model.rs")?.is_none()
            && self.text("src/accounts/model.rs")?.is_some();
        Ok(if is_of_accounts { "accounts" } else { table }.to_owned())
    }

    /// The newest migration whose name after the time is `name`.
    pub fn migration(&self, name: &str) -> Option<&Migration> {
        self.migrations
            .iter()
            .rfind(|migration| migration.name() == name)
    }

    /// The migration that made a table; `None` if there is no such migration, or if a later one has dropped or renamed the table.
    pub fn creation_of(&self, table: &str) -> Option<&Migration> {
        // A table may be renamed and get its name back.
        let is_there =
            |schema: &Schema| schema.table(table).is_some() || schema.present_name(table).is_some();
        // One that makes other tables, such as `create_table_posts`, is not that of `table_posts`.
        let is_other = |migration: &Migration| {
            let mut schema = self.schema_before(migration);
            let number = schema.tables.len();
            schema.apply(&migration.source);
            !is_there(&schema) && schema.tables.len() > number
        };
        self.migration(&format!("create_{table}"))
            .filter(|migration| !is_other(migration))
            .filter(|migration| self.still_holds(migration, is_there))
            .filter(|_| self.schema().present_name(table).is_none())
    }

    /// Returns whether a change by a migration was taken back by none of those after it. A migration whose change cannot be
    /// read, such as plain SQL, counts as one that holds.
    pub fn still_holds(&self, migration: &Migration, change: impl Fn(&Schema) -> bool) -> bool {
        let mut schema = self.schema_before(migration);
        schema.apply(&migration.source);
        let later = self.migrations.iter();
        let mut later = later.skip_while(|other| other.module <= migration.module);
        !change(&schema)
            || later.all(|migration| {
                schema.apply(&migration.source);
                change(&schema)
            })
    }

    /// The module of a new migration called `name`, with a time after all others.
    pub fn new_migration(&self, name: &str) -> Result<String, CliError> {
        let list = self.text("src/migrations/mod.rs")?.unwrap_or_default();
        let listed = migrations::stamps_in(&list);
        let newest = self.migrations.iter().map(Migration::stamp);
        let newest = newest.chain(listed).max();
        let stamp = stamp_after(newest, now()?).ok_or_else(|| {
            CliError::failed(format!(
                "no migration can come after `{}`",
                newest.unwrap_or_default()
            ))
            .hint("give that migration the time at which it was made")
        })?;
        Ok(format!("m{stamp}_{name}"))
    }

    /// Fails if a migration cannot be read as Rust: the tables would not be known.
    pub fn check_migrations(&self) -> Result<(), CliError> {
        self.migrations.iter().try_for_each(Migration::check)
    }

    /// The tables after all migrations.
    pub fn schema(&self) -> Schema {
        schema_after(&self.migrations)
    }

    /// The tables before a migration runs.
    pub fn schema_before(&self, migration: &Migration) -> Schema {
        let earlier = self.migrations.iter();
        schema_after(earlier.take_while(|earlier| earlier.module < migration.module))
    }
}

fn schema_after<'a>(migrations: impl IntoIterator<Item = &'a Migration>) -> Schema {
    let mut schema = Schema::default();
    for migration in migrations {
        schema.apply(&migration.source);
    }
    schema
}
