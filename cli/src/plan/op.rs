//! The operations of a plan.

use super::Edit;

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
            | Self::RemoveInsert { path, .. } => path,
        }
    }
}

/// Everything that one command does, and what to tell about it.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What is done, in this order.
    pub ops: Vec<Op>,
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

    /// The plan that takes everything back.
    #[must_use]
    pub fn inverse(self) -> Self {
        let ops = self.ops.into_iter().rev().map(|op| match op {
            Op::CreateFile { path, contents } | Op::Regenerate { path, contents, .. } => {
                Op::RemoveFile { path, contents }
            }
            Op::EnsureFile {
                path,
                contents,
                declared,
            } => Op::RemoveIfUnused {
                path,
                contents,
                declared,
            },
            Op::Insert { path, edit } => Op::RemoveInsert { path, edit },
            removal => removal,
        });
        Self {
            ops: ops.collect(),
            notes: Vec::new(),
            next: Vec::new(),
        }
    }
}
