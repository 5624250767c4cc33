//! Dumps of a PostgreSQL database: writing and verifying.

use std::{io, path::Path};

use super::{
    connection::{connect, contents, execute, failed, major_version},
    copied, program, rights,
};
use crate::{
    backup::{
        BackupError, Manifest, archive,
        job::Job,
        manifest::{Archive, Contents},
    },
    db::PgTarget,
};

/// Dumps the database into the new file `archive`.
///
/// The transaction that counts the rows lends its snapshot to `pg_dump`, so the counts are those of the dump exactly,
/// whatever is written meanwhile.
pub(in crate::backup) async fn save(
    target: &PgTarget,
    archive: &Path,
    job: &Job,
) -> Result<(Contents, Archive), BackupError> {
    let mut connection = connect(target).await?;
    let major = major_version(&mut connection, target).await?;
    rights::check_readable(&mut connection, target).await?;
    program::check("pg_dump", target, major).await?;
    program::check("pg_restore", target, major).await?;
    execute(
        &mut connection,
        target,
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    )
    .await?;
    let (snapshot, size): (String, i64) =
        sqlx::query_as("SELECT pg_export_snapshot(), pg_database_size(current_database())")
            .fetch_one(&mut connection)
            .await
            .map_err(failed(target))?;
    let contents = contents(&mut connection, target, job).await?;

    let mut dump = program::command("pg_dump", target);
    dump.args([
        "--format=custom",
        "--compress=0",
        "--no-owner",
        "--no-password",
    ])
    .arg(format!("--snapshot={snapshot}"));
    // An estimate: indexes are not dumped, and rows take less space in a dump.
    job.stage("dumping the database", size.unsigned_abs());
    let (path, watched) = (archive.to_owned(), job.clone());
    let (archive, outcome) = program::run(
        dump,
        job,
        |_| Ok(()),
        move |stdout| archive::compress(stdout, &path, &watched),
    )
    .await?;
    outcome.check()?;
    execute(&mut connection, target, "ROLLBACK").await?;
    Ok((contents, archive))
}

/// Reads a dump to its end and compares the rows in it with its manifest. Needs no server.
pub(in crate::backup) async fn verify(
    target: &PgTarget,
    backup: &Path,
    manifest: &Manifest,
    job: &Job,
) -> Result<(), BackupError> {
    let mut script = program::command("pg_restore", target);
    script.args(["--section=data", "--file=-"]);
    job.stage("reading the dump back", 0);
    let (path, watched) = (backup.to_owned(), job.clone());
    let (tables, outcome) = program::run(
        script,
        job,
        move |stdin| archive::decompress(&path, stdin, Path::new("pg_restore"), &watched),
        |stdout| copied::rows(io::BufReader::with_capacity(256 * 1024, stdout)),
    )
    .await?;
    outcome.check()?;
    manifest.compare(&tables, backup)
}
