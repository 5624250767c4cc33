//! Steps, progress, chains and batches.

use fw::queue::store::{
    BatchId, Enqueued, Executor, KeyScope, NewBatch, NewJob, Outcome, Replayed, Settled,
    Settlement, State, StoreError,
};
use fw::sea_orm::{TransactionSession, TransactionTrait};

use super::{Subject, at, dead, done, job, on_every_store, on_stores_with_everything, with_key};

/// Claims the only ready job and settles it.
async fn run_next(subject: &Subject, outcome: Outcome) -> Settled {
    let worker = subject.worker(at(1_000)).await;
    let run = subject.claim_one(worker, at(1)).await;
    subject.settle(&run, outcome, at(1)).await
}

fn chain(length: usize) -> Vec<NewJob> {
    let mut jobs: Vec<NewJob> = Vec::new();
    for _ in 0..length {
        let after = jobs.last().map(|job| job.id);
        jobs.push(NewJob { after, ..job() });
    }
    jobs
}

async fn states(subject: &Subject, jobs: &[NewJob]) -> Vec<State> {
    let mut states = Vec::new();
    for job in jobs {
        states.push(subject.state(job.id).await);
    }
    states
}

fn batch(jobs: Vec<NewJob>, callback: Option<NewJob>) -> NewBatch {
    NewBatch {
        id: BatchId::new(),
        description: "a batch".to_owned(),
        jobs,
        callback,
    }
}

on_stores_with_everything! {
    async fn the_result_of_a_step_is_stored_once(subject) {
        let new = job();
        subject.enqueue(new.clone()).await;
        let worker = subject.worker(at(60)).await;
        let run = subject.claim_one(worker, at(0)).await;
        assert_eq!(subject.store.step(new.id, "charge").await.unwrap(), None);
        assert!(subject.store.save_step(run.fence(), "charge", "1", at(0)).await.unwrap());
        assert!(subject.store.save_step(run.fence(), "charge", "2", at(0)).await.unwrap());
        assert_eq!(subject.store.step(new.id, "charge").await.unwrap().as_deref(), Some("1"));
        subject.settle(&run, dead(), at(1)).await;
        subject.store.replay(new.id, at(2)).await.unwrap();
        let steps = subject.store.show(new.id).await.unwrap().unwrap().steps;
        assert_eq!(steps.into_iter().collect::<Vec<_>>(), [("charge".to_owned(), "1".to_owned())]);
    }

    async fn the_jobs_of_a_chain_run_one_after_the_other(subject) {
        let jobs = chain(3);
        subject.store.enqueue(&jobs, at(0)).await.unwrap();
        let (blocked, ready, done_state) = (State::Blocked, State::Ready, State::Done);
        assert_eq!(states(&subject, &jobs).await, [ready, blocked, blocked]);
        run_next(&subject, done()).await;
        assert_eq!(states(&subject, &jobs).await, [done_state, ready, blocked]);
        run_next(&subject, done()).await;
        run_next(&subject, done()).await;
        assert_eq!(states(&subject, &jobs).await, [done_state; 3]);
        let late = NewJob { after: Some(jobs[2].id), ..job() };
        subject.enqueue(late.clone()).await;
        assert_eq!(subject.state(late.id).await, ready);
        let scheduled = NewJob { after: Some(late.id), run_at: at(60), ..job() };
        subject.enqueue(scheduled.clone()).await;
        run_next(&subject, done()).await;
        assert_eq!(subject.state(scheduled.id).await, State::Scheduled);
    }

    async fn a_chain_waits_for_the_replay_of_a_dead_job(subject) {
        let jobs = chain(3);
        subject.store.enqueue(&jobs, at(0)).await.unwrap();
        run_next(&subject, dead()).await;
        assert_eq!(states(&subject, &jobs).await, [State::Dead, State::Blocked, State::Blocked]);
        subject.store.replay(jobs[0].id, at(1)).await.unwrap();
        run_next(&subject, done()).await;
        assert_eq!(states(&subject, &jobs).await, [State::Done, State::Ready, State::Blocked]);
    }

    async fn a_chain_is_cancelled_with_one_of_its_jobs(subject) {
        let jobs = chain(4);
        subject.store.enqueue(&jobs, at(0)).await.unwrap();
        run_next(&subject, Outcome::Discard { reason: "not needed".to_owned() }).await;
        assert_eq!(states(&subject, &jobs).await, [State::Cancelled; 4]);
        // What was cancelled comes back in its order.
        assert_eq!(subject.store.replay(jobs[1].id, at(1)).await.unwrap(), Replayed::As(State::Blocked));
        assert_eq!(subject.store.replay(jobs[0].id, at(1)).await.unwrap(), Replayed::As(State::Ready));
        run_next(&subject, done()).await;
        assert_eq!(states(&subject, &jobs[..3]).await, [State::Done, State::Ready, State::Cancelled]);
    }

    async fn a_long_chain_is_cancelled_as_a_whole(subject) {
        let jobs = chain(300);
        subject.store.enqueue(&jobs, at(0)).await.unwrap();
        subject.store.cancel(jobs[0].id, at(1)).await.unwrap();
        let stats = subject.store.stats(&[]).await.unwrap();
        assert_eq!(stats.count(State::Cancelled), 300);
    }

    async fn a_chain_is_cancelled_when_its_dead_job_is_deleted(subject) {
        let jobs = chain(3);
        subject.store.enqueue(&jobs, at(0)).await.unwrap();
        run_next(&subject, dead()).await;
        assert!(subject.store.purge_one(jobs[0].id, at(2)).await.unwrap());
        assert_eq!(states(&subject, &jobs[1..]).await, [State::Cancelled; 2]);
    }

    async fn a_job_waits_for_the_one_that_was_there_instead(subject) {
        let there = with_key("a", KeyScope::Live);
        subject.enqueue(there.clone()).await;
        let first = with_key("a", KeyScope::Live);
        let second = NewJob { after: Some(first.id), ..job() };
        let outcomes = subject.store.enqueue(&[first, second.clone()], at(0)).await.unwrap();
        assert_eq!(outcomes, [Enqueued::Existing(there.id), Enqueued::New(second.id)]);
        assert_eq!(subject.job(second.id).await.after, Some(there.id));
        assert_eq!(subject.state(second.id).await, State::Blocked);
        run_next(&subject, done()).await;
        assert_eq!(subject.state(second.id).await, State::Ready);
    }

    async fn the_callback_of_a_batch_runs_after_its_last_job(subject) {
        let callback = job();
        let new = batch(vec![job(), job(), job()], Some(callback.clone()));
        let created = subject.store.create_batch(&new, at(0)).await.unwrap();
        assert!(created.jobs.iter().all(|job| job.is_new()));
        assert_eq!(created.callback, Some(Enqueued::New(callback.id)));
        assert_eq!(subject.job(new.jobs[0].id).await.batch, Some(new.id));
        run_next(&subject, done()).await;
        run_next(&subject, dead()).await;
        assert_eq!(subject.state(callback.id).await, State::Blocked);
        let record = subject.store.batch(new.id).await.unwrap().unwrap();
        assert_eq!((record.total, record.pending, record.failed, record.finished_at), (3, 1, 1, None));
        run_next(&subject, done()).await;
        assert_eq!(subject.state(callback.id).await, State::Ready);
        let record = subject.store.batch(new.id).await.unwrap().unwrap();
        assert_eq!((record.pending, record.failed, record.finished_at), (0, 1, Some(at(1))));
        assert_eq!((record.callback, record.description.as_str()), (Some(callback.id), "a batch"));
    }

    async fn a_replayed_job_of_a_batch_counts_again(subject) {
        let callback = job();
        let new = batch(vec![job(), job()], Some(callback.clone()));
        subject.store.create_batch(&new, at(0)).await.unwrap();
        run_next(&subject, dead()).await;
        subject.store.replay(new.jobs[0].id, at(1)).await.unwrap();
        let record = subject.store.batch(new.id).await.unwrap().unwrap();
        assert_eq!((record.pending, record.failed), (2, 0));
        run_next(&subject, done()).await;
        run_next(&subject, dead()).await;
        assert_eq!(subject.state(callback.id).await, State::Ready);
        // The batch has ended; its callback does not run twice.
        let mut letters = new.jobs.iter().map(|job| job.id);
        let letter = loop {
            let id = letters.next().expect("one of them is dead");
            if subject.state(id).await == State::Dead {
                break id;
            }
        };
        subject.store.replay(letter, at(2)).await.unwrap();
        let record = subject.store.batch(new.id).await.unwrap().unwrap();
        assert_eq!((record.pending, record.failed), (0, 1));
    }

    async fn a_job_may_add_others_to_its_batch_while_it_runs(subject) {
        let callback = job();
        let new = batch(vec![job()], Some(callback.clone()));
        subject.store.create_batch(&new, at(0)).await.unwrap();
        let worker = subject.worker(at(60)).await;
        let run = subject.claim_one(worker, at(0)).await;
        let added = NewJob { batch: Some(new.id), ..job() };
        subject.enqueue(added.clone()).await;
        subject.settle(&run, done(), at(1)).await;
        assert_eq!(subject.state(callback.id).await, State::Blocked);
        subject.store.cancel(added.id, at(2)).await.unwrap();
        assert_eq!(subject.state(callback.id).await, State::Ready);
        let late = NewJob { batch: Some(new.id), ..job() };
        let refused = subject.store.enqueue(std::slice::from_ref(&late), at(3)).await;
        assert!(matches!(refused, Err(StoreError::BatchClosed(id)) if id == new.id), "{refused:?}");
        assert_eq!(subject.find(late.id).await, None);
    }

    async fn a_batch_without_new_jobs_ends_at_once(subject) {
        let there = with_key("a", KeyScope::Live);
        subject.enqueue(there.clone()).await;
        let callback = NewJob { run_at: at(30), ..job() };
        let new = batch(vec![with_key("a", KeyScope::Live)], Some(callback.clone()));
        let created = subject.store.create_batch(&new, at(0)).await.unwrap();
        assert_eq!(created.jobs, [Enqueued::Existing(there.id)]);
        assert_eq!(subject.state(callback.id).await, State::Scheduled);
        let again = subject.store.create_batch(&new, at(0)).await.unwrap();
        assert_eq!(again.callback, Some(Enqueued::Existing(callback.id)));
        assert_eq!(again.jobs, created.jobs);
    }

    async fn a_batch_is_created_in_the_callers_transaction(subject) {
        let new = batch(vec![job()], None);
        let transaction = subject.db.begin().await.unwrap();
        let executor = Executor::Transaction(&transaction);
        subject.store.create_batch_in(executor, &new, at(0)).await.unwrap();
        transaction.rollback().await.unwrap();
        assert_eq!(subject.store.batch(new.id).await.unwrap(), None);
        let transaction = subject.db.begin().await.unwrap();
        let executor = Executor::Transaction(&transaction);
        subject.store.create_batch_in(executor, &new, at(0)).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(subject.store.batch(new.id).await.unwrap().unwrap().total, 1);
    }

    async fn a_job_is_settled_with_its_own_transaction(subject) {
        let new = job();
        subject.enqueue(new.clone()).await;
        let worker = subject.worker(at(10)).await;
        let run = subject.claim_one(worker, at(0)).await;
        let settlement = Settlement { fence: run.fence(), outcome: done() };
        let transaction = subject.db.begin().await.unwrap();
        let executor = Executor::Transaction(&transaction);
        let settled = subject.store.settle_in(executor, &settlement, at(1)).await.unwrap();
        assert_eq!(settled, Settled::As(State::Done));
        transaction.rollback().await.unwrap();
        assert_eq!(subject.state(new.id).await, State::Running);

        let transaction = subject.db.begin().await.unwrap();
        let executor = Executor::Transaction(&transaction);
        subject.store.settle_in(executor, &settlement, at(1)).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(subject.state(new.id).await, State::Done);
        let settled = subject.store.settle_in(Executor::Db(&subject.db), &settlement, at(1)).await;
        assert_eq!(settled.unwrap(), Settled::Lost);
    }
}

on_every_store! {
    async fn progress_is_that_of_the_last_run(subject) {
        let new = job();
        subject.enqueue(new.clone()).await;
        let worker = subject.worker(at(60)).await;
        let run = subject.claim_one(worker, at(0)).await;
        assert!(subject.store.progress(run.fence(), 400).await.unwrap());
        assert_eq!(subject.job(new.id).await.progress, Some(400));
        subject.settle(&run, Outcome::HandBack, at(1)).await;
        assert!(!subject.store.progress(run.fence(), 500).await.unwrap());
        assert_eq!(subject.claim_one(worker, at(1)).await.progress, None);
    }
}
