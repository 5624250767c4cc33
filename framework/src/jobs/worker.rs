//! The workers, which take jobs from the queue and run them.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::{task::JoinSet, time::Instant};
use tracing::Instrument;

use super::Jobs;
use crate::{
    context::{AppContext, CancellationToken},
    error::Error,
    queue::Message,
    telemetry::Unfinished,
};

/// The longest delay before a failed job is retried.
const MAX_DELAY: Duration = Duration::from_mins(10);

/// Runs up to `workers` jobs at a time until `stop` is cancelled; then finishes the running and the due ones.
pub(crate) async fn work(ctx: AppContext, jobs: Jobs, workers: usize, stop: CancellationToken) {
    let jobs = Arc::new(jobs);
    let mut running = JoinSet::new();
    loop {
        let message = tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = running.join_next(), if running.len() >= workers => continue,
            message = ctx.queue.pop(), if running.len() < workers => message,
        };
        running.spawn(attempt(ctx.clone(), Arc::clone(&jobs), message));
    }
    // A job may enqueue another one, so this goes on until nothing runs and nothing is due.
    loop {
        while running.len() < workers
            && let Some(message) = ctx.queue.pop_due()
        {
            running.spawn(attempt(ctx.clone(), Arc::clone(&jobs), message));
        }
        if running.join_next().await.is_none() {
            return;
        }
    }
}

async fn attempt(ctx: AppContext, jobs: Arc<Jobs>, message: Message) {
    let attempt = message.attempts + 1;
    let span = tracing::info_span!("job", job = message.name, attempt);
    async {
        let unfinished = Unfinished::new("job", &message.name);
        run(&ctx, &jobs, message, attempt).await;
        unfinished.finish();
    }
    .instrument(span)
    .await;
}

async fn run(ctx: &AppContext, jobs: &Jobs, message: Message, attempt: u32) {
    let Some(job) = jobs.find(&message.name) else {
        return tracing::error!("there is no such job; is it missing in `Hooks::jobs`?");
    };
    let start = Instant::now();
    // State that the panic left half-changed is not reachable afterwards.
    let result = AssertUnwindSafe((job.run)(ctx, &message.payload))
        .catch_unwind()
        .await;
    let error = match result {
        Ok(Ok(())) => return tracing::info!(duration = ?start.elapsed(), "job done"),
        Ok(Err(error)) => error,
        Err(_) => Error::internal("the job panicked"),
    };
    if attempt >= job.max_attempts {
        return tracing::error!(error = error.chain(), "job failed, no attempts left");
    }
    let pause = retry_delay(attempt);
    tracing::warn!(
        error = error.chain(),
        ?pause,
        "job failed and will be tried again"
    );
    ctx.queue.push(
        Message {
            attempts: attempt,
            ..message
        },
        Instant::now() + pause,
    );
}

/// The delay before the next attempt: 1 s after the first attempt, then twice as long each time.
fn retry_delay(attempt: u32) -> Duration {
    Duration::from_secs(1 << (attempt - 1).min(20)).min(MAX_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_a_limit() {
        let seconds: Vec<u64> = [1, 2, 3, 11, 99]
            .map(retry_delay)
            .iter()
            .map(Duration::as_secs)
            .collect();
        assert_eq!(seconds, [1, 2, 4, 600, 600]);
    }
}
