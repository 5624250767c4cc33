//! `doctor`: checks that an application is fit to run, and to be deployed.

use std::path::Path;

use sea_orm::DbBackend;

use super::Outcome;
use crate::{
    app::Application,
    boot::steps,
    config::Config,
    db::{Db, DbError},
    env::Environment,
    error::Result,
    middleware::Stack,
    migration,
    room::{Checkup, Finding},
};

/// Prints each finding; ends with 1 when one of them is bad.
pub(super) async fn run(
    app: Application,
    root: &Path,
    environment: Option<Environment>,
    deploy: bool,
) -> Result<Outcome> {
    let findings = match steps::load(app, root, environment).await {
        Ok(config) => examine(app, config, deploy).await,
        Err(error) => vec![Finding::bad("config", error.chain())],
    };
    let mut bad = 0;
    for Finding { id, result } in findings {
        match result {
            Ok(text) => println!("ok    {id}: {text}"),
            Err(text) => {
                bad += 1;
                println!("FAIL  {id}: {}", text.replace('\n', "\n      "));
            }
        }
    }
    Ok(if bad == 0 {
        Outcome::Done
    } else {
        Outcome::Exit(1)
    })
}

/// Looks at an application that has a configuration.
pub(super) async fn examine(app: Application, config: Config, deploy: bool) -> Vec<Finding> {
    let mut findings = vec![match (app.settings)(&config) {
        Ok(_) => Finding::good(
            "config",
            format!("the configuration for `{}` is valid", config.environment),
        ),
        Err(error) => Finding::bad("config", error.to_string()),
    }];
    if let Err(error) = look_inside(app, config.clone(), deploy, &mut findings).await {
        findings.push(Finding::bad("database", error.to_string()));
    }
    if deploy {
        weaknesses(&config, &mut findings);
    }
    findings
}

/// Looks at everything that needs a context: routes, the database, rooms.
///
/// Fails when there cannot be a connection to the database.
async fn look_inside(
    app: Application,
    config: Config,
    deploy: bool,
    findings: &mut Vec<Finding>,
) -> Result<(), DbError> {
    let db = Db::lazy(&config.database)?;
    let ctx = steps::context(app, config, db).build();
    findings.push(match steps::router(app, &ctx) {
        Ok(_) => Finding::good("routes", "every route can be served"),
        Err(error) => Finding::bad("routes", error.chain()),
    });
    // A file that does not exist must not be made by the first query.
    let db = Db::connect(&ctx.config.database).await?;
    let ctx = ctx.within(db, ctx.queue.clone());
    findings.push(Finding::good("database", "the database answers"));
    findings.push(migrations(app, &ctx.db).await);
    if ctx.db.backend() == DbBackend::Sqlite {
        findings.push(stored_values(&ctx.db, &ctx.config).await);
    }
    for room in app.rooms {
        let checkup = Checkup { ctx: &ctx, deploy };
        findings.extend((room.doctor)(checkup).await);
    }
    ctx.db.close().await;
    Ok(())
}

async fn migrations(app: Application, db: &Db) -> Finding {
    match migration::pending(db, &app.migrations()).await {
        Ok(pending) if pending.is_empty() => {
            Finding::good("migrations", "every migration is applied")
        }
        Ok(pending) => Finding::bad(
            "migrations",
            format!(
                "not applied yet: {}\nhint: apply them with `db migrate`",
                pending.join(", ")
            ),
        ),
        Err(error) => Finding::bad("migrations", error.to_string()),
    }
}

/// Whether every time, UUID and decimal is stored in one form: in another one it is sorted and found wrongly.
async fn stored_values(db: &Db, config: &Config) -> Finding {
    // It reads all rows, which may take longer than a statement may.
    let odd = match Db::dedicated(&config.database) {
        Ok(connection) => {
            let odd = migration::odd_values(&connection).await;
            let _ = connection.close().await;
            odd
        }
        Err(_) => migration::odd_values(db).await,
    };
    match odd {
        Ok(odd) if odd.is_empty() => Finding::good(
            "stored_values",
            "times, UUIDs and decimals are stored in one form",
        ),
        Ok(odd) => Finding::bad(
            "stored_values",
            format!(
                "{}\nhint: run `db migrate`; change what it cannot read with `UPDATE`",
                odd.join("\n")
            ),
        ),
        Err(error) => Finding::bad("stored_values", error.to_string()),
    }
}

/// What would weaken a server on the internet.
fn weaknesses(config: &Config, findings: &mut Vec<Finding>) {
    if !config.environment.is_production() {
        findings.push(Finding::bad(
            "deploy.environment",
            format!(
                "`{}` is no environment for a deployment\nhint: set `FW_ENV=production`",
                config.environment
            ),
        ));
    }
    for middleware in Stack::new().list(&config.middleware) {
        // CORS is off unless it is needed.
        if !middleware.enabled && middleware.name != "cors" {
            findings.push(Finding::bad(
                "deploy.middleware",
                format!(
                    "`{0}` is switched off\nhint: remove `enabled = false` from `[middleware.{0}]`",
                    middleware.name
                ),
            ));
        }
    }
    let middleware = &config.middleware;
    if middleware.cors.enabled
        && middleware
            .cors
            .allow_origins
            .iter()
            .any(|origin| origin == "*")
    {
        findings.push(Finding::bad(
            "deploy.cors",
            "every website may call this server: `middleware.cors.allow_origins` has `*`",
        ));
    }
    if middleware.security_headers.hsts_max_age.is_zero() {
        findings.push(Finding::bad(
            "deploy.hsts",
            "browsers are not told to use HTTPS: `middleware.security_headers.hsts_max_age` is 0",
        ));
    }
    if config.logger.level.contains("debug") || config.logger.level.contains("trace") {
        findings.push(Finding::bad(
            "deploy.log_level",
            format!("`logger.level` is `{}`", config.logger.level),
        ));
    }
    if !findings
        .iter()
        .any(|finding| finding.result.is_err() && finding.id.starts_with("deploy."))
    {
        findings.push(Finding::good("deploy", "nothing weakens this server"));
    }
}
