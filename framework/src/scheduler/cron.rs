//! Cron expressions: their grammar, and the times that match them.
//!
//! ```text
//! expression = [seconds] minutes hours days months weekdays | "@yearly" | "@monthly" | "@weekly" | "@daily" | "@hourly"
//! field      = part { "," part }
//! part       = "*" [ "/" step ] | value "-" value [ "/" step ] | value
//! ```
//!
//! A value is a number, or in the last two fields the first three letters of an English name. 0 and 7 are Sunday. A field that begins
//! with `*` is unrestricted, as in Vixie's cron: if both the days of the month and those of the week are restricted, one of them is enough.

use chrono::{
    DateTime, Datelike, LocalResult, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta,
    TimeZone, Timelike,
};

use crate::count::counted;

/// The years within which a time is looked for. Each date falls on each day of the week within forty, which are those around a year 2100
/// that has no 29 February.
const YEARS: i32 = 40;

/// A cron expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    seconds: Set,
    minutes: Set,
    hours: Set,
    days: Set,
    months: Set,
    weekdays: Set,
}

/// The values of a field, each of them a bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Set {
    bits: u64,
    /// True if the field does not begin with `*`.
    is_restricted: bool,
}

impl Set {
    fn has(self, value: u32) -> bool {
        self.bits & (1 << value) != 0
    }
}

/// A field of an expression.
struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    /// The names of the values from `min` on.
    names: &'static [&'static str],
}

const SECONDS: Field = Field::of("second", 0, 59);
const MINUTES: Field = Field::of("minute", 0, 59);
const HOURS: Field = Field::of("hour", 0, 23);
const DAYS: Field = Field::of("day of the month", 1, 31);
const MONTHS: Field = Field {
    names: &[
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ],
    ..Field::of("month", 1, 12)
};
const WEEKDAYS: Field = Field {
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    ..Field::of("day of the week", 0, SUNDAY)
};

/// Sunday by its other number.
const SUNDAY: u32 = 7;

const NICKNAMES: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// The days of each month, in a leap year.
const LENGTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

impl Cron {
    /// Parses an expression. Fails, with the reason, if it is malformed or if no day has its date.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let fields = if text.starts_with('@') {
            nickname(text)?
        } else {
            text
        };
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let (seconds, rest) = match fields.as_slice() {
            [seconds, rest @ ..] if rest.len() == 5 => (*seconds, rest),
            rest => ("0", rest),
        };
        let &[minutes, hours, days, months, weekdays] = rest else {
            let number = counted(fields.len(), "field", "fields");
            return Err(format!("it has {number}, not 5 or 6"));
        };
        let cron = Self {
            seconds: SECONDS.parse(seconds)?,
            minutes: MINUTES.parse(minutes)?,
            hours: HOURS.parse(hours)?,
            days: DAYS.parse(days)?,
            months: MONTHS.parse(months)?,
            weekdays: WEEKDAYS.parse(weekdays)?,
        };
        if cron.has_a_date() {
            Ok(cron)
        } else {
            Err("no day has this date".to_owned())
        }
    }

    /// Returns whether a day exists that matches. With days of the week each month has some.
    fn has_a_date(&self) -> bool {
        let is_possible = |month: u32, length: u32| {
            self.months.has(month) && (1..=length).any(|day| self.days.has(day))
        };
        self.weekdays.is_restricted
            || (1..)
                .zip(LENGTHS)
                .any(|(month, length)| is_possible(month, length))
    }

    /// The first time after `after`, in its time zone; `None` if there is none within a lifetime.
    ///
    /// Restricted hours are times of day: one that the clock skips is the first moment after the gap, and one that it shows twice is
    /// the first of the two. Hours that begin with `*` go on as time does.
    pub(super) fn next<Z: TimeZone>(&self, after: &DateTime<Z>) -> Option<DateTime<Z>> {
        if !self.hours.is_restricted {
            return self.search(after);
        }
        let zone = after.timezone();
        let mut shown = after.naive_local().and_utc();
        loop {
            shown = self.search(&shown)?;
            let time = first_moment(&zone, shown.naive_utc())?;
            if time > *after {
                return Some(time);
            }
        }
    }

    /// The first moment after `after` at which the clock shows a time that matches. Whatever the clock does in between is seen, as it is
    /// read again after each step, and no step is longer than what is known not to match.
    fn search<Z: TimeZone>(&self, after: &DateTime<Z>) -> Option<DateTime<Z>> {
        let zone = after.timezone();
        let last_year = after.year() + YEARS;
        let fraction = TimeDelta::nanoseconds(i64::from(after.nanosecond() % 1_000_000_000));
        let mut time = after.clone() + TimeDelta::seconds(1) - fraction;
        while time.year() <= last_year {
            let (date, second) = (time.date_naive(), TimeDelta::seconds(1));
            let step_over = |seconds: u32| time.clone() + TimeDelta::seconds(seconds.into());
            time = if !self.months.has(date.month()) {
                let next = date.with_day(1)?.checked_add_months(Months::new(1))?;
                start_of(&zone, next)?.max(time.clone() + second)
            } else if !self.has_day(date) {
                start_of(&zone, date.succ_opt()?)?.max(time.clone() + second)
            } else if !self.hours.has(time.hour()) {
                step_over(3600 - time.minute() * 60 - time.second())
            } else if !self.minutes.has(time.minute()) {
                step_over(60 - time.second())
            } else if !self.seconds.has(time.second()) {
                step_over(1)
            } else {
                return Some(time);
            };
        }
        None
    }

    fn has_day(&self, date: NaiveDate) -> bool {
        let day = self.days.has(date.day());
        let weekday = self.weekdays.has(date.weekday().num_days_from_sunday());
        if self.days.is_restricted && self.weekdays.is_restricted {
            day || weekday
        } else {
            day && weekday
        }
    }
}

fn start_of<Z: TimeZone>(zone: &Z, date: NaiveDate) -> Option<DateTime<Z>> {
    first_moment(zone, date.and_time(NaiveTime::MIN))
}

/// The first moment at which a clock shows `time`, or the first one after the gap in which it would.
fn first_moment<Z: TimeZone>(zone: &Z, time: NaiveDateTime) -> Option<DateTime<Z>> {
    // Gaps end at whole minutes; the longest so far took a day, as a country moved across the date line.
    const LONGEST_GAP: i64 = 48 * 60;
    match zone.from_local_datetime(&time) {
        LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => Some(moment),
        LocalResult::None => {
            let minute = time.with_second(0)?;
            let mut later = (1..=LONGEST_GAP).map(|minutes| minute + TimeDelta::minutes(minutes));
            later.find_map(|time| zone.from_local_datetime(&time).earliest())
        }
    }
}

fn nickname(text: &str) -> Result<&'static str, String> {
    if text == "@reboot" {
        return Err("what runs at the start is `Scheduled::at_start`".to_owned());
    }
    let found = NICKNAMES.iter().find(|(name, _)| *name == text);
    found.map(|(_, fields)| *fields).ok_or_else(|| {
        let known = NICKNAMES.map(|(name, _)| format!("`{name}`")).join(", ");
        format!("`{text}` is not one of {known}")
    })
}

impl Field {
    const fn of(name: &'static str, min: u32, max: u32) -> Self {
        Self {
            name,
            min,
            max,
            names: &[],
        }
    }

    fn parse(&self, text: &str) -> Result<Set, String> {
        let mut bits = 0;
        for part in text.split(',') {
            let refused = |reason: String| {
                let place = if part == text {
                    String::new()
                } else {
                    format!(" in `{text}`")
                };
                format!("the {} is `{part}`{place}: {reason}", self.name)
            };
            bits |= self.part(part).map_err(refused)?;
        }
        if self.max == SUNDAY && bits & (1 << SUNDAY) != 0 {
            bits |= 1;
        }
        Ok(Set {
            bits,
            is_restricted: !text.starts_with('*'),
        })
    }

    /// The bits of a part between commas.
    fn part(&self, text: &str) -> Result<u64, String> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (text, None),
        };
        let (first, last) = if range == "*" {
            (self.min, self.max)
        } else if let Some((first, last)) = range.split_once('-') {
            let (first, last) = (self.value(first)?, self.value(last)?);
            // A week may end on Sunday.
            let ends_on_sunday = self.max == SUNDAY && last == 0 && first > 0;
            (first, if ends_on_sunday { SUNDAY } else { last })
        } else if step.is_some() {
            let max = self.max;
            return Err(format!(
                "a step needs a range, as in `*/5` or `{range}-{max}/5`"
            ));
        } else {
            let value = self.value(range)?;
            (value, value)
        };
        if first > last {
            return Err("its range ends before it begins".to_owned());
        }
        let step = match step.map(str::parse::<usize>) {
            None => 1,
            Some(Ok(step)) if step > 0 => step,
            Some(_) => return Err("a step is a number from 1 on".to_owned()),
        };
        Ok((first..=last)
            .step_by(step)
            .fold(0, |bits, value| bits | (1 << value)))
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_number.then(|| text.parse::<u32>().ok()).flatten();
        let by_name = (self.min..)
            .zip(self.names)
            .find(|(_, name)| name.eq_ignore_ascii_case(text));
        number
            .filter(|number| (self.min..=self.max).contains(number))
            .or(by_name.map(|(value, _)| value))
            .ok_or_else(|| {
                let names = match self.names {
                    [first, .., last] => format!(", or a name from `{first}` to `{last}`"),
                    _ => String::new(),
                };
                format!("write a number from {} to {}{names}", self.min, self.max)
            })
    }
}

#[cfg(test)]
mod tests;
