//! The file `target/fw/dev.json`, in which the app's pages find whether the files as they are now are served.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::failure::Failure;
use crate::{error::CliError, file};

/// The state of the files as they are now.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(super) enum State<'a> {
    /// They are built or started.
    Building,
    Failed(&'a Failure),
    Serving,
}

#[derive(Serialize)]
struct Document<'a> {
    sequence: u64,
    #[serde(flatten)]
    state: State<'a>,
}

/// The file with the state. It is removed at the end.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    sequence: u64,
}

impl StateFile {
    /// The file of the app at `root`, wherever cargo's target folder is: the app finds it without asking cargo.
    pub(super) fn create(root: &Path) -> Result<Self, CliError> {
        let folder = root.join("target/fw");
        fs::create_dir_all(&folder)
            .map_err(|error| CliError::io("cannot create", &folder, &error))?;
        let mut file = Self {
            path: folder.join("dev.json"),
            sequence: 0,
        };
        file.replace(State::Building)?;
        Ok(file)
    }

    /// Writes the next state. One that cannot be written is lost: the loop works without it.
    pub(super) fn set(&mut self, state: State<'_>) {
        let _ = self.replace(state);
    }

    fn replace(&mut self, state: State<'_>) -> Result<(), CliError> {
        self.sequence += 1;
        let document = Document {
            sequence: self.sequence,
            state,
        };
        let text = serde_json::to_string(&document)
            .map_err(|error| CliError::failed(format!("the state cannot be written: {error}")))?;
        file::replace(&self.path, &text)
    }
}

impl Drop for StateFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{
        super::failure::{Failure, Step},
        State, StateFile,
    };

    #[test]
    fn states_have_a_sequence() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("target/fw/dev.json");
        let mut file = StateFile::create(root.path()).unwrap();
        let failure = Failure::new(
            Step::Start,
            "it ended",
            "error: no database\nhint: make one\n",
        );
        file.set(State::Failed(&failure));
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            r#"{"sequence":2,"state":"failed","step":"start","title":"it ended","messages":[{"message":"no database","text":"error: no database\nhint: make one"}]}"#
        );
        file.set(State::Serving);
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            r#"{"sequence":3,"state":"serving"}"#
        );
        drop(file);
        assert!(!path.exists());
    }
}
