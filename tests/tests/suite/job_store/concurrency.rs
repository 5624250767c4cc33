//! Many at once.

use std::{collections::HashSet, sync::Arc, time::Duration};

use fw::{
    queue::store::{BatchId, Claim, Executor, KeyScope, NewBatch, Settlement, State},
    sea_orm::{ConnectionTrait, TransactionSession, TransactionTrait},
};

use super::{Subject, at, done, job, on_every_store, with_key};

on_every_store! {
    async fn a_job_is_claimed_by_one_of_many(subject) {
        let subject = Arc::new(subject);
        let callback = job();
        let batch = NewBatch {
            id: BatchId::new(),
            description: String::new(),
            jobs: (0..200).map(|_| job()).collect(),
            callback: Some(callback.clone()),
        };
        subject.store.create_batch(&batch, at(0)).await.unwrap();
        let workers = (0..8).map(|_| {
            let subject = Arc::clone(&subject);
            tokio::spawn(async move {
                let worker = subject.worker(at(60)).await;
                let claim = Claim { worker, queue: "default", names: &["job".to_owned()], limit: 7 };
                let mut claimed = Vec::new();
                loop {
                    let runs = subject.store.claim(claim, at(0)).await.unwrap();
                    if runs.is_empty() {
                        break claimed;
                    }
                    let settlements: Vec<_> = runs.iter()
                        .map(|run| Settlement { fence: run.fence(), outcome: done() })
                        .collect();
                    subject.store.settle(&settlements, at(1)).await.unwrap();
                    claimed.extend(runs.into_iter().map(|run| run.id));
                }
            })
        });
        let mut all = Vec::new();
        for worker in workers.collect::<Vec<_>>() {
            all.extend(worker.await.unwrap());
        }
        let different: HashSet<_> = all.iter().collect();
        // The callback is one of those that were run, unless all had gone when it became ready.
        assert_eq!(different.len(), all.len());
        assert!(all.len() >= 200);
        let record = subject.store.batch(batch.id).await.unwrap().unwrap();
        assert_eq!((record.pending, record.total), (0, 200));
        assert_ne!(subject.state(callback.id).await, State::Blocked);
    }

    async fn a_key_lets_one_of_many_in(subject) {
        let subject = Arc::new(subject);
        let calls: Vec<_> = (0..16).map(|_| {
            let subject = Arc::clone(&subject);
            tokio::spawn(async move { subject.enqueue(with_key("a", KeyScope::Live)).await })
        }).collect();
        let mut outcomes = Vec::new();
        for call in calls {
            outcomes.push(call.await.unwrap());
        }
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_new()).count(), 1);
        let ids: HashSet<_> = outcomes.iter().map(|outcome| outcome.id()).collect();
        assert_eq!(ids.len(), 1);
    }
}

/// Two transactions are open at once only on PostgreSQL; SQLite has one writer.
#[tokio::test]
async fn a_transaction_waits_for_another_one_with_its_key() {
    let subject = Arc::new(Subject::postgres().await);
    for rolled_back in [true, false] {
        let key = if rolled_back { "a" } else { "b" };
        let first = with_key(key, KeyScope::Once);
        let second = with_key(key, KeyScope::Once);
        let transaction = subject.db.begin().await.unwrap();
        let executor = Executor::Transaction(&transaction);
        let outcome = subject
            .store
            .enqueue_in(executor, std::slice::from_ref(&first), at(0))
            .await;
        assert!(outcome.unwrap()[0].is_new());
        let waiting = tokio::spawn({
            let (subject, second) = (Arc::clone(&subject), second.clone());
            async move { subject.enqueue(second).await }
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!waiting.is_finished());
        if rolled_back {
            transaction.rollback().await.unwrap();
        } else {
            transaction.commit().await.unwrap();
        }
        let outcome = waiting.await.unwrap();
        assert_eq!(outcome.is_new(), rolled_back);
        let expected = if rolled_back { second.id } else { first.id };
        assert_eq!(outcome.id(), expected);
    }
}

/// A rescue that asks for workers that are not there, not for those that are lost, takes a job from a worker that has registered
/// in the meantime.
#[tokio::test]
async fn a_rescue_does_not_take_a_job_that_was_claimed_anew_meanwhile() {
    let subject = Arc::new(Subject::postgres().await);
    let new = job();
    subject.enqueue(new.clone()).await;
    let lost = subject.worker(at(10)).await;
    subject.claim_one(lost, at(0)).await;
    let healthy = subject.worker(at(1_000)).await;
    let transaction = subject.db.begin().await.unwrap();
    let claimed_anew = format!(
        "UPDATE fw_jobs SET worker = '{healthy}', token = token + 1 WHERE id = '{}'",
        new.id
    );
    transaction.execute_unprepared(&claimed_anew).await.unwrap();
    let rescue = tokio::spawn({
        let subject = Arc::clone(&subject);
        async move { subject.store.rescue(10, at(11)).await.unwrap() }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    transaction.commit().await.unwrap();
    assert_eq!(rescue.await.unwrap(), []);
    assert_eq!(subject.job(new.id).await.worker, Some(healthy));
}

/// The end of a job and a job that is to come after it.
#[tokio::test]
async fn a_job_that_comes_after_one_that_ends_meanwhile_is_not_forgotten() {
    let subject = Arc::new(Subject::postgres().await);
    let first = job();
    subject.enqueue(first.clone()).await;
    let worker = subject.worker(at(60)).await;
    let run = subject.claim_one(worker, at(0)).await;
    let next = fw::queue::store::NewJob {
        after: Some(first.id),
        ..job()
    };
    let transaction = subject.db.begin().await.unwrap();
    let executor = Executor::Transaction(&transaction);
    subject
        .store
        .enqueue_in(executor, std::slice::from_ref(&next), at(0))
        .await
        .unwrap();
    let end = tokio::spawn({
        let subject = Arc::clone(&subject);
        async move { subject.settle(&run, done(), at(1)).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    transaction.commit().await.unwrap();
    end.await.unwrap();
    assert_eq!(subject.state(next.id).await, State::Ready);
}
