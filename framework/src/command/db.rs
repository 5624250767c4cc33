//! The command `db`, which creates, migrates, seeds and drops the database.

use std::path::Path;

use sea_orm::DatabaseConnection;

use super::{
    Outcome,
    arguments::{Db as Command, Production},
    console, log_to_stderr, table,
};
use crate::{
    app::Application,
    boot::steps,
    config::Config,
    context::CancellationToken,
    db::{self, Db, Target},
    env::Environment,
    error::{Error, Result},
    migration::{self, MigrationError, Migrator, Status},
    server,
};

pub(super) async fn run(
    app: Application,
    root: &Path,
    environment: Option<Environment>,
    command: Command,
) -> Result<Outcome> {
    let mut config = if command.needs_settings() {
        steps::load(app, root, environment).await?
    } else {
        steps::load_without_settings(app, root, environment).await?
    };
    let _guard = log_to_stderr(&config)?;
    let name = Target::parse(config.database.url.expose())?.address();
    match command {
        Command::Create => {
            let created = db::create(&config.database).await?;
            println!(
                "{name}: {}",
                if created { "created" } else { "exists already" }
            );
        }
        Command::Migrate {
            steps,
            lock_timeout,
        } => {
            if let Some(lock_timeout) = lock_timeout {
                config.database.lock_timeout = lock_timeout;
            }
            migrate(app, &config, steps.number()).await?;
        }
        Command::Rollback { steps, production } => {
            confirm(&config, &production, "rollback")?;
            rollback(app, &config, steps.number().unwrap_or(1)).await?;
        }
        Command::Reset { production } => {
            confirm(&config, &production, "reset")?;
            db::drop(&config.database).await?;
            db::create(&config.database).await?;
            migrate(app, &config, None).await?;
            seed(app, config).await?;
        }
        Command::Status(format) => status(app, &config, format.json).await?,
        Command::Seed => seed(app, config).await?,
        Command::Drop { production } => {
            confirm(&config, &production, "drop")?;
            let dropped = db::drop(&config.database).await?;
            println!(
                "{name}: {}",
                if dropped { "dropped" } else { "does not exist" }
            );
        }
        Command::Console => return console::open(&config.database),
    }
    Ok(Outcome::Done)
}

/// Fails without the flag that confirms the loss of data of a production database.
fn confirm(config: &Config, production: &Production, command: &str) -> Result<()> {
    if config.environment.is_production() && !production.yes_i_mean_production {
        return Err(Error::internal(format!(
            "`db {command}` would lose data of the `{}` database\nhint: add `--yes-i-mean-production` if that is what you want",
            config.environment
        )));
    }
    Ok(())
}

async fn migrate(app: Application, config: &Config, steps: Option<usize>) -> Result<()> {
    let applied = on_connection(app, config, async |migrator, connection| {
        migrator.up(connection, steps).await
    });
    let applied = applied.await?;
    for name in &applied {
        println!("applied {name}");
    }
    if applied.is_empty() {
        println!("nothing to apply: the database is up to date");
    }
    Ok(())
}

async fn rollback(app: Application, config: &Config, steps: usize) -> Result<()> {
    let undone = on_connection(app, config, async |migrator, connection| {
        migrator.down(connection, steps).await
    });
    let undone = undone.await?;
    for name in &undone {
        println!("undone {name}");
    }
    if undone.is_empty() {
        println!("nothing to undo: no migration is applied");
    }
    Ok(())
}

/// Runs migrations on a connection of their own, until a signal. The file of an SQLite database is created if it does not exist.
async fn on_connection(
    app: Application,
    config: &Config,
    work: impl AsyncFnOnce(&Migrator, &DatabaseConnection) -> Result<Vec<String>, MigrationError>,
) -> Result<Vec<String>> {
    let stop = server::signals()?;
    let config = &config.database;
    db::create_file(config).await?;
    let connection = Db::dedicated(config).await?;
    let migrator = app.migrator().with(config);
    let work = work(&migrator, &connection);
    let done = migration::until(stop, config, &connection, work).await;
    let _ = connection.close().await;
    Ok(done?)
}

async fn status(app: Application, config: &Config, json: bool) -> Result<()> {
    let db = Db::connect(&config.database).await?;
    let list = app.migrator().with(&config.database).status(&db).await;
    db.close().await;
    let list = list?;
    if json {
        return Ok(table::print_json(&list)?);
    }
    let state = |one: &Status| match (one.applied_at, one.known) {
        (Some(at), true) => format!("applied {}", at.format("%Y-%m-%d %H:%M:%S UTC")),
        (_, false) if one.additive == Some(true) => {
            "applied by a newer release; it only adds".to_owned()
        }
        (_, false) => "applied, but unknown to this release".to_owned(),
        (None, true) => "pending".to_owned(),
    };
    let rows: Vec<_> = list
        .iter()
        .map(|one| [one.name.clone(), state(one)])
        .collect();
    table::print(["MIGRATION", "STATE"], &rows);
    Ok(())
}

async fn seed(app: Application, config: Config) -> Result<()> {
    let booted = steps::boot(app, config, true, CancellationToken::new()).await?;
    let seeded = (app.seed)(&booted.ctx).await;
    booted.shutdown(steps::SHUTDOWN_TIMEOUT).await;
    seeded?;
    println!("seeded");
    Ok(())
}
