//! The parts of an app's `Cargo.toml` that generators need.

use std::{fs, io::ErrorKind, path::Path};

use toml_edit::{DocumentMut, Item};

use crate::{error::CliError, file};

/// The package and the Cargo features of `framewright` that it asks for.
pub(super) struct Manifest {
    pub(super) package: String,
    pub(super) features: Vec<String>,
}

/// Returns whether a folder looks like an app: a `Cargo.toml`, and a `src/app.rs` with `impl Hooks for …`.
pub(super) fn is_app(root: &Path) -> Result<bool, CliError> {
    if !root.join("Cargo.toml").is_file() {
        return Ok(false);
    }
    let path = root.join("src/app.rs");
    match fs::read(&path) {
        Ok(app) => Ok(String::from_utf8_lossy(&app).contains("Hooks for ")),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(false)
        }
        Err(error) => Err(CliError::io("cannot read", &path, &error)),
    }
}

impl Manifest {
    /// Reads the manifest in a folder; `None` if it does not depend on the framework.
    pub(super) fn read(root: &Path) -> Result<Option<Self>, CliError> {
        let manifest = parse(root)?;
        let Some(dependency) = manifest
            .get("dependencies")
            .and_then(|all| all.get("framewright"))
        else {
            return Ok(None);
        };
        let mut features = texts(dependency.get("features"));
        if dependency.get("workspace").and_then(Item::as_bool) == Some(true) {
            features.extend(of_workspace(root)?);
        }
        // `default = ["framewright/openapi"]`
        let own = default_features(&manifest)
            .into_iter()
            .filter_map(|feature| {
                let (package, feature) = feature.split_once('/')?;
                (package.trim_end_matches('?') == "framewright").then(|| feature.to_owned())
            });
        features.extend(own);
        let package = manifest
            .get("package")
            .and_then(|package| package.get("name")?.as_str())
            .unwrap_or("app")
            .to_owned();
        Ok(Some(Self { package, features }))
    }
}

/// The features that the default ones of a package enable, themselves included.
fn default_features(manifest: &DocumentMut) -> Vec<String> {
    let all = manifest.get("features");
    let mut enabled = vec!["default".to_owned()];
    let mut next = 0;
    while let Some(feature) = enabled.get(next) {
        let more = texts(all.and_then(|all| all.get(feature.as_str())));
        for feature in more {
            if !enabled.contains(&feature) {
                enabled.push(feature);
            }
        }
        next += 1;
    }
    enabled
}

/// The features of the framework in the manifest of the workspace around an app.
fn of_workspace(root: &Path) -> Result<Vec<String>, CliError> {
    for folder in root.ancestors() {
        if !folder.join("Cargo.toml").is_file() {
            continue;
        }
        let manifest = parse(folder)?;
        if let Some(workspace) = manifest.get("workspace") {
            let dependency = workspace
                .get("dependencies")
                .and_then(|all| all.get("framewright"));
            return Ok(texts(
                dependency.and_then(|dependency| dependency.get("features")),
            ));
        }
    }
    Ok(Vec::new())
}

fn parse(root: &Path) -> Result<DocumentMut, CliError> {
    let path = root.join("Cargo.toml");
    file::read_plain(&path)?
        .parse()
        .map_err(|error| CliError::failed(format!("cannot read `{}`: {error}", path.display())))
}

/// The strings of an array.
fn texts(array: Option<&Item>) -> Vec<String> {
    array
        .and_then(Item::as_array)
        .into_iter()
        .flatten()
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Manifest;

    #[test]
    fn features_are_found_wherever_they_are_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = "[workspace]\nmembers = [\"app\"]\n\n[workspace.dependencies]\nframewright = { version = \"0.1\", features = [\"openapi\"] }\n";
        let app = folder.path().join("app");
        fs::create_dir(&app).unwrap();
        fs::write(folder.path().join("Cargo.toml"), workspace).unwrap();
        for (dependency, expected) in [
            (
                "framewright = { version = \"0.1\", features = [\"sqlite\"] }",
                "sqlite",
            ),
            (
                "framewright = { workspace = true, features = [\"sqlite\"] }",
                "sqlite openapi",
            ),
            (
                "framewright = \"0.1\"\n\n[features]\ndefault = [\"framewright/postgres\"]",
                "postgres",
            ),
            (
                "framewright = \"0.1\"\n\n[features]\ndefault = [\"docs\"]\ndocs = [\"framewright/openapi\", \"default\"]",
                "openapi",
            ),
        ] {
            let manifest = format!(
                "\u{feff}[package]\r\nname = \"blog\"\r\n\r\n[dependencies]\r\n{dependency}\r\n"
            );
            fs::write(app.join("Cargo.toml"), manifest).unwrap();
            let manifest = Manifest::read(&app).unwrap().unwrap();
            assert_eq!(manifest.package, "blog");
            assert_eq!(manifest.features.join(" "), expected);
        }
        fs::write(app.join("Cargo.toml"), "[package]\nname = \"blog\"\n").unwrap();
        assert!(Manifest::read(&app).unwrap().is_none());
    }
}
