use std::fmt::Write as _;

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Timelike, Utc};

use super::Cron;

const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// Numbers that look random and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 % u64::from(limit)).expect("it is below")
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(u32::try_from(from.len()).expect("a few")) as usize]
    }

    /// A time in the years from 2026 to 2029.
    fn time(&mut self) -> DateTime<Utc> {
        let seconds = self.below(4 * 365 * 86_400);
        time("2026-01-01T00:00:00Z") + TimeDelta::seconds(seconds.into())
    }
}

/// A field as it is written, with the values that are meant.
#[derive(Clone, Debug)]
struct Written {
    text: String,
    values: Vec<u32>,
    is_restricted: bool,
}

impl Written {
    /// Restricted values are at most `most`, which each month has.
    fn random(numbers: &mut Numbers, min: u32, max: u32, most: u32) -> Self {
        let mut written = Self {
            text: String::new(),
            values: Vec::new(),
            is_restricted: true,
        };
        match numbers.below(3) {
            0 => {
                let step = 1 + numbers.below(max / 2);
                written.is_restricted = false;
                written.text = if step == 1 {
                    "*".to_owned()
                } else {
                    format!("*/{step}")
                };
                written.values = (min..=max).step_by(step as usize).collect();
            }
            _ => {
                for _ in 0..=numbers.below(2) {
                    let first = min + numbers.below(most - min + 1);
                    let last = first + numbers.below(most - first + 1);
                    let step = 1 + numbers.below(4);
                    let comma = if written.text.is_empty() { "" } else { "," };
                    let part = match (first == last, step) {
                        (true, _) => first.to_string(),
                        (false, 1) => format!("{first}-{last}"),
                        (false, _) => format!("{first}-{last}/{step}"),
                    };
                    write!(written.text, "{comma}{part}").expect("it is a string");
                    written.values.extend((first..=last).step_by(step as usize));
                }
            }
        }
        written
    }

    fn has(&self, value: u32) -> bool {
        self.values.contains(&value)
    }
}

/// An expression of five fields, with what it means by other means than those of the parser.
#[derive(Clone, Debug)]
struct Expression {
    minutes: Written,
    hours: Written,
    days: Written,
    months: Written,
    weekdays: Written,
}

impl Expression {
    fn random(numbers: &mut Numbers) -> Self {
        let every_month = Written {
            text: "*".to_owned(),
            values: (1..=12).collect(),
            is_restricted: false,
        };
        Self {
            minutes: Written::random(numbers, 0, 59, 59),
            hours: Written::random(numbers, 0, 23, 23),
            days: Written::random(numbers, 1, 31, 28),
            months: match numbers.below(3) {
                0 => Written::random(numbers, 1, 12, 12),
                _ => every_month,
            },
            weekdays: Written::random(numbers, 0, 7, 7),
        }
    }

    fn cron(&self) -> Cron {
        cron(&format!(
            "{} {} {} {} {}",
            self.minutes.text,
            self.hours.text,
            self.days.text,
            self.months.text,
            self.weekdays.text
        ))
    }

    fn matches(&self, time: NaiveDateTime) -> bool {
        let weekday = time.weekday().number_from_monday();
        let is_sunday = weekday == 7;
        let weekday = self.weekdays.has(weekday) || is_sunday && self.weekdays.has(0);
        let day = self.days.has(time.day());
        let is_day = if self.days.is_restricted && self.weekdays.is_restricted {
            day || weekday
        } else {
            day && weekday
        };
        time.second() == 0
            && self.minutes.has(time.minute())
            && self.hours.has(time.hour())
            && self.months.has(time.month())
            && is_day
    }
}

fn cron(text: &str) -> Cron {
    Cron::parse(text).unwrap_or_else(|reason| panic!("`{text}`: {reason}"))
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

/// The first minute after `after` of which something is true, among those of `days` days.
fn first_minute(
    after: DateTime<Utc>,
    days: i64,
    is_due: impl Fn(DateTime<Utc>) -> bool,
) -> Option<DateTime<Utc>> {
    let begin = after.with_second(0).expect("it exists") + MINUTE;
    let mut minutes = (0..days * 24 * 60).map(|minute| begin + TimeDelta::minutes(minute));
    minutes.find(|minute| is_due(*minute))
}

#[test]
fn the_next_time_is_the_first_minute_that_matches() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    for _ in 0..500 {
        let expression = Expression::random(&mut numbers);
        let cron = expression.cron();
        let after = numbers.time();
        let expected = first_minute(after, 45, |minute| expression.matches(minute.naive_utc()));
        let next = cron.next(&after).expect("it comes");
        match expected {
            Some(expected) => assert_eq!(next, expected, "{expression:?} after {after}"),
            None => assert!(
                expression.matches(next.naive_utc()),
                "{expression:?} at {next}"
            ),
        }
    }
}

#[cfg(feature = "time-zones")]
#[test]
fn the_clock_is_that_of_the_time_zone_also_when_it_is_set() {
    use chrono_tz::{America::Santiago, Australia::Lord_Howe, Europe::Berlin};

    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    // Each a few hours before the clock is set. In Santiago it happens at midnight, on Lord Howe Island by half an hour.
    let nights = [
        (Berlin, "2027-03-27T18:00:00Z"),
        (Berlin, "2027-10-30T18:00:00Z"),
        (Santiago, "2027-04-03T20:00:00Z"),
        (Santiago, "2027-09-04T20:00:00Z"),
        (Lord_Howe, "2027-04-03T08:00:00Z"),
        (Lord_Howe, "2027-10-02T08:00:00Z"),
    ];
    for _ in 0..300 {
        let expression = Expression::random(&mut numbers);
        let cron = expression.cron();
        let (zone, evening) = numbers.pick(&nights);
        let after = time(evening) + TimeDelta::minutes(numbers.below(600).into());
        let shown = |moment: DateTime<Utc>| moment.with_timezone(&zone).naive_local();
        let is_due = |moment: DateTime<Utc>| {
            let now = shown(moment);
            if !expression.hours.is_restricted {
                return expression.matches(now);
            }
            let is_first = || !(1..=180).any(|ago| shown(moment - MINUTE * ago) == now);
            let before = shown(moment - MINUTE) + MINUTE;
            let skipped = (0..).map(|minute| before + MINUTE * minute);
            let mut skipped = skipped.take_while(|skipped| *skipped < now);
            expression.matches(now) && is_first() || skipped.any(|time| expression.matches(time))
        };
        let expected = first_minute(after, 3, is_due);
        let next = cron.next(&after.with_timezone(&zone)).expect("it comes");
        match expected {
            Some(expected) => {
                assert_eq!(next, expected, "{expression:?} in {zone} after {after}");
            }
            None => assert!(
                next > after + TimeDelta::days(3),
                "{expression:?} in {zone}"
            ),
        }
    }
}

#[test]
fn seconds_are_a_sixth_field_in_front() {
    let cron = cron("10-30/10,59 1 * * * *");
    let mut at = time("2026-11-27T08:01:10.5Z");
    for expected in ["08:01:20", "08:01:30", "08:01:59", "09:01:10"] {
        at = cron.next(&at).expect("it comes");
        assert_eq!(at.format("%H:%M:%S").to_string(), expected);
    }
}

#[test]
fn names_numbers_and_nicknames_mean_the_same() {
    for (text, same) in [
        ("0 0 * JAN,dec MON-Fri", "0 0 * 1,12 1-5"),
        ("0 0 * * SUN", "0 0 * * 0"),
        ("0 0 * * 7", "0 0 * * 0"),
        ("0 0 * * FRI-SUN", "0 0 * * 5,6,0"),
        ("0 0 * * 6-7", "0 0 * * 6,0"),
        ("@daily", "0 0 * * *"),
        (" @weekly ", "0 0 * * SUN"),
        ("@hourly", "0 0 * * * *"),
        ("@yearly", "0 0 1 JAN *"),
        ("5  4   * * *", "5 4 * * *"),
    ] {
        let weekdays = |text| {
            let mut cron = cron(text);
            // Sunday has two bits.
            cron.weekdays.bits &= 0x7f;
            cron
        };
        assert_eq!(weekdays(text), weekdays(same), "{text}");
    }
}

#[test]
fn a_leap_day_is_waited_for() {
    let cron = cron("0 12 29 2 *");
    let next = cron.next(&time("2096-03-01T00:00:00Z"));
    assert_eq!(next, Some(time("2104-02-29T12:00:00Z")));
    // On a Sunday: the longest time that there is.
    let sunday = self::cron("0 12 29 2 */7");
    let next = sunday.next(&time("2088-03-01T00:00:00Z"));
    assert_eq!(next, Some(time("2128-02-29T12:00:00Z")));
}

#[test]
fn what_is_refused_is_named_with_what_is_allowed() {
    for (text, reason) in [
        ("", "it has 0 fields, not 5 or 6"),
        ("* * * *", "it has 4 fields, not 5 or 6"),
        ("0 0 0 1 1 * 2030", "it has 7 fields, not 5 or 6"),
        (
            "61 * * * *",
            "the minute is `61`: write a number from 0 to 59",
        ),
        (
            "* 9,24 * * *",
            "the hour is `24` in `9,24`: write a number from 0 to 23",
        ),
        (
            "0 0 0 * *",
            "the day of the month is `0`: write a number from 1 to 31",
        ),
        (
            "0 0 * MAI *",
            "the month is `MAI`: write a number from 1 to 12, or a name from `JAN` to `DEC`",
        ),
        (
            "0 0 * * MON#1",
            "the day of the week is `MON#1`: write a number from 0 to 7, or a name from `SUN` to `SAT`",
        ),
        (
            "0 0 L * *",
            "the day of the month is `L`: write a number from 1 to 31",
        ),
        (
            "-1 * * * *",
            "the minute is `-1`: write a number from 0 to 59",
        ),
        (
            "+1 * * * *",
            "the minute is `+1`: write a number from 0 to 59",
        ),
        (
            "1, * * * *",
            "the minute is `` in `1,`: write a number from 0 to 59",
        ),
        (
            "*/0 * * * *",
            "the minute is `*/0`: a step is a number from 1 on",
        ),
        (
            "5/10 * * * *",
            "the minute is `5/10`: a step needs a range, as in `*/5` or `5-59/5`",
        ),
        (
            "0 22-6 * * *",
            "the hour is `22-6`: its range ends before it begins",
        ),
        ("0 0 30 2 *", "no day has this date"),
        ("0 0 31 4,6,9,11 *", "no day has this date"),
        ("@reboot", "what runs at the start is `Scheduled::at_start`"),
        (
            "@never",
            "`@never` is not one of `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`, `@midnight`, `@hourly`",
        ),
    ] {
        assert_eq!(Cron::parse(text), Err(reason.to_owned()), "{text}");
    }
    // One of the two days is enough, and each month has Mondays.
    assert!(Cron::parse("0 0 30 2 MON").is_ok());
}
