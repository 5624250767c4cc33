//! The runner of a schedule.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use chrono::Utc;
use futures_util::FutureExt;
use tokio::{task::JoinSet, time::sleep};

use super::{
    Schedule,
    daily::Daily,
    schedule::{Entry, When, time_of_day},
};
use crate::{context::AppContext, error::Error, task::Tasks, telemetry::Unfinished};

/// The interval at which the clock is checked, as a process is not notified when it is set or when the machine has slept.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Runs the tasks of `schedule` at their times until the process is asked to end; then waits for the running ones.
pub(crate) async fn run(ctx: AppContext, schedule: Schedule, tasks: Tasks) {
    let tasks = Arc::new(tasks);
    let mut timers = JoinSet::new();
    for entry in schedule.entries {
        timers.spawn(repeat(ctx.clone(), entry, Arc::clone(&tasks)));
    }
    while timers.join_next().await.is_some() {}
}

async fn repeat(ctx: AppContext, entry: Entry, tasks: Arc<Tasks>) {
    let draining = ctx.draining();
    let mut timer = Timer::of(&entry.when);
    loop {
        tokio::select! {
            () = draining.cancelled() => return,
            () = timer.wait() => {}
        }
        let Some((name, arguments)) = entry.command_line.split_first() else {
            return;
        };
        // It was checked at the start that this task can be prepared.
        let Ok(task) = tasks.prepare(name, arguments) else {
            return;
        };
        tracing::info!(task = name, "scheduled task begins");
        let unfinished = Unfinished::new("scheduled task", name);
        // State that the panic left half-changed is not reachable afterwards.
        let result = AssertUnwindSafe(task.run(&ctx)).catch_unwind().await;
        unfinished.finish();
        match result.unwrap_or_else(|_| Err(Error::internal("the task panicked"))) {
            Ok(()) => tracing::info!(task = name, "scheduled task done"),
            Err(error) => {
                tracing::error!(task = name, error = error.chain(), "scheduled task failed");
            }
        }
    }
}

enum Timer {
    Every(Duration),
    Daily(Daily),
}

impl Timer {
    fn of(when: &When) -> Self {
        match when {
            When::Every(interval) => Self::Every(*interval),
            // It was checked at the start that this is a time of day.
            When::Daily(time) => Self::Daily(Daily::new(time_of_day(time).unwrap_or_default())),
        }
    }

    /// Waits until the next run is due.
    async fn wait(&mut self) {
        match self {
            Self::Every(interval) => sleep(*interval).await,
            Self::Daily(daily) => {
                while !daily.is_due(Utc::now()) {
                    sleep(CHECK_INTERVAL).await;
                }
            }
        }
    }
}
