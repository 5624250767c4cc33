//! Keeps a schedule.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use chrono::Utc;
use futures_util::FutureExt;
use tokio::{task::JoinSet, time::sleep};

use super::{
    Schedule,
    daily::Daily,
    schedule::{Entry, When, time_of_day},
};
use crate::{context::AppContext, error::Error, task::Tasks};

/// Between two looks at the clock. Nobody tells a process that it was set, or that the machine has slept.
const LOOK: Duration = Duration::from_secs(1);

/// Runs the tasks of `schedule` at their times until the process is asked to end; then lets those that run come to their end.
pub(crate) async fn keep(ctx: AppContext, schedule: Schedule, tasks: Tasks) {
    let tasks = Arc::new(tasks);
    let mut timers = JoinSet::new();
    for entry in schedule.entries {
        timers.spawn(repeat(ctx.clone(), entry, Arc::clone(&tasks)));
    }
    while timers.join_next().await.is_some() {}
}

async fn repeat(ctx: AppContext, entry: Entry, tasks: Arc<Tasks>) {
    let draining = ctx.draining();
    let mut alarm = Alarm::of(&entry.when);
    loop {
        tokio::select! {
            () = draining.cancelled() => return,
            () = alarm.ring() => {}
        }
        let Some((name, arguments)) = entry.words.split_first() else {
            return;
        };
        // It was checked at the start that this task can be prepared.
        let Ok(task) = tasks.prepare(name, arguments) else {
            return;
        };
        tracing::info!(task = name, "scheduled task begins");
        // Nothing that the panic left half done is reachable afterwards.
        let run = AssertUnwindSafe(task.run(&ctx)).catch_unwind().await;
        match run.unwrap_or_else(|_| Err(Error::internal("the task panicked"))) {
            Ok(()) => tracing::info!(task = name, "scheduled task done"),
            Err(error) => {
                tracing::error!(task = name, error = error.chain(), "scheduled task failed");
            }
        }
    }
}

enum Alarm {
    Every(Duration),
    Daily(Daily),
}

impl Alarm {
    fn of(when: &When) -> Self {
        match when {
            When::Every(interval) => Self::Every(*interval),
            // It was checked at the start that this is a time of day.
            When::Daily(time) => Self::Daily(Daily::new(time_of_day(time).unwrap_or_default())),
        }
    }

    /// Ends when it is time.
    async fn ring(&mut self) {
        match self {
            Self::Every(interval) => sleep(*interval).await,
            Self::Daily(daily) => {
                while !daily.is_due(Utc::now()) {
                    sleep(LOOK).await;
                }
            }
        }
    }
}
