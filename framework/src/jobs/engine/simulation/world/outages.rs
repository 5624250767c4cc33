//! Outages of the store.

use std::{sync::atomic::Ordering, time::Duration};

use tokio::time::sleep;

use super::{Act, BEAT, PROCESSES, World, check};
use crate::{
    jobs::Job,
    queue::store::{JobId, NewJob, State},
};

/// The time of a run: longer than that until an outage begins and a lease ends, so that nothing is done before.
const RUN: Duration = Duration::from_millis(3_800);

impl World {
    /// Lets nobody reach the store for longer than a lease, three times in a row, while the same jobs run. As their processes live, they
    /// are not taken for jobs that kill processes.
    pub(in super::super) async fn outages(&self) -> Result<(), String> {
        self.has_faults.store(false, Ordering::Relaxed);
        for index in 0..PROCESSES {
            self.start(index);
        }
        let now = self.now();
        let args = serde_json::to_string(&Act::Take {
            millis: u64::try_from(RUN.as_millis()).unwrap_or_default(),
        });
        let args = args.expect("JSON");
        let jobs: Vec<_> = (0..6)
            .map(|_| {
                let id = JobId::from(self.random.uuid(now.timestamp_millis()));
                NewJob {
                    max_attempts: 4,
                    ..NewJob::new(id, "default", Act::NAME, args.clone(), now)
                }
            })
            .collect();
        self.store.enqueue(&jobs, now).await.expect("no fault");
        for _ in 0..3 {
            sleep(BEAT).await;
            for process in self.processes().iter().flatten() {
                process.connection.close();
            }
            let more = self.random.number() % 1000;
            sleep(3 * BEAT + Duration::from_millis(more)).await;
            self.mend();
        }
        sleep(2 * RUN).await;
        for job in &jobs {
            let detail = self.store.show(job.id).await.expect("no fault");
            let is_right = detail.as_ref().is_some_and(|detail| {
                let cut_off = detail
                    .errors
                    .iter()
                    .all(|error| error.error.contains("cut off"));
                detail.job.state == State::Done && detail.errors.len() == 3 && cut_off
            });
            check(is_right, || format!("{detail:#?}"))?;
        }
        Ok(())
    }
}
