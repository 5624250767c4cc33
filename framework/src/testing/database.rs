//! A test database, made from a template that is migrated once.

#[cfg(feature = "sqlite")]
use std::path::PathBuf;
use std::{
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::{
    app::Application,
    config::{DatabaseConfig, Secret},
    db::{Db, Target},
    error::{Error, Result},
};

/// A database that is removed when it is dropped.
pub(super) enum TestDatabase {
    #[cfg(feature = "sqlite")]
    Sqlite { file: PathBuf },
    #[cfg(feature = "postgres")]
    Postgres { config: DatabaseConfig },
}

impl TestDatabase {
    /// Creates a fresh database with all migrations applied.
    pub(super) async fn create(app: Application, config: &DatabaseConfig) -> Result<Self> {
        match Target::parse(config.url.expose())? {
            #[cfg(feature = "sqlite")]
            Target::Sqlite { .. } => sqlite(app, config).await,
            #[cfg(feature = "postgres")]
            Target::Postgres(target) => postgres::create(app, config, &target).await,
        }
    }

    pub(super) fn url(&self) -> Secret {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite { file } => Secret::new(Target::sqlite_url(file)),
            #[cfg(feature = "postgres")]
            Self::Postgres { config } => config.url.clone(),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite { file } => remove(file),
            #[cfg(feature = "postgres")]
            Self::Postgres { config } => postgres::remove(config.clone()),
        }
    }
}

/// A name that no other test on this machine uses at the moment.
fn unique(app: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!(
        "{}_test_{}_{}",
        app.replace('-', "_"),
        process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

async fn migrated(app: Application, config: &DatabaseConfig) -> Result<()> {
    let connection = Db::dedicated(config).await?;
    let applied = app.migrator().up(&connection, None).await;
    let _ = connection.close().await;
    Ok(applied.map(drop)?)
}

/// Creates a database from the bytes of a file that is migrated once in this process.
#[cfg(feature = "sqlite")]
async fn sqlite(app: Application, config: &DatabaseConfig) -> Result<TestDatabase> {
    use tokio::sync::OnceCell;

    // A process tests one application, so one template is enough.
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();

    let fresh = || std::env::temp_dir().join(format!("{}.sqlite", unique(app.name)));
    let template = TEMPLATE
        .get_or_try_init(|| async {
            let file = fresh();
            let mut config = config.clone();
            config.url = Secret::new(Target::sqlite_url(&file));
            let migrated = migrated(app, &config).await;
            let bytes = std::fs::read(&file);
            remove(&file);
            migrated?;
            Ok::<_, Error>(bytes?)
        })
        .await?;
    let file = fresh();
    std::fs::write(&file, template)
        .map_err(|error| Error::internal(format!("`{}`: {error}", file.display())))?;
    Ok(TestDatabase::Sqlite { file })
}

#[cfg(feature = "sqlite")]
fn remove(file: &std::path::Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        // Some of them never existed.
        let _ = std::fs::remove_file(name);
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

    use super::{
        Application, DatabaseConfig, Db, Error, Result, Secret, TestDatabase, migrated, unique,
    };
    use crate::db::{self, PgTarget};

    /// Clones the template database of this application's present migrations.
    pub(super) async fn create(
        app: Application,
        config: &DatabaseConfig,
        target: &PgTarget,
    ) -> Result<TestDatabase> {
        let server = Db::dedicated(&pointing_to(config, target, "postgres")).await?;
        let made = clone(app, &server, config, target).await;
        let _ = server.close().await;
        made
    }

    async fn clone(
        app: Application,
        server: &DatabaseConnection,
        config: &DatabaseConfig,
        target: &PgTarget,
    ) -> Result<TestDatabase> {
        let template = template_name(app);
        // One process makes the template; the others wait for it.
        let key = i64::from(fnv(&template));
        server
            .execute_unprepared(&format!("SELECT pg_advisory_lock({key})"))
            .await?;
        let ready = ensure_template(app, server, config, target, &template).await;
        server
            .execute_unprepared(&format!("SELECT pg_advisory_unlock({key})"))
            .await?;
        ready?;
        let name = unique(app.name);
        server
            .execute_unprepared(&format!(r#"DROP DATABASE IF EXISTS "{name}" WITH (FORCE)"#))
            .await?;
        server
            .execute_unprepared(&format!(
                r#"CREATE DATABASE "{name}" TEMPLATE "{template}""#
            ))
            .await?;
        Ok(TestDatabase::Postgres {
            config: pointing_to(config, target, &name),
        })
    }

    /// Creates the template database, which stays for the next run, and drops those of earlier migrations.
    async fn ensure_template(
        app: Application,
        server: &DatabaseConnection,
        config: &DatabaseConfig,
        target: &PgTarget,
        template: &str,
    ) -> Result<()> {
        let names = server
            .query_all_raw(Statement::from_sql_and_values(
                DbBackend::Postgres,
                "SELECT datname FROM pg_database WHERE starts_with(datname, $1)",
                [template_prefix(app).into()],
            ))
            .await?;
        let mut found = false;
        for name in names {
            let name: String = name.try_get("", "datname")?;
            if name == template {
                found = true;
            } else {
                server
                    .execute_unprepared(&format!(
                        r#"DROP DATABASE IF EXISTS "{name}" WITH (FORCE)"#
                    ))
                    .await?;
            }
        }
        if found {
            return Ok(());
        }
        // It gets its name when it is complete.
        let partial = unique(app.name);
        let config = pointing_to(config, target, &partial);
        db::create(&config).await?;
        if let Err(error) = migrated(app, &config).await {
            db::drop(&config).await?;
            return Err(error);
        }
        server
            .execute_unprepared(&format!(
                r#"ALTER DATABASE "{partial}" RENAME TO "{template}""#
            ))
            .await?;
        Ok(())
    }

    fn template_prefix(app: Application) -> String {
        format!("{}_test_template_", app.name.replace('-', "_"))
    }

    /// The name of the template. It changes with the test binary, as a migration may have been edited in between.
    fn template_name(app: Application) -> String {
        let binary = std::env::current_exe().ok();
        let changed = binary
            .as_ref()
            .and_then(|path| path.metadata().ok()?.modified().ok());
        format!(
            "{}{:08x}",
            template_prefix(app),
            fnv(&format!("{binary:?} {changed:?}"))
        )
    }

    /// The FNV-1a hash of a text, the same in every process.
    fn fnv(text: &str) -> u32 {
        text.bytes().fold(0x811c_9dc5, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        })
    }

    fn pointing_to(config: &DatabaseConfig, target: &PgTarget, database: &str) -> DatabaseConfig {
        let mut config = config.clone();
        config.url = Secret::new(target.url_of(database));
        config
    }

    /// Drops the database from a thread of its own: `Drop` cannot wait on the test's runtime.
    pub(super) fn remove(config: DatabaseConfig) {
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(Error::internal)?;
            runtime.block_on(db::drop(&config)).map_err(Error::from)
        })
        .join();
        if let Ok(Err(error)) = dropped {
            eprintln!("a test database is left behind: {}", error.chain());
        }
    }
}
