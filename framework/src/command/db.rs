//! The command `db`, which creates, migrates, seeds and drops the database.

use std::path::Path;

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
    migration::Status,
};

pub(super) async fn run(
    app: Application,
    root: &Path,
    environment: Option<Environment>,
    command: Command,
) -> Result<Outcome> {
    let config = steps::load(app, root, environment).await?;
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
        Command::Migrate { steps } => migrate(app, &config, steps).await?,
        Command::Rollback { steps, production } => {
            confirm(&config, &production, "rollback")?;
            rollback(app, &config, steps).await?;
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
    let connection = connect(config).await?;
    let applied = app.migrator().up(&connection, steps).await;
    let _ = connection.close().await;
    let applied = applied?;
    for name in &applied {
        println!("applied {name}");
    }
    if applied.is_empty() {
        println!("nothing to apply: the database is up to date");
    }
    Ok(())
}

async fn rollback(app: Application, config: &Config, steps: usize) -> Result<()> {
    let connection = connect(config).await?;
    let undone = app.migrator().down(&connection, steps).await;
    let _ = connection.close().await;
    let undone = undone?;
    for name in &undone {
        println!("undone {name}");
    }
    if undone.is_empty() {
        println!("nothing to undo: no migration is applied");
    }
    Ok(())
}

/// A connection for migrations. The file of an SQLite database is created if it does not exist.
async fn connect(config: &Config) -> Result<sea_orm::DatabaseConnection> {
    db::create_file(&config.database).await?;
    db::ping(&config.database).await?;
    Ok(Db::dedicated(&config.database)?)
}

async fn status(app: Application, config: &Config, json: bool) -> Result<()> {
    let db = Db::connect(&config.database).await?;
    let list = app.migrator().status(&db).await;
    db.close().await;
    let list = list?;
    if json {
        return Ok(table::print_json(&list)?);
    }
    let state = |one: &Status| match (one.applied_at, one.known) {
        (Some(at), true) => format!("applied {}", at.format("%Y-%m-%d %H:%M:%S UTC")),
        (_, false) => "applied, but unknown to this version".to_owned(),
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
