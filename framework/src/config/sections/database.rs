//! The section `[database]`: the address of the database, its connection pool and its timeouts.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Checks, Section,
    database_url::{DatabaseUrl, InvalidUrl},
};
use crate::config::{Secret, duration};

/// The section `[database]`: the address of the database, its connection pool and its timeouts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `sqlite://data/app.db` or `postgres://user:password@host:5432/name`. Required. One with a password comes from the
    /// variable `DATABASE_URL`; production refuses it in a TOML file.
    // Never written, since a masked URL among the defaults would be taken for a URL.
    #[serde(skip_serializing)]
    pub url: Secret,
    /// PostgreSQL: connections kept open, 0 to `max_connections`. Default 0.
    pub min_connections: u32,
    /// The maximum number of connections, 1–1000; on SQLite one of them writes. Default 10.
    pub max_connections: u32,
    /// PostgreSQL: the time that a start or command waits for a server that is not there yet, that starts, or that has no free
    /// connection, at most `5m`. Default `1s`.
    #[serde(with = "duration")]
    pub connect_wait: Duration,
    /// The time to wait for a free connection, above 0 and at most `5m`. Default `5s`.
    #[serde(with = "duration")]
    pub acquire_timeout: Duration,
    /// PostgreSQL: the idle time after which a connection is closed, above 0 and at most `1d`. Default `10m`.
    #[serde(with = "duration")]
    pub idle_timeout: Duration,
    /// PostgreSQL: the age at which a connection is replaced by a new one, above 0 and at most `1d`. Default `30m`.
    #[serde(with = "duration")]
    pub max_lifetime: Duration,
    /// The time after which a running statement is cancelled, above 0 and at most `1h`. Default `30s`.
    #[serde(with = "duration")]
    pub statement_timeout: Duration,
    /// PostgreSQL: the time that a migration waits for a lock, before it lets others pass and tries again, above 0 and at most `1h`.
    /// Default `5s`.
    #[serde(with = "duration")]
    pub lock_timeout: Duration,
    /// PostgreSQL: true if a pooler gives each transaction a connection of its own, such as `PgBouncer` with `pool_mode = transaction`.
    /// Default `false`.
    pub transaction_pooling: bool,
    /// The names of migrations that the database has, that this release does not know, and that it works with all the same.
    /// Default: none.
    pub accept_migrations: Vec<String>,
    /// The duration from which on a statement is logged as slow, above 0 and at most `1h`. Default `500ms`.
    #[serde(with = "duration")]
    pub slow_query: Duration,
    /// SQLite: the time to wait while another process writes, above 0 and at most `5m`. Default `5s`.
    #[serde(with = "duration")]
    pub busy_timeout: Duration,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            url: Secret::default(),
            min_connections: 0,
            max_connections: 10,
            connect_wait: Duration::from_secs(1),
            acquire_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_mins(10),
            max_lifetime: Duration::from_mins(30),
            statement_timeout: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(5),
            transaction_pooling: false,
            accept_migrations: Vec::new(),
            slow_query: Duration::from_millis(500),
            busy_timeout: Duration::from_secs(5),
        }
    }
}

impl Section for DatabaseConfig {
    fn check(&self, checks: &mut Checks) {
        self.check_url(checks);
        checks.range("database.max_connections", &self.max_connections, 1..=1000);
        if self.min_connections > self.max_connections {
            checks.wrong(
                "database.min_connections",
                format!(
                    "at most `database.max_connections`, which is {}",
                    self.max_connections
                ),
                format!("`{}`", self.min_connections),
            );
        }
        let hour = Duration::from_hours(1);
        let day = Duration::from_hours(24);
        let five_minutes = Duration::from_mins(5);
        checks.time_or_zero("database.connect_wait", self.connect_wait, five_minutes);
        checks.time("database.lock_timeout", self.lock_timeout, hour);
        checks.time(
            "database.acquire_timeout",
            self.acquire_timeout,
            five_minutes,
        );
        checks.time("database.idle_timeout", self.idle_timeout, day);
        checks.time("database.max_lifetime", self.max_lifetime, day);
        checks.time("database.statement_timeout", self.statement_timeout, hour);
        checks.time("database.slow_query", self.slow_query, hour);
        checks.time("database.busy_timeout", self.busy_timeout, five_minutes);
    }
}

impl DatabaseConfig {
    fn check_url(&self, checks: &mut Checks) {
        let url = self.url.expose();
        if url.is_empty() {
            checks.missing(
                "database.url",
                "the address of the database",
                "set the variable `DATABASE_URL`, for example `DATABASE_URL=sqlite://data/app.db`, or start in the folder that has `config/`",
            );
            return;
        }
        match DatabaseUrl::parse(url) {
            Ok(_) => {}
            Err(InvalidUrl::Scheme(scheme)) => {
                // The rest may hold a password.
                let found = if scheme.is_empty() {
                    "no scheme".to_owned()
                } else {
                    format!("`{scheme}:…`")
                };
                checks.wrong(
                    "database.url",
                    "a URL that starts with `sqlite:` or `postgres:`",
                    found,
                );
            }
            Err(InvalidUrl::Refused { reason, hint }) => {
                checks.refused("database.url", reason, Some(hint));
            }
        }
    }
}
