//! The variables that cargo gives to the programs that it runs: the section `[env]` of its configuration.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use toml_edit::{DocumentMut, Item, TableLike};

use crate::{error::CliError, file};

/// The variables that the configuration of cargo sets for a program that is started in a folder. A file nearer to the folder
/// counts more, as does a variable of this process, unless the file forces its own.
pub(super) fn variables(folder: &Path) -> Result<Vec<(String, OsString)>, CliError> {
    let mut variables: Vec<(String, OsString)> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for (file, base) in files(folder) {
        let Some(text) = file::read_optional(&file)? else {
            continue;
        };
        // What cargo cannot read, it reports itself when it builds.
        let Ok(document) = text.plain().parse::<DocumentMut>() else {
            continue;
        };
        let table = document.get("env").and_then(Item::as_table_like);
        for (name, value) in table.into_iter().flat_map(TableLike::iter) {
            if seen.iter().any(|seen| seen == name) {
                continue;
            }
            seen.push(name.to_owned());
            variables.extend(variable(name, value, &base).map(|value| (name.to_owned(), value)));
        }
    }
    Ok(variables)
}

/// The files of the configuration, the nearest first, each with the folder that its relative paths are relative to.
fn files(folder: &Path) -> Vec<(PathBuf, PathBuf)> {
    let mut bases: Vec<PathBuf> = folder.ancestors().map(Path::to_owned).collect();
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| {
        let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE"))?;
        Some(PathBuf::from(home).join(".cargo"))
    });
    let mut folders: Vec<(PathBuf, PathBuf)> = bases
        .drain(..)
        .map(|base| (base.join(".cargo"), base))
        .collect();
    if let Some(home) = home
        && !folders.iter().any(|(folder, _)| *folder == home)
    {
        let base = home.parent().unwrap_or(&home).to_owned();
        folders.push((home, base));
    }
    let files = folders.into_iter().map(|(folder, base)| {
        // The name of before wins, with a warning of cargo.
        let old = folder.join("config");
        let file = if old.is_file() {
            old
        } else {
            folder.join("config.toml")
        };
        (file, base)
    });
    files.collect()
}

/// The value of a variable, unless this process has one that is not to be replaced.
fn variable(name: &str, value: &Item, base: &Path) -> Option<OsString> {
    let flag = |key: &str| value.get(key).and_then(Item::as_bool).unwrap_or(false);
    if env::var_os(name).is_some() && !flag("force") {
        return None;
    }
    let text = value.as_str().or_else(|| value.get("value")?.as_str())?;
    Some(if flag("relative") {
        base.join(text).into_os_string()
    } else {
        text.into()
    })
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsString, fs};

    use super::variables;

    #[test]
    fn the_nearest_file_counts() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let app = root.join("app");
        for (folder, text) in [
            (
                root,
                "[env]\nFW_TEST_A = \"outer\"\nFW_TEST_B = { value = \"data\", relative = true }\nPATH = \"lost\"\n",
            ),
            (
                &app,
                "[env]\nFW_TEST_A = \"inner\"\n[env.HOME]\nvalue = \"forced\"\nforce = true\n",
            ),
        ] {
            fs::create_dir_all(folder.join(".cargo")).unwrap();
            fs::write(folder.join(".cargo/config.toml"), text).unwrap();
        }
        let found = variables(&app).unwrap();
        let value = |name: &str| {
            let found = found.iter().find(|(found, _)| found == name);
            found.map(|(_, value)| value.clone())
        };
        assert_eq!(value("FW_TEST_A"), Some("inner".into()));
        assert_eq!(value("FW_TEST_B"), Some(OsString::from(root.join("data"))));
        assert_eq!(value("PATH"), None);
        assert_eq!(value("HOME"), Some("forced".into()));
    }
}
