//! Listing, counting, cancelling, replaying and deleting.

use std::{collections::BTreeMap, time::Duration};

use fw::queue::store::{
    Cancelled, JobFilter, JobId, KeyScope, NewJob, Page, Replayed, Retention, Settled, State,
};

use super::{at, dead, done, id, job, millis, on_every_store, with_key};

const ALL: Page = Page {
    before: None,
    limit: 100,
};

on_every_store! {
    async fn jobs_are_listed_newest_first_page_by_page(subject) {
        let jobs: Vec<_> = (0..5).map(|_| job()).collect();
        subject.store.enqueue(&jobs, at(0)).await.unwrap();
        let mut listed = Vec::new();
        let mut before = None;
        loop {
            let page = subject.store.list(&JobFilter::default(), Page { before, limit: 2 }).await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.id);
            listed.extend(page.into_iter().map(|job| job.id));
        }
        let newest_first: Vec<_> = jobs.iter().rev().map(|job| job.id).collect();
        assert_eq!(listed, newest_first);
    }

    async fn a_filter_finds_jobs_by_each_of_their_properties(subject) {
        let mail = NewJob { queue: "mail".to_owned(), ..job() };
        let other = NewJob { name: "other".to_owned(), ..job() };
        let finished = subject.run(job(), done(), at(5)).await;
        subject.store.enqueue(&[mail.clone(), other.clone()], at(0)).await.unwrap();
        let find = async |filter: JobFilter| -> Vec<JobId> {
            let found = subject.store.list(&filter, ALL).await.unwrap();
            found.into_iter().map(|job| job.id).collect()
        };
        let filter = JobFilter::default;
        assert_eq!(find(JobFilter { queue: Some("mail".to_owned()), ..filter() }).await, [mail.id]);
        assert_eq!(find(JobFilter { name: Some("other".to_owned()), ..filter() }).await, [other.id]);
        let states = vec![State::Done, State::Dead];
        assert_eq!(find(JobFilter { states, ..filter() }).await, [finished.id]);
        let before = |time| JobFilter { finished_before: Some(time), ..filter() };
        assert_eq!(find(before(at(5))).await, []);
        assert_eq!(find(before(millis(5_001))).await, [finished.id]);
        assert_eq!(subject.store.show(id(0)).await.unwrap(), None);
    }

    async fn the_numbers_of_each_queue_are_counted(subject) {
        subject.run(job(), dead(), at(0)).await;
        let jobs = [
            NewJob { run_at: at(-7), ..job() },
            job(),
            NewJob { run_at: at(60), ..job() },
            NewJob { queue: "mail".to_owned(), name: "newer".to_owned(), ..job() },
        ];
        subject.store.enqueue(&jobs, at(0)).await.unwrap();
        subject.store.pause("empty", at(0)).await.unwrap();
        let worker = subject.worker(at(60)).await;
        let stats = subject.store.stats(&["job".to_owned()]).await.unwrap();
        let default = &stats.queues["default"];
        let counts = BTreeMap::from([(State::Dead, 1), (State::Ready, 2), (State::Scheduled, 1)]);
        assert_eq!((&default.states, default.oldest_ready, default.paused), (&counts, Some(at(-7)), false));
        assert_eq!(stats.queues["mail"].states, BTreeMap::from([(State::Ready, 1)]));
        assert!(stats.queues["empty"].paused);
        assert_eq!(stats.unknown, BTreeMap::from([("newer".to_owned(), 1)]));
        assert!(stats.workers.iter().any(|one| one.id == worker && one.queues == ["default"]));
        assert_eq!(stats.count(State::Ready), 3);
    }

    async fn a_job_is_cancelled_in_every_state_that_is_not_final(subject) {
        let ready = job();
        let scheduled = NewJob { run_at: at(60), ..job() };
        subject.store.enqueue(&[ready.clone(), scheduled.clone()], at(0)).await.unwrap();
        let worker = subject.worker(at(60)).await;
        if !subject.is_redis {
            let blocked = NewJob { after: Some(ready.id), ..job() };
            subject.enqueue(blocked.clone()).await;
            assert_eq!(subject.store.cancel(blocked.id, at(1)).await.unwrap(), Cancelled::From(State::Blocked));
        }
        assert_eq!(subject.store.cancel(scheduled.id, at(1)).await.unwrap(), Cancelled::From(State::Scheduled));
        let run = subject.claim_one(worker, at(1)).await;
        assert_eq!(subject.store.cancel(ready.id, at(2)).await.unwrap(), Cancelled::From(State::Running));
        assert_eq!(subject.settle(&run, done(), at(3)).await, Settled::Lost);
        let ended = Cancelled::Ended(State::Cancelled);
        assert_eq!(subject.store.cancel(ready.id, at(4)).await.unwrap(), ended);
        assert_eq!(subject.store.cancel(id(0), at(4)).await.unwrap(), Cancelled::Missing);
        let stored = subject.job(ready.id).await;
        assert_eq!((stored.state, stored.finished_at, stored.worker), (State::Cancelled, Some(at(2)), None));
    }

    async fn a_replayed_job_has_all_its_attempts_again(subject) {
        let letter = subject.run(NewJob { max_attempts: 2, ..job() }, dead(), at(0)).await;
        assert_eq!(subject.store.replay(letter.id, at(100)).await.unwrap(), Replayed::As(State::Ready));
        assert_eq!(subject.store.replay(letter.id, at(100)).await.unwrap(), Replayed::Not(State::Ready));
        let stored = subject.job(letter.id).await;
        assert_eq!((stored.attempt, stored.rescues, stored.run_at), (0, 0, at(100)));
        assert_eq!((stored.finished_at, stored.state), (None, State::Ready));
        let worker = subject.worker(at(200)).await;
        let run = subject.claim_one(worker, at(100)).await;
        assert_eq!((run.attempt, run.token), (1, 2));
        subject.settle(&run, dead(), at(101)).await;
        assert_eq!(subject.errors(letter.id).await.len(), 2, "those of before are kept");
        assert_eq!(subject.store.replay(id(0), at(1)).await.unwrap(), Replayed::Missing);
    }

    async fn a_job_whose_key_is_taken_cannot_be_replayed(subject) {
        let letter = subject.run(with_key("a", KeyScope::Live), dead(), at(0)).await;
        let second = with_key("a", KeyScope::Live);
        assert!(subject.enqueue(second.clone()).await.is_new());
        assert_eq!(subject.store.replay(letter.id, at(1)).await.unwrap(), Replayed::KeyTaken(second.id));
        assert_eq!(subject.state(letter.id).await, State::Dead);
        subject.store.cancel(second.id, at(1)).await.unwrap();
        assert_eq!(subject.store.replay(letter.id, at(1)).await.unwrap(), Replayed::As(State::Ready));
        let third = subject.enqueue(with_key("a", KeyScope::Live)).await;
        assert_eq!(third.id(), letter.id, "the replayed job has its key again");

        subject.store.cancel(letter.id, at(2)).await.unwrap();
        let once = subject.run(with_key("b", KeyScope::Once), dead(), at(2)).await;
        assert_eq!(subject.store.replay(once.id, at(3)).await.unwrap(), Replayed::As(State::Ready));
    }

    async fn only_jobs_that_have_ended_are_deleted(subject) {
        let finished = subject.run(job(), done(), at(0)).await;
        let letter = subject.run(job(), dead(), at(0)).await;
        let waiting = job();
        subject.enqueue(waiting.clone()).await;
        let dead_only = JobFilter { states: vec![State::Dead], ..JobFilter::default() };
        assert_eq!(subject.store.purge(&dead_only, 10, at(1)).await.unwrap(), 1);
        assert_eq!(subject.find(letter.id).await, None);
        assert_eq!(subject.store.purge(&JobFilter::default(), 10, at(1)).await.unwrap(), 1);
        assert_eq!(subject.find(finished.id).await, None);
        assert_eq!(subject.state(waiting.id).await, State::Ready);
        assert!(!subject.store.purge_one(waiting.id, at(1)).await.unwrap());
    }

    /// Elsewhere 30 days of retention deleted what had finished just now.
    async fn jobs_are_kept_for_their_retention(subject) {
        let finished = subject.run(job(), done(), at(100)).await;
        let letter = subject.run(job(), dead(), at(100)).await;
        let retention = Retention { done: Some(Duration::from_secs(50)), ..Retention::default() };
        assert_eq!(subject.store.prune(&retention, 10, at(150)).await.unwrap(), 0);
        assert_eq!(subject.store.prune(&retention, 10, millis(150_001)).await.unwrap(), 1);
        assert_eq!(subject.find(finished.id).await, None);
        assert_eq!(subject.store.prune(&retention, 10, at(9_999)).await.unwrap(), 0);
        assert_eq!(subject.state(letter.id).await, State::Dead);
    }

    async fn jobs_are_pruned_in_portions_the_oldest_first(subject) {
        let mut ids = Vec::new();
        for second in 0..5 {
            ids.push(subject.run(job(), done(), at(10 - second)).await.id);
        }
        let retention = Retention { done: Some(Duration::ZERO), ..Retention::default() };
        assert_eq!(subject.store.prune(&retention, 3, at(100)).await.unwrap(), 3);
        for (index, id) in ids.into_iter().enumerate() {
            assert_eq!(subject.find(id).await.is_some(), index < 2, "{index}");
        }
        assert_eq!(subject.store.prune(&retention, 3, at(100)).await.unwrap(), 2);
    }
}
