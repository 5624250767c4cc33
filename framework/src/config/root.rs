//! The whole configuration.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};

use super::{
    BackupConfig, Checks, DatabaseConfig, IdempotencyConfig, JobsConfig, LoggerConfig,
    MiddlewareConfig, OpenapiConfig, ServerConfig, loaded::Loaded,
};
use crate::env::Environment;

/// The whole configuration. Made by a [`Loader`](super::Loader).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Which environment the app runs in. It comes from `FW_ENV`, not from a file.
    #[serde(skip)]
    pub environment: Environment,
    /// `[server]`.
    pub server: ServerConfig,
    /// `[database]`.
    pub database: DatabaseConfig,
    /// `[logger]`.
    pub logger: LoggerConfig,
    /// `[middleware]`.
    pub middleware: MiddlewareConfig,
    /// `[openapi]`.
    pub openapi: OpenapiConfig,
    /// `[jobs]`.
    pub jobs: JobsConfig,
    /// `[idempotency]`.
    pub idempotency: IdempotencyConfig,
    /// `[backup]`.
    pub backup: BackupConfig,
    /// `[app]` may hold anything, but it is a table. [`Config::settings`] reads it.
    #[serde(skip_serializing, deserialize_with = "table")]
    app: (),
    /// What was read, for `settings` and `effective`.
    #[serde(skip)]
    pub(super) loaded: Loaded,
}

impl Config {
    /// The built-in defaults of an environment. `database.url` is empty.
    pub fn defaults(environment: Environment) -> Self {
        Self {
            logger: LoggerConfig::defaults(&environment),
            middleware: MiddlewareConfig::defaults(&environment),
            openapi: OpenapiConfig::defaults(&environment),
            environment,
            ..Self::default()
        }
    }

    pub(super) fn check(&self, checks: &mut Checks) {
        self.server.check(checks);
        self.database.check(checks);
        self.logger.check(checks);
        self.middleware.check(checks);
        self.openapi.check(checks);
        self.jobs.check(checks);
        self.idempotency.check(checks);
        self.backup.check(checks);
    }
}

/// Accepts any table and forgets it.
#[expect(
    clippy::zero_sized_map_values,
    reason = "serde knows by the map that a table is wanted"
)]
fn table<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    BTreeMap::<String, IgnoredAny>::deserialize(deserializer).map(drop)
}
