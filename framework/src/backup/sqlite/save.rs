//! Copies of an SQLite database that is in use.

use std::{
    fs::{self, File},
    path::Path,
    time::Duration,
};

use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
};

use super::contents;
use crate::backup::{
    BackupError, archive, files,
    job::Job,
    manifest::{Archive, Contents},
};

/// The number of pages to copy at once: 4 MB of the usual page size, with frequent checks for signals and few calls.
const PAGES_PER_STEP: i32 = 1_000;

/// The time to wait for a writer of a database that is not in WAL mode.
const BUSY: Duration = Duration::from_secs(30);

/// Copies the database at `path` to `snapshot`, compresses that to `archive`, and removes it again.
pub(in crate::backup) fn save(
    path: &Path,
    snapshot: &Path,
    archive: &Path,
    job: &Job,
) -> Result<(Contents, Archive), BackupError> {
    if !path.exists() {
        return Err(BackupError::NoDatabase {
            path: path.to_owned(),
        });
    }
    let contents = copy(path, snapshot, job)?;
    let file = File::open(snapshot).map_err(BackupError::file(snapshot))?;
    job.stage(
        "compressing",
        file.metadata().map_err(BackupError::file(snapshot))?.len(),
    );
    let archive = archive::compress(file, archive, job)?;
    fs::remove_file(snapshot).map_err(BackupError::file(snapshot))?;
    Ok((contents, archive))
}

/// Copies the database page by page, as of one moment.
///
/// SQLite's backup starts over whenever another connection has written between two steps, so under constant writes it
/// would never end. It reads in the transaction that is open on its source, though: one that is begun first and held
/// until the end pins it to one moment. In WAL mode, which is ours, that holds up no writer; the log just grows
/// meanwhile. The row counts come from the same transaction, so they are those of the copy exactly.
fn copy(path: &Path, snapshot: &Path, job: &Job) -> Result<Contents, BackupError> {
    let source = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(BackupError::sqlite(path))?;
    source
        .busy_timeout(BUSY)
        .map_err(BackupError::sqlite(path))?;
    source
        .execute_batch("BEGIN")
        .map_err(BackupError::sqlite(path))?;
    // `BEGIN` alone reads nothing: the first query sets the moment.
    job.stage("counting rows", 0);
    let contents = contents(&source, path, job)?;

    drop(files::create_private(snapshot)?);
    let mut target = Connection::open(snapshot).map_err(BackupError::sqlite(snapshot))?;
    // A copy that is cut short is thrown away.
    target
        .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        .map_err(BackupError::sqlite(snapshot))?;
    let backup = Backup::new(&source, &mut target).map_err(BackupError::sqlite(snapshot))?;
    let mut copied = 0;
    loop {
        let step = backup
            .step(PAGES_PER_STEP)
            .map_err(BackupError::sqlite(snapshot))?;
        let progress = backup.progress();
        if copied == 0 {
            job.stage(
                "copying the database",
                u64::from(progress.pagecount.unsigned_abs()),
            );
        }
        let done = u64::from((progress.pagecount - progress.remaining).unsigned_abs());
        job.advance(done.saturating_sub(copied))?;
        copied = done;
        match step {
            StepResult::Done => return Ok(contents),
            StepResult::More => {}
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}
