//! `db`: the whole life of the database.

use std::path::Path;

use super::{
    Outcome,
    arguments::{Db as Command, Production},
    console, log_to_stderr, table,
};
use crate::{
    app::Hooks,
    boot,
    config::Config,
    db::{self, Db, Target},
    env::Environment,
    error::{Error, Result},
    migration::{self, Status},
};

pub(super) async fn run<H: Hooks>(
    root: &Path,
    environment: Option<Environment>,
    command: Command,
) -> Result<Outcome> {
    let config = boot::load::<H>(root, environment).await?;
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
        Command::Migrate { steps } => migrate::<H>(&config, steps).await?,
        Command::Rollback { steps, production } => {
            confirm(&config, &production, "rollback")?;
            rollback::<H>(&config, steps).await?;
        }
        Command::Reset { production } => {
            confirm(&config, &production, "reset")?;
            db::drop(&config.database).await?;
            db::create(&config.database).await?;
            migrate::<H>(&config, None).await?;
            seed::<H>(config).await?;
        }
        Command::Status(format) => status::<H>(&config, format.json).await?,
        Command::Seed => seed::<H>(config).await?,
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

/// Data of a production database is not lost by a slip of the keyboard.
fn confirm(config: &Config, production: &Production, command: &str) -> Result<()> {
    if config.environment.is_production() && !production.yes_i_mean_production {
        return Err(Error::internal(format!(
            "`db {command}` would lose data of the `{}` database\nhint: add `--yes-i-mean-production` if that is what you want",
            config.environment
        )));
    }
    Ok(())
}

async fn migrate<H: Hooks>(config: &Config, steps: Option<usize>) -> Result<()> {
    let connection = connect(config).await?;
    let applied = migration::up(&connection, &H::migrations(), steps).await;
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

async fn rollback<H: Hooks>(config: &Config, steps: usize) -> Result<()> {
    let connection = connect(config).await?;
    let undone = migration::down(&connection, &H::migrations(), steps).await;
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

/// A connection for migrations, to a database that is created when it is a file that does not exist yet.
async fn connect(config: &Config) -> Result<sea_orm::DatabaseConnection> {
    db::create_file(&config.database).await?;
    db::ping(&config.database).await?;
    Ok(Db::dedicated(&config.database)?)
}

async fn status<H: Hooks>(config: &Config, json: bool) -> Result<()> {
    let db = Db::connect(&config.database).await?;
    let list = migration::status(&db, &H::migrations()).await;
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

async fn seed<H: Hooks>(config: Config) -> Result<()> {
    let booted = boot::boot::<H>(config, true).await?;
    let seeded = H::seed(&booted.ctx).await;
    booted.shutdown().await;
    seeded?;
    println!("seeded");
    Ok(())
}
