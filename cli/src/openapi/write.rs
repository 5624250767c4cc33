//! Writes a file as a whole or not at all.

use std::{fs, path::Path};

use crate::error::CliError;

/// Writes `text` unless it is there already, and says which: `created`, `written` or `unchanged`.
pub(super) fn write(file: &Path, text: &str) -> Result<&'static str, CliError> {
    let before = fs::read(file).ok();
    if before.as_deref() == Some(text.as_bytes()) {
        return Ok("unchanged");
    }
    // Beside it, so that it can take its place in one step.
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".fw-new");
    let temporary = file.with_file_name(name);
    let written = fs::write(&temporary, text).and_then(|()| {
        if let Ok(metadata) = fs::metadata(file) {
            fs::set_permissions(&temporary, metadata.permissions())?;
        }
        fs::rename(&temporary, file)
    });
    if let Err(error) = written {
        // It may not even have been made.
        let _ = fs::remove_file(&temporary);
        return Err(CliError::io("cannot write", file, &error).hint("nothing was changed"));
    }
    Ok(if before.is_some() {
        "written"
    } else {
        "created"
    })
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
        let report = write(&folder.path().join("none/a.json"), "a")
            .unwrap_err()
            .report();
        assert!(
            report.contains("cannot write") && report.contains("none/a.json"),
            "{report}"
        );
    }
}
