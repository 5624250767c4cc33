//! The standing of a subject in a limit, and the response headers that tell it.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::limit::Limit;
use crate::error::Error;

/// The headers of [draft-ietf-httpapi-ratelimit-headers-11](https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/11/), lists
/// of structured fields (RFC 9651). Lines of one name are one list.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The standing of a subject in a limit, after it was used or refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    name: String,
    quota: u32,
    /// The seconds in which the whole quota becomes free.
    window: i64,
    /// The number that is free.
    free: u32,
    /// The seconds until one more is free.
    more_in: i64,
    is_granted: bool,
}

impl Standing {
    /// The standing when the stored time is `ahead` of now, in microseconds.
    pub(super) fn new(limit: &Limit, is_granted: bool, ahead: i64) -> Self {
        let gcra = limit.gcra();
        let free = gcra.free(ahead, 0).min(limit.quota());
        let taken = gcra.interval.saturating_mul(free.into());
        let more_in = gcra.next_at(ahead).saturating_add(taken);
        let is_full = free == limit.quota();
        Self {
            name: limit.name().to_owned(),
            quota: limit.quota(),
            window: seconds(gcra.full),
            free,
            more_in: if is_full { 0 } else { seconds(more_in) },
            is_granted,
        }
    }

    pub(crate) fn is_granted(&self) -> bool {
        self.is_granted
    }

    /// Adds the headers to those of a response.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap) {
        let Self {
            name,
            quota,
            window,
            free,
            more_in,
            ..
        } = self;
        let policy = format!("\"{name}\";q={quota};w={window}");
        let limit = format!("\"{name}\";r={free};t={more_in}");
        for (header, text) in [(POLICY, policy), (LIMIT, limit)] {
            // A name is checked when the configuration is read.
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.append(header, value);
            }
        }
    }

    /// The error of a subject that is refused, without the headers of the standing.
    pub(crate) fn refusal(&self) -> Error {
        refusal(self.more_in)
    }
}

/// The error of a subject that is refused for so many seconds: one shape for all limits, so that it does not say which one it was.
pub(super) fn refusal(seconds: i64) -> Error {
    Error::from_status(StatusCode::TOO_MANY_REQUESTS)
        .detail("too many requests, please wait")
        .header(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
}

/// Microseconds in seconds, of which a part counts as a full one.
pub(super) fn seconds(micros: i64) -> i64 {
    micros.max(0) / 1_000_000 + i64::from(micros.max(0) % 1_000_000 > 0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn headers(limit: &Limit, ahead: i64) -> [String; 2] {
        let mut headers = HeaderMap::new();
        Standing::new(limit, true, ahead).add_to(&mut headers);
        [POLICY, LIMIT].map(|name| headers[name].to_str().expect("ASCII").to_owned())
    }

    #[test]
    fn the_headers_say_what_is_left_and_when_there_is_more() {
        let limit = Limit::new("sign-in", 10, Duration::from_mins(1));
        let policy = "\"sign-in\";q=10;w=60";
        for (ahead, expected) in [
            (0, "\"sign-in\";r=10;t=0"),
            (1, "\"sign-in\";r=9;t=1"),
            (6_000_000, "\"sign-in\";r=9;t=6"),
            (54_000_000, "\"sign-in\";r=1;t=6"),
            (59_000_000, "\"sign-in\";r=0;t=5"),
            (60_000_000, "\"sign-in\";r=0;t=6"),
        ] {
            assert_eq!(headers(&limit, ahead), [policy, expected], "{ahead}");
        }
        let [policy, _] = headers(&limit.burst(3), 0);
        assert_eq!(policy, "\"sign-in\";q=3;w=18");
    }

    #[test]
    fn a_refusal_says_when_to_come_back() {
        let limit = Limit::new("sign-in", 1000, Duration::from_secs(1));
        let refusal = Standing::new(&limit, false, 1_000_000).refusal();
        assert_eq!(refusal.status(), 429);
        assert_eq!(refusal.headers()[header::RETRY_AFTER], "1");
    }
}
