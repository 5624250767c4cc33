//! The checks of `doctor --deploy` on what the machine gives the application: its folder, its log, the way to its database.

use std::{
    env,
    fs::{self, OpenOptions},
    io,
    path::Path,
};

use crate::{
    config::{Config, LoggerConfig},
    room::Finding,
};

pub(super) fn check(root: &Path, config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(folder(root));
    findings.extend(log(&config.logger));
    #[cfg(feature = "postgres")]
    findings.extend(encryption(config));
    findings
}

/// Warns of a missing folder of configuration files: everything has the defaults of the framework then.
fn folder(root: &Path) -> Option<Finding> {
    if root.join("config").is_dir() {
        return None;
    }
    let here = env::current_dir().unwrap_or_else(|_| root.to_owned());
    let text = format!(
        "there is no folder `config` in `{}`, so that the defaults hold wherever no variable is set\n\
         hint: deploy `config/` beside the binary and start it there, or accept it",
        here.display()
    );
    Some(Finding::warning("deploy.config", text))
}

/// Fails if there is no log, or if its file cannot be written.
fn log(logger: &LoggerConfig) -> Option<Finding> {
    let failure = |text: String| Some(Finding::failure("deploy.log", text));
    if logger.level == "off" || !(logger.stdout || logger.file.enabled) {
        return failure(
            "nothing is logged\nhint: set `logger.level` to `info`, and one of `logger.stdout` and `logger.file.enabled` to true"
                .to_owned(),
        );
    }
    if !logger.file.enabled {
        return None;
    }
    let path = &logger.file.path;
    let error = try_to_write(path).err()?;
    failure(format!(
        "the log file `{}` cannot be written: {error}\nhint: give the user of the process the right to write it and its folder, which rotation needs",
        path.display()
    ))
}

/// Tries out whether a file can be written, and made if it does not exist. Leaves nothing behind.
fn try_to_write(path: &Path) -> io::Result<()> {
    if path.exists() {
        OpenOptions::new().append(true).open(path)?;
    }
    // The folder, or the nearest one around it that exists.
    let folder = path
        .ancestors()
        .skip(1)
        .map(|folder| {
            if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            }
        })
        .find(|folder| folder.exists())
        .unwrap_or(Path::new("."));
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&probe)?;
    fs::remove_file(probe)
}

/// Warns of a server on another machine whose connections need not be encrypted.
#[cfg(feature = "postgres")]
fn encryption(config: &Config) -> Option<Finding> {
    use crate::db::Target;

    let Ok(Target::Postgres(target)) = Target::parse(config.database.url.expose()) else {
        return None;
    };
    let text = format!(
        "the server `{}` is on another machine, and connections to it need not be encrypted: whoever listens reads the password and all data\n\
         hint: write `sslmode=verify-full` in `database.url` (Cargo feature `postgres-tls`), with `sslrootcert` if its certificate is \
         of an authority of your own; or accept it if the network is trusted",
        target.host
    );
    (target.is_remote() && !target.is_encrypted())
        .then(|| Finding::warning("deploy.database_tls", text))
}
