//! The dependency of a new app on the framework: the path of a checkout, or a version in the registry.

use std::path::{Component, Path, PathBuf};

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

    /// Writes the dependency into the app's manifest, with the feature of the database, and for tests with `testing`.
    pub(super) fn write_to(&self, manifest: &str, database: Database) -> Result<String, CliError> {
        let mut document: DocumentMut = manifest.parse().map_err(|error| {
            CliError::failed(format!("the starter's `Cargo.toml` is damaged: {error}"))
        })?;
        document["dependencies"]["framewright"] =
            self.dependency(&["openapi", database.name()]).into();
        document["dev-dependencies"]["framewright"] = self.dependency(&["testing"]).into();
        Ok(document.to_string())
    }

    fn dependency(&self, features: &[&str]) -> InlineTable {
        let mut dependency = InlineTable::new();
        match self {
            Self::Path(path) => dependency.insert("path", path.to_string_lossy().as_ref().into()),
            Self::Version(version) => dependency.insert("version", (*version).into()),
        };
        dependency.insert("default-features", false.into());
        let features: Array = features.iter().copied().collect();
        dependency.insert("features", Value::Array(features));
        dependency
    }
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

    const MANIFEST: &str = "[dependencies]\nclap = \"4\"\nframewright = { path = \"x\", features = [\"sqlite\"] }\n\
                            # A comment.\ngarde = \"0.23\"\n\n[dev-dependencies]\nframewright = { path = \"x\", features = [\"testing\"] }\n";

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
        framewright = { version = "0.1.0", default-features = false, features = ["testing"] }
        "#);
        let path = FrameworkSource::Path(PathBuf::from("/src/framework"));
        let written = path.write_to(MANIFEST, Database::Sqlite).unwrap();
        assert!(written.contains(r#"{ path = "/src/framework", default-features = false, features = ["openapi", "sqlite"] }"#));
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
