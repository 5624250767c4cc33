//! Where a configuration comes from: nothing in `.env`, in a variable or in a file is changed, skipped or guessed in silence.

mod dot_env;
mod files;
mod variables;

use std::{ffi::OsString, fs};

use fw::config::{Config, ConfigError, Environment, Loader};
use serde::Deserialize;
use tempfile::TempDir;

/// The configuration of these files and variables, in development with a database in memory.
fn load(files: &[(&str, &[u8])], vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let vars = vars.iter().map(|&(k, v)| (k.into(), v.into()));
    load_with(files, vars.collect())
}

fn load_with(
    files: &[(&str, &[u8])],
    mut vars: Vec<(OsString, OsString)>,
) -> Result<Config, ConfigError> {
    let root = TempDir::new().expect("a temporary folder");
    fs::create_dir(root.path().join("config")).expect("the folder is made");
    let mut has_database = vars.iter().any(|(name, _)| {
        let name = name.to_string_lossy();
        name == "DATABASE_URL" || name == "DATABASE_URL_FILE" || name == "CREDENTIALS_DIRECTORY"
    });
    for (path, bytes) in files {
        fs::write(root.path().join(path), bytes).expect("the file is written");
        let text = String::from_utf8_lossy(bytes);
        has_database |= text.contains("DATABASE_URL=") || text.contains("url = ");
    }
    if !has_database {
        vars.push(("DATABASE_URL".into(), "sqlite::memory:".into()));
    }
    Loader::new(root.path())
        .environment(Environment::Development)
        .vars(vars)
        .load()
}

fn dot_env(text: &str) -> Result<Config, ConfigError> {
    load(&[(".env", text.as_bytes())], &[])
}

#[track_caller]
fn refused(result: Result<Config, ConfigError>) -> String {
    match result {
        Ok(_) => panic!("it is accepted"),
        Err(error) => error.to_string(),
    }
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    text: String,
}

fn text(config: &Config) -> String {
    config.settings::<Settings>().expect("it is a text").text
}
