//! A database of PostgreSQL: a clone of a template database that is migrated once for each build of the tests.

use std::thread;

use fw::{
    config::{DatabaseConfig, Secret},
    db::{self, Db},
    error::{Error, OrInternal, Result},
    sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement},
    test_support::Application,
};
use tokio::runtime;

use super::{migrate, unique};

/// A database that is dropped, on the server too, when this is dropped.
pub(crate) struct PgClone {
    config: DatabaseConfig,
}

impl PgClone {
    /// Clones the template database of this application's present migrations.
    pub(super) async fn create(app: Application, config: &DatabaseConfig) -> Result<Self> {
        let server = Db::dedicated(&pointing_to(config, "postgres")).await?;
        let made = Self::create_on(&server, app, config).await;
        let _ = server.close().await;
        made
    }

    async fn create_on(
        server: &DatabaseConnection,
        app: Application,
        config: &DatabaseConfig,
    ) -> Result<Self> {
        let template = template_name(app);
        // One process makes the template; the others wait for it.
        let key = i64::from(fnv(&template));
        server
            .execute_unprepared(&format!("SELECT pg_advisory_lock({key})"))
            .await?;
        let ready = ensure_template(server, app, config, &template).await;
        server
            .execute_unprepared(&format!("SELECT pg_advisory_unlock({key})"))
            .await?;
        ready?;
        let name = unique(app);
        server
            .execute_unprepared(&format!(r#"DROP DATABASE IF EXISTS "{name}" WITH (FORCE)"#))
            .await?;
        server
            .execute_unprepared(&format!(
                r#"CREATE DATABASE "{name}" TEMPLATE "{template}""#
            ))
            .await?;
        Ok(Self {
            config: pointing_to(config, &name),
        })
    }

    pub(super) fn url(&self) -> Secret {
        self.config.url.clone()
    }
}

impl Drop for PgClone {
    /// Drops the database from a thread of its own: `drop` cannot wait on the test's runtime.
    fn drop(&mut self) {
        let config = self.config.clone();
        let dropped = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .or_internal()?;
            runtime.block_on(db::drop(&config)).map_err(Error::from)
        })
        .join();
        if let Ok(Err(error)) = dropped {
            eprintln!("a test database is left behind: {}", error.chain());
        }
    }
}

/// Creates the template database, which stays for the next run, and drops those of earlier migrations.
async fn ensure_template(
    server: &DatabaseConnection,
    app: Application,
    config: &DatabaseConfig,
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
                .execute_unprepared(&format!(r#"DROP DATABASE IF EXISTS "{name}" WITH (FORCE)"#))
                .await?;
        }
    }
    if found {
        return Ok(());
    }
    // It gets its name when it is complete.
    let partial = unique(app);
    let config = pointing_to(config, &partial);
    db::create(&config).await?;
    if let Err(error) = migrate(app, &config).await {
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
    format!("{}_test_template_", app.name().replace('-', "_"))
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

/// The configuration of another database of the same server.
fn pointing_to(config: &DatabaseConfig, database: &str) -> DatabaseConfig {
    let mut config = config.clone();
    config.url = Secret::new(url_of(config.url.expose(), database));
    config
}

/// The URL of another database of the same server, with the same parameters.
fn url_of(url: &str, database: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let path = url[start..].find('/').map_or(url.len(), |at| start + at);
    let query = url[path..].find('?').map_or("", |at| &url[path + at..]);
    format!("{}/{database}{query}", &url[..path])
}

#[cfg(test)]
mod tests {
    use super::url_of;

    #[test]
    fn the_url_of_another_database_keeps_everything_else() {
        for (url, expected) in [
            (
                "postgres://postgres@127.0.0.1:5432/shop",
                "postgres://postgres@127.0.0.1:5432/other",
            ),
            (
                "postgres://ada:a%2Fb@db/shop?sslmode=require&options=-c%20a%3Db",
                "postgres://ada:a%2Fb@db/other?sslmode=require&options=-c%20a%3Db",
            ),
            (
                "postgres:///shop?host=/run/postgresql",
                "postgres:///other?host=/run/postgresql",
            ),
        ] {
            assert_eq!(url_of(url, "other"), expected);
        }
    }
}
