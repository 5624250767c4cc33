//! The checks of `doctor --deploy`, which find weaknesses of a server on the internet. None of them needs a database.

use std::path::Path;

use super::machine;
use crate::{
    app::Application,
    config::{Config, DatabaseUrl},
    middleware::Stack,
    migration::Migration,
    room::Finding,
};

/// The maximum number of routes or migrations that a finding names.
const MAX_NAMED: usize = 5;

pub(super) fn check(app: Application, root: &Path, config: &Config, findings: &mut Vec<Finding>) {
    let mut weaknesses = settings(config);
    weaknesses.extend(machine::check(root, config));
    weaknesses.extend(access(app, config));
    weaknesses.extend(pages(app, config));
    weaknesses.extend(secret(app, config));
    weaknesses.extend(irreversible(app.migrator().own()));
    if cfg!(debug_assertions) {
        weaknesses.push(Finding::warning(
            "deploy.build",
            "this is a debug build: slow, and checks of the developer are on\nhint: build it with `cargo build --release`",
        ));
    }
    findings.extend(weaknesses);
}

fn settings(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !config.environment.is_production() {
        findings.push(Finding::failure(
            "deploy.environment",
            format!(
                "`{}` is no environment for a deployment\nhint: set `FW_ENV=production`",
                config.environment
            ),
        ));
    }
    let middleware = &config.middleware;
    for one in Stack::new().list(middleware) {
        // CORS is off unless it is needed.
        if !one.enabled && one.name != "cors" {
            findings.push(Finding::failure(
                "deploy.middleware",
                format!(
                    "`{0}` is switched off\nhint: remove `enabled = false` from `[middleware.{0}]`",
                    one.name
                ),
            ));
        }
    }
    let mut origins = middleware.cors.allow_origins.iter();
    if middleware.cors.enabled && origins.any(|origin| origin == "*") {
        findings.push(Finding::failure(
            "deploy.cors",
            "every website may call this server: `middleware.cors.allow_origins` has `*`\nhint: name the origins that may",
        ));
    }
    if middleware.security_headers.hsts_max_age.is_zero() {
        findings.push(Finding::failure(
            "deploy.hsts",
            "browsers are not told to use HTTPS: `middleware.security_headers.hsts_max_age` is 0\nhint: remove the setting",
        ));
    }
    let level = &config.logger.level;
    if level.contains("debug") || level.contains("trace") {
        findings.push(Finding::failure(
            "deploy.log_level",
            format!(
                "`logger.level` is `{level}`, which logs what users send\nhint: set it to `info`"
            ),
        ));
    }
    findings
}

/// Warns of routes that anyone may write to, if no route requires authentication.
fn access(app: Application, config: &Config) -> Option<Finding> {
    let routes = app.routes(config).list();
    let is_open = |access: &str| access == "anyone";
    if routes.iter().any(|route| !is_open(&route.access)) {
        return None;
    }
    let writes = routes.iter().filter(|route| route.method != "GET");
    let writes: Vec<String> = writes
        .map(|route| format!("`{} {}`", route.method, route.path))
        .collect();
    let text = format!(
        "anyone may write, as no route asks who calls it: {}\nhint: give the handlers an access type other than `Anyone`, or let \
         only those in who may by other means, such as a private network, and accept it",
        first(&writes)
    );
    (!writes.is_empty()).then(|| Finding::warning("deploy.access", text))
}

/// Warns of pages of the framework that anyone may see and use.
fn pages(app: Application, config: &Config) -> Vec<Finding> {
    let routes = app.routes(config);
    let open = routes.switched(|_, route| route.access == "anyone");
    open.into_iter()
        .map(|(switch, route)| {
            let text = format!(
                "anyone may see and use {} at `{}`\nhint: mount it with an access type other than `Anyone`, switch it off with \
                 `{} = false`, or let only those in who may by other means, such as a private network, and accept it",
                switch.name, route.path, switch.setting
            );
            Finding::warning("deploy.pages", text)
        })
        .collect()
}

/// Warns of a database password that is easy to guess.
fn secret(app: Application, config: &Config) -> Option<Finding> {
    const SHORTEST: usize = 12;
    const USUAL: [&str; 8] = [
        "admin", "changeme", "example", "password", "postgres", "root", "secret", "test",
    ];

    let Ok(DatabaseUrl::Postgres {
        password: Some(password),
        ..
    }) = DatabaseUrl::parse(config.database.url.expose())
    else {
        return None;
    };
    let lower = password.to_lowercase();
    let is_usual = USUAL.iter().chain([&app.name]).any(|word| {
        // Also `postgres1234`.
        lower.trim_end_matches(|c: char| c.is_ascii_digit() || c == '!') == *word
    });
    let mut characters: Vec<char> = password.chars().collect();
    characters.sort_unstable();
    characters.dedup();
    let is_weak = is_usual || password.chars().count() < SHORTEST || characters.len() < 6;
    let text = format!(
        "the password in `database.url` is easily guessed\nhint: take a random one of at least {SHORTEST} characters: \
         `openssl rand -hex 24`"
    );
    is_weak.then(|| Finding::warning("deploy.secret", text))
}

/// Warns of irreversible migrations, which a rollback of a release cannot undo.
fn irreversible(migrations: &[Migration]) -> Option<Finding> {
    let irreversible = migrations.iter().filter(|one| one.is_irreversible());
    let names: Vec<String> = irreversible
        .map(|one| format!("`{}`", one.name()))
        .collect();
    let text = format!(
        "`db rollback` cannot undo {}\nhint: write the `down` of each, or accept it and keep a backup",
        first(&names)
    );
    (!names.is_empty()).then(|| Finding::warning("deploy.migrations", text))
}

/// The first names, and the number of the others.
pub(super) fn first(names: &[String]) -> String {
    let more = names.len().saturating_sub(MAX_NAMED);
    let text = names[..names.len() - more].join(", ");
    match more {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}
