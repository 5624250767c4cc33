//! Formats generated texts, and edited files that were formatted before the edit.

use std::path::Path;

use super::{super::Op, Resolver};
use crate::file::Text;

/// The formatted texts of a plan.
pub(super) struct Formatted {
    /// The text of each operation that has one.
    pub(super) generated: Vec<String>,
    /// The edited files that were formatted before the edit.
    pub(super) clean: Vec<String>,
}

impl Resolver<'_> {
    /// Formats all generated texts and, in the same run of rustfmt, checks whether the files to edit are formatted.
    pub(super) fn format_generated(&mut self, ops: &[Op]) -> Formatted {
        let generated: Vec<&str> = ops
            .iter()
            .map(|op| match op {
                Op::CreateFile { path, contents } | Op::RemoveFile { path, contents }
                    if is_rust(path) =>
                {
                    contents.as_str()
                }
                _ => "",
            })
            .collect();
        self.format_candidates = ops
            .iter()
            .filter_map(|op| match op {
                Op::Insert { path, edit } | Op::RemoveInsert { path, edit } => {
                    edit.may_need_format().then(|| path.clone())
                }
                _ => None,
            })
            .collect();
        self.format_candidates.sort();
        self.format_candidates.dedup();
        // A text with mixed line ends is not formatted.
        self.format_candidates.retain(|path| {
            let before = self.files[path].before.as_ref();
            before.is_some_and(Text::is_uniform)
        });
        let present = self
            .format_candidates
            .iter()
            .map(|path| self.files[path].before.as_ref().map_or("", Text::plain));
        let texts: Vec<&str> = generated.iter().copied().chain(present).collect();
        let needed: Vec<&str> = texts
            .iter()
            .copied()
            .filter(|text| !text.is_empty())
            .collect();
        let mut results = self.rustfmt.format_all(&needed).into_iter();
        let mut all = texts.iter().map(|text| {
            if text.is_empty() {
                None
            } else {
                results.next().flatten()
            }
        });
        let formatted: Vec<Option<String>> = all.by_ref().take(generated.len()).collect();
        let clean = self
            .format_candidates
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

    /// Formats edited files that were formatted before the edit; others keep their layout.
    pub(super) fn format_edited(&mut self, clean: &[String]) {
        let edited: Vec<String> = clean
            .iter()
            .filter(|path| self.files[*path].before != self.files[*path].after)
            .cloned()
            .collect();
        let texts: Vec<&str> = edited
            .iter()
            .map(|path| self.files[path].after.as_ref().map_or("", Text::plain))
            .collect();
        let formatted = self.rustfmt.format_all(&texts);
        for (path, text) in edited.iter().zip(formatted) {
            if let (Some(text), Some(file)) = (text, self.files.get_mut(path)) {
                file.after = file.after.as_ref().map(|after| after.rewritten(&text));
            }
        }
    }
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|end| end == "rs")
}
