//! The section `[logger]`: level, format and outputs of the log.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use tracing_subscriber::filter::{LevelFilter, Targets};

use super::{Checks, Section};
use crate::env::Environment;

/// The section `[logger]`: level, format and outputs of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoggerConfig {
    /// A level (`off`, `error`, `warn`, `info`, `debug`, `trace`), and more for single targets: `info,sqlx=warn`. The
    /// variable `FW_LOG` overrides it. Commands other than `start` log from `warn` on, and more only of targets that are named here or
    /// when the variable is set. Default `info`.
    pub level: String,
    /// The format of a line. Default `pretty`; in production `json`.
    pub format: LogFormat,
    /// True if the log goes to the standard output (of commands other than `start`: to the standard error). Default true.
    pub stdout: bool,
    /// The log file.
    pub file: LogFileConfig,
}

/// The format of a line of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For development: several lines per event, with its fields and spans.
    #[default]
    Pretty,
    /// For people: one line per event.
    Compact,
    /// For programs: one JSON object per line.
    Json,
}

/// The section `[logger.file]`: a log file, its rotation and its retention.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogFileConfig {
    /// True if the log is written to a file as well. Default false.
    pub enabled: bool,
    /// The file, relative to the working directory. Its folder is created. Default `log/app.log`.
    pub path: PathBuf,
    /// The rotation: a new file begins with the first event of a day (local time), or beyond `max_bytes`. Default `daily`.
    pub rotation: Rotation,
    /// With `rotation = "size"`: the size in bytes after which a new file is begun, at least 1024. Default 100 MiB.
    pub max_bytes: u64,
    /// The number of rotated files to keep, 1–10 000. Default 14.
    pub keep: usize,
    /// The number of days to keep rotated files for, 1–3650. Default 30.
    pub keep_days: u32,
    /// True if rotated files are compressed (gzip). Default true.
    pub compress: bool,
}

/// The rotation of the log file: the event that begins a new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rotation {
    /// A new file with the first event of a day (local time).
    #[default]
    Daily,
    /// A new file with the first event after the file has grown beyond [`LogFileConfig::max_bytes`].
    Size,
}

impl Section for LoggerConfig {
    /// The defaults: in production the format is JSON.
    fn defaults(environment: &Environment) -> Self {
        let format = if environment.is_production() {
            LogFormat::Json
        } else {
            LogFormat::Pretty
        };
        Self {
            format,
            ..Self::default()
        }
    }

    fn check(&self, checks: &mut Checks) {
        if !is_filter(&self.level) {
            checks.wrong(
                "logger.level",
                "`off`, `error`, `warn`, `info`, `debug` or `trace`, and more as `target=level`, separated by commas",
                format!("`{}`", self.level),
            );
        }
        if self.file.path.file_name().is_none() {
            checks.wrong(
                "logger.file.path",
                "the path of a file",
                format!("`{}`", self.file.path.display()),
            );
        }
        checks.range(
            "logger.file.max_bytes",
            &self.file.max_bytes,
            1024..=u64::MAX,
        );
        checks.range("logger.file.keep", &self.file.keep, 1..=10_000);
        checks.range("logger.file.keep_days", &self.file.keep_days, 1..=3650);
    }
}

impl Default for LoggerConfig {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::default(),
            stdout: true,
            file: LogFileConfig::default(),
        }
    }
}

impl Default for LogFileConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            path: PathBuf::from("log/app.log"),
            rotation: Rotation::default(),
            max_bytes: 100 * 1024 * 1024,
            keep: 14,
            keep_days: 30,
            compress: true,
        }
    }
}

impl<'de> Deserialize<'de> for LogFormat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(
            deserializer,
            &["pretty", "compact", "json"],
            &[Self::Pretty, Self::Compact, Self::Json],
        )
    }
}

impl<'de> Deserialize<'de> for Rotation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, &["daily", "size"], &[Self::Daily, Self::Size])
    }
}

/// Deserializes one of several words. A derived implementation would report a number as an unknown word, this one as a value that
/// is not a text.
fn word<'de, D: Deserializer<'de>, T: Copy>(
    deserializer: D,
    words: &'static [&'static str],
    values: &[T],
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    let found = words.iter().zip(values).find(|(word, _)| **word == text);
    found
        .map(|(_, value)| *value)
        .ok_or_else(|| D::Error::unknown_variant(&text, words))
}

/// Returns true if a level is a valid filter. `Targets` reads a word without `=` as a target of which everything is logged, so that
/// `inof` would silence the app.
fn is_filter(level: &str) -> bool {
    let words_are_levels = level
        .split(',')
        .filter(|part| !part.contains('='))
        .all(|part| part.parse::<LevelFilter>().is_ok_and(|_| !part.is_empty()));
    words_are_levels && level.parse::<Targets>().is_ok()
}
