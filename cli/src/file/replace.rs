//! Replaces a file atomically: the new text is written to a temporary file beside it and renamed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::error::CliError;

/// Writes a file atomically. It keeps its permissions, and a symbolic link stays one.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), CliError> {
    let path = &resolve_links(path)?;
    let temporary = hidden_sibling(path, "fw-new");
    let written = fs::write(&temporary, text)
        .and_then(|()| keep_permissions(path, &temporary))
        .and_then(|()| fs::rename(&temporary, path));
    written.map_err(|error| {
        // It may not even have been made; the first error is the one that matters.
        let _ = fs::remove_file(&temporary);
        CliError::io("cannot write", path, &error)
    })
}

/// The file at the end of a path's symbolic links.
pub(crate) fn resolve_links(path: &Path) -> Result<PathBuf, CliError> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    if !is_link {
        return Ok(path.to_owned());
    }
    path.canonicalize().map_err(|error| {
        CliError::io("cannot follow the symbolic link", path, &error)
            .hint("make what it points at, or remove the link")
    })
}

/// The path of a hidden file in the same folder, and so on the same disk.
pub(crate) fn hidden_sibling(path: &Path, extension: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".");
    name.push(extension);
    path.with_file_name(name)
}

/// Copies the permissions of a file, if it exists, to another.
fn keep_permissions(from: &Path, to: &Path) -> io::Result<()> {
    match fs::metadata(from) {
        Ok(metadata) => fs::set_permissions(to, metadata.permissions()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::replace;

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.txt");
        replace(&file, "a").unwrap();
        replace(&file, "b").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "b");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let report = replace(&folder.path().join("none/a.txt"), "a")
            .unwrap_err()
            .report();
        assert!(
            report.contains("cannot write") && report.contains("none/a.txt"),
            "{report}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a.txt"), folder.path().join("link"));
        fs::write(&file, "a").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a.txt", &link).unwrap();
        replace(&link, "b").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "b");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);

        symlink("nowhere", folder.path().join("broken")).unwrap();
        let report = replace(&folder.path().join("broken"), "b")
            .unwrap_err()
            .report();
        assert!(report.contains("symbolic link"), "{report}");
    }
}
