//! Claims and settlements.

use fw::queue::store::{Claim, Fence, NewJob, Outcome, Settled, Settlement, State};

use super::{at, dead, done, job, millis, on_every_store, retry};

on_every_store! {
    async fn jobs_are_claimed_by_priority_then_time_then_id(subject) {
        let late = NewJob { run_at: at(-1), ..job() };
        let early = NewJob { run_at: at(-2), ..job() };
        let same = NewJob { run_at: at(-2), ..job() };
        let urgent = NewJob { priority: 5, ..job() };
        let low = NewJob { priority: -5, run_at: at(-9), ..job() };
        let jobs = [&late, &early, &same, &urgent, &low].map(Clone::clone);
        subject.store.enqueue(&jobs, at(0)).await.unwrap();
        let worker = subject.worker(at(60)).await;
        let mut claimed = subject.claim(worker, 2, at(0)).await;
        claimed.extend(subject.claim(worker, 9, at(0)).await);
        let order: Vec<_> = claimed.iter().map(|job| job.id).collect();
        assert_eq!(order, [&urgent, &early, &same, &late, &low].map(|job| job.id));
        let first = &claimed[0];
        assert_eq!((first.state, first.attempt, first.token), (State::Running, 1, 1));
        assert_eq!((first.worker, first.started_at), (Some(worker), Some(at(0))));
        assert_eq!(subject.job(urgent.id).await, *first);
    }

    async fn a_worker_claims_from_its_queue_and_names_that_it_knows(subject) {
        let other_queue = NewJob { queue: "mail".to_owned(), ..job() };
        let other_name = NewJob { name: "newer".to_owned(), priority: 9, ..job() };
        let known = job();
        subject.store.enqueue(&[other_queue, other_name.clone(), known.clone()], at(0)).await.unwrap();
        let worker = subject.worker(at(60)).await;
        let claimed = subject.claim(worker, 9, at(0)).await;
        assert_eq!(claimed.iter().map(|job| job.id).collect::<Vec<_>>(), [known.id]);
        let newer = Claim { worker, queue: "default", names: &["newer".to_owned()], limit: 9 };
        let claimed = subject.store.claim(newer, at(0)).await.unwrap();
        assert_eq!(claimed[0].id, other_name.id);
        let nothing = Claim { names: &[], ..newer };
        assert_eq!(subject.store.claim(nothing, at(0)).await.unwrap(), []);
    }

    async fn a_job_that_is_not_due_waits(subject) {
        let new = NewJob { run_at: millis(5_001), ..job() };
        subject.enqueue_at(new.clone(), at(0)).await;
        let worker = subject.worker(at(60)).await;
        assert_eq!(subject.state(new.id).await, State::Scheduled);
        assert_eq!(subject.store.next_due().await.unwrap(), Some(millis(5_001)));
        assert_eq!(subject.store.promote(10, at(5)).await.unwrap().count, 0);
        assert_eq!(subject.claim(worker, 1, at(5)).await, []);
        let promoted = subject.store.promote(10, millis(5_001)).await.unwrap();
        assert_eq!((promoted.count, promoted.queues), (1, vec!["default".to_owned()]));
        assert_eq!(subject.store.next_due().await.unwrap(), None);
        assert_eq!(subject.claim_one(worker, at(6)).await.id, new.id);
    }

    /// Thousands of jobs that are due at the same time stop the fetch of other stores.
    async fn thousands_of_due_jobs_are_promoted_in_portions(subject) {
        let jobs: Vec<_> = (0..2_500).map(|_| NewJob { run_at: at(1), ..job() }).collect();
        subject.store.enqueue(&jobs, at(0)).await.unwrap();
        let mut counts = Vec::new();
        for _ in 0..4 {
            counts.push(subject.store.promote(1_000, at(2)).await.unwrap().count);
        }
        assert_eq!(counts, [1_000, 1_000, 500, 0]);
    }

    /// It stays locked by its worker elsewhere, and is never fetched again.
    async fn a_retry_after_an_error_is_fetched_again(subject) {
        let failed = subject.run(job(), retry(30), at(0)).await;
        assert_eq!((failed.state, failed.run_at, failed.worker), (State::Scheduled, at(30), None));
        subject.store.promote(10, at(30)).await.unwrap();
        let worker = subject.worker(at(60)).await;
        let again = subject.claim_one(worker, at(30)).await;
        assert_eq!((again.id, again.attempt, again.token), (failed.id, 2, 2));
        assert_eq!(subject.errors(failed.id).await, ["no answer"]);
    }

    /// Elsewhere all tries follow each other without a delay.
    async fn a_failed_job_waits_before_it_is_tried_again(subject) {
        subject.run(job(), retry(30), at(0)).await;
        let worker = subject.worker(at(60)).await;
        assert_eq!(subject.store.promote(10, millis(29_999)).await.unwrap().count, 0);
        assert_eq!(subject.claim(worker, 1, millis(29_999)).await, []);
    }

    async fn a_job_is_dead_after_its_last_attempt(subject) {
        let new = NewJob { max_attempts: 3, ..job() };
        subject.enqueue(new.clone()).await;
        let worker = subject.worker(at(60)).await;
        for attempt in 1..=3 {
            let run = subject.claim_one(worker, at(attempt)).await;
            assert_eq!(i64::from(run.attempt), attempt);
            let error = format!("error {attempt}");
            let settled = subject.settle(&run, Outcome::Retry { at: at(attempt), error }, at(attempt)).await;
            let expected = if attempt == 3 { State::Dead } else { State::Ready };
            assert_eq!(settled, Settled::As(expected));
        }
        assert_eq!(subject.claim(worker, 1, at(9)).await, []);
        let detail = subject.store.show(new.id).await.unwrap().unwrap();
        assert_eq!((detail.job.state, detail.job.finished_at), (State::Dead, Some(at(3))));
        let errors: Vec<_> = detail.errors.iter().map(|e| (e.attempt, e.at, e.state, e.error.as_str())).collect();
        assert_eq!(errors, [
            (1, at(1), State::Ready, "error 1"),
            (2, at(2), State::Ready, "error 2"),
            (3, at(3), State::Dead, "error 3"),
        ]);
    }

    /// Handing a job back costs a try elsewhere.
    async fn handing_back_and_snoozing_cost_no_attempt(subject) {
        let new = NewJob { max_attempts: 1, ..job() };
        subject.enqueue(new.clone()).await;
        let worker = subject.worker(at(600)).await;
        for _ in 0..5 {
            let run = subject.claim_one(worker, at(0)).await;
            assert_eq!(subject.settle(&run, Outcome::HandBack, at(0)).await, Settled::As(State::Ready));
        }
        for _ in 0..5 {
            let run = subject.claim_one(worker, at(0)).await;
            assert_eq!(run.attempt, 1);
            let snoozed = subject.settle(&run, Outcome::Snooze { at: at(60) }, at(0)).await;
            assert_eq!(snoozed, Settled::As(State::Scheduled));
            subject.store.promote(10, at(60)).await.unwrap();
        }
        let stored = subject.job(new.id).await;
        assert_eq!((stored.attempt, stored.token, stored.state), (0, 10, State::Ready));
        assert_eq!(subject.errors(new.id).await, Vec::<String>::new());
    }

    async fn a_done_job_has_its_result_and_may_forget_its_arguments(subject) {
        let secret = NewJob { args: r#"{"token":"x"}"#.to_owned(), erase_args: true, ..job() };
        subject.enqueue(secret.clone()).await;
        let worker = subject.worker(at(60)).await;
        let run = subject.claim_one(worker, at(0)).await;
        subject.settle(&run, retry(0), at(0)).await;
        assert_eq!(subject.job(secret.id).await.args, secret.args);
        let run = subject.claim_one(worker, at(0)).await;
        let result = Some("[1,2]".to_owned());
        subject.settle(&run, Outcome::Done { result: result.clone() }, at(2)).await;
        let stored = subject.job(secret.id).await;
        assert_eq!((stored.args.as_str(), stored.result, stored.finished_at), ("null", result, Some(at(2))));
    }

    async fn a_discarded_job_is_cancelled_with_its_reason(subject) {
        let stored = subject.run(job(), Outcome::Discard { reason: "the user is gone".to_owned() }, at(0)).await;
        assert_eq!(stored.state, State::Cancelled);
        assert_eq!(subject.errors(stored.id).await, ["the user is gone"]);
    }

    /// The rightful owner was ignored, and the stale one believed.
    async fn a_stale_worker_cannot_settle_over_the_new_run(subject) {
        let new = job();
        subject.enqueue(new.clone()).await;
        let stale_worker = subject.worker(at(10)).await;
        let stale = subject.claim_one(stale_worker, at(0)).await;
        assert_eq!(subject.store.rescue(10, at(11)).await.unwrap().len(), 1);
        let owner = subject.worker(at(60)).await;
        let run = subject.claim_one(owner, at(11)).await;
        for outcome in [done(), retry(20), dead(), Outcome::HandBack] {
            assert_eq!(subject.settle(&stale, outcome, at(12)).await, Settled::Lost);
        }
        assert!(!subject.store.progress(stale.fence(), 500).await.unwrap());
        if !subject.is_redis {
            assert!(!subject.store.save_step(stale.fence(), "a", "1", at(12)).await.unwrap());
        }
        assert_eq!(subject.job(new.id).await, run);
        assert_eq!(subject.settle(&run, done(), at(13)).await, Settled::As(State::Done));
    }

    async fn a_run_is_settled_once(subject) {
        let new = job();
        subject.enqueue(new.clone()).await;
        let worker = subject.worker(at(60)).await;
        let run = subject.claim_one(worker, at(0)).await;
        let settlement = |outcome| Settlement { fence: run.fence(), outcome };
        let both = [settlement(done()), settlement(dead())];
        let settled = subject.store.settle(&both, at(1)).await.unwrap();
        assert_eq!(settled, [Settled::As(State::Done), Settled::Lost]);
        assert_eq!(subject.settle(&run, done(), at(1)).await, Settled::Lost);
        let unknown = Fence { token: u64::MAX >> 1, ..run.fence() };
        let settled = subject.store.settle(&[Settlement { fence: unknown, outcome: done() }], at(1)).await;
        assert_eq!(settled.unwrap(), [Settled::Lost]);
        assert_eq!(subject.state(new.id).await, State::Done);
    }

    async fn a_batch_of_settlements_is_answered_in_its_order(subject) {
        let jobs: Vec<_> = (0..6).map(|_| job()).collect();
        subject.store.enqueue(&jobs, at(0)).await.unwrap();
        let worker = subject.worker(at(60)).await;
        let runs = subject.claim(worker, 5, at(0)).await;
        let outcomes = [done(), retry(9), Outcome::HandBack, dead(), Outcome::Snooze { at: at(7) }];
        let mut settlements: Vec<_> = runs.iter().zip(outcomes)
            .map(|(run, outcome)| Settlement { fence: run.fence(), outcome })
            .collect();
        settlements.insert(2, Settlement { fence: Fence { id: jobs[5].id, token: 0 }, outcome: done() });
        let settled = subject.store.settle(&settlements, at(1)).await.unwrap();
        assert_eq!(settled, [
            Settled::As(State::Done),
            Settled::As(State::Scheduled),
            Settled::Lost,
            Settled::As(State::Ready),
            Settled::As(State::Dead),
            Settled::As(State::Scheduled),
        ]);
        assert_eq!(subject.store.settle(&[], at(1)).await.unwrap(), []);
    }

    async fn an_error_of_any_length_and_with_any_character_is_stored(subject) {
        let error = format!("\0{}", "ü".repeat(40_000));
        let stored = subject.run(job(), Outcome::Dead { error }, at(0)).await;
        let errors = subject.errors(stored.id).await;
        assert!(errors[0].starts_with("\u{fffd}üü") && errors[0].len() < 20_000);
    }

    async fn a_worker_sees_the_runs_that_it_holds(subject) {
        let jobs: Vec<_> = (0..3).map(|_| job()).collect();
        subject.store.enqueue(&jobs, at(0)).await.unwrap();
        let worker = subject.worker(at(60)).await;
        let other = subject.worker(at(60)).await;
        let runs = subject.claim(worker, 2, at(0)).await;
        subject.claim(other, 1, at(0)).await;
        let held = subject.store.held(worker).await.unwrap();
        assert_eq!(held, [runs[0].fence(), runs[1].fence()]);
        subject.settle(&runs[0], done(), at(1)).await;
        subject.store.cancel(runs[1].id, at(1)).await.unwrap();
        assert_eq!(subject.store.held(worker).await.unwrap(), []);
    }

    async fn a_paused_queue_gives_no_jobs(subject) {
        let new = job();
        subject.enqueue(new.clone()).await;
        let worker = subject.worker(at(60)).await;
        for _ in 0..2 {
            subject.store.pause("default", at(0)).await.unwrap();
        }
        assert_eq!(subject.claim(worker, 1, at(0)).await, []);
        let stats = subject.store.stats(&[]).await.unwrap();
        assert!(stats.queues["default"].paused);
        subject.store.resume("default").await.unwrap();
        assert_eq!(subject.claim_one(worker, at(0)).await.id, new.id);
    }
}
