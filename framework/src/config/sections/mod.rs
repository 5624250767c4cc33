//! The sections of the configuration.
//!
//! A section is a file here with a plain struct in it, its defaults and its checks, and a line in the list below. The table
//! of all keys in the guide comes from the comments of the fields.

mod audit;
mod auth;
mod backup;
mod checks;
mod cors;
mod cors_origin;
mod database;
mod database_url;
mod doctor;
mod idempotency;
mod jobs;
mod logger;
mod mailer;
mod middleware;
mod network;
mod openapi;
mod rate;
mod rate_limit;
mod redis_url;
mod server;
mod signing;
mod views;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};

pub(super) use self::checks::{Checks, Fault, Violation};
pub use self::cors::CorsConfig;
pub(crate) use self::database_url::{DatabaseUrl, InvalidUrl, TlsParameters};
pub use self::network::Network;
pub use self::rate::{InvalidRate, Rate};
pub use self::rate_limit::{LimitBy, LimitStore, RateLimitConfig, RateLimitRule};
use super::raw::Provenance;
use crate::env::Environment;

/// A section of the configuration.
trait Section: Default {
    /// The defaults of an environment.
    fn defaults(_environment: &Environment) -> Self {
        Self::default()
    }

    /// Checks what the types cannot: values out of range, and settings that contradict each other.
    fn check(&self, checks: &mut Checks);
}

/// Defines the configuration from the list of its sections.
macro_rules! sections {
    ($($name:ident: $section:ident,)*) => {
        $(pub use self::$name::*;)*

        /// The configuration of an application. A [`Loader`](super::Loader) reads it.
        #[derive(Clone, Debug, Default, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Config {
            /// The environment that the app runs in. It comes from `FW_ENV`, not from a file.
            #[serde(skip)]
            pub environment: Environment,
            $(
                #[doc = concat!("`[", stringify!($name), "]`.")]
                pub $name: $section,
            )*
            /// The section `[app]`, a table with any content. [`Config::settings`] reads it.
            #[serde(skip_serializing, deserialize_with = "table")]
            app: (),
            /// The merged values with their origins, for `settings` and `effective`.
            #[serde(skip)]
            pub(super) provenance: Provenance,
        }

        impl Config {
            /// The built-in defaults of an environment. `database.url` is empty.
            pub fn defaults(environment: Environment) -> Self {
                Self {
                    $($name: Section::defaults(&environment),)*
                    environment,
                    ..Self::default()
                }
            }

            pub(super) fn check(&self, checks: &mut Checks) {
                $(self.$name.check(checks);)*
            }
        }
    };
}

sections! {
    server: ServerConfig,
    database: DatabaseConfig,
    logger: LoggerConfig,
    middleware: MiddlewareConfig,
    openapi: OpenapiConfig,
    views: ViewsConfig,
    mailer: MailerConfig,
    signing: SigningConfig,
    auth: AuthConfig,
    jobs: JobsConfig,
    idempotency: IdempotencyConfig,
    audit: AuditConfig,
    backup: BackupConfig,
    doctor: DoctorConfig,
}

/// Deserializes any table and discards it.
#[expect(
    clippy::zero_sized_map_values,
    reason = "serde knows by the map that a table is wanted"
)]
fn table<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    BTreeMap::<String, IgnoredAny>::deserialize(deserializer).map(drop)
}
