//! Reads the app's `Cargo.toml` and `Cargo.lock` for its binary and its framework.

use std::path::Path;

use toml_edit::{DocumentMut, Item};

use crate::{error::CliError, file};

/// The name of the app's binary: `package.default-run`, the one of `src/main.rs`, or the name of the package.
pub(super) fn binary(root: &Path) -> Result<String, CliError> {
    let path = root.join("Cargo.toml");
    let text = file::read_plain(&path)?;
    let document = parse(&path, &text)?;
    let package = document.get("package");
    let of_main = document
        .get("bin")
        .and_then(Item::as_array_of_tables)
        .and_then(|binaries| {
            let main = binaries
                .iter()
                .find(|binary| text_of(binary.get("path")) == Some("src/main.rs"));
            text_of(main?.get("name"))
        });
    let in_package = |key| text_of(package.and_then(|package| package.get(key)));
    in_package("default-run")
        .or(of_main)
        .or(in_package("name"))
        .map(ToOwned::to_owned)
        .ok_or_else(|| CliError::failed(format!("`{}` has no `package.name`", path.display())))
}

/// The version of the framework in the lock file of the app or of the workspace around it; `None` if there is no lock
/// file yet, or no framework in it.
pub(crate) fn locked_framework(root: &Path) -> Result<Option<String>, CliError> {
    for folder in root.ancestors() {
        let path = folder.join("Cargo.lock");
        let Some(text) = file::read_optional(&path)? else {
            continue;
        };
        let document = parse(&path, text.plain())?;
        let packages = document.get("package").and_then(Item::as_array_of_tables);
        let mut packages = packages.into_iter().flatten();
        let framework =
            packages.find(|package| text_of(package.get("name")) == Some("framewright"));
        let version = framework.and_then(|package| text_of(package.get("version")));
        return Ok(version.map(ToOwned::to_owned));
    }
    Ok(None)
}

fn parse(path: &Path, text: &str) -> Result<DocumentMut, CliError> {
    text.parse()
        .map_err(|error| CliError::failed(format!("`{}` cannot be read: {error}", path.display())))
}

fn text_of(item: Option<&Item>) -> Option<&str> {
    item?.as_str()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::binary;

    #[test]
    fn the_binary_is_found_by_what_the_manifest_says() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path();
        for (manifest, expected) in [
            ("[package]\nname = \"blog\"\n", "blog"),
            (
                "[package]\nname = \"blog\"\n[[bin]]\nname = \"server\"\npath = \"src/main.rs\"\n",
                "server",
            ),
            ("[package]\nname = \"blog\"\ndefault-run = \"web\"\n", "web"),
        ] {
            fs::write(root.join("Cargo.toml"), manifest).unwrap();
            assert_eq!(binary(root).unwrap(), expected);
        }
        fs::write(root.join("Cargo.toml"), "[package]\n").unwrap();
        assert!(binary(root).is_err());
    }
}
