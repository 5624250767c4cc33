//! The records of an app, stored as files.

use std::{fs, io::ErrorKind, path::Path};

use super::{Key, Record, Recording};
use crate::{
    error::CliError,
    file,
    project::{now, stamp_after},
};

/// The folder of the records in the app.
pub(in crate::plan) const FOLDER: &str = ".fw/generated";

/// The length of a time such as `20261121_101500`.
const STAMP: usize = 15;

/// All records of an app, oldest first.
#[derive(Debug, Default)]
pub struct Records {
    stored: Vec<Stored>,
    damaged: Vec<Damaged>,
}

/// A record that cannot be read.
#[derive(Debug)]
struct Damaged {
    /// The name of the file.
    name: String,
    problem: String,
}

/// A record with the name of its file.
#[derive(Debug)]
struct Stored {
    /// The name of the file: `20261121_101500_scaffold_post.json`.
    name: String,
    record: Record,
}

impl Records {
    /// Reads the records of the app at `root`. One whose contents cannot be read is in the way of nothing but its own
    /// command: [`check`](Self::check) tells of it.
    pub fn read(root: &Path) -> Result<Self, CliError> {
        let folder = root.join(FOLDER);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(CliError::io("cannot read the folder", &folder, &error)),
        };
        let mut records = Self::default();
        for entry in entries {
            let entry =
                entry.map_err(|error| CliError::io("cannot read the folder", &folder, &error))?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if key_of(&name).is_none() {
                continue;
            }
            let text = file::read_plain(&entry.path())?;
            match serde_json::from_str(&text) {
                Ok(record) => records.stored.push(Stored { name, record }),
                Err(error) => records.damaged.push(Damaged {
                    name,
                    problem: error.to_string(),
                }),
            }
        }
        records.stored.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(records)
    }

    /// Checks that the record under a key can be read: its contents could be taken for somebody's own.
    ///
    /// # Errors
    ///
    /// When there is one that cannot.
    pub fn check(&self, key: &Key) -> Result<(), CliError> {
        let mut damaged = self.damaged.iter();
        let Some(Damaged { name, problem }) =
            damaged.find(|damaged| key_of(&damaged.name) == Some(key.text().as_str()))
        else {
            return Ok(());
        };
        Err(CliError::failed(format!(
            "the record `{FOLDER}/{name}` cannot be read: {problem}"
        ))
        .hint(
            "take it from the history of the repository; or remove it, and the same \
                 `cargo fw generate` command writes it again",
        ))
    }

    /// The files of the records that cannot be read.
    pub(in crate::plan) fn damaged(&self) -> impl Iterator<Item = String> {
        self.damaged
            .iter()
            .map(|damaged| format!("{FOLDER}/{}", damaged.name))
    }

    /// The newest record under a key.
    pub fn find(&self, key: &Key) -> Option<&Record> {
        self.of(key).next_back().map(|stored| &stored.record)
    }

    /// Returns whether a command was run before, with the same arguments.
    pub fn has(&self, recording: &Recording) -> bool {
        self.before(recording).is_some()
    }

    /// The record of a command that was run before, with the same arguments.
    pub(in crate::plan) fn before(&self, recording: &Recording) -> Option<&Record> {
        self.find(&recording.key)
            .filter(|record| record.command == recording.command)
    }

    /// All records.
    pub(in crate::plan) fn all(&self) -> impl Iterator<Item = &Record> {
        self.stored.iter().map(|stored| &stored.record)
    }

    /// The files of the newest record under a key: several if two branches have generated the same.
    pub(crate) fn files(&self, key: &Key) -> Vec<String> {
        self.find(key)
            .map(|newest| self.files_of(key, newest).collect())
            .unwrap_or_default()
    }

    /// The files with records of the same run. A migration that was taken back and made again is another run under its key.
    fn files_of(&self, key: &Key, record: &Record) -> impl DoubleEndedIterator<Item = String> {
        self.of(key)
            .filter(|stored| stored.record.is_of_same_run(record))
            .map(|stored| format!("{FOLDER}/{}", stored.name))
    }

    /// The file for a record: the existing one of the same run, or one with a time after all others.
    pub(in crate::plan) fn file_for(&self, key: &Key, record: &Record) -> Result<String, CliError> {
        if let Some(file) = self.files_of(key, record).next_back() {
            return Ok(file);
        }
        let stored = self.stored.iter().map(|stored| &stored.name);
        let damaged = self.damaged.iter().map(|damaged| &damaged.name);
        let newest = stored
            .chain(damaged)
            .max()
            .and_then(|name| name.get(..STAMP));
        let stamp = stamp_after(newest, now()?).ok_or_else(|| {
            CliError::failed(format!(
                "no record can come after `{}`",
                newest.unwrap_or_default()
            ))
            .hint(format!(
                "give that file in `{FOLDER}` the time at which it was made"
            ))
        })?;
        Ok(format!("{FOLDER}/{stamp}_{}.json", key.text()))
    }

    fn of(&self, key: &Key) -> impl DoubleEndedIterator<Item = &Stored> {
        self.stored.iter().filter(move |stored| stored.is_of(key))
    }
}

impl Stored {
    fn is_of(&self, key: &Key) -> bool {
        key_of(&self.name) == Some(key.text().as_str())
    }
}

impl Key {
    fn text(&self) -> String {
        format!("{}_{}", self.generator, self.name)
    }
}

impl Record {
    /// The contents of its file.
    pub(in crate::plan) fn to_json(&self) -> Result<String, CliError> {
        serde_json::to_string_pretty(self)
            .map(|text| text + "\n")
            .map_err(|error| CliError::failed(format!("cannot write a record: {error}")))
    }
}

/// The key in the name of a file: `scaffold_post` of `20261121_101500_scaffold_post.json`.
fn key_of(name: &str) -> Option<&str> {
    let is_stamp = name.get(..STAMP)?.bytes().enumerate().all(|(at, byte)| {
        if at == 8 {
            byte == b'_'
        } else {
            byte.is_ascii_digit()
        }
    });
    let key = name
        .get(STAMP..)?
        .strip_prefix('_')?
        .strip_suffix(".json")?;
    is_stamp.then_some(key)
}
