//! The record of a generator's run: the command, the version of this program, and everything that was written, as it was
//! written.
//!
//! `destroy` removes what the record says, even if the templates have changed since; and what a newer version would write
//! can be merged with what somebody made of the file, because the text that both began with is here.
//!
//! Each run has a file of its own in `.fw/generated`, so that the records of two branches never conflict.

mod packed;
mod store;

use serde::{Deserialize, Serialize};

pub(super) use self::store::FOLDER;
pub use self::store::Records;
use super::Edit;
use crate::error::CliError;

/// The record of one run of a generator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of this program.
    pub version: String,
    /// The arguments after `cargo fw generate`.
    pub command: Vec<String>,
    /// The artifacts, in the order in which they were written.
    pub artifacts: Vec<Artifact>,
}

/// An artifact of a generator. Paths are relative to the app's root, with `/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Artifact {
    /// A file.
    File {
        /// The path of the file.
        path: String,
        /// The text, formatted.
        #[serde(with = "packed")]
        text: String,
    },
    /// A file that several runs share; the first one created it.
    SharedFile {
        /// The path of the file.
        path: String,
        /// The contents when nothing uses it.
        #[serde(with = "packed")]
        text: String,
        /// The file and the edit that declare it as a module.
        declared: (String, Edit),
    },
    /// A few lines in a file of the user.
    Lines {
        /// The path of the file.
        path: String,
        /// The edit.
        edit: Edit,
    },
}

/// The command that a plan records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The generator and the name that it was given, as the name of the record's file has them.
    pub key: Key,
    /// The arguments after `cargo fw generate`.
    pub command: Vec<String>,
}

/// The key under which a record is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The generator: `scaffold`.
    pub generator: String,
    /// The name in its normal form, the same for all its spellings: `post`.
    pub name: String,
}

impl Recording {
    /// The recording of a command: a generator, a name, whose normal form `key` returns, and further arguments.
    pub fn of(
        command: Vec<String>,
        key: fn(&str) -> Result<String, CliError>,
    ) -> Result<Self, CliError> {
        let mut args = command.iter();
        let mut next = || args.next().map_or("", String::as_str);
        Ok(Self {
            key: Key {
                generator: next().to_owned(),
                name: key(next())?,
            },
            command,
        })
    }
}

impl Record {
    /// Returns whether another record is one of the same run: they share a file, or one of them has none.
    fn is_of_same_run(&self, other: &Self) -> bool {
        let mut files = self.files().peekable();
        files.peek().is_none()
            || other.files().next().is_none()
            || files.any(|file| other.text_of(file).is_some())
    }

    fn files(&self) -> impl Iterator<Item = &str> {
        self.artifacts.iter().filter_map(|artifact| match artifact {
            Artifact::File { path, .. } => Some(path.as_str()),
            _ => None,
        })
    }

    /// The text that a run wrote to a file.
    pub(super) fn text_of(&self, file: &str) -> Option<&str> {
        self.artifacts.iter().find_map(|artifact| match artifact {
            Artifact::File { path, text } if path == file => Some(text.as_str()),
            _ => None,
        })
    }

    /// The text of a file that several runs share.
    pub(super) fn shared_text_of(&self, file: &str) -> Option<&str> {
        self.artifacts.iter().find_map(|artifact| match artifact {
            Artifact::SharedFile { path, text, .. } if path == file => Some(text.as_str()),
            _ => None,
        })
    }

    /// The edits of a file by a run.
    pub(super) fn edits_of(&self, file: &str) -> impl Iterator<Item = &Edit> {
        self.artifacts
            .iter()
            .filter_map(move |artifact| match artifact {
                Artifact::Lines { path, edit } if path == file => Some(edit),
                _ => None,
            })
    }
}
