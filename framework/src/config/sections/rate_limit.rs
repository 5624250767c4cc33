//! The section `[middleware.rate_limit]`: rules that limit how often a client may call.

use std::{collections::BTreeSet, time::Duration};

use http::Method;
use serde::{Deserialize, Serialize};

use super::{Checks, redis_url};
use crate::config::{Secret, duration};

/// The longest name of a rule, which is in response headers.
const LONGEST_NAME: usize = 50;

/// The section `[middleware.rate_limit]`: rules that limit how often a client may call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimitConfig {
    /// Default true.
    pub enabled: bool,
    /// The place where requests are counted: `memory`, for each process alone, or `redis` (Cargo feature `redis`), for all together. Default
    /// `memory`.
    pub store: LimitStore,
    /// The Redis server, if `store` is `redis`. From the variable `FW_MIDDLEWARE__RATE_LIMIT__REDIS_URL` if it has a password. Its
    /// keys begin with `fw:` and `jobs.redis_prefix`.
    pub redis_url: Option<Secret>,
    /// The rules; each that concerns a request must let it through. Default: 20 requests a minute of each address below `/api/v1/auth`.
    pub rules: Vec<RateLimitRule>,
}

/// The place where limits are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitStore {
    /// The memory of each process.
    #[default]
    Memory,
    /// A Redis server that all processes share.
    Redis,
}

/// A rule of `[[middleware.rate_limit.rules]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimitRule {
    /// The name, in the response headers: 1–50 lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// The paths that are limited, with everything below them; `{id}` stands for any one segment. Default all: `/`.
    pub paths: Vec<String>,
    /// The methods that are limited. `GET` includes `HEAD`. Default all but `OPTIONS`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// The client that is counted: its `address`, or the `caller` that the access type of the handler knows. Default `address`.
    pub by: LimitBy,
    /// The number of requests of one client in the time `per`, at least 1.
    pub requests: u32,
    /// The time in which `requests` are allowed, above 0 and at most `30d`. Default `1m`.
    #[serde(with = "duration")]
    pub per: Duration,
    /// The number of requests that may come at once after a pause, at least 1. Default: `requests`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
}

/// The client that a rule counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitBy {
    /// The address, before anything else is known of the client.
    #[default]
    Address,
    /// The caller, such as a user or a key; one who is unknown counts by address.
    Caller,
}

impl RateLimitConfig {
    pub(super) fn check(&self, checks: &mut Checks) {
        const URL: &str = "middleware.rate_limit.redis_url";
        if self.store == LimitStore::Redis {
            if !cfg!(feature = "redis") {
                checks.feature("middleware.rate_limit.store", "redis");
            }
            if self.redis_url.is_none() {
                checks.missing(
                    URL,
                    "the address of the Redis server",
                    "set the variable `FW_MIDDLEWARE__RATE_LIMIT__REDIS_URL`, such as `redis://localhost:6379`",
                );
            }
        }
        if let Some(url) = &self.redis_url
            && let Some((message, hint)) = redis_url::fault(url.expose())
        {
            checks.refused(URL, message.to_owned(), Some(hint.to_owned()));
        }
        let mut names = BTreeSet::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let fault = rule.fault().or_else(|| {
                let is_new = names.insert(&rule.name);
                (!is_new).then(|| {
                    (
                        "another rule has its name".to_owned(),
                        "give each rule a name of its own",
                    )
                })
            });
            if let Some((fault, hint)) = fault {
                let rule = match rule.name.as_str() {
                    "" => format!("{}", index + 1),
                    name => format!("`{name}`"),
                };
                checks.refused(
                    "middleware.rate_limit.rules",
                    format!("rule {rule}: {fault}"),
                    Some(hint.to_owned()),
                );
            }
        }
    }
}

impl RateLimitRule {
    /// The mistake in the rule, and a hint.
    fn fault(&self) -> Option<(String, &'static str)> {
        const LONGEST: Duration = Duration::from_hours(30 * 24);

        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        if self.name.is_empty()
            || self.name.len() > LONGEST_NAME
            || !self.name.chars().all(is_plain)
        {
            return Some((
                "it has no name that can be in a header".to_owned(),
                "give it a `name` of 1 to 50 lower-case letters, digits, `-` and `_`, such as `sign-in`",
            ));
        }
        if let Some(path) = self.paths.iter().find(|path| !path.starts_with('/')) {
            return Some((
                format!("`{path}` in `paths` is not a path"),
                "a path starts with `/`, such as `/api/v1/auth`; what is below it is limited as well",
            ));
        }
        if self.paths.is_empty() {
            return Some((
                "`paths` is empty".to_owned(),
                "name the paths that it limits, or leave `paths` out, which limits all",
            ));
        }
        let is_method = |name: &str| {
            name.bytes().all(|b| b.is_ascii_uppercase()) && name.parse::<Method>().is_ok()
        };
        if let Some(method) = self.methods.iter().find(|method| !is_method(method)) {
            return Some((
                format!("`{method}` in `methods` is not a method"),
                "write methods in capitals, such as `POST`",
            ));
        }
        if self.requests == 0 {
            return Some((
                "it would let no request through: `requests` is missing, or 0".to_owned(),
                "set the number of requests that one client may send in the time `per`, such as `requests = 10`",
            ));
        }
        if self.per.is_zero() || self.per > LONGEST {
            return Some((
                format!("`per` is `{}`", duration::format(self.per)),
                "set the time in which `requests` are allowed: above zero and at most `30d`",
            ));
        }
        (self.burst == Some(0)).then(|| {
            (
                "it would let no request through: `burst` is 0".to_owned(),
                "set the number of requests that may come at once, or leave `burst` out: then it is `requests`",
            )
        })
    }
}

impl Default for RateLimitConfig {
    fn default() -> Self {
        let auth = RateLimitRule {
            name: "auth".to_owned(),
            paths: vec!["/api/v1/auth".to_owned()],
            requests: 20,
            ..RateLimitRule::default()
        };
        Self {
            enabled: true,
            store: LimitStore::default(),
            redis_url: None,
            rules: vec![auth],
        }
    }
}

impl Default for RateLimitRule {
    fn default() -> Self {
        Self {
            name: String::new(),
            paths: vec!["/".to_owned()],
            methods: Vec::new(),
            by: LimitBy::default(),
            requests: 0,
            per: Duration::from_mins(1),
            burst: None,
        }
    }
}
