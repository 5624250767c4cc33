//! The task `db:restore`.

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
};

use chrono::Utc;
use clap::Parser;
use tokio::sync::oneshot;

use super::{
    BackupError, Manifest, archive,
    backend::Backend,
    job::{Job, blocking},
};
use crate::{
    context::{AppContext, CancellationToken},
    count::counted,
    env,
    error::{OrInternal, Result},
    task::{self, Task, report},
};

/// Replaces the database with a backup
///
/// The backup is checked against its manifest and restored beside the database; then the two are swapped. The previous
/// database is kept under another name. On SQLite the application must be stopped first; on PostgreSQL its connections
/// are closed, as far as its role may, the restored tables belong to its role, and other roles get the rights that they have in the
/// present database; so are its settings as a whole, such as its own rights and default privileges.
#[derive(Debug, Default, Parser)]
#[command(
    after_help = format!(
        "Example: {}",
        env::command("task db:restore backups/blog-production-20261121T101500Z.sqlite.zst --verify")
    )
)]
pub struct DbRestore {
    /// The backup; its manifest is the file beside it with `.json` after its name
    pub file: PathBuf,
    /// Replaces the database without asking
    #[arg(long)]
    pub yes: bool,
    /// Only verifies the backup: restores into a scratch database, compares row counts, and removes it
    #[arg(long)]
    pub verify: bool,
    /// Confirms the replacement in production
    #[arg(long)]
    pub yes_i_mean_production: bool,
}

impl Task for DbRestore {
    const NAME: &'static str = "db:restore";
    // The database may be missing, or be the broken one that is to be replaced.
    const NEEDS_DATABASE: bool = false;
    const WATCHES_DRAINING: bool = true;

    async fn run(self, ctx: &AppContext) -> Result<()> {
        let backend = Backend::of(&ctx.config.database)?;
        let manifest = Manifest::of(&self.file)?;
        check_compatible(&manifest, &backend, ctx.migrations())?;
        if !self.verify {
            self.check_consent(&backend, ctx)?;
        }
        let stop = ctx.draining();
        self.check_file(&manifest, stop.clone()).await?;
        let now = Utc::now();
        if self.verify {
            Job::run(stop, async |job| {
                backend.rehearse(&self.file, &manifest, now, &job).await
            })
            .await?;
            report::outcome(&format!(
                "{} is complete: {} in {}",
                task::shown(&self.file).display(),
                counted(manifest.rows(), "row", "rows"),
                counted(manifest.tables().len(), "table", "tables")
            ));
            return Ok(());
        }
        self.confirm(&backend, &manifest, &stop).await?;
        // This process must not keep the database open itself.
        ctx.db.close().await;
        let previous = Job::run(stop, async |job| {
            backend.replace(&self.file, &manifest, now, &job).await
        })
        .await?;
        report::outcome(&format!(
            "restored {} from {}",
            backend.address(),
            task::shown(&self.file).display()
        ));
        if let Some(previous) = previous {
            report::outcome(&format!(
                "the previous database is kept as {}; remove it with: {}",
                previous.address, previous.removal
            ));
        }
        if ctx.migrations().len() > manifest.contents.migrations.len() {
            report::outcome(&format!(
                "the backup is older than the application: run `{}`",
                env::command("db migrate")
            ));
        }
        Ok(())
    }
}

impl DbRestore {
    /// Fails without the flags that the replacement of the database needs here.
    fn check_consent(&self, backend: &Backend, ctx: &AppContext) -> Result<(), BackupError> {
        let environment = ctx.environment();
        if environment.is_production() && !self.yes_i_mean_production {
            return Err(BackupError::Production {
                environment: environment.name().to_owned(),
                asks: self.yes || is_interactive(),
            });
        }
        if !self.yes && !is_interactive() {
            return Err(BackupError::Unconfirmed {
                address: backend.address(),
            });
        }
        Ok(())
    }

    async fn check_file(
        &self,
        manifest: &Manifest,
        stop: CancellationToken,
    ) -> Result<(), BackupError> {
        let (path, archive) = (self.file.clone(), manifest.archive.clone());
        Job::run(stop, async |job: Job| {
            job.stage("checking the file", archive.size);
            blocking(move || archive::check(&path, &archive, &job)).await
        })
        .await
    }

    async fn confirm(
        &self,
        backend: &Backend,
        manifest: &Manifest,
        stop: &CancellationToken,
    ) -> Result<()> {
        if self.yes {
            return Ok(());
        }
        let question = format!(
            "replace {} with the backup of {} ({}) made at {}? The present one is kept under another name. [y/N] ",
            backend.address(),
            manifest.app,
            manifest.environment,
            manifest.created_at.format("%Y-%m-%d %H:%M:%S UTC"),
        );
        // A separate thread, which does not keep the process alive while it waits for input.
        let (sender, reply) = oneshot::channel();
        std::thread::spawn(move || sender.send(read_reply(&question)));
        let Some(reply) = stop.run_until_cancelled(reply).await else {
            return Err(BackupError::Interrupted.into());
        };
        if reply.or_internal()?? {
            return Ok(());
        }
        Err(BackupError::Unconfirmed {
            address: backend.address(),
        }
        .into())
    }
}

fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

fn read_reply(question: &str) -> io::Result<bool> {
    let mut stderr = io::stderr();
    stderr.write_all(question.as_bytes())?;
    stderr.flush()?;
    let mut reply = String::new();
    io::stdin().read_line(&mut reply)?;
    Ok(["y", "yes"].contains(&reply.trim().to_lowercase().as_str()))
}

/// Fails if the backup cannot become the database of this application.
fn check_compatible(
    manifest: &Manifest,
    backend: &Backend,
    known: &[&str],
) -> Result<(), BackupError> {
    if manifest.backend != backend.kind() {
        return Err(BackupError::OtherBackend {
            backup: manifest.backend.title(),
            database: backend.kind().title(),
        });
    }
    let names: Vec<String> = manifest
        .contents
        .migrations
        .iter()
        .filter(|name| !known.contains(&name.as_str()))
        .filter(|name| !manifest.contents.additive.contains(name))
        .cloned()
        .collect();
    if names.is_empty() {
        Ok(())
    } else {
        Err(BackupError::NewerSchema { names })
    }
}
