//! Rules of the configuration.

use std::fs;

use fw::{
    audit::AuditFilter,
    config::{Environment, LimitBy, Loader, RateLimitRule},
    http::Method,
};
use fw_testing::prelude::*;
use fw_tests::app::repository;

use super::{limited, rule, told};

/// The status of a request from an address.
async fn from(app: &TestApp, address: &str) -> u16 {
    let request = app.get("/things").header("x-forwarded-for", address);
    request.await.status().as_u16()
}

/// Attack 14: eleven guesses from one address within a minute.
#[tokio::test]
async fn attack_014_the_eleventh_request_of_an_address_is_refused_and_told_when_to_come_back() {
    let app = limited(vec![RateLimitRule {
        paths: vec!["/things".to_owned()],
        methods: vec!["POST".to_owned()],
        ..rule("sign-in", LimitBy::Address, 10)
    }])
    .await;
    let post = || app.post("/things").header("x-forwarded-for", "192.0.2.1");
    for left in (0..10).rev() {
        let response = post().await;
        response.assert_status(204);
        let [policy, limit, retry] = told(&response);
        assert_eq!(policy, "\"sign-in\";q=10;w=60");
        assert!(
            limit.starts_with(&format!("\"sign-in\";r={left};t=")),
            "{limit}"
        );
        assert_eq!(retry, "");
    }
    let refused = post().await;
    refused.assert_problem(429, "too_many_requests");
    let [policy, limit, retry] = told(&refused);
    assert_eq!(policy, "\"sign-in\";q=10;w=60");
    assert_eq!(limit, format!("\"sign-in\";r=0;t={retry}"));
    assert!(
        (1..=6).contains(&retry.parse().expect("a number")),
        "{retry}"
    );
    // Another method, another path, another address.
    let get = app.get("/things").header("x-forwarded-for", "192.0.2.1");
    assert_eq!(told(&get.await)[0], "");
    let other = app.post("/things").header("x-forwarded-for", "192.0.2.2");
    other.await.assert_status(204);
}

/// Attack 142: the owner of an IPv6 network has all of its addresses.
#[tokio::test]
async fn attack_142_a_network_of_ipv6_is_one_client() {
    let app = limited(vec![rule("all", LimitBy::Address, 20)]).await;
    let mut refused = 0;
    for number in 0..30 {
        let address = format!("2001:db8:1:2:{number:x}::{number:x}");
        refused += u32::from(from(&app, &address).await == 429);
    }
    assert_eq!(refused, 10);
    assert_eq!(from(&app, "2001:db8:1:3::1").await, 204);
    // IPv4 in the form of IPv6 is the same client.
    for _ in 0..10 {
        from(&app, "192.0.2.1").await;
        from(&app, "::ffff:192.0.2.1").await;
    }
    assert_eq!(from(&app, "192.0.2.1").await, 429);
}

/// Attack 138: a key over its own limit, and another key of the same owner.
#[tokio::test]
async fn attack_138_each_caller_has_a_limit_of_their_own() {
    let app = limited(vec![rule("callers", LimitBy::Caller, 2)]).await;
    let mine = |name: &str| app.get("/mine").header("x-name", name);
    for left in [1, 0] {
        let response = mine("key:3").await;
        response.assert_status(204);
        let [_, limit, _] = told(&response);
        assert!(
            limit.starts_with(&format!("\"callers\";r={left};")),
            "{limit}"
        );
    }
    let refused = mine("key:3").await;
    refused.assert_problem(429, "too_many_requests");
    let [policy, limit, retry] = told(&refused);
    assert_eq!(policy, "\"callers\";q=2;w=60");
    assert_eq!(limit, format!("\"callers\";r=0;t={retry}"));
    mine("key:4").await.assert_status(204);
    mine("user:7").await.assert_status(204);
    // Whoever is not let in is not counted: a rule by address does that.
    for _ in 0..5 {
        app.get("/mine").await.assert_problem(401, "unauthorized");
    }
}

/// Attack 14: what a rule refuses is an event, and a flood of it does not fill the log.
#[tokio::test]
async fn attack_014_a_refusal_is_in_the_audit_log_once_for_each_client() {
    let app = limited(vec![
        rule("sign-in", LimitBy::Address, 2),
        rule("callers", LimitBy::Caller, 1),
    ])
    .await;
    let logged = async || {
        let events = fw::audit::events(&app.ctx.db, &AuditFilter::default(), 1000).await;
        events.expect("the log can be read")
    };
    for _ in 0..6 {
        from(&app, "192.0.2.1").await;
        from(&app, "192.0.2.2").await;
        app.get("/mine").header("x-name", "key:3").await;
    }
    let events = logged().await.into_iter().rev();
    let events: Vec<_> = events
        .map(|event| (event.actor, event.action, event.target, event.address))
        .collect();
    let event = |actor: &str, rule: &str, address: Option<&str>| {
        let target = format!("limits:{rule}");
        let action = "limit.exceeded".to_owned();
        (actor.to_owned(), action, target, address.map(str::to_owned))
    };
    // A caller who is unknown counts by address.
    let expected = [
        event("anyone", "callers", Some("192.0.2.1")),
        event("anyone", "callers", Some("192.0.2.2")),
        event("key:3", "callers", None),
        event("anyone", "sign-in", Some("192.0.2.1")),
        event("anyone", "sign-in", Some("192.0.2.2")),
    ];
    assert_eq!(events, expected);
    for number in 0..200 {
        for _ in 0..3 {
            from(&app, &format!("198.51.100.{number}")).await;
        }
    }
    let number = logged().await.len();
    assert!((60..150).contains(&number), "{number} events");
}

#[tokio::test]
async fn a_caller_who_is_unknown_counts_by_address() {
    let app = limited(vec![rule("callers", LimitBy::Caller, 2)]).await;
    let statuses = [
        from(&app, "192.0.2.1").await,
        from(&app, "192.0.2.1").await,
        from(&app, "192.0.2.1").await,
        from(&app, "192.0.2.2").await,
    ];
    assert_eq!(statuses, [204, 204, 429, 204]);
}

/// The access rule of a request with an `Idempotency-Key` is asked twice.
#[tokio::test]
async fn a_request_is_counted_once_for_its_caller() {
    let app = limited(vec![rule("callers", LimitBy::Caller, 4)]).await;
    for (key, left) in [("a", 3), ("a", 2), ("b", 1)] {
        let request = app.post("/orders").header("x-name", "user:7");
        let response = request.header("idempotency-key", key).await;
        response.assert_status(204);
        let [_, limit, _] = told(&response);
        assert!(
            limit.starts_with(&format!("\"callers\";r={left};")),
            "{key}: {limit}"
        );
    }
}

#[tokio::test]
async fn every_rule_that_concerns_a_request_must_let_it_through() {
    let app = limited(vec![
        rule("many", LimitBy::Address, 100),
        RateLimitRule {
            burst: Some(1),
            ..rule("evenly", LimitBy::Caller, 60)
        },
    ])
    .await;
    let get = || app.get("/things").header("x-forwarded-for", "192.0.2.1");
    let [policy, limit, _] = told(&get().await);
    assert_eq!(policy, "\"many\";q=100;w=60, \"evenly\";q=1;w=1");
    assert_eq!(limit, "\"many\";r=99;t=1, \"evenly\";r=0;t=1");
    let refused = get().await;
    refused.assert_problem(429, "too_many_requests");
    assert_eq!(told(&refused)[2], "1");
}

#[tokio::test]
async fn head_counts_as_get_and_questions_about_the_server_do_not_count() {
    let app = limited(vec![rule("all", LimitBy::Address, 1)]).await;
    let from = |request: TestRequest| request.header("x-forwarded-for", "192.0.2.1");
    for _ in 0..3 {
        from(app.get("/health/live")).await.assert_status(200);
        from(app.get("/health/ready")).await.assert_status(200);
        from(app.request(Method::OPTIONS, "/things"))
            .await
            .assert_status(204);
    }
    from(app.request(Method::HEAD, "/things"))
        .await
        .assert_status(204);
    from(app.get("/things"))
        .await
        .assert_problem(429, "too_many_requests");
    // Below no route as well: guessing of paths is limited.
    from(app.get("/nowhere"))
        .await
        .assert_problem(429, "too_many_requests");
}

/// A page of another site makes its visitors send requests, which must not use up their limits.
#[tokio::test]
async fn what_another_site_sends_does_not_count_for_its_visitor() {
    let app = limited(vec![rule("all", LimitBy::Address, 1)]).await;
    let post = || app.post("/things").header("x-forwarded-for", "192.0.2.1");
    for _ in 0..3 {
        let forged = post()
            .header("sec-fetch-site", "cross-site")
            .header("cookie", "a=b");
        forged.await.assert_status(403);
    }
    post().await.assert_status(204);
}

/// By default guesses below the routes of authentication are limited, and nothing else is.
#[tokio::test]
async fn without_any_setting_authentication_is_limited() {
    let app = super::app(|_| {}).await;
    let get = |path: &str| app.get(path).header("x-forwarded-for", "192.0.2.1");
    for _ in 0..20 {
        get("/api/v1/auth/session").await.assert_status(404);
        assert_eq!(told(&get("/things").await)[0], "");
    }
    let refused = get("/api/v1/auth/tokens").await;
    refused.assert_problem(429, "too_many_requests");
    get("/things").await.assert_status(204);
}

#[tokio::test]
async fn the_guide_shows_what_a_refused_client_gets() {
    let path = repository().join("guides/rate-limits.md");
    let guide = fs::read_to_string(path).expect("the guide can be read");
    let block = |language: &str| {
        let (_, rest) = guide
            .split_once(&format!("```{language}\n"))
            .expect("a block");
        rest.split_once("```").expect("its end").0.to_owned()
    };
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("config")).expect("a folder");
    fs::write(folder.path().join("config/default.toml"), block("toml")).expect("a file");
    let config = Loader::new(folder.path())
        .environment(Environment::Test)
        .vars([("DATABASE_URL", "sqlite::memory:")])
        .load();
    let rules = config
        .expect("the rules are right")
        .middleware
        .rate_limit
        .rules;
    let app = limited(rules).await;
    let post = || {
        let request = app.post("/api/v1/auth/session");
        request.header("x-forwarded-for", "192.0.2.1")
    };
    for _ in 0..10 {
        post().await.assert_status(404);
    }
    let refused = post().await;
    let shown = block("text");
    let mut lines = shown.lines();
    assert_eq!(lines.next(), Some("HTTP/1.1 429 Too Many Requests"));
    refused.assert_status(429);
    for line in lines {
        let (name, value) = line.split_once(": ").expect("a header");
        assert_eq!(refused.header(name), value, "{name}");
    }
}

/// Everything that is wrong is said at the start, with the rule and what to write instead.
#[test]
fn a_wrong_rule_stops_the_start() {
    let faults = |toml: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("config")).expect("a folder");
        fs::write(folder.path().join("config/default.toml"), toml).expect("a file");
        let loader = Loader::new(folder.path()).vars([("DATABASE_URL", "sqlite::memory:")]);
        loader.load().expect_err("it is wrong").to_string()
    };
    let of_rule = |rule: &str| faults(&format!("[[middleware.rate_limit.rules]]\n{rule}\n"));
    for (rule, expected) in [
        ("requests = 1", "rule 1: it has no name"),
        (
            "name = \"sign in\"\nrequests = 1",
            "rule `sign in`: it has no name that can be in a header",
        ),
        (
            "name = \"a\"",
            "rule `a`: it would let no request through: `requests` is missing, or 0",
        ),
        (
            "name = \"a\"\nrequests = 1\npaths = [\"login\"]",
            "`login` in `paths` is not a path",
        ),
        ("name = \"a\"\nrequests = 1\npaths = []", "`paths` is empty"),
        (
            "name = \"a\"\nrequests = 1\nmethods = [\"get\"]",
            "`get` in `methods` is not a method",
        ),
        (
            "name = \"a\"\nrequests = 1\nper = \"31d\"",
            "rule `a`: `per` is `31d`",
        ),
        ("name = \"a\"\nrequests = 1\nburst = 0", "`burst` is 0"),
        (
            "name = \"a\"\nrequest = 1",
            "did you mean `middleware.rate_limit.rules[0].requests`?",
        ),
        (
            "name = \"a\"\nby = \"adress\"",
            "must be one of `address`, `caller`, found `\"adress\"`",
        ),
    ] {
        let said = of_rule(rule);
        assert!(said.contains(expected), "{rule}: {said}");
        assert!(
            said.starts_with("config/default.toml:") && said.contains("hint: "),
            "{said}"
        );
    }
    let twice = "[middleware.rate_limit]\nrules = [{ name = \"a\", requests = 1 }, { name = \"a\", requests = 2 }]\n";
    assert!(faults(twice).contains("rule `a`: another rule has its name"));
    let said = faults("[middleware.rate_limit]\nstore = \"redis\"\n");
    assert!(
        said.contains("missing `middleware.rate_limit.redis_url`"),
        "{said}"
    );
    let said = faults("[middleware.rate_limit]\nredis_url = \"rediss://:hunter2@host\"\n");
    assert!(
        said.contains("encrypted") && !said.contains("hunter2"),
        "{said}"
    );
}
