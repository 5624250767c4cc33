//! Limits that processes share by Redis.

use std::time::{Duration, Instant};

use fw::{
    config::{Config, LimitBy, LimitStore},
    limits::{Limit, Limits, Lockout},
    test_support::{are_shared, attempt_at, use_limit_at},
};
use fw_tests::redis;

use super::{app, rule};

/// Limits in Redis, of an application of a name.
fn in_redis(url: &str, name: &str) -> Limits {
    let mut config = Config::default();
    share(&mut config, url);
    Limits::open(&config, name).expect("the address is right")
}

fn share(config: &mut Config, url: &str) {
    config.middleware.rate_limit.store = LimitStore::Redis;
    config.middleware.rate_limit.redis_url = Some(url.into());
}

/// Numbers that look random: the same for each seed.
struct Random(u64);

impl Random {
    /// A number below another one.
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[tokio::test]
async fn redis_and_memory_count_alike() {
    let redis = in_redis(&redis::server().url(), &redis::prefix());
    let limits = [
        Limit::new("evenly", 7, Duration::from_secs(10)).burst(1),
        Limit::new("burst", 7, Duration::from_secs(10)),
        Limit::new("fast", 3000, Duration::from_secs(1)),
        Limit::new("slow", 3, Duration::from_hours(24)),
    ];
    let lockouts = [
        Lockout::after("often", 3).first(Duration::from_millis(300)),
        Lockout::after("once", 1).at_most(Duration::from_secs(2)),
    ];
    for seed in 1..=20 {
        let memory = Limits::in_memory();
        let mut random = Random(seed);
        let mut now = 1_764_000_000_000_000;
        for step in 0..150 {
            now += i64::try_from(random.below(1_500_000)).expect("small");
            let subject = format!("{seed}-{}", random.below(3));
            let index = usize::try_from(random.below(6)).expect("small");
            let [expected, found] = if let Some(limit) = limits.get(index) {
                let both = [
                    use_limit_at(&memory, limit, &subject, now).await,
                    use_limit_at(&redis, limit, &subject, now).await,
                ];
                both.map(|(is_granted, time)| (u32::from(is_granted), time))
            } else {
                let lockout = &lockouts[index - limits.len()];
                [
                    attempt_at(&memory, lockout, &subject, now).await,
                    attempt_at(&redis, lockout, &subject, now).await,
                ]
            };
            assert_eq!(expected, found, "seed {seed}, step {step}, {index}");
        }
    }
    assert!(are_shared(&redis), "Redis has counted");
}

/// The keys of Redis expire, and show neither addresses nor accounts.
#[tokio::test]
async fn redis_keeps_nothing_for_ever() {
    let server = redis::Server::with("");
    let limits = in_redis(&server.url(), "blog");
    let limit = Limit::new("mails", 3, Duration::from_hours(1));
    limits.take(&limit, "ada@example.com").await;
    let lockout = Lockout::after("sign-in", 5);
    let attempt = limits.attempt(&lockout, "ada@example.com").await;
    let keys = server.cli(&["KEYS", "*"]);
    assert_eq!(keys.lines().count(), 2, "{keys}");
    for key in keys.lines() {
        assert!(
            key.starts_with("fw:blog:limit:") && !key.contains("ada"),
            "{key}"
        );
        let expiry: i64 = server.cli(&["TTL", key]).parse().expect("a number");
        assert!((1..=86_400).contains(&expiry), "{expiry}");
    }
    attempt.expect("it is allowed").succeeded().await;
    assert_eq!(server.cli(&["DBSIZE"]), "1");

    // Failures that do not lock out yet are forgotten sooner: each is worth its part of a day.
    server.cli(&["FLUSHDB"]);
    for part in [1, 2, 3, 4, 5] {
        let _failed = limits.attempt(&lockout, "ada@example.com").await;
        let key = server.cli(&["KEYS", "*"]);
        let expiry: i64 = server.cli(&["TTL", &key]).parse().expect("a number");
        let expected = 86_400 / 5 * part + if part == 5 { 30 } else { 0 };
        assert!(
            (expected - 5..=expected).contains(&expiry),
            "{part}: {expiry}"
        );
    }
}

/// Attack 143: two processes, of which each would let through as much as both together.
#[tokio::test]
async fn attack_143_processes_share_a_limit_and_limit_alone_while_redis_is_away() {
    let server = redis::Server::private();
    let url = server.url();
    let change = move |config: &mut Config| {
        share(config, &url);
        config.middleware.rate_limit.rules = vec![rule("all", LimitBy::Address, 4)];
    };
    let apps = [app(change.clone()).await, app(change).await];
    let passed = async |address: &str| {
        let mut passed = 0;
        for _ in 0..6 {
            for app in &apps {
                let request = app.get("/things").header("x-forwarded-for", address);
                passed += u32::from(request.await.status() == 204);
            }
        }
        passed
    };
    assert_eq!(passed("192.0.2.1").await, 4, "shared");

    server.crash();
    let begin = Instant::now();
    assert_eq!(
        passed("192.0.2.2").await,
        8,
        "each alone, none without a limit"
    );
    assert!(begin.elapsed() < Duration::from_secs(5), "nobody waits");
    assert!(apps.iter().all(|app| !are_shared(&app.ctx.limits)));

    server.start();
    while !apps.iter().all(|app| are_shared(&app.ctx.limits)) {
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "it is not noticed"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(passed("192.0.2.3").await, 4, "shared again");
}

/// The owner of an account has shown who they are while Redis was away, and was locked out when it was back.
#[tokio::test]
async fn what_is_forgiven_while_redis_is_away_is_forgiven_when_it_is_back() {
    let server = redis::Server::private();
    let limits = in_redis(&server.url(), "blog");
    let lockout = Lockout::after("sign-in", 1);
    for account in ["ada", "eve"] {
        let first = limits.attempt(&lockout, account).await;
        let _failed = first.expect("the first one is free");
        let second = limits.attempt(&lockout, account).await;
        assert_eq!(second.expect_err("locked out").status(), 429);
    }
    // Its memory stays.
    server.freeze();
    limits.forgive(&lockout, "ada").await;
    assert!(!are_shared(&limits));
    server.thaw();
    let begin = Instant::now();
    while !are_shared(&limits) || limits.attempt(&lockout, "ada").await.is_err() {
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "it is not forgiven"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let locked_out = limits.attempt(&lockout, "eve").await;
    assert_eq!(locked_out.expect_err("locked out").status(), 429);
}

/// A server that is there and does not answer must not make requests wait.
#[tokio::test]
async fn a_server_that_does_not_answer_delays_one_moment_alone() {
    let server = redis::Server::private();
    let limits = in_redis(&server.url(), "blog");
    let limit = Limit::new("calls", 2, Duration::from_hours(1));
    assert!(limits.take(&limit, "a").await);
    server.freeze();
    let begin = Instant::now();
    let mut passed = 0;
    for _ in 0..50 {
        passed += u32::from(limits.take(&limit, "b").await);
    }
    assert_eq!(passed, 2);
    // Each of the others would have waited for as long as the first one.
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
    server.thaw();
}

/// Attack 144: the clock of Redis is the one that counts, and this process may have any.
#[tokio::test]
async fn attack_144_a_clock_that_is_set_back_refuses_nobody_for_long() {
    let redis = in_redis(&redis::server().url(), &redis::prefix());
    for limits in [Limits::in_memory(), redis] {
        let limit = Limit::new("mails", 10, Duration::from_mins(1));
        let hour = 3_600_000_000;
        let now = 1_764_000_000_000_000;
        for _ in 0..10 {
            use_limit_at(&limits, &limit, "ada", now).await;
        }
        let (is_granted, full_in) = use_limit_at(&limits, &limit, "ada", now - hour).await;
        assert!(!is_granted && full_in <= 60_000_000, "{full_in}");
        let soon = now - hour + 6_000_000;
        assert!(use_limit_at(&limits, &limit, "ada", soon).await.0);
    }
}
