//! Writes the files of a plan, all of them or none.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    journal::{Entry, Journal},
    resolve::{FileChange, ResolvedPlan},
};
use crate::{
    error::CliError,
    file::{Text, read_optional, resolve_links},
};

impl ResolvedPlan {
    /// Writes every new text beside its file first, then renames them all into place. After a failure the files are as
    /// they were before. A file that somebody has changed since it was read is not touched, and neither is any other.
    pub(super) fn apply(&self, root: &Path) -> Result<(), CliError> {
        for (name, file) in &self.files {
            unchanged(&root.join(name), file.before.as_ref(), name)?;
        }
        for (name, _) in self.changed() {
            writable(&root.join(name), name)?;
        }
        let journal = self.journal(root)?;
        // A single file takes its place in one step.
        if journal.files.len() > 1 {
            journal.write(root)?;
        }
        let done = stage(root, &journal).and_then(|()| self.commit(root, &journal));
        if let Err(error) = done {
            let left = journal.undo(root);
            if left.is_empty() {
                Journal::remove(root)?;
                return Err(error.or_hint("nothing was changed"));
            }
            return Err(error.hint(format!(
                "these files could not be put back as they were: {}",
                left.join(", ")
            )));
        }
        Journal::remove(root)?;
        for entry in journal.files.iter().filter(|entry| entry.after.is_none()) {
            remove_empty_folders(root, &root.join(&entry.path));
        }
        Ok(())
    }

    fn journal(&self, root: &Path) -> Result<Journal, CliError> {
        let mut journal = Journal::default();
        for (name, file) in self.changed() {
            let path = root.join(name);
            // A removal applies to the link itself, a write to the file behind it.
            let path = match file.after {
                Some(_) => resolve_links(&path)?,
                None => path,
            };
            let missing: Vec<&Path> = path
                .ancestors()
                .skip(1)
                .take_while(|folder| !folder.exists())
                .collect();
            for folder in missing.into_iter().rev() {
                let folder = within(root, folder);
                if !journal.folders.contains(&folder) {
                    journal.folders.push(folder);
                }
            }
            let raw = |text: &Option<Text>| text.as_ref().map(|text| text.raw().to_owned());
            journal.files.push(Entry {
                path: within(root, &path),
                before: raw(&file.before),
                after: raw(&file.after),
            });
        }
        Ok(journal)
    }

    fn commit(&self, root: &Path, journal: &Journal) -> Result<(), CliError> {
        for ((name, file), entry) in self.changed().zip(&journal.files) {
            let path = root.join(&entry.path);
            unchanged(&path, file.before.as_ref(), name)?;
            let temporary = entry.temporary_path(root);
            let done = match entry.after {
                Some(_) => fs::rename(&temporary, &path),
                None => fs::rename(&path, &temporary),
            };
            done.map_err(|error| CliError::io("cannot write", &path, &error))?;
        }
        for entry in journal.files.iter().filter(|entry| entry.after.is_none()) {
            let temporary = entry.temporary_path(root);
            fs::remove_file(&temporary)
                .map_err(|error| CliError::io("cannot remove", &temporary, &error))?;
        }
        Ok(())
    }

    fn changed(&self) -> impl Iterator<Item = (&String, &FileChange)> {
        self.files
            .iter()
            .filter(|(_, file)| file.before != file.after)
    }
}

/// Writes every new text beside its file.
fn stage(root: &Path, journal: &Journal) -> Result<(), CliError> {
    for folder in &journal.folders {
        let folder = root.join(folder);
        fs::create_dir(&folder)
            .map_err(|error| CliError::io("cannot make the folder", &folder, &error))?;
    }
    for entry in &journal.files {
        let Some(text) = &entry.after else { continue };
        let temporary = entry.temporary_path(root);
        let written = fs::write(&temporary, text).and_then(|()| {
            // A file keeps its permissions.
            match &entry.before {
                Some(_) => {
                    let metadata = fs::metadata(root.join(&entry.path))?;
                    fs::set_permissions(&temporary, metadata.permissions())
                }
                None => Ok(()),
            }
        });
        written.map_err(|error| CliError::io("cannot write", &temporary, &error))?;
    }
    Ok(())
}

/// Fails if a file is not as it was when the plan was made.
fn unchanged(path: &Path, before: Option<&Text>, name: &str) -> Result<(), CliError> {
    if read_optional(path)?.as_ref() == before {
        return Ok(());
    }
    Err(CliError::failed(format!(
        "another program changed `{name}` in this moment; nothing was changed"
    ))
    .hint("run the command again"))
}

/// Fails if a file is read-only: to rename another over it would ask nobody.
fn writable(path: &Path, name: &str) -> Result<(), CliError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.permissions().readonly() => Err(CliError::failed(format!(
            "`{name}` is read-only; nothing was changed"
        ))
        .hint("permit writing it (`chmod u+w`), and run the command again")),
        // One that is not there is made.
        _ => Ok(()),
    }
}

/// The path in a journal: relative, so that an app that is moved takes its journal along.
fn within(root: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(root).unwrap_or(path).to_owned()
}

/// Removes the folders that held only generated files, after the last of them.
fn remove_empty_folders(root: &Path, file: &Path) {
    let source = root.join("src");
    for folder in file
        .ancestors()
        .skip(1)
        .take_while(|folder| *folder != source && *folder != root)
    {
        // Fails, and rightly so, when something is left in it.
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        fs,
        path::{Path, PathBuf},
    };

    use tempfile::TempDir;

    use super::{ResolvedPlan, stage};
    use crate::{
        file::Text,
        plan::{journal::recover, resolve::FileChange},
    };

    fn app() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("src/old")).unwrap();
        fs::write(folder.path().join("src/app.rs"), "before\r\n").unwrap();
        fs::write(folder.path().join("src/old/mod.rs"), "old\n").unwrap();
        folder
    }

    /// A plan that changes one file, creates one in a new folder, and removes one.
    fn plan() -> ResolvedPlan {
        let file = |before: Option<&str>, after: Option<&str>| FileChange {
            before: before.map(Text::new),
            after: after.map(Text::new),
        };
        ResolvedPlan {
            changes: Vec::new(),
            files: [
                ("src/app.rs", file(Some("before\r\n"), Some("after\r\n"))),
                ("src/new/mod.rs", file(None, Some("new\n"))),
                ("src/old/mod.rs", file(Some("old\n"), None)),
            ]
            .map(|(path, file)| (path.to_owned(), file))
            .into(),
            wanted: BTreeMap::new(),
            generated: BTreeMap::new(),
            makers: BTreeMap::new(),
            damaged: Vec::new(),
            is_unformatted: false,
            artifacts: Vec::new(),
        }
    }

    fn tree(root: &Path) -> BTreeMap<PathBuf, Option<String>> {
        let mut tree = BTreeMap::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path.clone());
                }
                tree.insert(path.clone(), fs::read_to_string(&path).ok());
            }
        }
        tree
    }

    #[test]
    fn all_files_are_written_and_nothing_else_is_left() {
        let app = app();
        plan().apply(app.path()).unwrap();
        let root = app.path();
        assert_eq!(
            fs::read_to_string(root.join("src/app.rs")).unwrap(),
            "after\r\n"
        );
        let files: Vec<PathBuf> = tree(root).into_keys().collect();
        let expected = ["src", "src/app.rs", "src/new", "src/new/mod.rs"];
        assert_eq!(files, expected.map(|path| root.join(path)));
    }

    #[test]
    fn a_file_that_somebody_changed_is_not_overwritten_and_nothing_is_written() {
        for (path, text) in [
            ("src/app.rs", "somebody's"),
            ("src/new/mod.rs", "somebody's"),
            ("src/old/mod.rs", "somebody's"),
        ] {
            let app = app();
            let path = app.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            let before = tree(app.path());
            let report = plan().apply(app.path()).unwrap_err().report();
            assert!(report.contains("another program changed"), "{report}");
            assert_eq!(tree(app.path()), before);
        }
    }

    #[test]
    fn a_read_only_file_is_not_replaced_and_nothing_is_written() {
        for path in ["src/app.rs", "src/old/mod.rs"] {
            let app = app();
            let file = app.path().join(path);
            let mut permissions = fs::metadata(&file).unwrap().permissions();
            permissions.set_readonly(true);
            fs::set_permissions(&file, permissions).unwrap();
            let before = tree(app.path());
            let report = plan().apply(app.path()).unwrap_err().report();
            assert!(
                report.contains(&format!("`{path}` is read-only")),
                "{report}"
            );
            assert_eq!(tree(app.path()), before);
        }
    }

    #[test]
    fn a_file_that_somebody_changes_meanwhile_stops_everything() {
        let app = app();
        let root = app.path();
        let before = tree(root);
        let plan = plan();
        let journal = plan.journal(root).unwrap();
        journal.write(root).unwrap();
        stage(root, &journal).unwrap();
        fs::write(root.join("src/old/mod.rs"), "somebody's").unwrap();
        plan.commit(root, &journal).unwrap_err();
        assert_eq!(journal.undo(root).len(), 1, "what is somebody's stays");
        fs::remove_dir_all(root.join("target")).unwrap();
        let mut expected = before;
        expected.insert(root.join("src/old/mod.rs"), Some("somebody's".to_owned()));
        assert_eq!(tree(root), expected);
    }

    #[test]
    fn what_an_interrupted_command_has_written_is_taken_back() {
        // Ends after the journal, after the new texts, in the middle, and before the journal goes.
        for steps in 0_usize..=5 {
            let app = app();
            let root = app.path();
            let before = tree(root);
            let plan = plan();
            let journal = plan.journal(root).unwrap();
            journal.write(root).unwrap();
            if steps >= 1 {
                stage(root, &journal).unwrap();
            }
            let renamed = if steps < 5 {
                steps.saturating_sub(1)
            } else {
                0
            };
            for entry in journal.files.iter().take(renamed) {
                let (path, temporary) = (root.join(&entry.path), entry.temporary_path(root));
                match entry.after {
                    Some(_) => fs::rename(temporary, path).unwrap(),
                    None => fs::rename(path, temporary).unwrap(),
                }
            }
            if steps == 5 {
                plan.commit(root, &journal).unwrap();
            }
            recover(root).unwrap();
            assert_eq!(tree(root), before, "after {steps} steps");
        }
    }

    #[test]
    fn what_somebody_did_after_an_interruption_stays() {
        let app = app();
        let root = app.path();
        let plan = plan();
        let journal = plan.journal(root).unwrap();
        journal.write(root).unwrap();
        stage(root, &journal).unwrap();
        plan.commit(root, &journal).unwrap();
        fs::write(root.join("src/app.rs"), "somebody's").unwrap();
        recover(root).unwrap();
        assert_eq!(
            fs::read_to_string(root.join("src/app.rs")).unwrap(),
            "somebody's"
        );
        assert!(!root.join("src/new").exists());
        assert!(root.join("src/old/mod.rs").exists());
        recover(root).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let app = app();
        let root = app.path();
        fs::rename(root.join("src/app.rs"), root.join("real.rs")).unwrap();
        fs::set_permissions(root.join("real.rs"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("../real.rs", root.join("src/app.rs")).unwrap();
        plan().apply(root).unwrap();
        let link = fs::symlink_metadata(root.join("src/app.rs")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(
            fs::read_to_string(root.join("real.rs")).unwrap(),
            "after\r\n"
        );
        let mode = fs::metadata(root.join("real.rs"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}
