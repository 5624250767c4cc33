//! The entries of a schedule as they are fired: parsed, and each with a name of its own.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    entry::{Kind, Missed, Scheduled},
    error::ScheduleError,
    rule::Rule,
    task_job::TaskJob,
};
use crate::{
    jobs::{Jobs, Recurring},
    queue::store::Slot,
    task::Tasks,
};

/// An entry of a schedule as it is fired.
#[derive(Debug)]
pub(crate) struct Planned {
    /// The name of its slot: that of the job, or the task with its arguments, and a number if there are several.
    pub(crate) name: String,
    /// The times as they are written.
    pub(crate) when: String,
    /// The time zone of the times.
    pub(crate) zone: &'static str,
    pub(super) rule: Rule,
    pub(super) missed: Missed,
    pub(super) job: Recurring,
}

impl Planned {
    /// The rule as it is stored with the slot: another one makes the slot's time void.
    pub(super) fn spec(&self) -> String {
        format!("{}, {}", self.when, self.zone)
    }

    /// The slot of an entry that is new at `now`.
    pub(super) fn first_slot(&self, now: DateTime<Utc>) -> Slot {
        Slot {
            name: self.name.clone(),
            spec: self.spec(),
            next_at: self.rule.first(now),
        }
    }

    /// The next `count` times after `now`; none of what runs at the start. `slots` are those that are stored.
    pub(crate) fn next_times(
        &self,
        slots: &[Slot],
        now: DateTime<Utc>,
        count: usize,
    ) -> Vec<DateTime<Utc>> {
        let spec = self.spec();
        let stored = slots
            .iter()
            .find(|slot| slot.name == self.name && slot.spec == spec);
        let at = match (&self.rule, stored) {
            // Nobody knows the next start, or has begun to count an interval.
            (Rule::AtStart, _) | (Rule::Every(_), None) => return Vec::new(),
            (_, Some(slot)) if slot.next_at > now => slot.next_at,
            (_, slot) => self.rule.next(slot.map_or(now, |slot| slot.next_at), now),
        };
        std::iter::successors(Some(at), |at| Some(self.rule.next(*at, *at)))
            .take(count)
            .collect()
    }
}

/// Parses the entries of a schedule. Fails if one has times, a time zone, a task, arguments or a job that do not exist.
pub(super) fn parse(
    entries: &[Scheduled],
    tasks: &Tasks,
    jobs: &Jobs,
) -> Result<Vec<Planned>, ScheduleError> {
    let mut names = BTreeMap::<String, u32>::new();
    let planned = |entry: &Scheduled| {
        let (work, job) = match &entry.work.0 {
            Kind::Job(job) => (job.name().to_owned(), job.clone()),
            Kind::Task(words) => {
                check_task(words, tasks)?;
                let job = TaskJob::new(words);
                (job.command_line.clone(), Recurring::new(job))
            }
        };
        let rule = Rule::parse(entry.when, entry.zone, &work)?;
        if let Kind::Job(job) = &entry.work.0
            && !jobs.names().contains(&job.name())
        {
            return Err(ScheduleError::Job { name: job.name() });
        }
        let count = names.entry(work.clone()).or_default();
        *count += 1;
        Ok(Planned {
            name: match count {
                1 => work,
                _ => format!("{work} ({count})"),
            },
            when: entry.when.to_string(),
            zone: entry.zone,
            // A start is never missed.
            missed: match rule {
                Rule::AtStart => Missed::Once,
                _ => entry.missed,
            },
            rule,
            job,
        })
    };
    entries.iter().map(planned).collect()
}

fn check_task(words: &[String], tasks: &Tasks) -> Result<(), ScheduleError> {
    let (name, arguments) = match words {
        [name, arguments @ ..] => (name.as_str(), arguments),
        [] => ("", words),
    };
    match tasks.prepare(name, arguments) {
        Ok(_) => Ok(()),
        Err(refused) => Err(ScheduleError::Task {
            command_line: words.join(" "),
            reason: refused.to_string(),
        }),
    }
}
