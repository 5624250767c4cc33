//! Middleware that limits the rate of requests of one address, for paths where guessing pays: authentication.
//!
//! A token bucket for each address, in the memory of this process: `requests` at once, refilled over `per`. Behind a
//! reverse proxy that is not in `server.trusted_proxies` the address is the proxy's.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::extract::Request;
use http::{StatusCode, header};

use super::ClientIp;
use crate::{config::RateLimitConfig, error::Error};

/// The number of buckets from which on full ones are removed.
const SWEEP_AT: usize = 10_000;

/// The most buckets. More callers within one `per` are an attack: all buckets are dropped rather than memory filled.
const MAX_BUCKETS: usize = 200_000;

pub(super) struct RateLimit {
    config: RateLimitConfig,
    buckets: Mutex<Buckets>,
}

#[derive(Default)]
struct Buckets {
    by_address: HashMap<IpAddr, Bucket>,
    swept_at: Option<Instant>,
}

impl Buckets {
    /// Removes the buckets that are full again, at most ten times within one `per`.
    fn sweep(&mut self, per: Duration, now: Instant) {
        if self.by_address.len() >= MAX_BUCKETS {
            self.by_address.clear();
        }
        let due = self
            .swept_at
            .is_none_or(|at| now.duration_since(at) >= per / 10);
        if self.by_address.len() >= SWEEP_AT && due {
            self.swept_at = Some(now);
            self.by_address
                .retain(|_, bucket| now.duration_since(bucket.filled_at) < per);
        }
    }
}

struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

impl RateLimit {
    pub(super) fn new(config: RateLimitConfig) -> Self {
        Self {
            config,
            buckets: Mutex::default(),
        }
    }

    /// Counts a request, or refuses it.
    pub(super) fn check(&self, request: &Request) -> Result<(), Error> {
        if self.applies_to(request.uri().path())
            && let Some(ClientIp(address)) = ClientIp::of(request.extensions())
            && let Err(wait) = self.take(address, Instant::now())
        {
            let seconds = wait.as_secs() + 1;
            return Err(Error::from_status(StatusCode::TOO_MANY_REQUESTS)
                .detail("too many requests, please wait")
                .header(header::RETRY_AFTER, seconds.into()));
        }
        Ok(())
    }

    fn applies_to(&self, path: &str) -> bool {
        self.config.paths.iter().any(|prefix| {
            path.strip_prefix(prefix.trim_end_matches('/'))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Takes a token, or returns the time to wait for one.
    fn take(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let capacity = f64::from(self.config.requests);
        let per_second = capacity / self.config.per.as_secs_f64();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.sweep(self.config.per, now);
        let bucket = buckets.by_address.entry(caller(address)).or_insert(Bucket {
            tokens: capacity,
            filled_at: now,
        });
        let refill = now.duration_since(bucket.filled_at).as_secs_f64() * per_second;
        bucket.tokens = (bucket.tokens + refill).min(capacity);
        bucket.filled_at = now;
        if bucket.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.tokens) / per_second));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

/// The caller behind an address: the /64 of an IPv6 address, as its owner has all of it.
fn caller(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => IpAddr::from(
            u128::from(address)
                .wrapping_shr(64)
                .wrapping_shl(64)
                .to_be_bytes(),
        ),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refills_over_time() {
        let limit = RateLimit::new(RateLimitConfig {
            requests: 2,
            per: Duration::from_mins(1),
            ..RateLimitConfig::default()
        });
        let address = IpAddr::from([192, 0, 2, 1]);
        let start = Instant::now();
        assert!(limit.take(address, start).is_ok());
        assert!(limit.take(address, start).is_ok());
        let wait = limit.take(address, start).expect_err("the bucket is empty");
        assert_eq!(wait, Duration::from_secs(30));
        assert!(
            limit.take(IpAddr::from([192, 0, 2, 2]), start).is_ok(),
            "others are not affected"
        );
        assert!(limit.take(address, start + wait).is_ok());
    }

    #[test]
    fn a_network_of_ipv6_is_one_caller() {
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert_eq!(
            caller(address("2001:db8::1")),
            caller(address("2001:db8::ffff:2"))
        );
        assert_ne!(
            caller(address("2001:db8::1")),
            caller(address("2001:db8:0:1::1"))
        );
    }

    #[test]
    fn covers_whole_path_segments() {
        let limit = RateLimit::new(RateLimitConfig {
            paths: vec!["/api/v1/auth".into()],
            ..RateLimitConfig::default()
        });
        assert!(limit.applies_to("/api/v1/auth/login"));
        assert!(limit.applies_to("/api/v1/auth"));
        assert!(!limit.applies_to("/api/v1/authors"));
    }
}
