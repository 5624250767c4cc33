//! The command `doctor`, which checks that an application is ready to run and to be deployed.

mod database;
mod deploy;
mod machine;
#[cfg(feature = "postgres")]
mod server;

use std::{path::Path, sync::Arc};

use super::{Outcome, arguments};
use crate::{
    app::Application,
    boot::steps,
    config::Config,
    db::{Db, DbError},
    env::Environment,
    error::Result,
    room::{DoctorContext, Finding, Severity},
};

/// The ids of the framework's own findings. The guide `doctor` has a section for each.
pub(super) const IDS: &[&str] = &[
    "audit",
    "config",
    "routes",
    "database",
    "dead_letters",
    "job_store",
    "limit_store",
    "limits",
    "mailer",
    "migrations",
    "outbox",
    "schedule",
    "signing_key",
    "stored_values",
    "views",
    "deploy.access",
    "deploy.build",
    "deploy.config",
    "deploy.cors",
    "deploy.database_pool",
    "deploy.database_rights",
    "deploy.database_role",
    "deploy.database_tls",
    "deploy.docs",
    "deploy.environment",
    "deploy.hsts",
    "deploy.log",
    "deploy.log_level",
    "deploy.mail_tls",
    "deploy.mail_transport",
    "deploy.middleware",
    "deploy.migrations",
    "deploy.pages",
    "deploy.proxies",
    "deploy.secret",
    "doctor.accept",
];

/// Runs all checks and prints their findings. The exit code is 1 if one of them is a failure.
pub(super) async fn run(
    app: Application,
    root: &Path,
    environment: Option<Environment>,
    options: &arguments::Doctor,
) -> Result<Outcome> {
    let config = if options.is_static {
        steps::load_to_show(app, root, environment).await
    } else {
        steps::load_without_settings(app, root, environment).await
    };
    let (findings, accepted) = match config {
        Ok(config) => {
            let accepted = config.doctor.accept.clone();
            (examine(app, root, config, options).await, accepted)
        }
        Err(error) => (vec![Finding::failure("config", error.chain())], Vec::new()),
    };
    let mut failures = 0;
    for Finding { id, severity, text } in findings {
        let is_accepted = accepted.iter().any(|accepted| accepted == id);
        let text = text.replace('\n', "\n      ");
        match severity {
            Severity::Good => println!("ok    {id}: {text}"),
            _ if is_accepted => println!("skip  {id}: accepted by `doctor.accept`"),
            Severity::Warning => println!("warn  {id}: {text}"),
            Severity::Failure => {
                failures += 1;
                println!("FAIL  {id}: {text}");
            }
        }
    }
    Ok(if failures == 0 {
        Outcome::Done
    } else {
        Outcome::Exit(1)
    })
}

/// Checks an application that has a valid configuration.
pub(super) async fn examine(
    app: Application,
    root: &Path,
    config: Config,
    options: &arguments::Doctor,
) -> Vec<Finding> {
    let mut findings = vec![match (app.settings)(&config) {
        Ok(_) => Finding::good(
            "config",
            format!("the configuration for `{}` is valid", config.environment),
        ),
        Err(error) => Finding::failure("config", error.to_string()),
    }];
    if let Err(error) = check_context(app, config.clone(), options, &mut findings).await {
        findings.push(Finding::failure("database", error.to_string()));
    }
    if options.deploy {
        deploy::check(app, root, &config, &mut findings);
        if !findings
            .iter()
            .any(|finding| finding.id.starts_with("deploy."))
        {
            findings.push(Finding::good("deploy", "nothing weakens this server"));
        }
    }
    findings.extend(unknown(&config.doctor.accept, &findings));
    findings
}

/// Runs the checks that need a context: routes, the database, rooms.
///
/// Fails if there cannot be a connection pool.
async fn check_context(
    app: Application,
    config: Config,
    options: &arguments::Doctor,
    findings: &mut Vec<Finding>,
) -> Result<(), DbError> {
    let db = Db::lazy(&config.database)?;
    let mut ctx = app.with_views(steps::context(app, config, db).build());
    findings.push(match steps::router(app, &ctx, app.routes(&ctx.config)) {
        Ok(_) => Finding::good("routes", "every route can be served"),
        Err(error) => Finding::failure("routes", error.chain()),
    });
    if let Err(error) = app.check_schedule() {
        findings.push(Finding::failure("schedule", error.chain()));
    }
    let mut is_connected = false;
    if !options.is_static {
        // The first query must not create a missing file.
        match Db::connect(&ctx.config.database).await {
            Ok(db) => {
                is_connected = true;
                ctx = ctx.within(db);
                findings.push(Finding::good("database", "the database can be reached"));
                findings.extend(database::check(app, &ctx, options.deploy).await);
            }
            Err(error) => findings.push(Finding::failure("database", error.to_string())),
        }
    }
    let of_routes = Arc::clone(&ctx.config);
    let routes = move || app.routes(&of_routes);
    for room in app.rooms {
        let input = DoctorContext {
            ctx: &ctx,
            deploy: options.deploy,
            is_static: options.is_static,
            is_connected,
            routes: &routes,
        };
        findings.extend((room.doctor)(input).await);
    }
    ctx.db.close().await;
    Ok(())
}

/// Warns of accepted ids that no finding has: they are mistyped, or the finding was renamed.
fn unknown(accepted: &[String], findings: &[Finding]) -> Option<Finding> {
    let is_known = |id: &&String| {
        IDS.contains(&id.as_str()) || findings.iter().any(|finding| finding.id == **id)
    };
    let unknown: Vec<String> = accepted
        .iter()
        .filter(|id| !is_known(id))
        .map(|id| format!("`{id}`"))
        .collect();
    (!unknown.is_empty()).then(|| {
        Finding::warning(
            "doctor.accept",
            format!(
                "no finding has the id {}\nhint: remove it from `doctor.accept`",
                unknown.join(", ")
            ),
        )
    })
}
