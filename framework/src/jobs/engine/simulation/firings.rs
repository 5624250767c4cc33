//! The schedule of a simulation, and the notes that are taken of its firings.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    jobs::{Job, JobContext, JobError, Jobs, Key},
    queue::store::{Enqueued, Slot},
    scheduler::{Missed, Planned, Schedule, Scheduled},
    task::Tasks,
};

/// The interval of the entry of which no firing may be left out, and those of the others.
const ALL: Duration = Duration::from_secs(11);
const ONCE: Duration = Duration::from_secs(17);
const SKIP: Duration = Duration::from_secs(23);

/// The names of their slots.
const OF_ALL: &str = "tick";
const OF_ONCE: &str = "tick (2)";
const OF_SKIP: &str = "tick (3)";

/// The time after which a firing is late, though all is well: what the schedule needs to look again.
const LATE: TimeDelta = TimeDelta::seconds(3);

/// A job of the schedule.
#[derive(Serialize, Deserialize)]
pub(super) struct Tick {}

impl Job for Tick {
    const NAME: &'static str = "tick";

    fn key(&self) -> Key {
        Key::none()
    }

    async fn run(&self, _: &JobContext) -> Result<(), JobError> {
        Ok(())
    }
}

/// The schedule, as each process has it.
pub(super) fn schedule(jobs: &Jobs) -> Vec<Planned> {
    let schedule = Schedule::new()
        .with(Scheduled::every(ALL, Tick {}).missed(Missed::All))
        .with(Scheduled::every(ONCE, Tick {}).missed(Missed::Once))
        .with(Scheduled::every(SKIP, Tick {}).missed(Missed::Skip));
    schedule.plan(&Tasks::new(), jobs).expect("a plan")
}

/// The firings that the shared store has accepted, by entry and time: how often, and with how many jobs.
#[derive(Default)]
pub(super) struct Firings(Mutex<BTreeMap<(String, DateTime<Utc>), Fired>>);

#[derive(Clone, Copy, Debug, Default)]
struct Fired {
    times: usize,
    jobs: usize,
}

impl Firings {
    pub(super) fn note(&self, schedule: &str, at: DateTime<Utc>, enqueued: &[Enqueued]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fired = all.entry((schedule.to_owned(), at)).or_default();
        fired.times += 1;
        fired.jobs += enqueued.iter().filter(|one| one.is_new()).count();
    }

    /// Judges the firings. `jobs` is the number of jobs of the schedule that are there, `slots` what is stored at the end.
    pub(super) fn judge(
        &self,
        jobs: usize,
        slots: &[Slot],
        now: DateTime<Utc>,
    ) -> Result<(), String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (firing, fired) in &*all {
            if fired.times != 1 || fired.jobs > 1 {
                return Err(format!("{firing:?} happened more than once: {fired:?}"));
            }
        }
        let enqueued: usize = all.values().map(|fired| fired.jobs).sum();
        if enqueued != jobs {
            return Err(format!("{enqueued} firings have enqueued {jobs} jobs"));
        }
        let times = |entry: &'static str| {
            let of_entry = all.iter().filter(move |((name, _), _)| name == entry);
            of_entry.map(|((_, at), fired)| (*at, fired.jobs))
        };
        for entry in [OF_ALL, OF_ONCE] {
            if let Some((at, _)) = times(entry).find(|(_, jobs)| *jobs == 0) {
                return Err(format!("{entry} was left out at {at}"));
            }
        }
        for (entry, interval) in [(OF_ALL, ALL), (OF_ONCE, ONCE), (OF_SKIP, SKIP)] {
            let interval = TimeDelta::from_std(interval).unwrap_or_default();
            let at: Vec<_> = times(entry).map(|(at, _)| at).collect();
            for pair in at.windows(2) {
                let distance = pair[1] - pair[0];
                let is_regular = if entry == OF_ALL {
                    distance == interval
                } else {
                    distance.num_milliseconds() % interval.num_milliseconds() == 0
                };
                if !is_regular {
                    return Err(format!(
                        "{entry} was fired at {} and then at {}",
                        pair[0], pair[1]
                    ));
                }
            }
            let slot = slots.iter().find(|slot| slot.name == entry);
            if slot.is_none_or(|slot| slot.next_at + LATE < now) {
                return Err(format!("{entry} is fired no more: {slot:?} at {now}"));
            }
        }
        Ok(())
    }
}
