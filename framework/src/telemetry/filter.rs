//! The filter of log events.

use tracing_subscriber::filter::{LevelFilter, Targets};

use super::TelemetryError;

/// Verbose crates, which log every statement or every connection at `info` or `debug`. Prefixes: `hyper` is `hyper_util` as well.
const VERBOSE: [&str; 5] = ["h2", "hyper", "rustls", "sea_orm", "sqlx"];

/// The filter of a level such as `info,sqlx=debug`. Verbose crates start at `warn` unless the level names them.
pub(super) fn filter(level: &str) -> Result<Targets, TelemetryError> {
    let targets: Targets = level.parse().map_err(|source| TelemetryError::Level {
        level: level.to_owned(),
        source,
    })?;
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

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::filter;

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
