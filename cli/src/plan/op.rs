//! The operations of a plan.

use super::{
    Edit,
    record::{Artifact, Recording},
};

/// An operation on a file. Paths are relative to the app's root, with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Create a file.
    CreateFile {
        /// The path of the file.
        path: String,
        /// The contents of the file.
        contents: String,
    },
    /// Create a file that belongs to its generator: one that was generated before is replaced.
    Regenerate {
        /// The path of the file.
        path: String,
        /// The contents of the file.
        contents: String,
        /// The beginning of every file that was generated, by which it is recognized.
        mark: &'static str,
    },
    /// Create a file that several generators share, unless it exists.
    EnsureFile {
        /// The path of the file.
        path: String,
        /// The contents of a new file.
        contents: String,
        /// The file and the edit that declare a new file as a module.
        declared: (String, Edit),
    },
    /// Add a few lines to a file.
    Insert {
        /// The path of the file.
        path: String,
        /// The edit.
        edit: Edit,
    },
    /// Remove a file that is still as it was generated.
    RemoveFile {
        /// The path of the file.
        path: String,
        /// The contents as they were generated.
        contents: String,
    },
    /// Remove a shared file if nothing is left in it.
    RemoveIfUnused {
        /// The path of the file.
        path: String,
        /// The contents when it is unused.
        contents: String,
        /// The file and the edit that declare it as a module.
        declared: (String, Edit),
    },
    /// Remove lines that were inserted.
    RemoveInsert {
        /// The path of the file.
        path: String,
        /// The edit.
        edit: Edit,
    },
    /// Remove the record of what is removed.
    RemoveRecord {
        /// The path of the file.
        path: String,
    },
}

impl Op {
    /// The path of the file.
    pub fn path(&self) -> &str {
        match self {
            Self::CreateFile { path, .. }
            | Self::Regenerate { path, .. }
            | Self::EnsureFile { path, .. }
            | Self::Insert { path, .. }
            | Self::RemoveFile { path, .. }
            | Self::RemoveIfUnused { path, .. }
            | Self::RemoveInsert { path, .. }
            | Self::RemoveRecord { path } => path,
        }
    }
}

/// A plan: all operations of one command, and messages about them.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The operations, in this order.
    pub ops: Vec<Op>,
    /// The record to keep of the operations.
    pub record: Option<Recording>,
    /// Notes for the user.
    pub notes: Vec<String>,
    /// The commands to run next, each with its purpose.
    pub next: Vec<(String, String)>,
}

impl Plan {
    /// Adds the creation of a file.
    pub fn create(&mut self, path: impl Into<String>, contents: impl Into<String>) {
        self.ops.push(Op::CreateFile {
            path: path.into(),
            contents: contents.into(),
        });
    }

    /// Adds an edit.
    pub fn insert(&mut self, path: impl Into<String>, edit: Edit) {
        self.ops.push(Op::Insert {
            path: path.into(),
            edit,
        });
    }

    /// The artifacts of the plan where nothing exists yet.
    pub fn into_artifacts(self) -> Vec<Artifact> {
        let artifacts = self.ops.into_iter().filter_map(|op| match op {
            Op::CreateFile { path, contents } => Some(Artifact::File {
                path,
                text: contents,
            }),
            Op::EnsureFile {
                path,
                contents,
                declared,
            } => Some(Artifact::SharedFile {
                path,
                text: contents,
                declared,
            }),
            Op::Insert { path, edit } => Some(Artifact::Lines { path, edit }),
            _ => None,
        });
        artifacts.collect()
    }

    /// The plan that removes artifacts, last first.
    pub fn removing(artifacts: Vec<Artifact>) -> Self {
        let ops = artifacts.into_iter().rev().map(|artifact| match artifact {
            Artifact::File { path, text } => Op::RemoveFile {
                path,
                contents: text,
            },
            Artifact::SharedFile {
                path,
                text,
                declared,
            } => Op::RemoveIfUnused {
                path,
                contents: text,
                declared,
            },
            Artifact::Lines { path, edit } => Op::RemoveInsert { path, edit },
        });
        Self {
            ops: ops.collect(),
            ..Self::default()
        }
    }
}
