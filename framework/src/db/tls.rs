//! Encrypted connections to PostgreSQL, with the parameters and meanings of libpq.

use std::{
    env,
    fs::File,
    path::{Path, PathBuf},
    process::Command,
};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::DbError;
use crate::config::TlsParameters;

/// The files of encrypted connections.
#[derive(Clone, Debug)]
pub(super) struct TlsFiles {
    /// The certificates of the authorities that are trusted.
    root: Option<PathBuf>,
    /// The certificate of the client and its key.
    client: Option<(PathBuf, PathBuf)>,
}

impl TlsFiles {
    /// The files of `database.url`, and else those of the environment.
    pub(super) fn of(parameters: TlsParameters) -> Self {
        let variable = |name: &str| env::var_os(name).map(PathBuf::from);
        let client = || Some((variable("PGSSLCERT")?, variable("PGSSLKEY")?));
        Self {
            root: parameters
                .root_cert
                .or_else(|| variable("PGSSLROOTCERT"))
                .filter(|file| file != Path::new("system")),
            client: parameters.client.or_else(client),
        }
    }

    /// Fails if a file cannot be read: the driver would not say which.
    fn check(&self) -> Result<(), DbError> {
        let client = self.client.iter().flat_map(|(cert, key)| [cert, key]);
        for path in self.root.iter().chain(client) {
            if let Err(source) = File::open(path) {
                return Err(DbError::File {
                    path: path.display().to_string(),
                    source,
                });
            }
        }
        Ok(())
    }

    /// Sets the environment variables with which a program of PostgreSQL makes the same connections.
    pub(super) fn set_env(&self, mode: PgSslMode, program: &mut Command) {
        program.env("PGSSLMODE", name(mode));
        match &self.root {
            Some(file) => program.env("PGSSLROOTCERT", file),
            None if verifies(mode) => program.env("PGSSLROOTCERT", "system"),
            None => program,
        };
        if let Some((certificate, key)) = &self.client {
            program.env("PGSSLCERT", certificate).env("PGSSLKEY", key);
        }
    }
}

/// The options of a connection, with a `sslmode` that means what it means to libpq.
///
/// Fails if it needs a feature that is not compiled in, or a file that cannot be read.
pub(super) fn encrypted(
    options: PgConnectOptions,
    files: &TlsFiles,
) -> Result<PgConnectOptions, DbError> {
    let mode = options.get_ssl_mode();
    if options.get_socket().is_some() {
        return Ok(options.ssl_mode(PgSslMode::Disable));
    }
    if !is_encrypted(mode) {
        return Ok(options);
    }
    if !cfg!(feature = "postgres-tls") {
        return Err(DbError::Tls);
    }
    files.check()?;
    // A certificate of an authority is named in order to be checked.
    let checked = matches!(mode, PgSslMode::Require) && files.root.is_some();
    Ok(if checked {
        options.ssl_mode(PgSslMode::VerifyCa)
    } else {
        options
    })
}

/// Returns true if connections are encrypted or fail.
pub(super) fn is_encrypted(mode: PgSslMode) -> bool {
    matches!(mode, PgSslMode::Require) || verifies(mode)
}

fn verifies(mode: PgSslMode) -> bool {
    matches!(mode, PgSslMode::VerifyCa | PgSslMode::VerifyFull)
}

fn name(mode: PgSslMode) -> &'static str {
    match mode {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    }
}
