//! The setup of the log, which connects `tracing` to the outputs in the configuration.

use std::{
    env,
    io::{self, IsTerminal},
    sync::OnceLock,
};

use tracing::Subscriber;
use tracing_subscriber::{
    Layer, Registry,
    field::RecordFields,
    fmt::{
        self, FormatFields, TestWriter,
        format::{DefaultFields, Writer},
        writer::BoxMakeWriter,
    },
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use super::{
    TelemetryError,
    background::{self, Lines, Worker},
    file,
    filter::filter,
    json::JsonLayer,
};
use crate::{
    config::{LogFormat, LoggerConfig},
    env::Environment,
};

/// The standard stream that the log goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output, for a server, whose only output is its log.
    Stdout,
    /// Standard error, for a command whose standard output is its result.
    Stderr,
}

/// The log file of the process.
static LOG_FILE: OnceLock<Lines> = OnceLock::new();

/// A guard of the log. Dropping it writes the lines that still wait to the log file, which takes one second at most.
#[must_use = "the log file loses its last lines if the guard is dropped early"]
#[derive(Debug)]
pub struct Guard {
    file: Option<(Lines, Worker)>,
}

/// Opens the log file of the process again: another program has renamed it. Returns false if there is none.
pub(crate) fn reopen_log_file() -> bool {
    let file = LOG_FILE.get();
    file.inspect(|file| file.reopen()).is_some()
}

/// The number of lines that the log file of the process has lost because they came faster than the disk could write them, or because
/// writing failed.
pub fn lost_lines() -> usize {
    LOG_FILE.get().map_or(0, Lines::lost)
}

/// Sets up the log for the whole process. If one is set up already, it stays, so that tests may call this repeatedly.
///
/// In the environment `test` the output is captured with the test that made it.
///
/// A log file is written by a thread of its own, 20 ms after a line came at the latest. If 16 MiB wait for a disk that is slow, further
/// lines are lost: requests do not wait for the log. How many is logged when writing works again, and [`lost_lines`] returns it.
///
/// # Errors
///
/// Fails if the level is not a filter, or if the log file cannot be opened.
pub fn init(
    config: &LoggerConfig,
    environment: &Environment,
    output: Output,
) -> Result<Guard, TelemetryError> {
    let console = config.stdout.then(|| Console::new(environment, output));
    let (subscriber, guard) = build(config, console)?;
    // It fails if there is a log already.
    let is_ours = subscriber.try_init().is_ok();
    if !is_ours {
        return Ok(Guard { file: None });
    }
    if let Some((file, _)) = &guard.file {
        // There is only one log in a process.
        let _ = LOG_FILE.set(file.clone());
    }
    Ok(guard)
}

/// An output that may be a terminal.
struct Console {
    writer: BoxMakeWriter,
    colours: bool,
}

impl Console {
    fn new(environment: &Environment, output: Output) -> Self {
        let is_terminal = match output {
            Output::Stdout => io::stdout().is_terminal(),
            Output::Stderr => io::stderr().is_terminal(),
        };
        // See <https://no-color.org>: set, and not empty.
        let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let writer = match (environment, output) {
            (Environment::Test, Output::Stdout) => BoxMakeWriter::new(TestWriter::new()),
            (Environment::Test, Output::Stderr) => BoxMakeWriter::new(TestWriter::with_stderr()),
            (_, Output::Stdout) => BoxMakeWriter::new(io::stdout),
            (_, Output::Stderr) => BoxMakeWriter::new(io::stderr),
        };
        Self {
            writer,
            colours: is_terminal && !no_color,
        }
    }
}

type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

fn build(
    config: &LoggerConfig,
    console: Option<Console>,
) -> Result<(impl Subscriber + Send + Sync, Guard), TelemetryError> {
    let filter = filter(&config.level)?;
    let mut layers: Vec<BoxedLayer> = Vec::new();
    if let Some(Console { writer, colours }) = console {
        layers.push(match config.format {
            LogFormat::Pretty => fmt::layer()
                .pretty()
                .with_file(false)
                .with_line_number(false)
                .with_writer(writer)
                .with_ansi(colours)
                .boxed(),
            LogFormat::Compact => fmt::layer()
                .compact()
                .with_writer(writer)
                .with_ansi(colours)
                .boxed(),
            LogFormat::Json => JsonLayer::new(writer).boxed(),
        });
    }
    let mut guard = Guard { file: None };
    if config.file.enabled {
        let failed = |source| TelemetryError::File {
            path: config.file.path.clone(),
            source,
        };
        let (opened, again) = (file::open(&config.file)?, config.file.clone());
        let started = background::start(opened, move || file::open(&again));
        let (lines, worker) = started.map_err(failed)?;
        guard.file = Some((lines.clone(), worker));
        let writer = move || lines.clone();
        layers.push(match config.format {
            LogFormat::Json => JsonLayer::new(writer).boxed(),
            LogFormat::Pretty | LogFormat::Compact => fmt::layer()
                .compact()
                .fmt_fields(FileFields(DefaultFields::new()))
                .with_writer(writer)
                .with_ansi(false)
                .boxed(),
        });
    }
    Ok((
        tracing_subscriber::registry().with(layers).with(filter),
        guard,
    ))
}

/// A formatter of fields without colours. Layers with the same type of fields share their text, colours included, so that those of the
/// terminal would end up in the file.
struct FileFields(DefaultFields);

impl<'writer> FormatFields<'writer> for FileFields {
    fn format_fields<R: RecordFields>(
        &self,
        writer: Writer<'writer>,
        fields: R,
    ) -> std::fmt::Result {
        self.0.format_fields(writer, fields)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::LogFileConfig;

    fn log_to_file(format: LogFormat) -> String {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("app.log");
        let file = LogFileConfig {
            enabled: true,
            path: path.clone(),
            ..LogFileConfig::default()
        };
        let config = LoggerConfig {
            format,
            file,
            ..LoggerConfig::default()
        };
        let console = Console {
            writer: BoxMakeWriter::new(io::sink),
            colours: true,
        };
        let (subscriber, guard) = build(&config, Some(console)).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            let _request = tracing::info_span!("request", request_id = "abc").entered();
            tracing::info!(rows = 3, "hello");
            tracing::debug!("not logged at `info`");
        });
        drop(guard);
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn the_guard_writes_waiting_lines() {
        let text = log_to_file(LogFormat::Json);
        let line: serde_json::Value = serde_json::from_str(text.trim_end()).unwrap();
        assert_eq!(line["message"], "hello");
        assert_eq!(line["request_id"], "abc");
    }

    #[test]
    fn a_file_has_one_line_per_event_and_no_colours() {
        for format in [LogFormat::Pretty, LogFormat::Compact] {
            let text = log_to_file(format);
            assert_eq!(text.lines().count(), 1, "{text}");
            assert!(
                text.contains("hello") && text.contains("request_id=\"abc\""),
                "{text}"
            );
            assert!(!text.contains('\u{1b}'), "{text:?}");
        }
    }

    #[test]
    fn may_be_started_twice() {
        let config = LoggerConfig {
            stdout: false,
            ..LoggerConfig::default()
        };
        let _first = init(&config, &Environment::Test, Output::Stdout).unwrap();
        let _second = init(&config, &Environment::Test, Output::Stderr).unwrap();
        let bad = LoggerConfig {
            level: "my_app=loud".to_owned(),
            ..config
        };
        let error = init(&bad, &Environment::Test, Output::Stdout).unwrap_err();
        assert!(error.to_string().contains("my_app=loud"), "{error}");
    }
}
