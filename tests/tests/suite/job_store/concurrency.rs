//! Many at once.

use std::{collections::HashSet, sync::Arc, time::Duration};

use fw::{
    queue::store::{
        BatchId, Claim, Executor, JobFilter, JobId, KeyScope, NewBatch, NewJob, Outcome, Page,
        Settlement, State, StoreError,
    },
    sea_orm::{ConnectionTrait, TransactionSession, TransactionTrait},
};

use super::{
    Subject, at, dead, done, id, job, on_every_store, on_stores_with_everything, retry, with_key,
};
use crate::stored_values::Random;

on_stores_with_everything! {
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
}

on_every_store! {
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

/// A conflict with the row of a key would lock it until the end of the transaction.
#[tokio::test]
async fn a_transaction_that_meets_a_taken_key_does_not_hold_up_its_job() {
    let subject = Subject::postgres().await;
    let first = with_key("a", KeyScope::Live);
    subject.enqueue(first.clone()).await;
    let worker = subject.worker(at(60)).await;
    let run = subject.claim_one(worker, at(0)).await;
    let transaction = subject.db.begin().await.unwrap();
    let executor = Executor::Transaction(&transaction);
    let second = with_key("a", KeyScope::Live);
    let outcome = subject.store.enqueue_in(executor, &[second], at(0)).await;
    assert_eq!(outcome.unwrap()[0].id(), first.id);
    let settled = subject.settle(&run, done(), at(1));
    let settled = tokio::time::timeout(Duration::from_secs(5), settled).await;
    settled.expect("it does not wait");
    transaction.commit().await.unwrap();
    assert_eq!(subject.state(first.id).await, State::Done);
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
    let next = NewJob {
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

/// Processes that do everything at once, on the same jobs, keys, chains and batches.
async fn processes_do_not_disturb_each_other(subject: Subject) {
    let subject = Arc::new(subject);
    let batch = NewBatch {
        id: BatchId::new(),
        description: String::new(),
        jobs: vec![with_key("batch", KeyScope::Once)],
        callback: None,
    };
    if !subject.is_redis {
        subject.store.create_batch(&batch, at(0)).await.unwrap();
    }
    let processes: Vec<_> = (0..6)
        .map(|number| {
            let (subject, batch) = (Arc::clone(&subject), batch.id);
            tokio::spawn(async move { process(&subject, batch, number).await })
        })
        .collect();
    for process in processes {
        process.await.unwrap();
    }
    let all = Page {
        before: None,
        limit: 10_000,
    };
    let jobs = subject
        .store
        .list(&JobFilter::default(), all)
        .await
        .unwrap();
    let live = jobs.iter().filter(|job| !job.state.is_final());
    let live_keys: Vec<_> = live
        .filter_map(|job| Some(job.key.as_ref()?.value.clone()))
        .collect();
    let different: HashSet<_> = live_keys.iter().collect();
    assert_eq!(live_keys.len(), different.len(), "{live_keys:?}");
    if subject.is_redis {
        return;
    }
    let members = jobs.iter().filter(|job| job.batch == Some(batch.id));
    let pending = members.clone().filter(|job| !job.state.is_final()).count();
    let record = subject.store.batch(batch.id).await.unwrap().unwrap();
    assert!(
        record.total as usize >= members.count(),
        "some may be deleted"
    );
    assert!(record.finished_at.is_some() || record.pending as usize == pending);
    for job in &jobs {
        if job.state == State::Blocked {
            let before = subject.job(job.after.unwrap()).await.state;
            assert_ne!(before, State::Done, "{job:?} waits for nothing");
        }
    }
}

/// One of the processes. Each error is a failure: above all that two transactions wait for each other.
async fn process(subject: &Subject, batch: BatchId, number: u64) {
    let mut random = Random(number);
    let mut worker = subject.worker(at(60)).await;
    let mut ids = Vec::new();
    for round in 0..80 {
        let now = at(round);
        let any = |random: &mut Random, ids: &[JobId]| {
            let count = ids.len().max(1) as u64;
            let index = usize::try_from(random.below(count)).expect("small");
            ids.get(index).copied().unwrap_or_else(|| id(1))
        };
        match random.below(8) {
            0..3 => {
                let keys = ["a", "b", "c", "d"];
                let mut jobs: Vec<_> = (0..3)
                    .map(|_| with_key(random.pick(&keys), KeyScope::Live))
                    .collect();
                let first = jobs[0].id;
                jobs.push(NewJob {
                    after: (!subject.is_redis).then_some(first),
                    ..job()
                });
                if random.below(2) == 0 && !subject.is_redis {
                    jobs[1].batch = Some(batch);
                    jobs[2].after = Some(any(&mut random, &ids));
                    jobs[2].batch = Some(batch);
                }
                match subject.store.enqueue(&jobs, now).await {
                    Ok(outcomes) => ids.extend(outcomes.iter().map(|outcome| outcome.id())),
                    Err(StoreError::BatchClosed(_) | StoreError::Invalid { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            3..6 => {
                let runs = subject.claim(worker, 4, now).await;
                let settlements: Vec<_> = runs
                    .iter()
                    .map(|run| Settlement {
                        fence: run.fence(),
                        outcome: random_outcome(&mut random),
                    })
                    .collect();
                subject.store.settle(&settlements, now).await.unwrap();
            }
            6 => {
                let job = any(&mut random, &ids);
                subject.store.cancel(job, now).await.unwrap();
                let job = any(&mut random, &ids);
                subject.store.replay(job, now).await.unwrap();
                let job = any(&mut random, &ids);
                subject.store.purge_one(job, now).await.unwrap();
            }
            _ => {
                // It is lost with what it runs.
                subject.claim(worker, 1, now).await;
                subject.store.unregister(worker, now).await.unwrap();
                worker = subject.worker(at(1_000)).await;
                subject.store.rescue(10, now).await.unwrap();
                subject.store.promote(10, now).await.unwrap();
            }
        }
    }
}

fn random_outcome(random: &mut Random) -> Outcome {
    match random.below(5) {
        0 => dead(),
        1 => retry(0),
        2 => Outcome::Discard {
            reason: String::new(),
        },
        _ => done(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_on_sqlite_do_not_disturb_each_other() {
    processes_do_not_disturb_each_other(Subject::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_on_postgres_do_not_disturb_each_other() {
    processes_do_not_disturb_each_other(Subject::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_on_redis_do_not_disturb_each_other() {
    processes_do_not_disturb_each_other(Subject::redis().await).await;
}
