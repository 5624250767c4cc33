//! Enqueuing: transactions and unique keys.

use std::time::Duration;

use fw::{
    queue::store::{Enqueued, Executor, JobRecord, KeyScope, NewJob, Outcome, State, StoreError},
    sea_orm::{TransactionSession, TransactionTrait},
};

use super::{at, dead, done, id, job, millis, on_every_store, retry, with_key};

on_every_store! {
    async fn a_job_comes_back_as_it_was_enqueued(subject) {
        let first = subject.run(job(), done(), at(0)).await;
        let after = (!subject.is_redis).then_some(first.id);
        let new = NewJob {
            queue: "default".to_owned(),
            args: r#"{"text":"a „Gruß“ \u0000 'x' $1 ?"}"#.to_owned(),
            priority: -7,
            run_at: millis(-1_234),
            max_attempts: 3,
            after,
            erase_args: true,
            meta: Some(r#"{"request_id":"1"}"#.to_owned()),
            ..with_key("ключ", KeyScope::Period(Duration::from_micros(1_500_001)))
        };
        assert_eq!(subject.enqueue_at(new.clone(), millis(1)).await, Enqueued::New(new.id));
        let expected = JobRecord {
            id: new.id,
            queue: new.queue,
            name: new.name,
            args: new.args,
            priority: -7,
            state: State::Ready,
            run_at: millis(-1_234),
            attempt: 0,
            max_attempts: 3,
            rescues: 0,
            token: 0,
            worker: None,
            started_at: None,
            finished_at: None,
            result: None,
            progress: None,
            key: new.key,
            batch: None,
            after,
            erase_args: true,
            meta: new.meta,
            created_at: millis(1),
        };
        assert_eq!(subject.job(new.id).await, expected);
    }

    /// So that a call whose answer was lost can be repeated.
    async fn a_job_is_enqueued_once_by_its_id(subject) {
        let new = job();
        assert_eq!(subject.enqueue(new.clone()).await, Enqueued::New(new.id));
        let again = NewJob { args: "1".to_owned(), ..new.clone() };
        assert_eq!(subject.enqueue(again.clone()).await, Enqueued::Existing(new.id));
        assert_eq!(subject.job(new.id).await.args, "{}");
        let worker = subject.worker(at(60)).await;
        let claimed = subject.claim_one(worker, at(0)).await;
        subject.settle(&claimed, done(), at(1)).await;
        assert_eq!(subject.enqueue(again).await, Enqueued::Existing(new.id));
        assert_eq!(subject.state(new.id).await, State::Done);
    }

    async fn many_jobs_are_enqueued_at_once_and_answered_in_their_order(subject) {
        let jobs: Vec<_> = (0..1_200)
            .map(|number| match number % 3 {
                0 => with_key(&format!("{}", number / 2), KeyScope::Once),
                _ => job(),
            })
            .collect();
        let outcomes = subject.store.enqueue(&jobs, at(0)).await.unwrap();
        assert_eq!(outcomes.len(), jobs.len());
        for (job, outcome) in jobs.iter().zip(outcomes) {
            assert_eq!(outcome, Enqueued::New(job.id));
        }
        let again = subject.store.enqueue(&jobs, at(0)).await.unwrap();
        assert!(again.iter().zip(&jobs).all(|(outcome, job)| *outcome == Enqueued::Existing(job.id)));
        assert_eq!(subject.store.enqueue(&[], at(0)).await.unwrap(), []);
    }

    async fn of_two_jobs_of_one_call_with_the_same_key_the_first_is_enqueued(subject) {
        let (first, second) = (with_key("a", KeyScope::Live), with_key("a", KeyScope::Live));
        let other_name = NewJob { name: "other".to_owned(), ..with_key("a", KeyScope::Live) };
        let jobs = [first.clone(), second, other_name.clone(), first.clone()];
        let outcomes = subject.store.enqueue(&jobs, at(0)).await.unwrap();
        let existing = Enqueued::Existing(first.id);
        assert_eq!(outcomes, [Enqueued::New(first.id), existing, Enqueued::New(other_name.id), existing]);
    }

    /// Elsewhere a key outlives nothing, or blocks for ever without saying so.
    async fn a_key_once_for_ever_outlives_its_job(subject) {
        let first = subject.run(with_key("a", KeyScope::Once), done(), at(0)).await;
        let taken = Enqueued::Existing(first.id);
        assert_eq!(subject.enqueue(with_key("a", KeyScope::Once)).await, taken);
        assert!(subject.store.purge_one(first.id, at(1)).await.unwrap());
        assert_eq!(subject.enqueue(with_key("a", KeyScope::Once)).await, taken);
    }

    async fn a_live_key_is_free_when_its_job_has_ended(subject) {
        for outcome in [done(), dead(), Outcome::Discard { reason: "gone".to_owned() }] {
            let new = with_key("a", KeyScope::Live);
            subject.enqueue(new.clone()).await;
            let taken = Enqueued::Existing(new.id);
            assert_eq!(subject.enqueue(with_key("a", KeyScope::Live)).await, taken);
            let worker = subject.worker(at(60)).await;
            let run = subject.claim_one(worker, at(0)).await;
            assert_eq!(subject.enqueue(with_key("a", KeyScope::Live)).await, taken);
            subject.settle(&run, retry(1), at(0)).await;
            assert_eq!(subject.enqueue(with_key("a", KeyScope::Live)).await, taken);
            subject.store.promote(10, at(1)).await.unwrap();
            let run = subject.claim_one(worker, at(1)).await;
            subject.settle(&run, outcome, at(1)).await;
        }
        let new = with_key("a", KeyScope::Live);
        assert!(subject.enqueue(new.clone()).await.is_new());
        subject.store.cancel(new.id, at(2)).await.unwrap();
        assert!(subject.enqueue(with_key("a", KeyScope::Live)).await.is_new());
    }

    async fn a_key_for_a_period_is_free_at_its_end(subject) {
        let scope = KeyScope::Period(Duration::from_secs(10));
        let first = subject.run(with_key("a", scope), done(), at(0)).await;
        let just_before = subject.enqueue_at(with_key("a", scope), millis(9_999)).await;
        assert_eq!(just_before, Enqueued::Existing(first.id));
        let next = with_key("a", scope);
        assert_eq!(subject.enqueue_at(next.clone(), at(10)).await, Enqueued::New(next.id));
        let third = subject.enqueue_at(with_key("a", scope), at(19)).await;
        assert_eq!(third, Enqueued::Existing(next.id));
    }

    async fn deleting_a_job_that_was_never_claimed_releases_its_key(subject) {
        for scope in [KeyScope::Once, KeyScope::Period(Duration::from_hours(1))] {
            let new = with_key("a", scope);
            subject.enqueue(new.clone()).await;
            assert!(!subject.store.purge_one(new.id, at(1)).await.unwrap(), "it still waits");
            subject.store.cancel(new.id, at(1)).await.unwrap();
            assert_eq!(subject.enqueue(with_key("a", scope)).await, Enqueued::Existing(new.id));
            assert!(subject.store.purge_one(new.id, at(1)).await.unwrap());
            let next = with_key("a", scope);
            assert!(subject.enqueue(next.clone()).await.is_new());
            subject.store.cancel(next.id, at(1)).await.unwrap();
            subject.store.purge_one(next.id, at(1)).await.unwrap();
        }
    }

    async fn a_job_of_a_transaction_is_there_after_its_commit(subject) {
        let new = job();
        let transaction = subject.db.begin().await.unwrap();
        let executor = Executor::Transaction(&transaction);
        let outcome = subject.store.enqueue_in(executor, std::slice::from_ref(&new), at(0)).await;
        assert_eq!(outcome.unwrap(), [Enqueued::New(new.id)]);
        assert_eq!(subject.find(new.id).await, None);
        transaction.commit().await.unwrap();
        subject.relay().await;
        assert_eq!(subject.state(new.id).await, State::Ready);

        let alone = job();
        let executor = Executor::Db(&subject.db);
        subject.store.enqueue_in(executor, std::slice::from_ref(&alone), at(0)).await.unwrap();
        assert_eq!(subject.state(alone.id).await, State::Ready);
    }

    /// Locks that decide on uniqueness lose jobs when they outlive a transaction that is rolled back.
    async fn a_key_is_free_after_a_rollback(subject) {
        let new = with_key("a", KeyScope::Once);
        let transaction = subject.db.begin().await.unwrap();
        let executor = Executor::Transaction(&transaction);
        let outcome = subject.store.enqueue_in(executor, std::slice::from_ref(&new), at(0)).await;
        assert!(outcome.unwrap()[0].is_new());
        transaction.rollback().await.unwrap();
        assert_eq!(subject.find(new.id).await, None);
        let second = with_key("a", KeyScope::Once);
        assert_eq!(subject.enqueue(second.clone()).await, Enqueued::New(second.id));
    }

    /// A unique violation would fail the whole transaction on PostgreSQL.
    async fn a_taken_key_does_not_break_the_callers_transaction(subject) {
        let first = with_key("a", KeyScope::Once);
        subject.enqueue(first.clone()).await;
        let (second, third) = (with_key("a", KeyScope::Once), job());
        let transaction = subject.db.begin().await.unwrap();
        let executor = Executor::Transaction(&transaction);
        let outcomes = subject.store.enqueue_in(executor, &[second, third.clone()], at(0)).await;
        assert_eq!(outcomes.unwrap(), [Enqueued::Existing(first.id), Enqueued::New(third.id)]);
        let again = subject.store.enqueue_in(executor, std::slice::from_ref(&first), at(0)).await;
        assert_eq!(again.unwrap(), [Enqueued::Existing(first.id)]);
        transaction.commit().await.unwrap();
        subject.relay().await;
        assert_eq!(subject.state(third.id).await, State::Ready);
    }

    async fn a_job_that_cannot_be_stored_stops_the_whole_call(subject) {
        let good = job();
        let wrong = [
            NewJob { priority: 101, ..job() },
            NewJob { max_attempts: 0, ..job() },
            NewJob { args: " ".repeat(256 * 1024 + 1), ..job() },
            NewJob { name: "a\0b".to_owned(), ..job() },
            NewJob { after: Some(good.id), id: good.id, ..job() },
        ];
        for wrong in wrong {
            let refused = subject.store.enqueue(&[good.clone(), wrong], at(0)).await;
            assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
            assert_eq!(subject.find(good.id).await, None);
        }
        let cancelled = job();
        subject.enqueue(cancelled.clone()).await;
        subject.store.cancel(cancelled.id, at(0)).await.unwrap();
        let waits = NewJob { after: Some(cancelled.id), ..job() };
        let transaction = subject.db.begin().await.unwrap();
        let executor = Executor::Transaction(&transaction);
        let refused = subject.store.enqueue_in(executor, &[good.clone(), waits], at(0)).await;
        if subject.is_sql {
            assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
        }
        transaction.commit().await.unwrap();
        assert_eq!(subject.find(good.id).await, None);
    }

    async fn the_largest_arguments_are_stored(subject) {
        let text = "\u{1f980}\"\\\n".to_owned();
        let args = format!("\"{}\"", "\\\"".repeat(128 * 1024 - 1));
        let jobs: Vec<_> = (0..20).map(|_| NewJob { args: args.clone(), ..job() }).collect();
        subject.store.enqueue(&jobs, at(0)).await.unwrap();
        assert_eq!(subject.job(jobs[19].id).await.args, args);
        let odd = NewJob { meta: Some(text.clone()), ..job() };
        subject.enqueue(odd.clone()).await;
        assert_eq!(subject.job(odd.id).await.meta, Some(text));
    }

    async fn ids_are_in_order_on_every_store(subject) {
        for number in [3, 1, 255, 256, 2] {
            subject.enqueue(NewJob { id: id(1_000_000 + number), ..job() }).await;
        }
        let worker = subject.worker(at(60)).await;
        let claimed = subject.claim(worker, 10, at(0)).await;
        let ids: Vec<_> = claimed.iter().map(|job| job.id).collect();
        assert_eq!(ids, [1, 2, 3, 255, 256].map(|number| id(1_000_000 + number)));
    }
}
