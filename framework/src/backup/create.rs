//! The task `db:backup`.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::Parser;

use super::{
    BackupError, Manifest, archive,
    backend::Backend,
    files,
    job::{Job, blocking},
    manifest::manifest_path,
    name::{self, BackupName},
    partial::Partial,
    retention::Retention,
};
use crate::{
    context::AppContext,
    count::counted,
    env,
    error::Result,
    task::{self, Task},
};

/// Writes a verified, compressed copy of the database
///
/// The application may go on writing meanwhile: the copy is of one moment. A manifest beside it has the schema, the
/// rows of each table and a SHA-256. Both appear only when the copy has been read back and found complete.
///
/// With both --keep and --keep-days an older backup is removed only when both rules allow it. Only backups of this
/// application and environment, in the same folder and with the names that this task gives, are ever removed.
#[derive(Debug, Default, Parser)]
#[command(after_help = format!("Example: {}", env::command("task db:backup --to /mnt/backups/ --keep 14")))]
pub struct DbBackup {
    /// Folder or new file; an existing folder or a path that ends in `/` is a folder [default: `backup.directory` of the
    /// configuration]
    #[arg(long, value_name = "DIR|FILE")]
    pub to: Option<PathBuf>,
    /// Keeps the newest N backups and removes older ones [default: `backup.keep`]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: Option<u32>,
    /// Keeps the backups of the last D days and removes older ones [default: `backup.keep_days`]
    #[arg(long, value_name = "D", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep_days: Option<u32>,
}

impl Task for DbBackup {
    const NAME: &'static str = "db:backup";
    // It opens connections of its own, which no statement timeout cuts short.
    const NEEDS_DATABASE: bool = false;
    const WATCHES_DRAINING: bool = true;

    async fn run(self, ctx: &AppContext) -> Result<()> {
        let backend = Backend::of(&ctx.config.database)?;
        let settings = &ctx.config.backup;
        let backup = NewBackup {
            backend,
            to: Destination::of(self.to, &settings.directory),
            retention: Retention {
                keep: self.keep.or(settings.keep),
                keep_days: self.keep_days.or(settings.keep_days),
            },
            app: ctx.app_name(),
            environment: ctx.environment().name(),
            now: Utc::now(),
        };
        let report = Job::run(ctx.draining(), |job| backup.write(job)).await?;
        task::report::outcome(&report);
        Ok(())
    }
}

/// The destination of a backup.
#[derive(Debug, PartialEq, Eq)]
enum Destination {
    /// A new file in this folder, with a generated name.
    Folder(PathBuf),
    /// This file name in this folder.
    File(PathBuf, String),
}

impl Destination {
    fn of(to: Option<PathBuf>, default: &Path) -> Self {
        let Some(to) = to else {
            return Self::Folder(default.to_owned());
        };
        let ends_in_separator = to.to_string_lossy().ends_with(std::path::is_separator);
        match to.file_name().and_then(|name| name.to_str()) {
            Some(name) if !ends_in_separator && !to.is_dir() => {
                Self::File(files::folder_of(&to), name.to_owned())
            }
            _ => Self::Folder(to),
        }
    }

    fn folder(&self) -> &Path {
        let (Self::Folder(folder) | Self::File(folder, _)) = self;
        folder
    }
}

/// A backup that is to be written.
struct NewBackup<'a> {
    backend: Backend,
    to: Destination,
    retention: Retention,
    app: &'a str,
    environment: &'a str,
    now: DateTime<Utc>,
}

impl NewBackup<'_> {
    /// Writes the backup, then removes older ones. Returns a report.
    async fn write(self, job: Job) -> Result<String, BackupError> {
        let folder = self.to.folder();
        let (partial, name) = self.begin()?;
        let staged = partial.file("archive");
        let (contents, archive) = self.backend.save(&staged, &partial, &job).await?;
        let manifest = Manifest::new(
            self.app,
            self.environment,
            self.backend.kind(),
            self.now,
            contents,
            archive,
        );
        manifest.write(&manifest_path(&staged))?;

        self.verify(&staged, &partial, &job).await?;
        job.check()?;
        let backup = folder.join(name);
        publish(&staged, &backup)?;
        drop(partial);

        let removed = self
            .retention
            .apply(folder, self.app, self.environment, self.now)
            .map_err(|source| BackupError::Retention {
                path: backup.clone(),
                source: Box::new(source),
            })?;
        Ok(report(&backup, &manifest, &removed))
    }

    fn begin(&self) -> Result<(Partial, String), BackupError> {
        let prefix = name::prefix(self.app, self.environment);
        let folder = self.to.folder();
        let is_free = |name: &str| is_free(&folder.join(name));
        match &self.to {
            Destination::Folder(_) => {
                let names = BackupName::candidates(&prefix, self.now, self.backend.kind());
                Partial::create(folder, &prefix, names, is_free)
            }
            Destination::File(_, name) if is_free(name) => {
                Partial::create(folder, name, std::iter::once(name.clone()), is_free)
            }
            Destination::File(_, name) => Err(BackupError::Exists {
                path: folder.join(name),
            }),
        }
    }

    /// Verifies the backup by reading everything back from the disk, the manifest included.
    async fn verify(&self, staged: &Path, partial: &Partial, job: &Job) -> Result<(), BackupError> {
        let manifest = Manifest::of(staged)?;
        job.stage("checking the file", manifest.archive.size);
        let (path, archive, watched) = (staged.to_owned(), manifest.archive.clone(), job.clone());
        blocking(move || archive::check(&path, &archive, &watched)).await?;
        self.backend.verify(staged, &manifest, partial, job).await
    }
}

fn is_free(backup: &Path) -> bool {
    // A dangling link blocks the name as well.
    let exists = |path: &Path| path.symlink_metadata().is_ok();
    !exists(backup) && !exists(&manifest_path(backup))
}

/// Moves a complete backup into place. The manifest goes first, so that a backup is never seen without one.
fn publish(staged: &Path, backup: &Path) -> Result<(), BackupError> {
    let folder = files::folder_of(backup);
    let _guard = files::lock_folder(&folder);
    if !is_free(backup) {
        return Err(BackupError::Exists {
            path: backup.to_owned(),
        });
    }
    let manifest = manifest_path(backup);
    files::rename(&manifest_path(staged), &manifest)?;
    if let Err(error) = files::rename(staged, backup) {
        // The first error is the one to return.
        let _ = std::fs::remove_file(&manifest);
        return Err(error);
    }
    files::sync_folder(&folder)
}

fn report(backup: &Path, manifest: &Manifest, removed: &[String]) -> String {
    let mut text = format!(
        "wrote {} ({}; {} in {}; verified)",
        task::shown(backup).display(),
        indicatif::BinaryBytes(manifest.archive.size),
        counted(manifest.rows(), "row", "rows"),
        counted(manifest.tables().len(), "table", "tables"),
    );
    for name in removed {
        text.push_str("\nremoved ");
        text.push_str(name);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::Destination;

    #[test]
    fn a_path_is_a_folder_when_it_exists_as_one_or_ends_in_a_slash() {
        let of = |to: Option<&str>| Destination::of(to.map(PathBuf::from), Path::new("backups"));
        assert_eq!(of(None), Destination::Folder("backups".into()));
        assert_eq!(of(Some("new/")), Destination::Folder("new/".into()));
        assert_eq!(of(Some("src")), Destination::Folder("src".into()));
        assert_eq!(of(Some(".")), Destination::Folder(".".into()));
        assert_eq!(
            of(Some("a/b.zst")),
            Destination::File("a".into(), "b.zst".into())
        );
        assert_eq!(
            of(Some("b.zst")),
            Destination::File(".".into(), "b.zst".into())
        );
    }
}
