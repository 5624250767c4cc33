//! The workspace around a new app, which must not take the app for one of its members.

use std::path::Path;

use toml_edit::{DocumentMut, Item, Table};

use crate::{error::CliError, file};

/// The change to make in the manifest of the workspace whose `members` take the app at `root` in: cargo refuses the workspace
/// otherwise, since the app is one of its own. `None` where nothing is to be changed.
pub(super) fn note(root: &Path) -> Result<Option<String>, CliError> {
    for folder in root.ancestors().skip(1) {
        let path = folder.join("Cargo.toml");
        let Some(text) = file::read_optional(&path)? else {
            continue;
        };
        // A manifest that cargo cannot read is not ours to report.
        let Ok(manifest) = text.plain().parse::<DocumentMut>() else {
            continue;
        };
        let Some(workspace) = manifest.get("workspace").and_then(Item::as_table) else {
            continue;
        };
        let Ok(below) = root.strip_prefix(folder) else {
            continue;
        };
        let below = below.to_string_lossy().replace('\\', "/");
        return Ok(takes_in(workspace, &below).then(|| advice(workspace, &path, &below)));
    }
    Ok(None)
}

fn takes_in(workspace: &Table, below: &str) -> bool {
    let is_excluded = texts(workspace, "exclude").any(|excluded| {
        let rest = below.strip_prefix(excluded.trim_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    !is_excluded && texts(workspace, "members").any(|pattern| matches(pattern, below))
}

fn advice(workspace: &Table, manifest: &Path, below: &str) -> String {
    let manifest = manifest.display();
    let mut excluded: Vec<&str> = texts(workspace, "exclude").collect();
    excluded.push(below);
    format!(
        "note: the workspace of `{manifest}` takes `{below}` in, and cargo refuses a workspace within another\n\
         hint: in `[workspace]` there, write `exclude = {excluded:?}`"
    )
}

fn texts<'a>(workspace: &'a Table, key: &str) -> impl Iterator<Item = &'a str> {
    let array = workspace.get(key).and_then(Item::as_array);
    array.into_iter().flatten().filter_map(|text| text.as_str())
}

/// Returns whether a path is one of a pattern of `members`: `*` and `?` stand for parts of a name, `**` for any folders.
fn matches(pattern: &str, path: &str) -> bool {
    let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    matches_folders(&pattern, &path)
}

fn matches_folders(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        (["**", rest @ ..], _) => {
            (0..=path.len()).any(|skipped| matches_folders(rest, &path[skipped..]))
        }
        ([first, rest @ ..], [name, below @ ..]) => {
            matches_name(first.as_bytes(), name.as_bytes()) && matches_folders(rest, below)
        }
        _ => false,
    }
}

fn matches_name(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            (0..=name.len()).any(|skipped| matches_name(rest, &name[skipped..]))
        }
        ([b'?', rest @ ..], [_, below @ ..]) => matches_name(rest, below),
        ([first, rest @ ..], [letter, below @ ..]) => first == letter && matches_name(rest, below),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::note;

    #[test]
    fn a_workspace_that_takes_the_app_in_is_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("apps/blog");
        fs::create_dir_all(&root).unwrap();
        for (workspace, line) in [
            ("members = [\"apps/*\"]", Some("exclude = [\"apps/blog\"]")),
            (
                "members = [\"./apps/bl?g/\"]",
                Some("exclude = [\"apps/blog\"]"),
            ),
            ("members = [\"**\"]", Some("exclude = [\"apps/blog\"]")),
            (
                "members = [\"*/*\"]\nexclude = [\"tools\"]",
                Some("exclude = [\"tools\", \"apps/blog\"]"),
            ),
            ("members = [\"*\"]", None),
            ("members = [\"apps/*\"]\nexclude = [\"apps\"]", None),
            ("members = [\"apps/shop\"]", None),
            ("resolver = \"3\"", None),
        ] {
            let manifest = format!("[workspace]\n{workspace}\n");
            fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
            let found = note(&root).unwrap();
            assert_eq!(found.is_some(), line.is_some(), "{workspace}");
            if let (Some(found), Some(line)) = (found, line) {
                assert!(found.contains(line), "{found}");
            }
        }
        fs::write(folder.path().join("Cargo.toml"), "[package]\n").unwrap();
        assert_eq!(note(&root).unwrap(), None);
    }
}
