//! The migrations of an app, read from their files.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use proc_macro2::TokenStream;

use crate::{error::CliError, file};

/// One migration of the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The name of its module: `m20261121_101500_create_posts`.
    pub module: String,
    /// Its plain text.
    pub source: String,
}

impl Migration {
    /// The time in its name: `20261121_101500`.
    pub fn stamp(&self) -> &str {
        self.module.get(1..16).unwrap_or_default()
    }

    /// The name after the time: `create_posts`.
    pub fn name(&self) -> &str {
        self.module.get(17..).unwrap_or_default()
    }

    /// Fails if the text is not made of Rust's tokens: its effect on the tables would not be known.
    pub(super) fn check(&self) -> Result<(), CliError> {
        let unreadable = |error| {
            CliError::failed(format!(
                "`src/migrations/{}.rs` is not valid Rust, so the tables are not known: {error}",
                self.module
            ))
            .hint("correct that migration first")
        };
        self.source
            .parse::<TokenStream>()
            .map(drop)
            .map_err(unreadable)
    }
}

/// The migrations of the app at `root`, oldest first.
pub(super) fn read(root: &Path) -> Result<Vec<Migration>, CliError> {
    let folder = root.join("src/migrations");
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(CliError::io("cannot read the folder", &folder, &error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| CliError::io("cannot read the folder", &folder, &error))?
            .path();
        if let Some((module, file)) = module(&path) {
            let source = file::read_plain(&file)?;
            found.push(Migration { module, source });
        }
    }
    found.sort_by(|a, b| a.module.cmp(&b.module));
    Ok(found)
}

/// The times of all migrations that a text mentions.
pub(super) fn stamps_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| is_migration(word))
        .filter_map(|word| word.get(1..16))
}

/// The module of a migration and its file: `m….rs` or `m…/mod.rs`.
fn module(path: &Path) -> Option<(String, PathBuf)> {
    let name = path.file_name()?.to_str()?;
    let inside = path.join("mod.rs");
    let (module, file) = if inside.is_file() {
        (name, inside)
    } else {
        (name.strip_suffix(".rs")?, path.to_owned())
    };
    is_migration(module).then(|| (module.to_owned(), file))
}

/// Returns whether a module is named like a migration: `m20261121_101500_create_posts`.
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
