//! Excerpts of source code: the lines around a place.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::error::SourcePlace;

/// The number of lines before and after the place.
const AROUND: u32 = 5;

/// Some lines of a file of the application.
pub(super) struct Excerpt {
    /// The lines with their numbers, from 1.
    pub(super) lines: Vec<(u32, String)>,
    /// The number of the line that it is about.
    pub(super) line: u32,
}

impl Excerpt {
    /// The lines around a place; `None` if it is in no file of the workspace that the process runs in.
    pub(super) fn of(place: &SourcePlace) -> Option<Self> {
        let text = fs::read_to_string(find(Path::new(place.file.as_ref()))?).ok()?;
        let first = place.line.saturating_sub(AROUND).max(1);
        let lines = (1..).zip(text.lines());
        let shown = lines
            .skip_while(|(number, _)| *number < first)
            .take_while(|(number, _)| *number <= place.line + AROUND);
        let lines: Vec<_> = shown
            .map(|(number, line)| (number, line.to_owned()))
            .collect();
        let has_line = lines.iter().any(|(number, _)| *number == place.line);
        has_line.then_some(Self {
            lines,
            line: place.line,
        })
    }
}

/// The file of a path that the compiler was given. It is relative to the folder of the workspace, which is that of the application or above it;
/// the paths of crates that are not part of it are absolute.
fn find(path: &Path) -> Option<PathBuf> {
    if path.is_absolute() {
        return None;
    }
    let here = std::env::current_dir().ok()?;
    let mut candidates = here.ancestors().map(|folder| folder.join(path));
    candidates.find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn place(file: &'static str, line: u32) -> SourcePlace {
        SourcePlace {
            file: Cow::Borrowed(file),
            line,
        }
    }

    #[test]
    fn an_excerpt_has_the_lines_around_its_place() {
        let numbers = |line| {
            let excerpt = Excerpt::of(&place(file!(), line)).unwrap();
            assert_eq!(excerpt.line, line);
            let numbers: Vec<_> = excerpt.lines.iter().map(|(number, _)| *number).collect();
            (numbers[0], numbers[numbers.len() - 1])
        };
        assert_eq!(numbers(1), (1, 6));
        assert_eq!(numbers(20), (15, 25));
        assert!(Excerpt::of(&place(file!(), 1_000_000)).is_none());
        assert!(Excerpt::of(&place("src/nowhere.rs", 1)).is_none());
        assert!(Excerpt::of(&place("/etc/hostname", 1)).is_none());
    }
}
