//! The rule of an entry's times.

use chrono::{DateTime, NaiveTime, TimeDelta, Timelike, Utc};

use super::{
    cron::Cron,
    entry::When,
    error::ScheduleError,
    zone::{self, Zone},
};

/// The time within which starts of processes count as one, and a firing that is late is not missed: another process may be about to do
/// it.
pub(super) const GRACE: TimeDelta = TimeDelta::minutes(1);

/// The longest interval, and the time until a rule is looked at again that has no further time.
const LONGEST: TimeDelta = TimeDelta::days(3653);

/// The rule of an entry's times.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    Cron { cron: Cron, zone: Zone },
    Every(TimeDelta),
    AtStart,
}

impl Rule {
    /// Parses the times of an entry; `work` is what it is called.
    pub(super) fn parse(when: When, zone: &'static str, work: &str) -> Result<Self, ScheduleError> {
        let zone = zone::parse(zone).ok_or_else(|| ScheduleError::Zone {
            zone,
            work: work.to_owned(),
            hint: zone::HINT,
        })?;
        let cron = |text: &str, expression: &'static str| -> Result<Self, ScheduleError> {
            let cron = Cron::parse(text).map_err(|reason| ScheduleError::Cron {
                expression,
                work: work.to_owned(),
                reason,
            })?;
            Ok(Self::Cron { cron, zone })
        };
        match when {
            When::Cron(expression) => cron(expression, expression),
            When::Daily(time) => {
                let parsed = NaiveTime::parse_from_str(time, "%H:%M");
                let parsed = parsed.map_err(|_| ScheduleError::Time { time })?;
                let text = format!("{} {} * * *", parsed.minute(), parsed.hour());
                cron(&text, time)
            }
            When::Every(interval) => TimeDelta::from_std(interval)
                .ok()
                .filter(|delta| (TimeDelta::milliseconds(1)..=LONGEST).contains(delta))
                .map(Self::Every)
                .ok_or_else(|| ScheduleError::Interval {
                    work: work.to_owned(),
                    interval,
                }),
            When::AtStart => Ok(Self::AtStart),
        }
    }

    /// The first time of an entry that is new at `now`.
    pub(super) fn first(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::AtStart => now,
            _ => self.next(now, now),
        }
    }

    /// The first time after `after`; `at` is an earlier one, from which intervals are counted.
    pub(super) fn next(&self, at: DateTime<Utc>, after: DateTime<Utc>) -> DateTime<Utc> {
        let next = match self {
            Self::Cron { cron, zone } => {
                let next = cron.next(&after.with_timezone(zone));
                next.map(|next| next.with_timezone(&Utc))
            }
            Self::Every(interval) => {
                let remainder = nanos(after - at) % nanos(*interval);
                after.checked_add_signed(*interval - TimeDelta::nanoseconds(remainder))
            }
            // Starts until then belong to the same one.
            Self::AtStart => after.checked_add_signed(GRACE),
        };
        next.unwrap_or(after + LONGEST)
    }
}

/// A duration in nanoseconds, up to 292 years.
fn nanos(time: TimeDelta) -> i64 {
    time.num_nanoseconds().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn rule(when: When, zone: &'static str) -> Rule {
        Rule::parse(when, zone, "work").expect("a rule")
    }

    /// The next `N` times after a moment.
    fn times<const N: usize>(rule: &Rule, after: &str) -> [String; N] {
        let mut at = time(after);
        [(); N].map(|()| {
            at = rule.next(at, at);
            at.format("%m-%dT%H:%M:%S").to_string()
        })
    }

    #[test]
    fn an_expression_has_five_fields_or_seconds_before_them() {
        let workdays = rule(When::Cron("30 8 * * MON-FRI"), "UTC");
        let expected = ["11-27T08:30:00", "11-30T08:30:00", "12-01T08:30:00"];
        assert_eq!(times(&workdays, "2026-11-27T08:29:59.9Z"), expected);
        let seconds = rule(When::Cron("*/20 * * * * *"), "UTC");
        assert_eq!(
            times(&seconds, "2026-11-27T00:00:00Z"),
            ["11-27T00:00:20", "11-27T00:00:40", "11-27T00:01:00"]
        );
        // If both days are restricted, one of them is enough.
        let either = rule(When::Cron("0 0 13 * FRI"), "UTC");
        assert_eq!(
            times(&either, "2026-12-10T12:00:00Z"),
            ["12-11T00:00:00", "12-13T00:00:00", "12-18T00:00:00"]
        );
        let daily = rule(When::Daily("03:05"), "UTC");
        assert_eq!(
            times(&daily, "2026-11-27T03:05:00.25Z"),
            ["11-28T03:05:00", "11-29T03:05:00"]
        );
    }

    #[test]
    fn intervals_are_counted_from_an_earlier_time() {
        let every = rule(When::Every(Duration::from_mins(10)), "UTC");
        let at = time("2026-11-27T00:00:05Z");
        let next = |after| every.next(at, time(after)).to_rfc3339();
        assert_eq!(next("2026-11-27T00:00:05Z"), "2026-11-27T00:10:05+00:00");
        assert_eq!(next("2026-11-27T00:00:06Z"), "2026-11-27T00:10:05+00:00");
        assert_eq!(next("2026-11-27T05:12:00Z"), "2026-11-27T05:20:05+00:00");
        assert_eq!(next("2026-11-27T05:20:05Z"), "2026-11-27T05:30:05+00:00");
    }

    #[test]
    fn what_is_not_possible_is_refused_with_the_reason() {
        let refused = |when, zone| {
            let error = Rule::parse(when, zone, "the-work").expect_err("refused");
            error.to_string()
        };
        for expression in [
            "",
            "* * * *",
            "61 * * * *",
            "0 0 30 2 *",
            "0 0 0 1 1 * 2030",
            "x y z * *",
        ] {
            let message = refused(When::Cron(expression), "UTC");
            assert!(message.contains(&format!("`{expression}`")), "{message}");
            assert!(message.contains("`the-work`"), "{message}");
            assert!(message.contains("hint: "), "{message}");
        }
        assert!(refused(When::Daily("3 am"), "UTC").contains("`03:00`"));
        assert!(refused(When::Daily("03:00"), "Mars/Olympus").contains("`Mars/Olympus`"));
        for interval in [Duration::ZERO, Duration::MAX] {
            let message = refused(When::Every(interval), "UTC");
            assert!(message.contains("from a millisecond"), "{message}");
        }
    }

    #[cfg(feature = "time-zones")]
    mod daylight_saving {
        use super::*;

        #[test]
        fn a_time_that_does_not_exist_is_the_first_moment_after_the_gap() {
            // On 28 March 2027 clocks in Berlin go from 02:00 to 03:00, which is 01:00 in UTC.
            for when in [When::Daily("02:30"), When::Cron("30 2 * * *")] {
                assert_eq!(
                    times(&rule(when, "Europe/Berlin"), "2027-03-26T12:00:00Z"),
                    ["03-27T01:30:00", "03-28T01:00:00", "03-29T00:30:00"]
                );
            }
        }

        #[test]
        fn a_time_that_comes_twice_is_the_first_of_the_two() {
            // On 31 October 2027 clocks in Berlin go from 03:00 back to 02:00, which is 01:00 in UTC.
            for when in [When::Daily("02:30"), When::Cron("30 2 * * *")] {
                assert_eq!(
                    times(&rule(when, "Europe/Berlin"), "2027-10-30T12:00:00Z"),
                    ["10-31T00:30:00", "11-01T01:30:00"]
                );
            }
        }

        #[test]
        fn what_comes_each_hour_comes_each_hour() {
            let hourly = rule(When::Cron("0 * * * *"), "Europe/Berlin");
            for night in ["2027-03-28T00:00:00Z", "2027-10-31T00:00:00Z"] {
                let [first, second, third] = times(&hourly, night);
                assert_eq!(&first[6..], "01:00:00");
                assert_eq!(&second[6..], "02:00:00");
                assert_eq!(&third[6..], "03:00:00");
            }
        }
    }
}
