//! Limits of what clients may do, and how often: rules of the configuration, limits and lock-outs in handlers, and Redis.

mod app;
mod lockouts;
mod rules;
mod shared;

use std::cell::RefCell;

use fw::config::{Config, LimitBy, RateLimitRule};
use fw_testing::{TestApp, TestResponse, boot};

use self::app::App;

type Change = Box<dyn Fn(&mut Config)>;

thread_local! {
    /// The change of the configuration of the test that runs on this thread.
    static CHANGE: RefCell<Change> = RefCell::new(Box::new(|_| {}));
}

/// The application with a changed configuration, in this process.
async fn app(change: impl Fn(&mut Config) + 'static) -> TestApp {
    CHANGE.set(Box::new(change));
    boot::<App>().await
}

/// The application with rules.
async fn limited(rules: Vec<RateLimitRule>) -> TestApp {
    app(move |config| config.middleware.rate_limit.rules.clone_from(&rules)).await
}

/// A rule of so many requests a minute.
fn rule(name: &str, by: LimitBy, requests: u32) -> RateLimitRule {
    RateLimitRule {
        name: name.to_owned(),
        by,
        requests,
        ..RateLimitRule::default()
    }
}

/// The headers of a response that tell where a client stands: the policies, the limits, and when to come back.
fn told(response: &TestResponse) -> [String; 3] {
    ["ratelimit-policy", "ratelimit", "retry-after"].map(|name| {
        let lines = response.headers().get_all(name).iter();
        let lines: Vec<_> = lines.filter_map(|line| line.to_str().ok()).collect();
        lines.join(", ")
    })
}
