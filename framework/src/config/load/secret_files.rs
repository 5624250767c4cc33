//! Secrets in files: those that variables such as `DATABASE_URL_FILE` name (the convention of Docker's images), and the credentials that
//! systemd gives to a service (`LoadCredential=DATABASE_URL:…`).

use std::{fs, io, path::Path};

use super::variable::{Variable, is_ours};
use crate::config::{ConfigProblem, Origin};

/// The variable with which systemd names the folder of a service's credentials.
pub(super) const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Replaces a variable `…_FILE` by the variable before that ending, with the content of the file as its value. Other variables stay.
pub(super) fn resolve(
    root: &Path,
    variable: Variable,
    problems: &mut Vec<ConfigProblem>,
) -> Option<Variable> {
    let name = variable.name.strip_suffix("_FILE");
    // `FW_LOGGER__FILE` is a table.
    let Some(name) = name.filter(|name| is_ours(name) && !name.ends_with('_')) else {
        return Some(variable);
    };
    let by = Some(variable.name.clone());
    read(name, &root.join(&variable.value), by, problems)
}

/// Reads the credentials in a folder whose names are variables of the configuration.
pub(super) fn credentials(folder: &Path, problems: &mut Vec<ConfigProblem>) -> Vec<Variable> {
    let entries = match fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
        Ok(entries) => entries,
        Err(source) => {
            let file = folder.display().to_string();
            problems.push(ConfigProblem::Unreadable { file, source });
            return Vec::new();
        }
    };
    entries
        .iter()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            is_ours(&name)
                .then(|| read(&name, &entry.path(), None, problems))
                .flatten()
        })
        .collect()
}

/// Reads the value of the variable `name` from a file, without the newline at its end.
fn read(
    name: &str,
    path: &Path,
    by: Option<String>,
    problems: &mut Vec<ConfigProblem>,
) -> Option<Variable> {
    let origin = Origin::SecretFile {
        path: path.display().to_string(),
        variable: name.to_owned(),
        by,
    };
    match fs::read_to_string(path) {
        Ok(text) => {
            let line = text.strip_suffix('\n').unwrap_or(&text);
            Some(Variable {
                name: name.to_owned(),
                value: line.strip_suffix('\r').unwrap_or(line).to_owned(),
                origin,
            })
        }
        Err(source) => {
            let file = origin.to_string();
            problems.push(ConfigProblem::Unreadable { file, source });
            None
        }
    }
}
