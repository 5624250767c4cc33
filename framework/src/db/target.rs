//! The parsed `database.url`.

use std::path::{Path, PathBuf};

use sea_orm::DbBackend;
#[cfg(feature = "postgres")]
use sqlx::postgres::PgConnectOptions;

use super::DbError;
#[cfg(feature = "postgres")]
use super::tls::{self, TlsFiles, encrypted};
#[cfg(feature = "postgres")]
use crate::config::Secret;
use crate::config::{DatabaseUrl, TlsParameters};

/// A parsed `database.url`.
///
/// ```
/// use std::path::Path;
///
/// use fw::db::Target;
///
/// let target = Target::parse("sqlite://data/app.db")?;
/// assert_eq!(target.address(), "data/app.db");
/// assert!(matches!(target, Target::Sqlite { path: Some(path) } if path == Path::new("data/app.db")));
/// assert!(matches!(Target::parse("sqlite::memory:")?, Target::Sqlite { path: None }));
/// # Ok::<(), fw::db::DbError>(())
/// ```
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
///
/// ```
/// use fw::db::Target;
///
/// let target = Target::parse("postgres://blog:hunter2@db.example:5433/blog")?;
/// assert_eq!(target.address(), "db.example:5433/blog");
/// if let Target::Postgres(postgres) = target {
///     assert_eq!((postgres.host.as_str(), postgres.port), ("db.example", 5433));
///     assert_eq!(postgres.user, "blog");
/// }
/// # Ok::<(), fw::db::DbError>(())
/// ```
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
    pub(crate) options: PgConnectOptions,
    files: TlsFiles,
}

impl Target {
    /// Parses `sqlite://data/app.db`, `sqlite::memory:` or `postgres://user:password@host:port/database`.
    ///
    /// Parts that a PostgreSQL URL leaves out come from `PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGSSLMODE` and its like,
    /// `PGOPTIONS` and the file `~/.pgpass`, as they do for `psql`.
    ///
    /// Fails when the URL is malformed, has a part that is not supported, or needs a feature that is not compiled in.
    pub fn parse(url: &str) -> Result<Self, DbError> {
        match DatabaseUrl::parse(url).map_err(DbError::from)? {
            DatabaseUrl::Sqlite(path) => sqlite(path),
            DatabaseUrl::Postgres {
                database,
                password,
                tls,
            } => postgres(url, database, password, tls),
        }
    }

    /// The URL of an SQLite database in this file, with the escapes that its name needs.
    ///
    /// ```
    /// # use fw::db::Target;
    /// assert_eq!(Target::sqlite_url("data/100%.db"), "sqlite://data/100%25.db");
    /// ```
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

    /// The kind of database.
    pub fn backend(&self) -> DbBackend {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite { .. } => DbBackend::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => DbBackend::Postgres,
        }
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
fn postgres(
    url: &str,
    database: String,
    password: Option<String>,
    tls: TlsParameters,
) -> Result<Target, DbError> {
    let options: PgConnectOptions = url
        .parse()
        .map_err(|error: sqlx::Error| DbError::url(error.to_string()))?;
    if options.get_database() != Some(&database) {
        return Err(DbError::url("its database is not clear"));
    }
    let files = TlsFiles::of(tls);
    let options = encrypted(options, &files)?;
    let (host, options) = if let Some(folder) = options.get_socket() {
        (folder.to_string_lossy().into_owned(), options)
    } else {
        let host = options.get_host().trim_matches(['[', ']']).to_owned();
        let options = options.host(&host);
        (host, options)
    };
    Ok(Target::Postgres(Box::new(PgTarget {
        host,
        port: options.get_port(),
        user: options.get_username().to_owned(),
        password: password.map(Secret::new),
        database,
        options,
        files,
    })))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &str, _: String, _: Option<String>, _: TlsParameters) -> Result<Target, DbError> {
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
    /// Returns true if the server is on another machine, as far as its address tells.
    pub(crate) fn is_remote(&self) -> bool {
        let is_loopback = |host: &str| match host.parse::<std::net::IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => host == "localhost",
        };
        self.options.get_socket().is_none() && !is_loopback(&self.host)
    }

    /// Returns true if connections are encrypted or fail.
    pub(crate) fn is_encrypted(&self) -> bool {
        tls::is_encrypted(self.options.get_ssl_mode())
    }

    /// Sets the environment variables with which a PostgreSQL program (`psql`, `pg_dump`) connects to this database as the
    /// application does.
    ///
    /// The password travels in the environment, where, unlike in the arguments, other users cannot see it.
    pub(crate) fn set_env(&self, program: &mut std::process::Command) {
        program
            .env("PGHOST", &self.host)
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", &self.user)
            .env("PGDATABASE", &self.database)
            .env_remove("PGSERVICE")
            .env_remove("PGHOSTADDR");
        match self.options.get_options() {
            Some(options) => program.env("PGOPTIONS", options),
            None => program.env_remove("PGOPTIONS"),
        };
        self.files.set_env(self.options.get_ssl_mode(), program);
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
