//! Compares a plan with the files on disk: new files, existing files and conflicts.

use std::collections::BTreeMap;

mod code;
mod layout;
mod step;

use self::step::unplaced;
use super::{
    Op, Plan,
    format::Formatter,
    options::Decision,
    record::{Artifact, Record, Recording, Records},
};
use crate::{error::CliError, file::Text, project::Project};

/// The effect of an operation on its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The file is created.
    Create,
    /// The file exists with this text; Rust may be formatted differently.
    Identical,
    /// A file that was generated before is replaced.
    Update,
    /// The file exists with another text: a conflict.
    Differs,
    /// Lines are added.
    Insert,
    /// The lines are there already.
    Present,
    /// The file is removed.
    Remove,
    /// The file to remove was edited since it was generated: a conflict.
    Edited,
    /// Inserted lines are removed.
    Revert,
    /// There is nothing to remove.
    Gone,
}

/// The effect of one operation.
#[derive(Clone, Debug)]
pub struct ResolvedOp {
    /// The file, relative to the app's root.
    pub path: String,
    /// The effect on the file.
    pub state: State,
    /// The inserted lines.
    pub lines: Option<String>,
}

/// A file before and after the plan. `None` is no file.
#[derive(Clone, Debug)]
pub(super) struct FileChange {
    pub(super) before: Option<Text>,
    pub(super) after: Option<Text>,
}

/// A plan with the state of its files.
#[derive(Debug)]
pub struct ResolvedPlan {
    /// The effects of the operations, in their order.
    pub changes: Vec<ResolvedOp>,
    pub(super) files: BTreeMap<String, FileChange>,
    /// The generated text of files that are in conflict.
    pub(super) wanted: BTreeMap<String, Option<Text>>,
    /// The text of files to remove, as they were generated, that were edited since.
    pub(super) generated: BTreeMap<String, String>,
    /// The commands of other generators that made files which are in conflict.
    pub(super) makers: BTreeMap<String, Vec<String>>,
    /// The files of records that cannot be read.
    pub(super) damaged: Vec<String>,
    /// True if rustfmt is missing: generated code is not formatted.
    pub(super) is_unformatted: bool,
    /// The artifacts of the plan, as they stand in the files when no conflict is decided otherwise.
    pub(super) artifacts: Vec<Artifact>,
}

impl Plan {
    /// Reads the files and finds the place of every edit. Fails, with the snippets to paste, if one cannot be found.
    pub fn resolve(&self, project: &Project) -> Result<ResolvedPlan, CliError> {
        let rustfmt = Formatter::new(&project.root);
        let records = Records::read(&project.root)?;
        let mut resolver = Resolver {
            project,
            rustfmt: &rustfmt,
            records: &records,
            before: self
                .record
                .as_ref()
                .and_then(|recording| records.before(recording)),
            files: BTreeMap::new(),
            artifacts: Vec::new(),
            format_candidates: Vec::new(),
        };
        for op in &self.ops {
            resolver.read(op.path())?;
            if let Op::EnsureFile { declared, .. } | Op::RemoveIfUnused { declared, .. } = op {
                resolver.read(&declared.0)?;
            }
        }
        resolver.check_modules(&self.ops)?;
        let formatted = resolver.format_generated(&self.ops);
        let mut changes: Vec<ResolvedOp> = Vec::new();
        let mut wanted = BTreeMap::new();
        let mut missing = Vec::new();
        for (op, text) in self.ops.iter().zip(&formatted.generated) {
            for step in resolver.step(op, text, &mut wanted) {
                match step {
                    Ok(change) => changes.push(change),
                    Err(one) => missing.push(one),
                }
            }
        }
        if !missing.is_empty() {
            return Err(unplaced(&missing));
        }
        resolver.format_edited(&formatted.clean);
        let in_state = |state| changes.iter().filter(move |change| change.state == state);
        let generated = self.ops.iter().zip(&formatted.generated);
        let generated = generated
            .filter(|(op, _)| in_state(State::Edited).any(|change| change.path == op.path()))
            .map(|(op, text)| (op.path().to_owned(), text.clone()));
        let makers = in_state(State::Differs).filter_map(|change| {
            let own = self
                .record
                .as_ref()
                .map(|recording| &recording.command[..2]);
            let maker = records.all().find(|record| {
                record.text_of(&change.path).is_some() && record.command.get(..2) != own
            })?;
            Some((change.path.clone(), maker.command.clone()))
        });
        Ok(ResolvedPlan {
            generated: generated.collect(),
            damaged: records.damaged().collect(),
            makers: makers.collect(),
            changes,
            files: resolver.files,
            wanted,
            is_unformatted: rustfmt.is_missing(),
            artifacts: resolver.artifacts,
        })
    }
}

impl ResolvedPlan {
    /// The files in conflict.
    pub fn conflicts(&self) -> Vec<&ResolvedOp> {
        self.changes
            .iter()
            .filter(|change| matches!(change.state, State::Differs | State::Edited))
            .collect()
    }

    /// Returns whether applying the plan changes nothing.
    pub fn is_empty(&self) -> bool {
        self.files.values().all(|file| file.before == file.after)
    }

    /// Decides a conflict for the generator: its text replaces the file, or the file is removed.
    pub(super) fn overwrite(&mut self, path: &str) {
        if let (Some(wanted), Some(file)) = (self.wanted.get(path), self.files.get_mut(path)) {
            file.after.clone_from(wanted);
        }
    }

    /// Adds the record of the artifacts to the files to write; a skipped file stays in it as it was recorded before.
    pub(super) fn add_record(
        &mut self,
        recording: &Recording,
        decisions: &[(String, Decision)],
        project: &Project,
    ) -> Result<(), CliError> {
        let records = Records::read(&project.root)?;
        let old = records.find(&recording.key);
        let is_skipped = |path: &str| {
            decisions
                .iter()
                .any(|(decided, how)| decided == path && *how == Decision::Skip)
        };
        let artifacts = self.artifacts.iter().filter_map(|artifact| match artifact {
            Artifact::File { path, .. } if is_skipped(path) => Some(Artifact::File {
                path: path.clone(),
                text: old?.text_of(path)?.to_owned(),
            }),
            artifact => Some(artifact.clone()),
        });
        let record = Record {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: recording.command.clone(),
            artifacts: artifacts.collect(),
        };
        if old.is_some_and(|old| {
            (&old.command, &old.artifacts) == (&record.command, &record.artifacts)
        }) {
            return Ok(());
        }
        let path = records.file_for(&recording.key, &record)?;
        let before = project.file(&path)?;
        let text = record.to_json()?;
        self.changes.push(ResolvedOp {
            path: path.clone(),
            state: if before.is_some() {
                State::Update
            } else {
                State::Create
            },
            lines: None,
        });
        let after = match &before {
            Some(before) => before.rewritten(&text),
            None => Text::new(text),
        };
        let after = Some(after);
        self.files.insert(path, FileChange { before, after });
        Ok(())
    }
}

struct Resolver<'a> {
    project: &'a Project,
    rustfmt: &'a Formatter<'a>,
    records: &'a Records,
    /// The record of the same command, if it was run before.
    before: Option<&'a Record>,
    files: BTreeMap<String, FileChange>,
    /// Edited files that rustfmt may format differently.
    format_candidates: Vec<String>,
    artifacts: Vec<Artifact>,
}

impl Resolver<'_> {
    fn read(&mut self, path: &str) -> Result<(), CliError> {
        if !self.files.contains_key(path) {
            let text = self.project.file(path)?;
            self.files.insert(
                path.to_owned(),
                FileChange {
                    before: text.clone(),
                    after: text,
                },
            );
        }
        Ok(())
    }

    /// A generated text with the edits that other generators have made in its file since.
    fn with_additions(&self, path: &str, text: &str) -> String {
        let generated = Text::new(text);
        let edits = self.records.all().flat_map(|record| record.edits_of(path));
        let added = edits.fold(generated.clone(), |text, edit| {
            // An edit that was refused then is refused again.
            edit.apply(&text).ok().flatten().unwrap_or(text)
        });
        if added == generated {
            return text.to_owned();
        }
        let formatted = self.rustfmt.format_all(&[added.plain()]).pop().flatten();
        formatted.unwrap_or_else(|| added.plain().to_owned())
    }

    /// Fails if a module to create exists in its other form: `src/posts.rs` for `src/posts/mod.rs`.
    fn check_modules(&self, ops: &[Op]) -> Result<(), CliError> {
        for op in ops {
            let (Op::CreateFile { path, .. } | Op::EnsureFile { path, .. }) = op else {
                continue;
            };
            let Some(module) = path.strip_suffix(".rs") else {
                continue;
            };
            let other = match module.strip_suffix("/mod") {
                Some(folder) => format!("{folder}.rs"),
                None => format!("{module}/mod.rs"),
            };
            if self.files[path].before.is_none() && self.project.file(&other)?.is_some() {
                return Err(CliError::failed(format!(
                    "`{path}` would be the module that `{other}` is; nothing was written"
                ))
                .hint(format!(
                    "choose another name, or move that file to `{path}`"
                )));
            }
        }
        Ok(())
    }
}
