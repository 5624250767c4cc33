//! The timing of daily tasks, which is robust against changes of the clock.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

/// A daily time, with the state of its last and next run.
#[derive(Clone, Debug)]
pub(super) struct Daily {
    time: NaiveTime,
    /// The time of the next run.
    due: Option<DateTime<Utc>>,
    /// The time of the last run.
    last: Option<DateTime<Utc>>,
}

impl Daily {
    pub(super) fn new(time: NaiveTime) -> Self {
        Self {
            time,
            due: None,
            last: None,
        }
    }

    /// Returns true if a run is due, and moves on to the next one.
    ///
    /// If the clock is set forward past the time, the run is due once. If it is set back, the last run is not repeated, and the next
    /// one does not wait for the day that the clock was in by mistake.
    pub(super) fn is_due(&mut self, now: DateTime<Utc>) -> bool {
        let next = self.next_after(now);
        let due = self.due.map_or(next, |due| due.min(next));
        if due > now {
            self.due = Some(due);
            return false;
        }
        self.due = None;
        self.last = Some(due);
        true
    }

    fn next_after(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let day = TimeDelta::days(1);
        let today = now.date_naive().and_time(self.time).and_utc();
        let next = if today > now { today } else { today + day };
        if self.last == Some(next) {
            next + day
        } else {
            next
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times among `moments` at which a task of 03:00 runs.
    fn runs(moments: &[&'static str]) -> Vec<&'static str> {
        let three = NaiveTime::from_hms_opt(3, 0, 0).expect("a time");
        let mut daily = Daily::new(three);
        let mut runs = moments.to_vec();
        runs.retain(|moment| {
            let now = format!("2026-12-{moment}Z").parse().expect("a moment");
            daily.is_due(now)
        });
        runs
    }

    #[test]
    fn runs_once_a_day() {
        let days = [
            "30T02:00:00",
            "30T02:59:59",
            "30T03:00:00",
            "30T03:00:01",
            "31T02:59:59",
            "31T03:00:02",
        ];
        assert_eq!(runs(&days), ["30T03:00:00", "31T03:00:02"]);
        // One that is started at this very moment waits for the next day.
        assert_eq!(runs(&["30T03:00:00", "31T03:00:00"]), ["31T03:00:00"]);
    }

    #[test]
    fn a_clock_that_is_set_forward_leaves_no_run_out() {
        let days = ["10T02:30:00", "10T03:30:00", "10T03:30:01", "11T03:00:00"];
        assert_eq!(runs(&days), ["10T03:30:00", "11T03:00:00"]);
        assert_eq!(
            runs(&["10T02:30:00", "20T09:00:00", "20T09:00:01"]),
            ["20T09:00:00"],
            "one run for all the days between"
        );
    }

    #[test]
    fn a_clock_that_is_set_back_repeats_no_run() {
        let days = ["10T02:59:59", "10T03:00:00", "10T02:00:00", "10T03:00:01"];
        assert_eq!(runs(&days), ["10T03:00:00"]);
        assert_eq!(
            runs(&["10T02:59:00", "10T01:59:00", "10T03:00:00"]).len(),
            1
        );
    }

    #[test]
    fn nothing_waits_for_a_day_in_which_the_clock_was_by_mistake() {
        let days = ["28T12:00:00", "02T12:00:00", "03T03:00:00"];
        assert_eq!(runs(&days), ["03T03:00:00"]);
    }
}
