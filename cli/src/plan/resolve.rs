//! Compares a plan with the files on disk: what is new, what is there already, what is in the way.

use std::collections::BTreeMap;

use super::{Edit, Op, Plan, format::Formatter};
use crate::{error::CliError, file::Text, project::Project};

/// What an operation means for its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The file is made.
    Create,
    /// The file is there, byte for byte.
    Identical,
    /// A file that was generated before is replaced.
    Update,
    /// Another file is there: a conflict.
    Differs,
    /// Lines are added.
    Insert,
    /// The lines are there already.
    Present,
    /// The file goes.
    Remove,
    /// The file that is to go was edited since it was generated: a conflict.
    Edited,
    /// Inserted lines go.
    Revert,
    /// There is nothing to remove.
    Gone,
}

/// One operation and what it means.
#[derive(Clone, Debug)]
pub struct Change {
    /// The file, relative to the app's root.
    pub path: String,
    /// What happens.
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

/// A plan that knows its files.
#[derive(Debug)]
pub struct Resolved {
    /// One for each operation, in order.
    pub changes: Vec<Change>,
    pub(super) files: BTreeMap<String, FileChange>,
    /// The generated text of files that are in conflict.
    pub(super) wanted: BTreeMap<String, Option<Text>>,
    /// There is no rustfmt: generated code is as it came.
    pub(super) is_unformatted: bool,
}

impl Plan {
    /// Reads the files and finds the place of every edit. Fails, with the snippets to paste, when one cannot be found.
    pub fn resolve(&self, project: &Project) -> Result<Resolved, CliError> {
        let rustfmt = Formatter::new(&project.root);
        let mut resolver = Resolver {
            project,
            files: BTreeMap::new(),
            touchy: Vec::new(),
        };
        for op in &self.ops {
            resolver.read(op.path())?;
            if let Op::EnsureFile { declared, .. } | Op::RemoveIfUnused { declared, .. } = op {
                resolver.read(&declared.0)?;
            }
        }
        resolver.check_modules(&self.ops)?;
        let formatted = resolver.format_generated(&rustfmt, &self.ops);
        let mut changes = Vec::new();
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
        resolver.format_edited(&rustfmt, &formatted.clean);
        Ok(Resolved {
            changes,
            files: resolver.files,
            wanted,
            is_unformatted: rustfmt.is_missing(),
        })
    }
}

impl Resolved {
    /// The files that are in the way.
    pub fn conflicts(&self) -> Vec<&Change> {
        self.changes
            .iter()
            .filter(|change| matches!(change.state, State::Differs | State::Edited))
            .collect()
    }

    /// Whether applying it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.files.values().all(|file| file.before == file.after)
    }

    /// Lets a conflict be decided for the generator: its text replaces the file, or the file goes.
    pub(super) fn overwrite(&mut self, path: &str) {
        if let (Some(wanted), Some(file)) = (self.wanted.get(path), self.files.get_mut(path)) {
            file.after.clone_from(wanted);
        }
    }
}

struct Resolver<'a> {
    project: &'a Project,
    files: BTreeMap<String, FileChange>,
    /// Files with edits that rustfmt may have an opinion about.
    touchy: Vec<String>,
}

struct Formatted {
    /// The text of each operation that has one.
    generated: Vec<String>,
    /// The edited files that rustfmt had no complaint about.
    clean: Vec<String>,
}

/// An edit without a place.
struct Unplaced {
    path: String,
    edit: Edit,
    why: String,
    /// It was to be taken back.
    is_removal: bool,
}

type Step = Result<Change, Box<Unplaced>>;

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

    /// Fails when a module that is to be made is there as its other form: `src/posts.rs` for `src/posts/mod.rs`.
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

    /// Formats all generated texts and, in the same breath, looks whether the files to edit are formatted.
    fn format_generated(&mut self, rustfmt: &Formatter<'_>, ops: &[Op]) -> Formatted {
        let generated: Vec<&str> = ops
            .iter()
            .map(|op| match op {
                Op::CreateFile { contents, .. } | Op::RemoveFile { contents, .. } => {
                    contents.as_str()
                }
                _ => "",
            })
            .collect();
        self.touchy = ops
            .iter()
            .filter_map(|op| match op {
                Op::Insert { path, edit } | Op::RemoveInsert { path, edit } => {
                    edit.may_need_format().then(|| path.clone())
                }
                _ => None,
            })
            .collect();
        self.touchy.sort();
        self.touchy.dedup();
        // What has lines of both ends is formatted by nobody.
        self.touchy.retain(|path| {
            let before = self.files[path].before.as_ref();
            before.is_some_and(Text::is_uniform)
        });
        let present = self
            .touchy
            .iter()
            .map(|path| self.files[path].before.as_ref().map_or("", Text::plain));
        let texts: Vec<&str> = generated.iter().copied().chain(present).collect();
        let needed: Vec<&str> = texts
            .iter()
            .copied()
            .filter(|text| !text.is_empty())
            .collect();
        let mut results = rustfmt.format_all(&needed).into_iter();
        let mut all = texts.iter().map(|text| {
            if text.is_empty() {
                None
            } else {
                results.next().flatten()
            }
        });
        let formatted: Vec<Option<String>> = all.by_ref().take(generated.len()).collect();
        let clean = self
            .touchy
            .iter()
            .zip(all)
            .filter(|(path, formatted)| {
                let before = self.files[*path].before.as_ref().map(Text::plain);
                let formatted = formatted.as_deref().map(Text::new);
                formatted.is_some() && formatted.as_ref().map(Text::plain) == before
            })
            .map(|(path, _)| path.clone())
            .collect();
        let generated = ops
            .iter()
            .zip(formatted)
            .map(|(op, formatted)| match (op, formatted) {
                (_, Some(text)) => text,
                (
                    Op::CreateFile { contents, .. }
                    | Op::Regenerate { contents, .. }
                    | Op::EnsureFile { contents, .. }
                    | Op::RemoveFile { contents, .. }
                    | Op::RemoveIfUnused { contents, .. },
                    None,
                ) => contents.clone(),
                _ => String::new(),
            })
            .collect();
        Formatted { generated, clean }
    }

    /// Files that were formatted before the edit are formatted after it; others keep the layout that they have.
    fn format_edited(&mut self, rustfmt: &Formatter<'_>, clean: &[String]) {
        let edited: Vec<String> = clean
            .iter()
            .filter(|path| self.files[*path].before != self.files[*path].after)
            .cloned()
            .collect();
        let texts: Vec<&str> = edited
            .iter()
            .map(|path| self.files[path].after.as_ref().map_or("", Text::plain))
            .collect();
        let formatted = rustfmt.format_all(&texts);
        for (path, text) in edited.iter().zip(formatted) {
            if let (Some(text), Some(file)) = (text, self.files.get_mut(path)) {
                file.after = file.after.as_ref().map(|after| after.rewritten(&text));
            }
        }
    }

    fn step(
        &mut self,
        op: &Op,
        text: &str,
        wanted: &mut BTreeMap<String, Option<Text>>,
    ) -> Vec<Step> {
        let change = |path: &str, state| Change {
            path: path.to_owned(),
            state,
            lines: None,
        };
        let path = op.path();
        let present = self.files[path].after.clone();
        let text = Text::new(text);
        // Another byte order mark or other line ends, as git and editors make them, are no difference.
        let is_same = present
            .as_ref()
            .is_some_and(|present| present.plain() == text.plain());
        match op {
            Op::CreateFile { .. } | Op::Regenerate { .. } => {
                let state = match (&present, op) {
                    (None, _) => State::Create,
                    (Some(_), _) if is_same => State::Identical,
                    (Some(present), Op::Regenerate { mark, .. })
                        if present.plain().starts_with(mark) =>
                    {
                        State::Update
                    }
                    (Some(_), _) => State::Differs,
                };
                let text = match &present {
                    Some(present) => present.rewritten(text.plain()),
                    None => text,
                };
                match state {
                    State::Create | State::Update => self.set(path, Some(text)),
                    State::Differs => _ = wanted.insert(path.to_owned(), Some(text)),
                    _ => {}
                }
                vec![Ok(change(path, state))]
            }
            Op::EnsureFile {
                declared: (owner, edit),
                ..
            } => {
                let mut steps = Vec::new();
                if present.is_none() {
                    self.set(path, Some(text));
                    steps.push(Ok(change(path, State::Create)));
                }
                steps.push(self.insert(owner, edit));
                steps
            }
            Op::Insert { edit, .. } => vec![self.insert(path, edit)],
            Op::RemoveFile { .. } => {
                let state = match present {
                    None => State::Gone,
                    Some(_) if is_same => State::Remove,
                    Some(_) => State::Edited,
                };
                match state {
                    State::Remove => self.set(path, None),
                    State::Edited => _ = wanted.insert(path.to_owned(), None),
                    _ => {}
                }
                vec![Ok(change(path, state))]
            }
            Op::RemoveIfUnused {
                declared: (owner, edit),
                ..
            } => {
                if !is_same {
                    return Vec::new();
                }
                self.set(path, None);
                vec![Ok(change(path, State::Remove)), self.revert(owner, edit)]
            }
            Op::RemoveInsert { edit, .. } => vec![self.revert(path, edit)],
        }
    }

    fn insert(&mut self, path: &str, edit: &Edit) -> Step {
        let unplaced = |edit: &Edit, why| {
            Box::new(Unplaced {
                path: path.to_owned(),
                edit: edit.clone(),
                why,
                is_removal: false,
            })
        };
        let Some(text) = &self.files[path].after else {
            return Err(unplaced(edit, "there is no such file".to_owned()));
        };
        let edit = edit.settled(text);
        match edit.apply(text) {
            Ok(None) => Ok(edited(path, &edit, State::Present)),
            Ok(after) => {
                self.set(path, after);
                Ok(edited(path, &edit, State::Insert))
            }
            Err(error) => Err(unplaced(&edit, error.to_string())),
        }
    }

    fn revert(&mut self, path: &str, edit: &Edit) -> Step {
        let Some(text) = &self.files[path].after else {
            return Ok(edited(path, edit, State::Gone));
        };
        let reverted = edit.revert(text);
        let edit = edit.settled(text);
        match reverted {
            Ok(None) => Ok(edited(path, &edit, State::Gone)),
            Ok(after) => {
                self.set(path, after);
                Ok(edited(path, &edit, State::Revert))
            }
            Err(error) => Err(Box::new(Unplaced {
                path: path.to_owned(),
                edit,
                why: error.to_string(),
                is_removal: true,
            })),
        }
    }

    fn set(&mut self, path: &str, after: Option<Text>) {
        if let Some(file) = self.files.get_mut(path) {
            file.after = after;
        }
    }
}

fn edited(path: &str, edit: &Edit, state: State) -> Change {
    Change {
        path: path.to_owned(),
        state,
        lines: Some(edit.snippet()),
    }
}

fn unplaced(missing: &[Box<Unplaced>]) -> CliError {
    let reasons: Vec<String> = missing
        .iter()
        .map(|one| format!("cannot edit `{}`: {}", one.path, one.why))
        .collect();
    let snippets: Vec<String> = missing
        .iter()
        .map(|one| {
            let place = if one.is_removal {
                "take out".to_owned()
            } else {
                one.edit.place()
            };
            format!(
                "in `{}`, {place}:\n\n    {}\n",
                one.path,
                one.edit.snippet()
            )
        })
        .collect();
    CliError::failed(format!(
        "{}; nothing was written",
        reasons.join("\n       ")
    ))
    .hint(format!(
        "make this change by hand, then run the command again\n\n{}",
        snippets.join("\n")
    ))
}
