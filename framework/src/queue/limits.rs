//! The rate limits of queues.

use std::time::Duration;

use super::store::RateLimit;
use crate::config::QueueConfig;

/// The time whose jobs may begin at once, if the configuration does not say how many.
const BURST_TIME: Duration = Duration::from_millis(100);

/// The rate limit of a queue, if it has one.
pub(crate) fn of_queue(name: &str, config: &QueueConfig) -> Option<RateLimit> {
    let interval = config.rate?.interval();
    let usual = BURST_TIME.as_micros() / interval.as_micros().max(1);
    let usual = u32::try_from(usual).unwrap_or(u32::MAX).max(1);
    Some(RateLimit {
        key: format!("queue:{name}"),
        interval,
        burst: config.burst.unwrap_or(usual),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_in_a_tenth_of_a_second_may_begin_at_once() {
        let limit = |rate: &str, burst| {
            let config = QueueConfig {
                rate: Some(rate.parse().expect("a rate")),
                burst,
                ..QueueConfig::default()
            };
            of_queue("mail", &config).expect("a limit")
        };
        let bursts = ["100/m", "10/s", "100/s", "1000/s"].map(|rate| limit(rate, None).burst);
        assert_eq!(bursts, [1, 1, 10, 100]);
        assert_eq!(limit("100/m", Some(20)).burst, 20);
        assert_eq!(limit("100/m", None).key, "queue:mail");
        assert_eq!(of_queue("mail", &QueueConfig::default()), None);
    }
}
