//! Runs `pg_dump` and `pg_restore`.

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

/// As much as is shown of what a program complains about.
const COMPLAINT: usize = 2_000;

/// A call of the program that finds the server by itself.
pub(super) fn command(program: &'static str, target: &PgTarget) -> Command {
    let mut command = Command::new(program);
    target.show_to(&mut command);
    command
        .env("PGAPPNAME", env!("CARGO_PKG_NAME"))
        // Messages are read below.
        .env("LC_ALL", "C");
    command
}

/// Fails when a program is missing, or too old for a server of this major version.
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

/// Runs a program to its end: `feed` writes what it reads, `drain` reads what it writes.
///
/// Fails when one of them fails or the program does; when the process is asked to end, the program is killed.
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
    let mut child = Killed(command.spawn().map_err(failed)?);
    let pipes = (
        child.0.stdin.take(),
        child.0.stdout.take(),
        child.0.stderr.take(),
    );
    let (Some(stdin), Some(stdout), Some(mut stderr)) = pipes else {
        return Err(failed(io::ErrorKind::BrokenPipe.into()));
    };
    let complaint = tokio::task::spawn_blocking(move || {
        let mut text = Vec::new();
        // What was read before an error is all there is.
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
    let complaint = complaint.await.unwrap_or_default();
    match written {
        // The program has closed its input: it knows why, or has heard enough.
        Err(BackupError::File { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => {}
        other => other?,
    }
    Ok((
        read,
        Outcome {
            program: name,
            status,
            complaint,
        },
    ))
}

/// How a program has ended.
pub(super) struct Outcome {
    program: String,
    status: ExitStatus,
    complaint: Vec<u8>,
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
        let text = String::from_utf8_lossy(&self.complaint);
        let mut errors = text
            .lines()
            .filter(|line| line.contains("error: "))
            .peekable();
        // Killed by a signal there may be no error at all.
        if self.status.code() == Some(1) && errors.peek().is_some() && errors.all(harmless) {
            return Ok(());
        }
        Err(BackupError::Program {
            program: self.program,
            status: self.status.to_string(),
            output: shorten(&self.complaint),
        })
    }
}

/// A program that does not outlive the work it is for.
struct Killed(Child);

impl Killed {
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

impl Drop for Killed {
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

/// `pg_dump (PostgreSQL) 16.4 (Debian 16.4-1)` → 16.
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
    match text.char_indices().nth(COMPLAINT) {
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
