//! The parser of `database.url`.
//!
//! Every part of a URL is honoured or refused: parts that a driver would skip or read otherwise never get to it.

use std::path::{Path, PathBuf};

/// A parsed `database.url`.
#[derive(Debug, PartialEq)]
pub(crate) enum DatabaseUrl {
    /// An SQLite database: its file, or `None` for one in memory.
    Sqlite(Option<PathBuf>),
    /// A PostgreSQL database. The rest of its URL is read by the driver.
    Postgres {
        database: String,
        /// The password; `None` if the URL has none.
        password: Option<String>,
        /// The parameters of an encrypted connection.
        tls: TlsParameters,
    },
}

/// The parameters of an encrypted connection, as libpq has them.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct TlsParameters {
    /// `sslmode`.
    pub(crate) mode: Option<String>,
    /// `sslrootcert`: the certificates of the authorities that are trusted.
    pub(crate) root_cert: Option<PathBuf>,
    /// `sslcert` and `sslkey`: the certificate of the client and its key.
    pub(crate) client: Option<(PathBuf, PathBuf)>,
}

/// The error of an invalid `database.url`. It does not contain the URL, which may hold a password.
#[derive(Debug, PartialEq)]
pub(crate) enum InvalidUrl {
    /// The scheme is not that of a supported database.
    Scheme(String),
    /// A part of the URL is refused.
    Refused { reason: String, hint: String },
}

impl DatabaseUrl {
    /// Parses `sqlite://data/app.db`, `sqlite::memory:` or `postgres://user:password@host:port/database?sslmode=disable`.
    pub(crate) fn parse(url: &str) -> Result<Self, InvalidUrl> {
        if url.trim() != url || url.contains(char::is_control) {
            return refused(
                "it has a line break, or a blank at its start or end",
                "remove it; a file that a variable is filled from often ends with a line break",
            );
        }
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
        let parse = match scheme {
            "sqlite" => sqlite,
            "postgres" | "postgresql" => postgres,
            _ => return Err(InvalidUrl::Scheme(scheme.to_owned())),
        };
        if url.contains('#') {
            return refused(
                "it has a `#`, and the URL of a database has no fragment",
                "write `%23` for a `#` in a name or a password",
            );
        }
        parse(&url[scheme.len() + 1..])
    }
}

fn sqlite(rest: &str) -> Result<DatabaseUrl, InvalidUrl> {
    const LEAVE_OUT: &str = "leave it out: the file is read and written, and made when there is none, as with `mode=rwc`";

    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (file, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut in_memory = file == ":memory:";
    let mut creates = false;
    for (name, value) in parameters(query)? {
        match (&*name, &*value) {
            ("mode", "rwc") => creates = true,
            ("mode", "memory") if file.is_empty() || in_memory => in_memory = true,
            ("mode", "ro") => {
                return refused(
                    "`mode=ro` is not supported, because an application writes to its database",
                    LEAVE_OUT,
                );
            }
            _ => return refused(format!("`{name}={value}` is not supported"), LEAVE_OUT),
        }
    }
    if in_memory && !creates {
        return Ok(DatabaseUrl::Sqlite(None));
    }
    if in_memory || file.is_empty() {
        return refused("it names no file", "write it as `sqlite://data/app.db`");
    }
    let first = file.split('/').next().unwrap_or_default();
    let is_drive = first.len() == 2 && first.ends_with(':');
    if first.contains(['@', ':']) && !is_drive {
        return refused(
            "an SQLite database has no host, port, user or password",
            "after `sqlite://` write the path of the file, in which `%40` stands for `@` and `%3A` for `:`",
        );
    }
    let file = decode(file)?;
    if file == ":memory:" || file.starts_with("file:") {
        return refused(
            "SQLite would not take its file for a file",
            "write `./` before the name of the file",
        );
    }
    let name = file.rsplit('/').next().unwrap_or_default();
    if ["", ".", ".."].contains(&name) {
        return refused(
            "it names a folder",
            "add the name of the file, as in `sqlite://data/app.db`",
        );
    }
    Ok(DatabaseUrl::Sqlite(Some(file.into())))
}

fn postgres(rest: &str) -> Result<DatabaseUrl, InvalidUrl> {
    const EXAMPLE: &str = "write it as `postgres://user:password@localhost:5432/app`";

    let Some(rest) = rest.strip_prefix("//") else {
        return refused("it has no `//` after its scheme", EXAMPLE);
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, place) = match authority.rsplit_once('@') {
        Some((login, place)) => (Some(login), place),
        None => (None, authority),
    };
    if path.contains('@') || query.contains('@') && login.is_none() {
        return refused(
            "it has an `@` after its first `/` or `?`",
            "in a name or a password write `%2F` for `/`, `%3F` for `?`, `%40` for `@`",
        );
    }
    check_place(place)?;
    let password = login.and_then(|login| login.split_once(':'));
    let password = match password {
        Some((_, password)) if !password.is_empty() => Some(decode(password)?),
        _ => None,
    };
    if let Some(user) = login.and_then(|login| login.split(':').next()) {
        decode(user)?;
    }
    let parameters = parameters(query)?;
    check_parameters(&parameters, place)?;
    let tls = tls(&parameters)?;
    let database = decode(path)?;
    // The driver drops everything before it.
    let is_name =
        !path.starts_with('/') && !path.split('/').any(|part| part == "." || part == "..");
    if database.is_empty() || !is_name {
        return refused("it names no database", EXAMPLE);
    }
    Ok(DatabaseUrl::Postgres {
        database,
        password,
        tls,
    })
}

fn check_place(place: &str) -> Result<(), InvalidUrl> {
    decode(place)?;
    if place.contains(',') {
        return refused("it has several hosts", "name one host");
    }
    let after_address = place.rsplit(']').next().unwrap_or_default();
    match after_address.rsplit_once(':') {
        Some((_, port)) if !port.parse::<u16>().is_ok_and(|port| port > 0) => refused(
            "its port is not a number from 1 to 65535",
            "in a password write `%3A` for `:`, `%2F` for `/`, `%3F` for `?`, `%40` for `@`",
        ),
        _ => Ok(()),
    }
}

fn tls(parameters: &[(String, String)]) -> Result<TlsParameters, InvalidUrl> {
    let value = |name: &str| {
        let found = parameters.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.clone())
    };
    let file = |name: &str| value(name).map(PathBuf::from);
    let client = match (file("sslcert"), file("sslkey")) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        _ => {
            return refused(
                "it has one of `sslcert` and `sslkey`",
                "name the certificate of the client and its key, or neither",
            );
        }
    };
    let root_cert = file("sslrootcert");
    if root_cert.as_deref() == Some(Path::new("system")) {
        return refused(
            "`sslrootcert=system` is not supported",
            "leave it out: without it the public authorities are trusted",
        );
    }
    Ok(TlsParameters {
        mode: value("sslmode"),
        root_cert,
        client,
    })
}

fn check_parameters(parameters: &[(String, String)], place: &str) -> Result<(), InvalidUrl> {
    for (name, value) in parameters {
        match &**name {
            "sslmode" => {
                const MODES: [&str; 5] =
                    ["disable", "prefer", "require", "verify-ca", "verify-full"];
                if !MODES.contains(&&**value) {
                    return refused(
                        format!("`sslmode={value}` is not supported"),
                        "write one of `disable`, `prefer`, `require`, `verify-ca`, `verify-full`",
                    );
                }
            }
            "application_name" => {}
            "sslrootcert" | "sslcert" | "sslkey" if !value.is_empty() => {}
            "statement-cache-capacity" if value.parse::<usize>().is_ok() => {}
            "options" if !value.contains("statement_timeout") => {}
            // The folder of a Unix socket has no other place.
            "host" if place.is_empty() && value.starts_with('/') => {}
            "options" => {
                return refused(
                    "`options` sets `statement_timeout`",
                    "set `database.statement_timeout` in its place",
                );
            }
            "host" | "hostaddr" | "port" | "user" | "password" | "dbname" => {
                return refused(
                    format!("the parameter `{name}` is not supported"),
                    "write it before the `?`: `postgres://user:password@host:5432/name`",
                );
            }
            "connect_timeout" => {
                return refused(
                    "the parameter `connect_timeout` is not supported",
                    "set `database.acquire_timeout` in its place",
                );
            }
            _ => {
                return refused(
                    format!("the parameter `{name}` is not supported"),
                    "supported are `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `application_name`, `options`, `statement-cache-capacity`, and `host` with the folder of a Unix socket",
                );
            }
        }
    }
    Ok(())
}

/// The parameters of a query, decoded, each with its value and at most once.
fn parameters(query: &str) -> Result<Vec<(String, String)>, InvalidUrl> {
    let mut found: Vec<(String, String)> = Vec::new();
    for pair in query.split('&').filter(|_| !query.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.[]".contains(c);
        // A piece of a password with a `?` in it is not shown.
        if name.is_empty() || !name.chars().all(is_name) || query.contains('@') {
            return refused(
                "what follows its `?` cannot be understood",
                "write `name=value`, with `&` between two of them; elsewhere write `%3F` for `?` and `%40` for `@`",
            );
        }
        if found.iter().any(|(other, _)| other == name) {
            return refused(
                format!("the parameter `{name}` is set twice"),
                "remove one of the two",
            );
        }
        if value.contains('+') {
            return refused(
                format!("the parameter `{name}` has a `+`, which some programs read as a space"),
                "write `%20` for a space and `%2B` for a `+`",
            );
        }
        found.push((name.to_owned(), decode(value)?));
    }
    Ok(found)
}

/// Decodes percent-encoding: `%20` is a space.
fn decode(text: &str) -> Result<String, InvalidUrl> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let hex = tail
            .get(..2)
            .filter(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        let hex = hex.and_then(|hex| std::str::from_utf8(hex).ok());
        let Some(decoded) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) else {
            return refused(
                "it has a `%` without two hexadecimal digits after it",
                "write `%25` for a `%` in a name or a password",
            );
        };
        bytes.push(decoded);
        rest = &tail[2..];
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => refused(
            "its escapes with `%` are not UTF-8",
            "write the bytes of the UTF-8 form of a character",
        ),
    }
}

fn refused<T>(reason: impl Into<String>, hint: &str) -> Result<T, InvalidUrl> {
    Err(InvalidUrl::Refused {
        reason: reason.into(),
        hint: hint.to_owned(),
    })
}

#[cfg(test)]
mod tests;
