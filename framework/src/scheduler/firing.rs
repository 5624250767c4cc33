//! The firing of a schedule: each entry is moved on in the store, and its job enqueued, when its time comes.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Instant, sleep};

use super::{
    entry::Missed,
    plan::Planned,
    rule::{GRACE, Rule},
};
use crate::{
    context::AppContext,
    queue::{
        Queue,
        store::{Enqueued, Slot, StoreError},
    },
};

/// The interval at which the clock is looked at, as a process is not told when it is set or when the machine has slept.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// The interval at which the slots are read again, for what other releases have changed.
const READ_INTERVAL: Duration = Duration::from_mins(1);

/// The time in the future from which on a slot may be one of a clock that was wrong.
const DISTANT: TimeDelta = TimeDelta::hours(1);

/// Fires the entries of a schedule at their times until the process is asked to end.
pub(crate) async fn run(ctx: &AppContext, schedule: Vec<Planned>) {
    let draining = ctx.draining();
    let mut firing = Firing::new(&ctx.queue, schedule);
    if firing.entries.is_empty() {
        return;
    }
    while !draining.is_cancelled() {
        let pause = firing.turn().await;
        draining.run_until_cancelled(sleep(pause)).await;
    }
}

/// The part of a process that fires its schedule.
struct Firing {
    queue: Queue,
    entries: Vec<Watched>,
    /// The time since which this process watches the clock.
    since: DateTime<Utc>,
    /// Whether what runs at the start has been fired.
    has_started: bool,
    next_read: Instant,
    failures: u32,
}

/// An entry with its next time.
struct Watched {
    entry: Planned,
    /// `None` if the slot is that of another release, which has another rule for it.
    next_at: Option<DateTime<Utc>>,
}

impl Firing {
    fn new(queue: &Queue, schedule: Vec<Planned>) -> Self {
        let watched = |entry| Watched {
            entry,
            next_at: None,
        };
        Self {
            queue: queue.clone(),
            entries: schedule.into_iter().map(watched).collect(),
            since: queue.now(),
            has_started: false,
            next_read: Instant::now(),
            failures: 0,
        }
    }

    /// Fires what is due. Returns the time until the next turn.
    async fn turn(&mut self) -> Duration {
        match self.fire_due().await {
            Ok(()) => {
                self.failures = 0;
                self.pause()
            }
            Err(error) => {
                self.failures += 1;
                if self.failures == 1 {
                    tracing::warn!(%error, "the schedule cannot be fired; it is tried again");
                } else {
                    tracing::debug!(%error, failures = self.failures, "the schedule cannot be fired");
                }
                CHECK_INTERVAL
            }
        }
    }

    async fn fire_due(&mut self) -> Result<(), StoreError> {
        // A clock that is set back was wrong at the start.
        self.since = self.since.min(self.queue.now());
        if Instant::now() >= self.next_read {
            self.read().await?;
            self.next_read = Instant::now() + READ_INTERVAL;
        }
        let mut result = Ok(());
        for watched in &mut self.entries {
            if self.has_started && watched.is_at_start() {
                continue;
            }
            // One that fails does not hold up the others.
            match watched.fire(&self.queue, self.since).await {
                Ok(true) => {}
                Ok(false) => self.next_read = Instant::now(),
                Err(error) => result = Err(error),
            }
        }
        self.has_started |= result.is_ok();
        result
    }

    /// Reads the slots, and adds those that are not there. At the start the rules of this release replace those of others.
    async fn read(&mut self) -> Result<(), StoreError> {
        let store = self.queue.store();
        let now = self.queue.now();
        let mut slots = store.slots().await?;
        let mut to_plan = Vec::new();
        for Watched { entry, .. } in &self.entries {
            let is_planned = find(&slots, entry).is_some_and(|slot| {
                // After a minute nobody fires it any more: the release that has this rule is gone.
                let is_alive = self.has_started && slot.next_at + GRACE >= now;
                slot.spec == entry.spec() || is_alive
            });
            if !is_planned {
                to_plan.push(entry.first_slot(now));
            }
        }
        if !to_plan.is_empty() {
            store.plan(&to_plan).await?;
            slots = store.slots().await?;
        }
        for watched in &mut self.entries {
            let slot = find(&slots, &watched.entry);
            let own = slot.filter(|slot| slot.spec == watched.entry.spec());
            watched.next_at = own.map(|slot| slot.next_at);
            watched.correct(&self.queue).await?;
        }
        Ok(())
    }

    /// The time until the next turn.
    fn pause(&self) -> Duration {
        let now = self.queue.now();
        let watched = self.entries.iter();
        let due = watched
            .filter(|watched| !watched.is_at_start())
            .filter_map(|watched| watched.next_at)
            .min();
        let pause = due.map(|due| (due - now).to_std().unwrap_or_default());
        pause
            .unwrap_or(CHECK_INTERVAL)
            .clamp(Duration::from_millis(1), CHECK_INTERVAL)
    }
}

fn find<'a>(slots: &'a [Slot], entry: &Planned) -> Option<&'a Slot> {
    slots.iter().find(|slot| slot.name == entry.name)
}

impl Watched {
    fn is_at_start(&self) -> bool {
        matches!(self.entry.rule, Rule::AtStart)
    }

    /// Fires the entry if it is due. Returns false if another process was first, so that the next time must be read.
    async fn fire(&mut self, queue: &Queue, since: DateTime<Utc>) -> Result<bool, StoreError> {
        let Self { entry, next_at } = self;
        while let Some(at) = *next_at
            && at <= queue.now()
        {
            let now = queue.now();
            let is_missed = at + GRACE < since;
            let (is_left_out, after) = match entry.missed {
                Missed::Skip => (is_missed, now),
                Missed::Once => (false, now),
                Missed::All => (false, at),
            };
            let job = if is_left_out {
                tracing::info!(schedule = entry.name, missed = %at, "no process was there for a scheduled time, which is left out");
                None
            } else {
                let record = entry.job.record(queue);
                record
                    .inspect_err(|error| {
                        tracing::error!(schedule = entry.name, %error, "a scheduled job is not accepted");
                    })
                    .ok()
            };
            let next = entry.rule.next(at, after);
            let fired = queue
                .store()
                .fire(&entry.name, at, next, job.as_slice(), now);
            let Some(enqueued) = fired.await? else {
                *next_at = None;
                return Ok(false);
            };
            *next_at = Some(next);
            match enqueued.first() {
                Some(Enqueued::New(_)) => queue.wake_ups().wake_all(),
                Some(Enqueued::Existing(_)) => {
                    tracing::info!(
                        schedule = entry.name,
                        "the scheduled job is there already: it still waits or runs, or its key is taken"
                    );
                }
                None => {}
            }
        }
        Ok(true)
    }

    /// Takes back a time that a clock has led to that was far ahead: without it the entry would wait until then. Clocks that differ a
    /// little are no reason, as what is done would be done again.
    async fn correct(&mut self, queue: &Queue) -> Result<(), StoreError> {
        let Some(at) = self.next_at else {
            return Ok(());
        };
        let now = queue.now();
        let rule = &self.entry.rule;
        let next = rule.next(now, now);
        if at > now + DISTANT && at > rule.next(next, next) {
            let name = &self.entry.name;
            tracing::warn!(schedule = name, %at, %next, "the clock was ahead: the next time of the schedule is corrected");
            let moved = queue.store().fire(name, at, next, &[], now).await?;
            self.next_at = moved.map(|_| next);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde::{Deserialize, Serialize};
    use tokio::time::advance;

    use super::*;
    use crate::{
        jobs::{Job, JobContext, JobError, Jobs, Key},
        queue::{
            Clock,
            store::{JobFilter, MemoryStore, Page, Store},
        },
        scheduler::{Schedule, Scheduled},
        task::Tasks,
    };

    const HOUR: Duration = Duration::from_hours(1);

    #[derive(Serialize, Deserialize)]
    struct Strike {}

    impl Job for Strike {
        const NAME: &'static str = "strike";

        fn key(&self) -> Key {
            Key::none()
        }

        async fn run(&self, _: &JobContext) -> Result<(), JobError> {
            Ok(())
        }
    }

    /// A store and a clock that several processes share.
    struct World {
        store: Arc<dyn Store>,
        clock: Clock,
    }

    impl World {
        /// It is noon.
        fn new() -> Self {
            let noon = "2026-11-27T12:00:00Z".parse().expect("a time");
            Self {
                store: Arc::new(MemoryStore::new()),
                clock: Clock::new(move || noon),
            }
        }

        fn process(&self, entry: Scheduled) -> Firing {
            let queue = Queue::with_store(Arc::clone(&self.store), self.clock.clone());
            let jobs = Jobs::new().add::<Strike>();
            let plan = Schedule::new().with(entry).plan(&Tasks::new(), &jobs);
            Firing::new(&queue, plan.expect("a plan"))
        }

        async fn pass(&self, time: Duration) {
            self.clock.advance(time);
            advance(time).await;
        }

        /// The number of jobs so far.
        async fn count(&self) -> usize {
            let all = Page {
                before: None,
                limit: 1000,
            };
            let list = self.store.list(&JobFilter::default(), all).await;
            list.expect("no fault").len()
        }
    }

    fn hourly() -> Scheduled {
        Scheduled::cron("0 * * * *", Strike {})
    }

    #[tokio::test(start_paused = true)]
    async fn each_firing_happens_once_over_all_processes() {
        let world = World::new();
        let every = || Scheduled::every(Duration::from_secs(1), Strike {});
        let mut processes = [every(), every(), every()].map(|entry| world.process(entry));
        for second in 0..100 {
            for process in &mut processes {
                process.turn().await;
            }
            assert_eq!(world.count().await, second);
            world.pass(Duration::from_secs(1)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn firings_that_no_process_was_there_for_are_treated_as_the_entry_says() {
        for (missed, expected) in [(Missed::Skip, 0), (Missed::Once, 1), (Missed::All, 3)] {
            let world = World::new();
            world.process(hourly()).turn().await;
            world.pass(HOUR * 3 + Duration::from_mins(30)).await;
            let mut process = world.process(hourly().missed(missed));
            process.turn().await;
            assert_eq!(world.count().await, expected, "{missed:?}");
            // From then on it is as usual.
            world.pass(HOUR).await;
            process.turn().await;
            assert_eq!(world.count().await, expected + 1, "{missed:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_firing_that_is_a_little_late_is_not_missed() {
        let world = World::new();
        world.process(hourly()).turn().await;
        world.pass(HOUR + Duration::from_secs(30)).await;
        world.process(hourly()).turn().await;
        assert_eq!(world.count().await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_machine_that_has_slept_makes_up_for_it_once() {
        let world = World::new();
        let mut process = world.process(hourly());
        process.turn().await;
        world.pass(HOUR * 5).await;
        process.turn().await;
        process.turn().await;
        assert_eq!(world.count().await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn processes_that_start_together_have_one_start() {
        let world = World::new();
        let start = || world.process(Scheduled::at_start(Strike {}));
        let mut first = start();
        first.turn().await;
        start().turn().await;
        assert_eq!(world.count().await, 1);
        world.pass(HOUR).await;
        first.turn().await;
        assert_eq!(world.count().await, 1);
        start().turn().await;
        assert_eq!(world.count().await, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rule_of_another_release_holds_while_that_release_runs() {
        let world = World::new();
        let mut new = world.process(hourly());
        new.turn().await;
        // A process of the former release starts once more, and is gone before the time of its rule.
        let half_past = Scheduled::cron("30 * * * *", Strike {});
        world.process(half_past).turn().await;
        for _ in 0..40 {
            world.pass(Duration::from_mins(1)).await;
            new.turn().await;
        }
        assert_eq!(world.count().await, 0);
        world.pass(Duration::from_mins(20)).await;
        new.turn().await;
        assert_eq!(world.count().await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_waits_for_a_day_that_the_clock_was_in_by_mistake() {
        let world = World::new();
        let now = world.clock.now();
        world.clock.set(now + TimeDelta::days(400));
        let mut process = world.process(hourly());
        process.turn().await;
        world.clock.set(now);
        world.pass(Duration::from_mins(2)).await;
        process.turn().await;
        assert_eq!(world.count().await, 0);
        world.pass(HOUR).await;
        process.turn().await;
        assert_eq!(world.count().await, 1);
    }
}
