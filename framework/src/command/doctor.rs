//! `doctor`: is this application fit to run, and to be deployed?

use std::path::Path;

use super::Outcome;
use crate::{
    app::Application, boot::steps, config::Config, db::Db, env::Environment, error::Result,
    middleware::Stack, migration,
};

/// One thing that was looked at. The id is stable, so that scripts may rely on it.
struct Finding {
    id: &'static str,
    result: Result<String, String>,
}

impl Finding {
    fn good(id: &'static str, text: impl Into<String>) -> Self {
        Self {
            id,
            result: Ok(text.into()),
        }
    }

    fn bad(id: &'static str, text: impl Into<String>) -> Self {
        Self {
            id,
            result: Err(text.into()),
        }
    }
}

/// Prints each finding; ends with 1 when one of them is bad.
pub(super) async fn run(
    app: Application,
    root: &Path,
    environment: Option<Environment>,
    deploy: bool,
) -> Result<Outcome> {
    let mut findings = Vec::new();
    match steps::load(app, root, environment).await {
        Ok(config) => {
            findings.push(match (app.settings)(&config) {
                Ok(_) => Finding::good(
                    "config",
                    format!("the configuration for `{}` is valid", config.environment),
                ),
                Err(error) => Finding::bad("config", error.to_string()),
            });
            findings.push(match (app.routes)().into_router() {
                Ok(_) => Finding::good("routes", "every route can be served"),
                Err(error) => Finding::bad("routes", error.to_string()),
            });
            database(app, &config, &mut findings).await;
            if deploy {
                weaknesses(&config, &mut findings);
            }
        }
        Err(error) => findings.push(Finding::bad("config", error.chain())),
    }
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

async fn database(app: Application, config: &Config, findings: &mut Vec<Finding>) {
    let db = match Db::connect(&config.database).await {
        Ok(db) => db,
        Err(error) => return findings.push(Finding::bad("database", error.to_string())),
    };
    findings.push(Finding::good("database", "the database answers"));
    findings.push(match migration::pending(&db, &(app.migrations)()).await {
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
    });
    db.close().await;
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
