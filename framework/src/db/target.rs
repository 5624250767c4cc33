//! What `database.url` points at.

#[cfg(feature = "sqlite")]
use std::path::PathBuf;

use super::DbError;

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

/// A PostgreSQL database.
#[cfg(feature = "postgres")]
#[derive(Clone)]
pub struct PgTarget {
    /// Host name, address, or folder of the Unix socket.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The role that connects.
    pub user: String,
    /// Its password.
    pub password: Option<crate::config::Secret>,
    /// The database.
    pub database: String,
    /// The options from which connections are made.
    pub(crate) options: sqlx::postgres::PgConnectOptions,
    url: crate::config::Secret,
}

impl Target {
    /// Reads `sqlite://data/app.db`, `sqlite::memory:` or `postgres://user:password@host:port/database`.
    ///
    /// Fails when the URL is malformed, or is of a database whose feature is not compiled in.
    pub fn parse(url: &str) -> Result<Self, DbError> {
        let scheme = url.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => parse_sqlite(url),
            "postgres" | "postgresql" => parse_postgres(url),
            _ => Err(DbError::Scheme {
                scheme: scheme.to_owned(),
            }),
        }
    }

    /// Where the database is, for messages: never with a password.
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
fn parse_sqlite(url: &str) -> Result<Target, DbError> {
    let rest = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let (file, query) = rest.split_once('?').unwrap_or((rest, ""));
    if file == ":memory:" || query.contains("mode=memory") {
        return Ok(Target::Sqlite { path: None });
    }
    if file.is_empty() {
        return Err(DbError::Url {
            reason: "it names no file, as in `sqlite://data/app.db`".into(),
        });
    }
    Ok(Target::Sqlite {
        path: Some(PathBuf::from(file)),
    })
}

#[cfg(not(feature = "sqlite"))]
fn parse_sqlite(_: &str) -> Result<Target, DbError> {
    Err(DbError::Feature { feature: "sqlite" })
}

#[cfg(feature = "postgres")]
fn parse_postgres(url: &str) -> Result<Target, DbError> {
    use std::str::FromStr;

    let options =
        sqlx::postgres::PgConnectOptions::from_str(url).map_err(|error| DbError::Url {
            reason: error.to_string(),
        })?;
    let Some(database) = options.get_database().map(str::to_owned) else {
        return Err(DbError::Url {
            reason: "it names no database, as in `postgres://user:password@localhost:5432/app`"
                .into(),
        });
    };
    Ok(Target::Postgres(Box::new(PgTarget {
        host: options.get_host().to_owned(),
        port: options.get_port(),
        user: options.get_username().to_owned(),
        password: password_of(url).map(crate::config::Secret::new),
        database,
        options,
        url: crate::config::Secret::new(url),
    })))
}

/// Without the options, which would show the password.
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
    pub(crate) fn url_of(&self, database: &str) -> String {
        let url = self.url.expose();
        let start = url.find("://").map_or(0, |at| at + 3);
        let path = url[start..].find('/').map_or(url.len(), |at| start + at);
        let query = url[path..].find('?').map_or("", |at| &url[path + at..]);
        format!("{}/{database}{query}", &url[..path])
    }
}

/// sqlx keeps the password to itself; `pg_dump` needs it too.
#[cfg(feature = "postgres")]
fn password_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (authority, _) = rest.split_once('/').unwrap_or((rest, ""));
    let (userinfo, _) = authority.rsplit_once('@')?;
    let (_, password) = userinfo.split_once(':')?;
    Some(percent_decode(password))
}

#[cfg(feature = "postgres")]
fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let escaped = (byte == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(not(feature = "postgres"))]
fn parse_postgres(_: &str) -> Result<Target, DbError> {
    Err(DbError::Feature {
        feature: "postgres",
    })
}
