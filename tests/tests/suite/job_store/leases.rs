//! Workers, their leases, and the rescue of their jobs.

use chrono::TimeDelta;
use fw::queue::store::{Beat, NewJob, Settled, State};

use super::{at, done, job, millis, on_every_store, retry};

on_every_store! {
    async fn the_jobs_of_a_lost_worker_are_rescued(subject) {
        let new = job();
        subject.enqueue(new.clone()).await;
        let worker = subject.worker(at(10)).await;
        subject.claim_one(worker, at(0)).await;
        assert_eq!(subject.store.rescue(10, at(10)).await.unwrap(), []);
        let rescued = subject.store.rescue(10, millis(10_001)).await.unwrap();
        assert_eq!(rescued.len(), 1);
        assert_eq!((rescued[0].id, rescued[0].worker, rescued[0].state), (new.id, worker, State::Ready));
        assert_eq!(subject.store.rescue(10, at(99)).await.unwrap(), []);
        let stored = subject.job(new.id).await;
        assert_eq!((stored.state, stored.rescues, stored.attempt, stored.worker), (State::Ready, 1, 1, None));
        assert!(subject.errors(new.id).await[0].contains("the worker test was lost"));
    }

    /// A rescue by age runs long jobs twice.
    async fn a_long_run_of_a_living_worker_is_not_rescued(subject) {
        subject.enqueue(job()).await;
        let worker = subject.worker(at(10)).await;
        let run = subject.claim_one(worker, at(0)).await;
        for beat in 1..200 {
            let now = at(beat * 5);
            let beat = subject.store.beat(worker, now + TimeDelta::seconds(10), now).await;
            assert_eq!(beat.unwrap(), Beat::Alive);
            assert_eq!(subject.store.rescue(10, now).await.unwrap(), []);
        }
        assert_eq!(subject.settle(&run, done(), at(1_000)).await, Settled::As(State::Done));
    }

    /// The rescue overwrote jobs that had finished in the meantime.
    async fn a_finished_job_is_not_rescued(subject) {
        let new = job();
        subject.enqueue(new.clone()).await;
        let worker = subject.worker(at(10)).await;
        let run = subject.claim_one(worker, at(0)).await;
        // Fenced by the token, not by the lease: nobody else has the job yet.
        assert_eq!(subject.settle(&run, done(), at(11)).await, Settled::As(State::Done));
        assert_eq!(subject.store.rescue(10, at(12)).await.unwrap(), []);
        assert_eq!(subject.state(new.id).await, State::Done);
    }

    async fn a_lease_that_has_ended_is_lost_for_ever(subject) {
        let worker = subject.worker(at(10)).await;
        assert_eq!(subject.store.beat(worker, at(20), millis(10_001)).await.unwrap(), Beat::Lost);
        let other = subject.worker(at(10)).await;
        subject.enqueue(job()).await;
        subject.claim_one(other, at(0)).await;
        subject.store.rescue(10, at(11)).await.unwrap();
        // Of a heartbeat that was on its way while the jobs were taken.
        assert_eq!(subject.store.beat(other, at(20), at(9)).await.unwrap(), Beat::Lost);
        assert_eq!(subject.claim(other, 1, at(9)).await, []);
        let stats = subject.store.stats(&[]).await.unwrap();
        assert_eq!(stats.workers, []);
    }

    async fn a_worker_without_a_lease_gets_no_jobs(subject) {
        subject.enqueue(job()).await;
        let worker = subject.worker(at(10)).await;
        assert_eq!(subject.claim(worker, 1, millis(10_001)).await, []);
        assert_eq!(subject.claim(worker, 1, at(10)).await.len(), 1);
        subject.store.unregister(worker, at(10)).await.unwrap();
        subject.enqueue(job()).await;
        assert_eq!(subject.claim(worker, 1, at(10)).await, []);
    }

    async fn a_worker_that_leaves_loses_what_it_has_left_behind(subject) {
        subject.store.enqueue(&[job(), job()], at(0)).await.unwrap();
        let worker = subject.worker(at(1_000)).await;
        let run = subject.claim_one(worker, at(0)).await;
        subject.store.unregister(worker, at(1)).await.unwrap();
        let rescued = subject.store.rescue(10, at(1)).await.unwrap();
        assert_eq!(rescued.iter().map(|job| job.id).collect::<Vec<_>>(), [run.id]);
        let idle = subject.worker(at(1_000)).await;
        subject.store.unregister(idle, at(2)).await.unwrap();
        assert_eq!(subject.store.beat(idle, at(1_010), at(2)).await.unwrap(), Beat::Lost);
        assert_eq!(subject.store.stats(&[]).await.unwrap().workers, []);
    }

    /// Elsewhere it is fetched again for ever.
    async fn a_job_that_kills_its_process_three_times_is_dead(subject) {
        let new = NewJob { max_attempts: 25, ..job() };
        subject.enqueue(new.clone()).await;
        for crash in 0..3 {
            let now = at(crash * 100);
            let worker = subject.worker(now + TimeDelta::seconds(10)).await;
            subject.claim_one(worker, now).await;
            let rescued = subject.store.rescue(10, now + TimeDelta::seconds(11)).await.unwrap();
            let expected = if crash == 2 { State::Dead } else { State::Ready };
            assert_eq!(rescued[0].state, expected);
        }
        let stored = subject.job(new.id).await;
        assert_eq!((stored.state, stored.rescues, stored.finished_at), (State::Dead, 3, Some(at(211))));
        assert_eq!(subject.errors(new.id).await.len(), 3);
    }

    /// A rescue ignored the number of attempts.
    async fn a_job_whose_attempts_are_used_up_by_crashes_is_dead(subject) {
        let new = NewJob { max_attempts: 2, ..job() };
        subject.enqueue(new.clone()).await;
        let worker = subject.worker(at(10)).await;
        let run = subject.claim_one(worker, at(0)).await;
        subject.settle(&run, retry(0), at(0)).await;
        subject.claim_one(worker, at(0)).await;
        assert_eq!(subject.store.rescue(10, at(11)).await.unwrap()[0].state, State::Dead);
    }

    async fn only_crashes_in_a_row_are_counted(subject) {
        let new = NewJob { max_attempts: 25, ..job() };
        subject.enqueue(new.clone()).await;
        for crash in 0..4 {
            let now = at(crash * 100);
            let worker = subject.worker(now + TimeDelta::seconds(10)).await;
            subject.claim_one(worker, now).await;
            let later = now + TimeDelta::seconds(11);
            assert_eq!(subject.store.rescue(10, later).await.unwrap()[0].state, State::Ready);
            let worker = subject.worker(later + TimeDelta::seconds(10)).await;
            let run = subject.claim_one(worker, later).await;
            subject.settle(&run, retry(crash * 100), later).await;
        }
        assert_eq!(subject.job(new.id).await.rescues, 0);
    }

    async fn jobs_are_rescued_in_portions(subject) {
        let jobs: Vec<_> = (0..5).map(|_| job()).collect();
        subject.store.enqueue(&jobs, at(0)).await.unwrap();
        let worker = subject.worker(at(10)).await;
        subject.claim(worker, 5, at(0)).await;
        let mut counts = Vec::new();
        for _ in 0..3 {
            counts.push(subject.store.rescue(3, at(11)).await.unwrap().len());
        }
        assert_eq!(counts, [3, 2, 0]);
    }

    async fn a_server_has_a_clock(subject) {
        let clock = subject.store.clock().await.unwrap();
        if let Some(clock) = clock {
            assert!((chrono::Utc::now() - clock).abs() < TimeDelta::minutes(1), "{clock}");
        }
    }
}
