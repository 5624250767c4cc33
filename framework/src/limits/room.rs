//! The room of limits: what `doctor` says of them.

use std::future::ready;

use super::Limits;
use crate::{
    config::{Config, LimitStore, RateLimitConfig},
    room::{DoctorContext, Finding, Room},
};

pub(crate) const ROOM: Room = Room {
    name: "limits",
    context: |ctx| {
        let limits = Limits::open(&ctx.config, ctx.app_name());
        Box::pin(ready(limits.map_or_else(
            |error| Err(error.into()),
            |limits| Ok(ctx.with_limits(limits)),
        )))
    },
    doctor: |input| Box::pin(examine(input)),
    ..Room::NONE
};

async fn examine(input: DoctorContext<'_>) -> Vec<Finding> {
    let config = &input.ctx.config;
    let mut findings = Vec::new();
    let rules = &config.middleware.rate_limit;
    if rules.enabled && rules.rules != RateLimitConfig::default().rules {
        let routes = (input.routes)().list();
        let paths: Vec<&str> = routes.iter().map(|route| route.path.as_str()).collect();
        findings.push(unused(rules, &paths));
    }
    if rules.store == LimitStore::Redis && input.is_connected {
        findings.push(store(config, input.ctx.app_name()).await);
    }
    if input.deploy {
        findings.extend(proxies(config));
    }
    findings
}

/// Warns of rules that limit nothing: their paths are mistyped, or their routes are gone.
fn unused(config: &RateLimitConfig, routes: &[&str]) -> Finding {
    const ID: &str = "limits";
    for rule in &config.rules {
        let is_unused = |path: &&String| !routes.iter().any(|route| concerns(path, route));
        if let Some(path) = rule.paths.iter().find(is_unused) {
            let text = format!(
                "the rule `{}` limits nothing at `{path}`: no route of the application is there or below it\n\
                 hint: see the paths with `routes`, and correct `paths` in `[[middleware.rate_limit.rules]]`",
                rule.name
            );
            return Finding::warning(ID, text);
        }
    }
    Finding::good(ID, "every rule of `middleware.rate_limit` limits a route")
}

/// Returns whether requests to a route may have a path that is at or below another one.
fn concerns(limited: &str, route: &str) -> bool {
    let is_any = |segment: &str| segment.starts_with('{');
    let mut segments = route.split('/');
    let mut rest = false;
    limited.trim_end_matches('/').split('/').all(|expected| {
        let Some(segment) = segments.next() else {
            return rest;
        };
        rest = segment.starts_with("{*");
        segment == expected || is_any(segment) || is_any(expected)
    })
}

async fn store(config: &Config, app: &str) -> Finding {
    const ID: &str = "limit_store";
    let limits = match Limits::open(config, app) {
        Ok(limits) => limits,
        Err(error) => return Finding::failure(ID, error.to_string()),
    };
    match limits.ping().await {
        Ok(()) => Finding::good(
            ID,
            "Redis can be reached, and counts limits for all processes",
        ),
        Err(error) => Finding::failure(ID, error.to_string()),
    }
}

/// Warns of settings with which all clients, or none, are told apart by their addresses.
fn proxies(config: &Config) -> Option<Finding> {
    const ID: &str = "deploy.proxies";
    let proxies = &config.server.trusted_proxies;
    if proxies.is_empty() {
        return Some(Finding::warning(
            ID,
            "no reverse proxy is trusted: behind one, all clients have its address, in logs and for limits\n\
             hint: name the proxies in front in `server.trusted_proxies`, as addresses or networks; if there is none, or it uses a Unix \
             domain socket, accept it",
        ));
    }
    let everybody = proxies.iter().find(|network| network.is_everything())?;
    let text = format!(
        "`server.trusted_proxies` has `{everybody}`: every client may say which address it has\n\
         hint: name the proxies alone, such as `10.0.0.0/8`"
    );
    Some(Finding::failure(ID, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RateLimitRule;

    #[test]
    fn a_rule_concerns_the_routes_that_its_paths_lead_to() {
        for (limited, route, expected) in [
            ("/", "/posts", true),
            ("/api/v1/posts", "/api/v1/posts/{id}", true),
            ("/api/v1/posts/", "/api/v1/posts", true),
            (
                "/api/v1/posts/{id}/publish",
                "/api/v1/posts/{id}/publish",
                true,
            ),
            ("/api/v1/posts/7", "/api/v1/posts/{id}", true),
            ("/api/v1/posts/{id}/publish", "/api/v1/posts/{id}", false),
            ("/api/v1/post", "/api/v1/posts", false),
            ("/files/a/b/c", "/files/{*path}", true),
        ] {
            assert_eq!(concerns(limited, route), expected, "{limited} {route}");
        }
    }

    #[test]
    fn a_rule_that_limits_nothing_is_named() {
        let config = RateLimitConfig {
            rules: vec![RateLimitRule {
                name: "sign-in".to_owned(),
                paths: vec!["/posts".to_owned(), "/sesion".to_owned()],
                ..RateLimitRule::default()
            }],
            ..RateLimitConfig::default()
        };
        let text = unused(&config, &["/posts", "/session"]).text;
        assert!(
            text.contains("`sign-in` limits nothing at `/sesion`"),
            "{text}"
        );
        assert!(
            unused(&config, &["/posts", "/sesion"])
                .text
                .contains("every rule")
        );
    }

    #[test]
    fn attack_141_a_server_that_may_be_behind_an_unknown_proxy_is_warned_of() {
        let of = |proxies: &[&str]| {
            let mut config = Config::default();
            let proxies = proxies.iter().map(|network| network.parse().expect("one"));
            config.server.trusted_proxies = proxies.collect();
            proxies_text(&config)
        };
        assert!(of(&[]).contains("all clients have its address"));
        assert!(of(&["10.0.0.1", "::/0"]).contains("`::/0`: every client"));
        assert_eq!(of(&["10.0.0.0/8"]), "");
    }

    fn proxies_text(config: &Config) -> String {
        proxies(config).map_or(String::new(), |finding| finding.text)
    }
}
