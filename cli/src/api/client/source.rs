//! The source of a description: the app itself, a file, or standard input.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use super::{
    super::{command::describe, json::Json, node::Defect},
    names::UniqueNames,
    read::read,
    render,
};
use crate::error::CliError;

/// The text of a description with the name of its source.
pub(crate) struct Source {
    name: String,
    text: Vec<u8>,
}

impl Source {
    /// Builds the app at `root` and runs its command `openapi`.
    pub(crate) fn app(root: &Path) -> Result<Self, CliError> {
        Ok(Self {
            name: "the description of the application".to_owned(),
            text: describe(root)?,
        })
    }

    /// Reads a file; `-` is standard input.
    pub(crate) fn file(path: &Path) -> Result<Self, CliError> {
        if path == Path::new("-") {
            let mut text = Vec::new();
            io::stdin().read_to_end(&mut text).map_err(|error| {
                CliError::failed(format!("cannot read standard input: {error}"))
            })?;
            return Ok(Self {
                name: "standard input".to_owned(),
                text,
            });
        }
        let text = fs::read(path).map_err(|error| {
            CliError::io("cannot read", path, &error)
                .hint("`cargo fw openapi > openapi.json` writes one; `-` reads standard input")
        })?;
        Ok(Self {
            name: format!("`{}`", path.display()),
            text,
        })
    }

    /// The client for the description.
    pub(crate) fn client(&self) -> Result<String, CliError> {
        // Some editors begin files with a mark.
        let text = self
            .text
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&self.text);
        let document: Json = serde_json::from_slice(text).map_err(|error| {
            CliError::failed(format!("{} is not JSON: {error}", self.name))
                .hint("`cargo fw openapi` prints a description as JSON")
        })?;
        let mut types = UniqueNames::of_types();
        let description = read(&document, &mut types).map_err(|defect| self.refusal(&defect))?;
        Ok(render::client(&description, &mut types))
    }

    fn refusal(&self, defect: &Defect) -> CliError {
        let error = CliError::failed(format!("cannot make a client from {}: {defect}", self.name));
        match &defect.hint {
            Some(hint) => error.hint(hint),
            None => {
                error.hint("the description is OpenAPI 3.1: <https://spec.openapis.org/oas/v3.1.1>")
            }
        }
    }
}
