//! `[logger]`: what is logged, how, and where to.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use tracing_subscriber::filter::{LevelFilter, Targets};

use super::{Checks, Section};
use crate::env::Environment;

/// `[logger]`: what is logged, how, and where to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoggerConfig {
    /// A level (`off`, `error`, `warn`, `info`, `debug`, `trace`), and more for single targets: `info,sqlx=warn`. The
    /// variable `FW_LOG` overrides it. Default `info`.
    pub level: String,
    /// How a line looks. Default `pretty`; in production `json`.
    pub format: LogFormat,
    /// Whether the log goes to the standard output (of commands other than `start`: error). Default true.
    pub stdout: bool,
    /// The log file.
    pub file: LogFileConfig,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For reading while developing: several lines per event, with its fields and spans.
    #[default]
    Pretty,
    /// For reading: one line per event.
    Compact,
    /// For programs: one JSON object per line.
    Json,
}

/// `[logger.file]`: a log file, its rotation and its retention.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogFileConfig {
    /// Whether the log is written to a file as well. Default false.
    pub enabled: bool,
    /// The file, relative to the working directory. Its folder is made. Default `log/app.log`.
    pub path: PathBuf,
    /// When a new file is begun: with the first event of a day (local time), or beyond `max_bytes`. Default `daily`.
    pub rotation: Rotation,
    /// With `rotation = "size"`: after how many bytes, at least 1024. Default 100 MiB.
    pub max_bytes: u64,
    /// How many rotated files are kept, 1–10 000. Default 14.
    pub keep: usize,
    /// For how many days rotated files are kept, 1–3650. Default 30.
    pub keep_days: u32,
    /// Whether rotated files are compressed (gzip). Default true.
    pub compress: bool,
}

/// When a new log file is begun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rotation {
    /// With the first event of a day (local time).
    #[default]
    Daily,
    /// With the first event after the file has grown beyond [`LogFileConfig::max_bytes`].
    Size,
}

impl Section for LoggerConfig {
    /// JSON lines in production.
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

/// Reads one of several words. A derived implementation would say of a number that it is none of the words, this one that it
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

/// `Targets` reads a word without `=` as a target of which everything is logged, so that `inof` would silence the app.
fn is_filter(level: &str) -> bool {
    let words_are_levels = level
        .split(',')
        .filter(|part| !part.contains('='))
        .all(|part| part.parse::<LevelFilter>().is_ok_and(|_| !part.is_empty()));
    words_are_levels && level.parse::<Targets>().is_ok()
}
