//! An `OpenAPI` document, read from a file or from the output of the app, and written as JSON or YAML.

use std::{fs, io, path::Path};

use yaml_serde::Value;

use super::json::Json;
use crate::{error::CliError, file::Text};

/// The format of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// JSON, indented.
    Json,
    /// YAML.
    Yaml,
}

impl Format {
    /// The format that the extension of a file's name stands for.
    pub(super) fn of(file: &Path) -> Self {
        let extension = file.extension().unwrap_or_default();
        if extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml") {
            Self::Yaml
        } else {
            Self::Json
        }
    }
}

/// An `OpenAPI` 3 document whose keys keep their order: a mapping of YAML does, one of `serde_json` does not.
#[derive(Debug)]
pub(super) struct Document(Value);

impl Document {
    /// Reads a file.
    pub(super) fn read(file: &Path) -> Result<Self, CliError> {
        let how = format!("`cargo fw openapi --out {}` writes it", file.display());
        let text = fs::read_to_string(file).map_err(|error| {
            let failed = CliError::io("cannot read", file, &error);
            if error.kind() == io::ErrorKind::NotFound {
                failed.hint(&how)
            } else {
                failed
            }
        })?;
        let text = Text::new(text);
        let text = text.plain();
        let (name, value) = match Format::of(file) {
            Format::Json => (
                "JSON",
                serde_json::from_str(text).map_err(|e| e.to_string()),
            ),
            Format::Yaml => (
                "YAML",
                yaml_serde::from_str(text).map_err(|e| e.to_string()),
            ),
        };
        let value = value.map_err(|error| {
            CliError::failed(format!("`{}` is not {name}: {error}", file.display())).hint(&how)
        })?;
        Self::parsed(value).map_err(|reason| {
            CliError::failed(format!(
                "`{}` is not an OpenAPI 3 description: {reason}",
                file.display()
            ))
            .hint(&how)
        })
    }

    /// Reads the output of the app.
    pub(super) fn from_app(printed: &[u8]) -> Result<Self, CliError> {
        let unfit = |reason: String| {
            CliError::failed(format!("the app does not describe itself: {reason}"))
                .hint("the command `openapi` of the app must print an OpenAPI 3 description and nothing else")
        };
        let value = serde_json::from_slice(printed)
            .map_err(|error| unfit(format!("its command `openapi` prints no JSON: {error}")))?;
        Self::parsed(value).map_err(unfit)
    }

    fn parsed(value: Value) -> Result<Self, String> {
        if !value.is_mapping() {
            return Err("it is no object".to_owned());
        }
        match value.get("openapi").map(Value::as_str) {
            Some(Some(version)) if version.starts_with("3.") => Ok(Self(value)),
            Some(Some(version)) => Err(format!("`openapi` is `{version}`, and not 3.x")),
            Some(None) => Err("`openapi` is no text such as \"3.1.0\"".to_owned()),
            None => Err("it has no field `openapi`".to_owned()),
        }
    }

    /// The document as JSON without the order of its keys, to be compared.
    pub(super) fn to_json(&self) -> Result<serde_json::Value, CliError> {
        serde_json::to_value(&self.0).map_err(|error| unwritable(&error))
    }

    /// The document as JSON whose keys keep their order.
    pub(super) fn to_ordered_json(&self) -> Result<Json, CliError> {
        yaml_serde::from_value(self.0.clone()).map_err(|error| unwritable(&error))
    }

    /// The document as text that ends with a line feed.
    pub(super) fn text(&self, format: Format) -> Result<String, CliError> {
        match format {
            Format::Json => serde_json::to_string_pretty(&self.0)
                .map(|text| text + "\n")
                .map_err(|error| unwritable(&error)),
            Format::Yaml => yaml_serde::to_string(&self.0).map_err(|error| unwritable(&error)),
        }
    }
}

fn unwritable(error: &dyn std::error::Error) -> CliError {
    CliError::failed(format!("the description cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::{Document, Format};

    const JSON: &str = "{\n  \"openapi\": \"3.1.0\",\n  \"paths\": {},\n  \"info\": {\n    \"version\": \"1\",\n    \
                        \"title\": \"true\",\n    \"x\": 9223372036854775807\n  }\n}\n";

    #[test]
    fn keys_keep_their_order_in_both_formats() {
        let document = Document::from_app(JSON.as_bytes()).unwrap();
        assert_eq!(document.text(Format::Json).unwrap(), JSON);
        let yaml = document.text(Format::Yaml).unwrap();
        assert_eq!(
            yaml,
            "openapi: 3.1.0\npaths: {}\ninfo:\n  version: '1'\n  title: 'true'\n  x: 9223372036854775807\n"
        );
    }

    #[test]
    fn yaml_and_json_of_one_description_are_equal() {
        let folder = tempfile::tempdir().unwrap();
        let document = Document::from_app(JSON.as_bytes()).unwrap();
        for name in ["a.json", "a.yaml", "a.YML", "a"] {
            let file = folder.path().join(name);
            fs::write(&file, document.text(Format::of(&file)).unwrap()).unwrap();
            let read = Document::read(&file).unwrap();
            assert_eq!(
                read.to_json().unwrap(),
                document.to_json().unwrap(),
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_no_description_is_refused_with_a_hint() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text, reason) in [
            ("a.json", "{", "is not JSON: EOF while parsing"),
            ("a.yaml", "a: [", "is not YAML: "),
            ("b.json", "[]", "it is no object"),
            (
                "c.json",
                "{\"swagger\": \"2.0\"}",
                "it has no field `openapi`",
            ),
            ("d.json", "{\"openapi\": 3.1}", "is no text such as"),
            (
                "e.yaml",
                "openapi: 2.0.0",
                "`openapi` is `2.0.0`, and not 3.x",
            ),
        ] {
            let file = folder.path().join(name);
            fs::write(&file, text).unwrap();
            let report = Document::read(&file).unwrap_err().report();
            assert!(report.contains(reason), "{report}");
            assert!(
                report.contains(&format!("`{}`", file.display())),
                "{report}"
            );
            assert!(
                report.contains("\nhint: `cargo fw openapi --out "),
                "{report}"
            );
        }
        let report = Document::read(Path::new("/nowhere.json"))
            .unwrap_err()
            .report();
        assert!(
            report.contains("hint: `cargo fw openapi --out /nowhere.json`"),
            "{report}"
        );
    }
}
