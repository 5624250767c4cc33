//! The parsed `database.url`.

#[cfg(feature = "sqlite")]
use std::path::Path;
use std::path::PathBuf;

use sea_orm::DbErr;

use super::DbError;
#[cfg(feature = "postgres")]
use crate::config::Secret;
use crate::config::{DatabaseConfig, DatabaseUrl};

/// A parsed `database.url`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Target {
    /// An SQLite database: a file, or `None` for one in memory that lives as long as its connection.
    #[cfg(feature = "sqlite")]
    Sqlite {
        /// The file.
        path: Option<PathBuf>,
    },
    /// A PostgreSQL database.
    #[cfg(feature = "postgres")]
    Postgres(Box<PgTarget>),
}

/// The address of a PostgreSQL database, with the role that connects to it.
#[cfg(feature = "postgres")]
#[derive(Clone)]
pub struct PgTarget {
    /// Host name, address, or folder of the Unix socket.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The role that connects.
    pub user: String,
    /// The password of the role.
    pub password: Option<Secret>,
    /// The name of the database.
    pub database: String,
    /// The options that connections are opened with.
    pub(crate) options: sqlx::postgres::PgConnectOptions,
    #[cfg(feature = "testing")]
    url: Secret,
}

impl Target {
    /// Parses `sqlite://data/app.db`, `sqlite::memory:` or `postgres://user:password@host:port/database`.
    ///
    /// Parts that a PostgreSQL URL leaves out come from `PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGSSLMODE`, `PGOPTIONS` and the
    /// file `~/.pgpass`, as it does for `psql`.
    ///
    /// Fails when the URL is malformed, has a part that is not supported, asks for a connection with TLS, or is of a database
    /// whose feature is not compiled in.
    pub fn parse(url: &str) -> Result<Self, DbError> {
        match DatabaseUrl::parse(url).map_err(DbError::from)? {
            DatabaseUrl::Sqlite(path) => sqlite(path),
            DatabaseUrl::Postgres {
                needs_tls: true, ..
            } if cfg!(feature = "postgres") => Err(DbError::Tls),
            DatabaseUrl::Postgres {
                database, password, ..
            } => postgres(url, database, password),
        }
    }

    /// The URL of an SQLite database in this file, with the escapes that its name needs.
    ///
    /// ```
    /// # use fw::db::Target;
    /// assert_eq!(Target::sqlite_url("data/100%.db"), "sqlite://data/100%25.db");
    /// ```
    #[cfg(feature = "sqlite")]
    pub fn sqlite_url(file: impl AsRef<Path>) -> String {
        let file = file.as_ref().to_string_lossy();
        let mut url = "sqlite://".to_owned();
        // The first part of the path could be taken for a host.
        let mut is_first = true;
        for c in file.chars() {
            is_first &= c != '/';
            match c {
                '%' => url.push_str("%25"),
                '?' => url.push_str("%3F"),
                '#' => url.push_str("%23"),
                ' ' => url.push_str("%20"),
                '@' if is_first => url.push_str("%40"),
                ':' if is_first => url.push_str("%3A"),
                _ => url.push(c),
            }
        }
        url
    }

    /// The address of the database for messages, always without a password.
    pub fn address(&self) -> String {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite { path: Some(path) } => path.display().to_string(),
            #[cfg(feature = "sqlite")]
            Self::Sqlite { path: None } => "memory".to_owned(),
            #[cfg(feature = "postgres")]
            Self::Postgres(pg) => format!("{}:{}/{}", pg.host, pg.port, pg.database),
        }
    }

    /// The error for a database that cannot be reached.
    pub(super) fn unreachable(config: &DatabaseConfig, source: DbErr) -> DbError {
        let address = Self::parse(config.url.expose())
            .map_or_else(|_| "?".to_owned(), |target| target.address());
        DbError::Unreachable { address, source }
    }
}

#[cfg(feature = "sqlite")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature it fails")]
fn sqlite(path: Option<PathBuf>) -> Result<Target, DbError> {
    Ok(Target::Sqlite { path })
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: Option<PathBuf>) -> Result<Target, DbError> {
    Err(DbError::Feature { feature: "sqlite" })
}

#[cfg(feature = "postgres")]
fn postgres(url: &str, database: String, password: Option<String>) -> Result<Target, DbError> {
    use sqlx::postgres::{PgConnectOptions, PgSslMode};

    let options: PgConnectOptions = url
        .parse()
        .map_err(|error: sqlx::Error| DbError::url(error.to_string()))?;
    if options.get_database() != Some(&database) {
        return Err(DbError::url("its database is not clear"));
    }
    // `PGSSLMODE` may ask for it as well.
    match options.get_ssl_mode() {
        PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer => {}
        PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull => {
            return Err(DbError::Tls);
        }
    }
    let host = match options.get_socket() {
        Some(folder) => folder.to_string_lossy().into_owned(),
        None => options.get_host().trim_matches(['[', ']']).to_owned(),
    };
    Ok(Target::Postgres(Box::new(PgTarget {
        host,
        port: options.get_port(),
        user: options.get_username().to_owned(),
        password: password.map(Secret::new),
        database,
        options,
        #[cfg(feature = "testing")]
        url: Secret::new(url),
    })))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &str, _: String, _: Option<String>) -> Result<Target, DbError> {
    Err(DbError::Feature {
        feature: "postgres",
    })
}

/// `Debug` leaves out the options, which would show the password.
#[cfg(feature = "postgres")]
impl std::fmt::Debug for PgTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PgTarget")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("user", &self.user)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "postgres")]
impl PgTarget {
    /// The URL of another database of the same server.
    #[cfg(feature = "testing")]
    pub(crate) fn url_of(&self, database: &str) -> String {
        let url = self.url.expose();
        let start = url.find("://").map_or(0, |at| at + 3);
        let path = url[start..].find('/').map_or(url.len(), |at| start + at);
        let query = url[path..].find('?').map_or("", |at| &url[path + at..]);
        format!("{}/{database}{query}", &url[..path])
    }

    /// Sets the environment variables with which a PostgreSQL program (`psql`, `pg_dump`) connects to this database as the
    /// application does.
    ///
    /// The password travels in the environment, where, unlike in the arguments, other users cannot see it.
    pub(crate) fn set_env(&self, program: &mut std::process::Command) {
        use sqlx::postgres::PgSslMode;

        let ssl_mode = match self.options.get_ssl_mode() {
            PgSslMode::Disable => "disable",
            PgSslMode::Allow => "allow",
            PgSslMode::Prefer => "prefer",
            PgSslMode::Require => "require",
            PgSslMode::VerifyCa => "verify-ca",
            PgSslMode::VerifyFull => "verify-full",
        };
        program
            .env("PGHOST", &self.host)
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", &self.user)
            .env("PGDATABASE", &self.database)
            .env("PGSSLMODE", ssl_mode)
            .env_remove("PGSERVICE")
            .env_remove("PGHOSTADDR");
        match self.options.get_options() {
            Some(options) => program.env("PGOPTIONS", options),
            None => program.env_remove("PGOPTIONS"),
        };
        if let Some(password) = &self.password {
            program.env("PGPASSWORD", password.expose());
        }
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_a_file_is_read_as_that_file() {
        for name in [
            "/tmp/a b/100%/c#?.db",
            "data/app.db",
            "a@b:1.db",
            "x/:memory:",
            "ä%20.db",
        ] {
            match Target::parse(&Target::sqlite_url(name)) {
                Ok(Target::Sqlite { path: Some(path) }) => assert_eq!(path, Path::new(name)),
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}
