//! The keys of flash messages in the code of an application, as far as they are written where the message is made.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The calls whose first argument is the key of a message.
const CALLS: [&str; 3] = [".flash(", "Flash::new(", "Flash::problem("];

/// A key, with its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) name: String,
    /// The path of the file below the source folder.
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// The keys in the Rust files of a folder.
pub(super) fn in_folder(folder: &Path) -> io::Result<Vec<Key>> {
    let mut keys = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let mut paths: Vec<PathBuf> = fs::read_dir(next)?
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<_>>()?;
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let name = path.strip_prefix(folder).unwrap_or(&path);
                let name = name.to_string_lossy().replace('\\', "/");
                keys.extend(in_text(&name, &fs::read_to_string(&path)?));
            }
        }
    }
    Ok(keys)
}

fn in_text(file: &str, text: &str) -> Vec<Key> {
    let mut keys = Vec::new();
    for call in CALLS {
        for (at, _) in text.match_indices(call) {
            let before = &text[..at];
            let start = before.rfind('\n').map_or(0, |newline| newline + 1);
            if before[start..].trim_start().starts_with("//") {
                continue;
            }
            let argument = text[at + call.len()..].trim_start();
            let Some((key, _)) = argument
                .strip_prefix('"')
                .and_then(|rest| rest.split_once('"'))
            else {
                continue;
            };
            let place = text.len() - argument.len() + 1;
            let line_start = text[..place].rfind('\n').map_or(0, |newline| newline + 1);
            keys.push(Key {
                name: key.to_owned(),
                file: file.to_owned(),
                line: text[..place].matches('\n').count() + 1,
                column: text[line_start..place].chars().count() + 1,
            });
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::{Key, in_text};

    #[test]
    fn keys_are_found_where_they_are_written() {
        let text = "Redirect::to(show, id).flash(\"a\")\n// x.flash(\"comment\")\nlet f = Flash::new(\n    \"b\",\n);\nx.flash(f)\n";
        let key = |key: &str, line, column| Key {
            name: key.to_owned(),
            file: "x.rs".to_owned(),
            line,
            column,
        };
        assert_eq!(in_text("x.rs", text), [key("a", 1, 31), key("b", 4, 6)]);
    }
}
