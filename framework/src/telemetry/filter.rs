//! The filter of log events.

use tracing_subscriber::filter::{LevelFilter, Targets};

use super::TelemetryError;

/// Verbose crates, which log every statement or every connection at `info` or `debug`. Prefixes: `hyper` is `hyper_util` as well.
const VERBOSE: [&str; 5] = ["h2", "hyper", "rustls", "sea_orm", "sqlx"];

/// The filter of a level such as `info,sqlx=debug`. Verbose crates start at `warn` unless the level names them.
pub(super) fn filter(level: &str) -> Result<Targets, TelemetryError> {
    let targets = parse(level)?;
    let quiet = targets
        .default_level()
        .unwrap_or(LevelFilter::OFF)
        .min(LevelFilter::WARN);
    let named: Vec<String> = targets
        .iter()
        .map(|(target, _)| target.to_owned())
        .collect();
    let unnamed = VERBOSE
        .iter()
        .filter(|talker| !named.iter().any(|name| name == *talker));
    Ok(unnamed.fold(targets, |targets, talker| {
        targets.with_target(*talker, quiet)
    }))
}

/// A level like this one, with nothing below `warn` but from targets that it names: `warn,my_app=debug` for `info,my_app=debug`.
///
/// # Errors
///
/// Fails if the level is not a filter.
pub(crate) fn quieter(level: &str) -> Result<String, TelemetryError> {
    let targets = parse(level)?;
    let default = targets.default_level().unwrap_or(LevelFilter::OFF);
    let quieter = targets.with_default(default.min(LevelFilter::WARN));
    Ok(quieter.to_string())
}

fn parse(level: &str) -> Result<Targets, TelemetryError> {
    level.parse().map_err(|source| TelemetryError::Level {
        level: level.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::{filter, quieter};

    #[test]
    fn a_quieter_level_keeps_the_targets_that_are_named() {
        for (level, expected) in [("info", Level::WARN), ("error", Level::ERROR)] {
            let level = quieter(&format!("{level},my_app=debug")).unwrap();
            let filter = filter(&level).unwrap();
            assert!(filter.would_enable("my_app", &Level::DEBUG), "{level}");
            assert!(filter.would_enable("other", &expected), "{level}");
            let next = if expected == Level::WARN {
                Level::INFO
            } else {
                Level::WARN
            };
            assert!(!filter.would_enable("other", &next), "{level}");
        }
        let off = filter(&quieter("my_app=info").unwrap()).unwrap();
        assert!(!off.would_enable("other", &Level::ERROR));
    }

    #[test]
    fn verbose_crates_are_quiet_unless_named() {
        let debug = filter("debug").unwrap();
        assert!(debug.would_enable("my_app", &Level::DEBUG));
        assert!(!debug.would_enable("sqlx::query", &Level::INFO));
        assert!(debug.would_enable("sqlx::query", &Level::WARN));
        assert!(!debug.would_enable("hyper_util::client", &Level::INFO));

        let named = filter("info,sqlx=debug").unwrap();
        assert!(named.would_enable("sqlx::query", &Level::DEBUG));

        let deeper = filter("info,sqlx::query=info").unwrap();
        assert!(deeper.would_enable("sqlx::query", &Level::INFO));
        assert!(!deeper.would_enable("sqlx::pool", &Level::INFO));

        assert!(
            !filter("error")
                .unwrap()
                .would_enable("sqlx::query", &Level::WARN)
        );
        assert!(
            !filter("off")
                .unwrap()
                .would_enable("sqlx::query", &Level::ERROR)
        );
    }
}
