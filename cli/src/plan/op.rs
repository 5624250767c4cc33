//! The operations of a plan.

use super::{
    Edit,
    record::{Made, Recording},
};

/// One thing to do to a file. Paths are relative to the app's root, with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Make a file.
    CreateFile {
        /// Where.
        path: String,
        /// What is in it.
        contents: String,
    },
    /// Make a file that belongs to its generator: one that was generated before is replaced.
    Regenerate {
        /// Where.
        path: String,
        /// What is in it.
        contents: String,
        /// How a file begins that was generated.
        mark: &'static str,
    },
    /// Make a file that several generators share, unless there is one already.
    EnsureFile {
        /// Where.
        path: String,
        /// What is in it when it is new.
        contents: String,
        /// The file and the edit that declare it when it is new.
        declared: (String, Edit),
    },
    /// Add a few lines to a file.
    Insert {
        /// Where.
        path: String,
        /// What, and how its place is found.
        edit: Edit,
    },
    /// Remove a file that is still as it was generated.
    RemoveFile {
        /// Where.
        path: String,
        /// What was generated.
        contents: String,
    },
    /// Remove a shared file that nothing is left in.
    RemoveIfUnused {
        /// Where.
        path: String,
        /// What it holds when it is unused.
        contents: String,
        /// The file and the edit that declare it.
        declared: (String, Edit),
    },
    /// Remove lines that were inserted.
    RemoveInsert {
        /// Where.
        path: String,
        /// What, and how it is found.
        edit: Edit,
    },
    /// Remove the record of what is taken back.
    RemoveRecord {
        /// Where.
        path: String,
    },
}

impl Op {
    /// The file that it is about.
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

/// Everything that one command does, and what to tell about it.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What is done, in this order.
    pub ops: Vec<Op>,
    /// The record to keep of what is done.
    pub record: Option<Recording>,
    /// What the user should know beforehand.
    pub notes: Vec<String>,
    /// The commands to run next, each with what it does.
    pub next: Vec<(String, String)>,
}

impl Plan {
    /// Adds a file.
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

    /// What the plan makes when nothing is there yet.
    pub fn into_made(self) -> Vec<Made> {
        let made = self.ops.into_iter().filter_map(|op| match op {
            Op::CreateFile { path, contents } => Some(Made::File {
                path,
                text: contents,
            }),
            Op::EnsureFile {
                path,
                contents,
                declared,
            } => Some(Made::SharedFile {
                path,
                text: contents,
                declared,
            }),
            Op::Insert { path, edit } => Some(Made::Lines { path, edit }),
            _ => None,
        });
        made.collect()
    }

    /// The plan that takes back what was made, last first.
    pub fn undoing(made: Vec<Made>) -> Self {
        let ops = made.into_iter().rev().map(|made| match made {
            Made::File { path, text } => Op::RemoveFile {
                path,
                contents: text,
            },
            Made::SharedFile {
                path,
                text,
                declared,
            } => Op::RemoveIfUnused {
                path,
                contents: text,
                declared,
            },
            Made::Lines { path, edit } => Op::RemoveInsert { path, edit },
        });
        Self {
            ops: ops.collect(),
            ..Self::default()
        }
    }
}
