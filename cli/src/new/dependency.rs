//! The dependencies of a new app on the framework and its test kit: paths in a checkout, or versions in the registry.

use std::path::{Component, Path, PathBuf};

use clap::ValueEnum;
use toml_edit::{Array, DocumentMut, InlineTable, Value};

use super::starter::Database;
use crate::error::CliError;

/// The framework's folder in the checkout that this program was built from, as decided by `build.rs`.
const CHECKOUT: Option<&str> = option_env!("FW_FRAMEWORK_PATH");

/// The source of the framework.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FrameworkSource {
    Path(PathBuf),
    Version(&'static str),
}

impl FrameworkSource {
    /// The source for an app in `root`.
    pub(super) fn for_app(root: &Path) -> Result<Self, CliError> {
        let Some(checkout) = CHECKOUT.map(Path::new) else {
            return Ok(Self::Version(env!("CARGO_PKG_VERSION")));
        };
        if !checkout.join("Cargo.toml").is_file() {
            return Err(CliError::failed(format!(
                "cargo-fw was built from a checkout, and `{}` is not there any more",
                checkout.display()
            ))
            .hint("install it again: `cargo install --path cli --profile cli` in a checkout, or `cargo install cargo-fw`"));
        }
        Ok(Self::Path(path_from(checkout, root)))
    }

    /// Writes the dependencies into the app's manifest: the framework with the feature of the database, and the test kit, which has no
    /// features. If the development dependency changed those of the framework, the tests would have it compiled once more.
    pub(super) fn write_to(&self, manifest: &str, database: Database) -> Result<String, CliError> {
        let mut document: DocumentMut = manifest.parse().map_err(|error| {
            CliError::failed(format!("the starter's `Cargo.toml` is damaged: {error}"))
        })?;
        let text = |path: &Path| path.to_string_lossy().into_owned();
        // The crates beside the framework are folders in its own.
        let source = |folder: &str| match self {
            Self::Path(path) if folder.is_empty() => ("path", Value::from(text(path))),
            Self::Path(path) => ("path", Value::from(text(&path.join(folder)))),
            Self::Version(version) => ("version", Value::from(*version)),
        };
        let features: Array = features(&document, database).into_iter().collect();
        let (key, framework) = source("");
        let framework = InlineTable::from_iter([
            (key, framework),
            ("default-features", false.into()),
            ("features", Value::Array(features)),
        ]);
        document["dependencies"]["framewright"] = framework.into();
        let beside = [
            ("dev-dependencies", "framewright-testing", "testing"),
            ("build-dependencies", "framewright-build", "build"),
        ];
        for (table, name, folder) in beside {
            let is_there = document
                .get(table)
                .is_some_and(|table| table.get(name).is_some());
            if is_there {
                document[table][name] = InlineTable::from_iter([source(folder)]).into();
            }
        }
        Ok(document.to_string())
    }
}

/// The features of the framework that the starter has, with those of the database instead of its own.
fn features(manifest: &DocumentMut, database: Database) -> Vec<String> {
    let listed = manifest["dependencies"]["framewright"]["features"].as_array();
    let listed = listed.into_iter().flatten().filter_map(Value::as_str);
    let is_database = |name: &str| {
        Database::value_variants()
            .iter()
            .any(|one| one.name() == name)
    };
    let mut features = Vec::new();
    for name in listed {
        let name = if is_database(name) {
            database.name()
        } else {
            name
        };
        features.push(name.to_owned());
    }
    features
}

/// The path of the checkout's framework from the app: relative inside the checkout, so that both can be moved together;
/// absolute elsewhere.
fn path_from(framework: &Path, root: &Path) -> PathBuf {
    let Some(inside) = framework
        .parent()
        .and_then(|checkout| root.strip_prefix(checkout).ok())
    else {
        return framework.to_owned();
    };
    let up = inside
        .components()
        .filter(|component| matches!(component, Component::Normal(_)))
        .map(|_| Component::ParentDir);
    up.collect::<PathBuf>().join("framework")
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{FrameworkSource, path_from};
    use crate::new::starter::Database;

    const MANIFEST: &str = "[dependencies]\nclap = \"4\"\nframewright = { path = \"x\", features = [\"openapi\", \"sqlite\"] }\n\
                            # A comment.\ngarde = \"0.23\"\n\n[dev-dependencies]\nframewright-testing = { path = \"x/testing\" }\n";

    #[test]
    fn only_the_dependency_on_the_framework_changes() {
        let written = FrameworkSource::Version("0.1.0")
            .write_to(MANIFEST, Database::Postgres)
            .unwrap();
        insta::assert_snapshot!(written, @r#"
        [dependencies]
        clap = "4"
        framewright = { version = "0.1.0", default-features = false, features = ["openapi", "postgres"] }
        # A comment.
        garde = "0.23"

        [dev-dependencies]
        framewright-testing = { version = "0.1.0" }
        "#);
        let path = FrameworkSource::Path(PathBuf::from("/src/framework"));
        let written = path.write_to(MANIFEST, Database::Sqlite).unwrap();
        assert!(written.contains(r#"{ path = "/src/framework", default-features = false, features = ["openapi", "sqlite"] }"#));
        assert!(written.contains(r#"framewright-testing = { path = "/src/framework/testing" }"#));
    }

    #[test]
    fn the_path_is_relative_only_inside_the_checkout() {
        let framework = Path::new("/src/fw/framework");
        assert_eq!(path_from(framework, Path::new("/src/blog")), framework);
        assert_eq!(
            path_from(framework, Path::new("/src/fw/examples/blog")),
            Path::new("../../framework")
        );
    }
}
