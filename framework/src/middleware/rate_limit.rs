//! Middleware that limits how often a client may call: the rules of `[[middleware.rate_limit.rules]]`.
//!
//! Rules by address are checked here, before anything of the body is read; rules by caller, who is not known yet, by the endpoint.

use std::sync::Arc;

use axum::extract::Request;
use http::Method;

use crate::{
    config::{LimitBy, RateLimitConfig, RateLimitRule, duration},
    context::AppContext,
    controller::{ClientIp, LIVE, READY, RequestLimits, UnixSocket},
    error::Error,
    limits::{Client, Limit},
};

pub(super) struct RateLimit {
    ctx: AppContext,
    rules: Vec<Rule>,
}

struct Rule {
    limit: Arc<Limit>,
    by: LimitBy,
    paths: Vec<String>,
    /// Empty for all but `OPTIONS`.
    methods: Vec<String>,
}

/// The limits of a request, and those of them that count addresses.
pub(super) struct Applied<'a> {
    pub(super) request: RequestLimits,
    by_address: Vec<&'a Limit>,
}

impl RateLimit {
    pub(super) fn new(ctx: &AppContext) -> Self {
        let rules = ctx.config.middleware.rate_limit.rules.iter();
        Self {
            ctx: ctx.clone(),
            rules: rules.map(Rule::new).collect(),
        }
    }

    /// The limits that apply to a request, which finds them in its extensions; none to most.
    pub(super) fn apply(&self, request: &mut Request) -> Option<Applied<'_>> {
        let path = request.uri().path();
        // Whoever asks whether the server is well must get an answer.
        if self.rules.is_empty() || [LIVE, READY].contains(&path) {
            return None;
        }
        let rules = self.rules.iter();
        let rules: Vec<&Rule> = rules
            .filter(|rule| rule.applies_to(request.method(), path))
            .collect();
        if rules.is_empty() {
            return None;
        }
        let of = |by| rules.iter().filter(move |rule| rule.by == by);
        let by_caller = of(LimitBy::Caller).map(|rule| Arc::clone(&rule.limit));
        let limits = RequestLimits::new(self.ctx.clone(), by_caller.collect(), subject(request));
        let by_address = of(LimitBy::Address).map(|rule| &*rule.limit).collect();
        request.extensions_mut().insert(limits.clone());
        Some(Applied {
            request: limits,
            by_address,
        })
    }
}

impl Applied<'_> {
    /// Counts the request for its address, or refuses it.
    pub(super) async fn check(&self) -> Result<(), Error> {
        for limit in &self.by_address {
            self.request.check_address(limit).await?;
        }
        Ok(())
    }
}

/// The address of a client as a subject of limits.
fn subject(request: &Request) -> Option<Vec<u8>> {
    let extensions = request.extensions();
    match ClientIp::of(extensions) {
        Some(ClientIp(address)) => Some(Client::Address(address).subject()),
        None => extensions
            .get::<UnixSocket>()
            .map(|_| Client::Unix.subject()),
    }
}

impl Rule {
    fn new(rule: &RateLimitRule) -> Self {
        let RateLimitRule {
            name,
            paths,
            methods,
            by,
            requests,
            per,
            burst,
        } = rule;
        Self {
            limit: Arc::new(Limit::configured(name.clone(), *requests, *per, *burst)),
            by: *by,
            paths: paths.clone(),
            methods: methods.clone(),
        }
    }

    fn applies_to(&self, method: &Method, path: &str) -> bool {
        let is_limited = match (self.methods.as_slice(), method.as_str()) {
            ([], method) => method != "OPTIONS",
            // A `HEAD` request is handled as `GET`.
            (methods, "HEAD") => methods
                .iter()
                .any(|name| ["GET", "HEAD"].contains(&name.as_str())),
            (methods, method) => methods.iter().any(|name| name == method),
        };
        is_limited && self.paths.iter().any(|limited| is_below(path, limited))
    }
}

/// The rules in a line: `auth: 20 per 1m and address on /api/v1/auth`.
pub(super) fn summary(config: &RateLimitConfig) -> String {
    let rules = config.rules.iter().map(|rule| {
        let RateLimitRule {
            name,
            paths,
            requests,
            ..
        } = rule;
        let by = match rule.by {
            LimitBy::Address => "address",
            LimitBy::Caller => "caller",
        };
        let per = duration::format(rule.per);
        format!(
            "{name}: {requests} per {per} and {by} on {}",
            paths.join(", ")
        )
    });
    rules.collect::<Vec<_>>().join("; ")
}

/// Returns whether a path is another one, or below it, of whole segments. A segment in braces stands for any one.
fn is_below(path: &str, limited: &str) -> bool {
    if !limited.contains('{') {
        let rest = path.strip_prefix(limited.trim_end_matches('/'));
        return rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    }
    let mut segments = path.split('/');
    let mut limited = limited.trim_end_matches('/').split('/');
    limited.all(|expected| {
        let is_any = expected.starts_with('{') && expected.ends_with('}');
        segments
            .next()
            .is_some_and(|segment| segment == expected || is_any && !segment.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_covers_whole_segments() {
        for (path, limited, expected) in [
            ("/api/v1/auth/login", "/api/v1/auth", true),
            ("/api/v1/auth", "/api/v1/auth", true),
            ("/api/v1/auth/", "/api/v1/auth/", true),
            ("/api/v1/auth", "/api/v1/auth/", true),
            ("/api/v1/authors", "/api/v1/auth", false),
            ("/api/v1", "/api/v1/auth", false),
            ("/", "/", true),
            ("/anything", "/", true),
            ("*", "/", false),
            ("/posts/7/publish", "/posts/{id}/publish", true),
            ("/posts/7", "/posts/{id}/publish", false),
            ("/posts//publish", "/posts/{id}/publish", false),
            ("/posts/7/publish/now", "/posts/{id}/publish", true),
        ] {
            assert_eq!(is_below(path, limited), expected, "{path} {limited}");
        }
    }

    #[test]
    fn a_rule_covers_its_methods() {
        let rule = |methods: &[&str]| {
            Rule::new(&RateLimitRule {
                methods: methods.iter().map(|&method| method.to_owned()).collect(),
                ..RateLimitRule::default()
            })
        };
        let applies = |methods: &[&str], method| rule(methods).applies_to(&method, "/");
        assert!(applies(&[], Method::GET) && applies(&[], Method::HEAD));
        assert!(!applies(&[], Method::OPTIONS));
        assert!(applies(&["OPTIONS"], Method::OPTIONS));
        assert!(applies(&["GET"], Method::HEAD) && !applies(&["GET"], Method::POST));
        assert!(!applies(&["POST"], Method::HEAD));
    }
}
