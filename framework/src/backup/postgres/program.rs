//! A runner of `pg_dump` and `pg_restore`.

use std::{
    io::{self, Read},
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
};

use crate::{
    backup::{
        BackupError,
        job::{Job, blocking},
    },
    db::PgTarget,
};

/// The maximum length of a program's error output in messages, in characters.
const MAX_OUTPUT: usize = 2_000;

/// The command of a program that connects to the server of `target`.
pub(super) fn command(program: &'static str, target: &PgTarget) -> Command {
    let mut command = Command::new(program);
    target.set_env(&mut command);
    command
        .env("PGAPPNAME", env!("CARGO_PKG_NAME"))
        // Messages are parsed below.
        .env("LC_ALL", "C");
    command
}

/// Fails if a program is missing, or too old for a server of this major version.
pub(super) async fn check(
    program: &'static str,
    target: &PgTarget,
    major: u32,
) -> Result<(), BackupError> {
    let mut command = command(program, target);
    let output = blocking(move || {
        command
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .map_err(start_error(program, major))
    })
    .await?;
    let text = String::from_utf8_lossy(&output.stdout);
    match parse_major(&text) {
        Some(found) if found < major => Err(BackupError::ProgramOlder {
            program,
            found,
            major,
        }),
        Some(_) => Ok(()),
        None => Err(BackupError::Program {
            program: format!("{program} --version"),
            status: output.status.to_string(),
            output: shorten(&output.stderr),
        }),
    }
}

/// Runs a program to its end: `feed` writes its input, `drain` reads its output.
///
/// Fails if one of them or the program fails; when the process is asked to end, the program is killed.
pub(super) async fn run<T: Send + 'static>(
    mut command: Command,
    job: &Job,
    feed: impl FnOnce(ChildStdin) -> Result<(), BackupError> + Send + 'static,
    drain: impl FnOnce(ChildStdout) -> Result<T, BackupError> + Send + 'static,
) -> Result<(T, Outcome), BackupError> {
    let name = command.get_program().to_string_lossy().into_owned();
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let failed = |source| BackupError::File {
        path: name.clone().into(),
        source,
    };
    let mut child = KillOnDrop(command.spawn().map_err(failed)?);
    let pipes = (
        child.0.stdin.take(),
        child.0.stdout.take(),
        child.0.stderr.take(),
    );
    let (Some(stdin), Some(stdout), Some(mut stderr)) = pipes else {
        return Err(failed(io::ErrorKind::BrokenPipe.into()));
    };
    let errors = tokio::task::spawn_blocking(move || {
        let mut text = Vec::new();
        // On an error the part that was read is used.
        let _ = stderr.read_to_end(&mut text);
        text
    });
    let mut pumps = std::pin::pin!(async {
        tokio::join!(blocking(|| feed(stdin)), blocking(|| drain(stdout)))
    });
    let (written, read) = tokio::select! {
        results = &mut pumps => results,
        () = job.interrupted() => {
            child.kill();
            let _ = pumps.await;
            return Err(BackupError::Interrupted);
        }
    };
    // A file that cannot be written explains everything after it.
    let read = read.inspect_err(|_| child.kill())?;
    let status = blocking(move || child.wait()).await?;
    let errors = errors.await.unwrap_or_default();
    match written {
        // The program has closed its input early, which its exit status explains.
        Err(BackupError::File { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => {}
        other => other?,
    }
    Ok((
        read,
        Outcome {
            program: name,
            status,
            errors,
        },
    ))
}

/// The outcome of a program: its exit status and error output.
pub(super) struct Outcome {
    program: String,
    status: ExitStatus,
    errors: Vec<u8>,
}

impl Outcome {
    /// Fails unless the program has succeeded.
    pub(super) fn check(self) -> Result<(), BackupError> {
        self.check_but_for(|_| false)
    }

    /// Fails unless the program has succeeded, or has only reported errors that are `harmless`.
    pub(super) fn check_but_for(self, harmless: impl Fn(&str) -> bool) -> Result<(), BackupError> {
        if self.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&self.errors);
        let mut lines = text
            .lines()
            .filter(|line| line.contains("error: "))
            .peekable();
        // A program that was killed by a signal may have reported no error.
        if self.status.code() == Some(1) && lines.peek().is_some() && lines.all(harmless) {
            return Ok(());
        }
        Err(BackupError::Program {
            program: self.program,
            status: self.status.to_string(),
            output: shorten(&self.errors),
        })
    }
}

/// A child process that is killed when this is dropped.
struct KillOnDrop(Child);

impl KillOnDrop {
    fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
    }

    fn wait(&mut self) -> Result<ExitStatus, BackupError> {
        self.0.wait().map_err(|source| BackupError::File {
            path: "wait".into(),
            source,
        })
    }
}

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        self.kill();
        let _ = self.0.wait();
    }
}

fn start_error(program: &'static str, major: u32) -> impl FnOnce(io::Error) -> BackupError {
    move |source| match source.kind() {
        io::ErrorKind::NotFound => BackupError::ProgramMissing { program, major },
        _ => BackupError::File {
            path: program.into(),
            source,
        },
    }
}

/// The major version in the output of `--version`: 16 in `pg_dump (PostgreSQL) 16.4 (Debian 16.4-1)`.
fn parse_major(text: &str) -> Option<u32> {
    let version = text.split_once("(PostgreSQL) ")?.1;
    version
        .split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

fn shorten(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let text = text.trim();
    match text.char_indices().nth(MAX_OUTPUT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_major;

    #[test]
    fn versions_of_releases_and_betas() {
        assert_eq!(
            parse_major("pg_dump (PostgreSQL) 16.4 (Debian 16.4-1)"),
            Some(16)
        );
        assert_eq!(parse_major("pg_restore (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(parse_major("command not found"), None);
    }
}
