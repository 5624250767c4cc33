//! Writes a document atomically, and only when it differs.

use std::{fs, path::Path};

use crate::{
    error::CliError,
    file::{read_optional, replace},
};

/// Writes `text` unless the file has it already; returns which: `created`, `written` or `unchanged`. A file keeps its
/// byte order mark and its line ends.
pub(super) fn write(file: &Path, text: &str) -> Result<&'static str, CliError> {
    let before = read_optional(file)?;
    let (text, done) = match &before {
        Some(before) if before.plain() == text => return Ok("unchanged"),
        Some(before) => (before.rewritten(text).raw().to_owned(), "written"),
        None => (text.to_owned(), "created"),
    };
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)
            .map_err(|error| CliError::io("cannot make the folder", folder, &error))?;
    }
    replace(file, &text).map_err(|error| error.or_hint("nothing was changed"))?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::write;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_only_when_it_differs() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("openapi.json");
        assert_eq!(write(&file, "a").unwrap(), "created");
        assert_eq!(write(&file, "a").unwrap(), "unchanged");
        assert_eq!(write(&file, "b").unwrap(), "written");
        assert_eq!(fs::read_to_string(&file).unwrap(), "b");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let below = folder.path().join("docs/api/a.json");
        assert_eq!(write(&below, "a").unwrap(), "created");
        let report = write(&file.join("a.json"), "a").unwrap_err().report();
        assert!(
            report.contains("cannot read") || report.contains("cannot make the folder"),
            "{report}"
        );
    }

    #[test]
    fn line_ends_that_git_or_an_editor_made_are_no_difference() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("openapi.json");
        fs::write(&file, "\u{feff}{\r\n}\r\n").unwrap();
        assert_eq!(write(&file, "{\n}\n").unwrap(), "unchanged");
        assert_eq!(write(&file, "[\n]\n").unwrap(), "written");
        assert_eq!(fs::read_to_string(&file).unwrap(), "\u{feff}[\r\n]\r\n");
    }
}
