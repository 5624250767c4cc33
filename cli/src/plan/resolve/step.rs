//! The effect of each operation of a plan on its file.

use std::{collections::BTreeMap, path::Path};

use super::{
    super::{Edit, Op, record::Artifact},
    ResolvedOp, Resolver, State, code,
};
use crate::{error::CliError, file::Text};

/// An edit whose place was not found.
pub(super) struct Unplaced {
    path: String,
    edit: Edit,
    why: String,
    /// True if it was to be reverted.
    is_removal: bool,
}

pub(super) type Step = Result<ResolvedOp, Box<Unplaced>>;

impl Resolver<'_> {
    pub(super) fn step(
        &mut self,
        op: &Op,
        text: &str,
        wanted: &mut BTreeMap<String, Option<Text>>,
    ) -> Vec<Step> {
        let change = |path: &str, state| ResolvedOp {
            path: path.to_owned(),
            state,
            lines: None,
        };
        let path = op.path();
        let present = self.files[path].after.clone();
        match op {
            Op::CreateFile { .. } | Op::Regenerate { .. } => {
                vec![Ok(change(path, self.create(op, text, wanted)))]
            }
            Op::EnsureFile {
                declared: (owner, edit),
                ..
            } => {
                // The text of the run that has made it.
                let first = self
                    .records
                    .all()
                    .find_map(|record| record.shared_text_of(path));
                self.artifacts.push(Artifact::SharedFile {
                    path: path.to_owned(),
                    text: first.unwrap_or(text).to_owned(),
                    declared: (owner.clone(), edit.clone()),
                });
                let mut steps = Vec::new();
                if present.is_none() {
                    self.set(path, Some(Text::new(text)));
                    steps.push(Ok(change(path, State::Create)));
                }
                steps.push(self.insert(owner, edit));
                steps
            }
            Op::Insert { edit, .. } => {
                let edit = match &present {
                    Some(text) => edit.resolved_in(text),
                    None => edit.clone(),
                };
                self.artifacts.push(Artifact::Lines {
                    path: path.to_owned(),
                    edit: edit.clone(),
                });
                vec![self.insert(path, &edit)]
            }
            Op::RemoveFile { contents, .. } => {
                // The text as it was formatted then, and as it would be formatted now.
                let is_same = [text, contents]
                    .into_iter()
                    .any(|text| is_as(path, present.as_ref(), &self.with_additions(path, text)));
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
                if !is_as(path, present.as_ref(), text) {
                    return Vec::new();
                }
                self.set(path, None);
                vec![Ok(change(path, State::Remove)), self.revert(owner, edit)]
            }
            Op::RemoveInsert { edit, .. } => vec![self.revert(path, edit)],
            Op::RemoveRecord { .. } => {
                self.set(path, None);
                vec![Ok(change(path, State::Remove))]
            }
        }
    }

    /// The effect of creating a file.
    fn create(
        &mut self,
        op: &Op,
        text: &str,
        wanted: &mut BTreeMap<String, Option<Text>>,
    ) -> State {
        let path = op.path();
        let present = self.files[path].after.clone();
        let expected = self.with_additions(path, text);
        let old = self.old_text(path, present.as_ref());
        let is_same = old.is_some() || is_as(path, present.as_ref(), &expected);
        if matches!(op, Op::CreateFile { .. }) {
            self.artifacts.push(Artifact::File {
                path: path.to_owned(),
                text: old.unwrap_or_else(|| text.to_owned()),
            });
        }
        let state = match (&present, op) {
            (None, _) => State::Create,
            (Some(_), _) if is_same => State::Identical,
            (Some(present), Op::Regenerate { mark, .. }) if present.plain().starts_with(mark) => {
                State::Update
            }
            (Some(_), _) => State::Differs,
        };
        let text = match &present {
            Some(present) => present.rewritten(&expected),
            None => Text::new(expected),
        };
        match state {
            State::Create | State::Update => self.set(path, Some(text)),
            State::Differs => _ = wanted.insert(path.to_owned(), Some(text)),
            _ => {}
        }
        state
    }

    /// The text that the same command wrote to a file before, if it is still there.
    fn old_text(&self, path: &str, present: Option<&Text>) -> Option<String> {
        let old = self.before?.text_of(path)?;
        let expected = self.with_additions(path, old);
        // rustfmt writes some code otherwise where its lines are longer or shorter, such as closures.
        let is_there = is_as(path, present, &expected)
            || is_rust(path)
                && self
                    .rustfmt
                    .format_all(&[&expected])
                    .pop()
                    .flatten()
                    .is_some_and(|formatted| is_as(path, present, &formatted));
        is_there.then(|| old.to_owned())
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
        let edit = edit.resolved_in(text);
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
        let edit = edit.resolved_in(text);
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

/// Returns whether a file exists with this text; Rust may be formatted differently. Another byte order mark and other
/// line ends, as git and editors write them, are no difference either.
fn is_as(path: &str, present: Option<&Text>, text: &str) -> bool {
    present.is_some_and(|present| {
        present.plain() == text || (is_rust(path) && code::is_same(present.plain(), text))
    })
}

fn is_rust(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "rs")
}

fn edited(path: &str, edit: &Edit, state: State) -> ResolvedOp {
    ResolvedOp {
        path: path.to_owned(),
        state,
        lines: Some(edit.snippet()),
    }
}

pub(super) fn unplaced(missing: &[Box<Unplaced>]) -> CliError {
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
