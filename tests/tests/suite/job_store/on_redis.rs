//! What only the store on Redis has: a server that may be away, keys beside those of others, what it does not support, and the
//! outbox. Some tests are named after faults of another store on Redis.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use fw::{
    queue::store::{
        BatchId, Beat, Claim, Enqueued, Executor, Fence, JobFilter, KeyScope, NewBatch, NewJob,
        Outbox, Outcome, Page, RateLimit, RedisStore, Retention, Settlement, State, Store,
        StoreError,
    },
    sea_orm::{TransactionSession, TransactionTrait},
};
use fw_tests::redis::{self, Server};

use super::{Subject, at, done, job, redis_store, retry, with_key};

async fn enqueue(store: &RedisStore, job: &NewJob) -> Result<Enqueued, StoreError> {
    let outcomes = store.enqueue(std::slice::from_ref(job), at(0)).await?;
    Ok(outcomes[0])
}

/// All keys of a store.
fn keys(server: &Server, prefix: &str) -> Vec<String> {
    let pattern = format!("{{fw:{prefix}}}:*");
    let keys = server.cli(&["--scan", "--pattern", &pattern]);
    keys.lines().map(str::to_owned).collect()
}

// --- Faults of others ---

/// Keys had a lifetime of 0 by default, so that every duplicate was accepted.
#[tokio::test]
async fn a_duplicate_is_refused_whatever_its_key_holds_for() {
    let subject = Subject::redis().await;
    for (key, scope) in [
        ("once", KeyScope::Once),
        ("live", KeyScope::Live),
        ("period", KeyScope::Period(Duration::from_mins(1))),
    ] {
        let first = with_key(key, scope);
        assert!(subject.enqueue(first.clone()).await.is_new());
        let second = subject.enqueue(with_key(key, scope)).await;
        assert_eq!(second, Enqueued::Existing(first.id), "{key}");
    }
}

/// A process that started again within five minutes was refused, as its name was still there.
#[tokio::test]
async fn a_process_registers_again_right_after_its_end() {
    let subject = Subject::redis().await;
    let first = subject.worker(at(10)).await;
    subject.store.unregister(first, at(1)).await.unwrap();
    let second = subject.worker(at(10)).await;
    let alive = subject.store.beat(second, at(20), at(2)).await.unwrap();
    assert_eq!(alive, Beat::Alive);
    // Also when it was killed.
    let third = subject.worker(at(10)).await;
    assert_eq!(
        subject.store.beat(third, at(20), at(2)).await.unwrap(),
        Beat::Alive
    );
}

/// More jobs that were due than a call takes arguments broke the fetch for good.
#[tokio::test]
async fn nine_thousand_due_jobs_are_promoted_and_claimed() {
    let subject = Subject::redis().await;
    let jobs: Vec<_> = (0..9_000)
        .map(|_| NewJob {
            run_at: at(1),
            ..job()
        })
        .collect();
    subject.store.enqueue(&jobs, at(0)).await.unwrap();
    let promoted = subject.store.promote(20_000, at(2)).await.unwrap();
    assert_eq!(promoted.count, 9_000);
    let worker = subject.worker(at(60)).await;
    let claimed = subject.claim(worker, 50, at(2)).await;
    let ids: Vec<_> = claimed.iter().map(|job| job.id).collect();
    let expected: Vec<_> = jobs[..50].iter().map(|job| job.id).collect();
    assert_eq!(ids, expected);
}

/// Every job had 25 tries.
#[tokio::test]
async fn a_job_has_the_attempts_that_it_was_given() {
    let subject = Subject::redis().await;
    for attempts in [1, 3, 40] {
        let new = NewJob {
            max_attempts: attempts,
            ..job()
        };
        subject.enqueue(new.clone()).await;
        let worker = subject.worker(at(60)).await;
        for attempt in 1..=attempts {
            let run = subject.claim_one(worker, at(0)).await;
            assert_eq!(run.attempt, attempt);
            subject.settle(&run, retry(0), at(0)).await;
        }
        assert_eq!(subject.state(new.id).await, State::Dead);
    }
}

/// The numbers came from keys that nobody wrote.
#[tokio::test]
async fn the_numbers_are_those_of_the_jobs_through_their_whole_life() {
    let subject = Subject::redis().await;
    let count = async |state| subject.store.stats(&[]).await.unwrap().count(state);
    subject
        .store
        .enqueue(&[job(), job(), job()], at(0))
        .await
        .unwrap();
    assert_eq!(count(State::Ready).await, 3);
    let worker = subject.worker(at(60)).await;
    let runs = subject.claim(worker, 3, at(0)).await;
    assert_eq!(
        (count(State::Ready).await, count(State::Running).await),
        (0, 3)
    );
    subject.settle(&runs[0], done(), at(1)).await;
    subject.settle(&runs[1], retry(9), at(1)).await;
    subject.store.cancel(runs[2].id, at(1)).await.unwrap();
    let states = [
        State::Running,
        State::Done,
        State::Scheduled,
        State::Cancelled,
    ];
    for (state, expected) in states.into_iter().zip([0, 1, 1, 1]) {
        assert_eq!(count(state).await, expected, "{state}");
    }
    let everything = JobFilter::default();
    subject.store.purge(&everything, 10, at(2)).await.unwrap();
    assert_eq!(count(State::Done).await + count(State::Cancelled).await, 0);
}

/// There were no priorities.
#[tokio::test]
async fn the_highest_priority_runs_first_among_all_names() {
    let subject = Subject::redis().await;
    let low = NewJob {
        priority: -100,
        run_at: at(-60),
        ..job()
    };
    let high = NewJob {
        priority: 100,
        name: "other".to_owned(),
        ..job()
    };
    let middle = job();
    let jobs = [low.clone(), middle.clone(), high.clone()];
    subject.store.enqueue(&jobs, at(0)).await.unwrap();
    let worker = subject.worker(at(60)).await;
    let names = ["job".to_owned(), "other".to_owned()];
    let claim = Claim {
        worker,
        queue: "default",
        names: &names,
        limit: 1,
    };
    for expected in [high, middle, low] {
        let claimed = subject.store.claim(claim, at(0)).await.unwrap();
        assert_eq!(claimed[0].id, expected.id);
    }
}

/// After a restart of the server nothing was fetched any more.
#[tokio::test]
async fn everything_goes_on_after_a_restart_of_the_server() {
    let server = Server::private();
    let subject = Subject::redis_on(&server.url()).await;
    let (first, second) = (job(), job());
    subject
        .store
        .enqueue(&[first.clone(), second.clone()], at(0))
        .await
        .unwrap();
    let worker = subject.worker(at(60)).await;
    let run = subject.claim_one(worker, at(0)).await;
    for stop in [Server::stop, Server::crash] {
        stop(&server);
        assert!(subject.store.ping().await.is_err());
        server.start();
        // The connection is made anew without an error of a call.
        tokio::time::sleep(Duration::from_millis(250)).await;
        assert_eq!(subject.state(second.id).await, State::Ready);
    }
    subject.settle(&run, done(), at(1)).await;
    assert_eq!(subject.state(first.id).await, State::Done);
    assert_eq!(subject.claim_one(worker, at(1)).await.id, second.id);
}

// --- The server ---

#[tokio::test]
async fn two_applications_share_a_server() {
    let url = redis::server().url();
    let (first, second) = (redis_store(&url), redis_store(&url));
    let new = job();
    enqueue(&first, &new).await.unwrap();
    assert_eq!(second.show(new.id).await.unwrap(), None);
    assert!(enqueue(&second, &new).await.unwrap().is_new());
}

#[tokio::test]
async fn nothing_is_left_of_jobs_that_are_deleted() {
    let prefix = redis::prefix();
    let store = RedisStore::lazy(&redis::server().url(), &prefix).unwrap();
    let period = KeyScope::Period(Duration::from_mins(1));
    let jobs = [
        job(),
        with_key("a", KeyScope::Live),
        with_key("b", period),
        NewJob {
            run_at: at(5),
            queue: "mail".to_owned(),
            ..job()
        },
    ];
    store.enqueue(&jobs, at(0)).await.unwrap();
    store.relay(&[job()], at(0)).await.unwrap();
    assert!(keys(redis::server(), &prefix).len() > 10);
    let all = Page {
        before: None,
        limit: 100,
    };
    for listed in store.list(&JobFilter::default(), all).await.unwrap() {
        assert!(!listed.state.is_final());
        store.cancel(listed.id, at(1)).await.unwrap();
    }
    let retention = Retention {
        cancelled: Some(Duration::ZERO),
        ..Retention::default()
    };
    assert_eq!(store.prune(&retention, 100, at(2)).await.unwrap(), 5);
    // What the relay may repeat is known for a day.
    let later = at(2) + TimeDelta::hours(25);
    store.prune(&retention, 100, later).await.unwrap();
    assert_eq!(keys(redis::server(), &prefix), Vec::<String>::new());
}

#[tokio::test]
async fn a_server_that_is_away_is_an_error_at_once_without_the_password() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let url = format!("redis://:hunter2@127.0.0.1:{port}");
    let store = redis_store(&url);
    let begin = Instant::now();
    for _ in 0..20 {
        let error = enqueue(&store, &job()).await.expect_err("nobody is there");
        let text = format!("{error} {error:?}");
        assert!(text.contains(&format!("127.0.0.1:{port}")), "{text}");
        assert!(text.contains("FW_JOBS__REDIS_URL"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert!(begin.elapsed() < Duration::from_secs(5));
    for wrong in [
        "redis://:hunter2@host:x",
        "hunter2",
        "redis://:hunter2@host/y",
    ] {
        let error = RedisStore::lazy(wrong, "a").expect_err("no URL");
        let text = format!("{error} {error:?}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert!(RedisStore::lazy("redis://host", "a}b").is_err());
}

#[tokio::test]
async fn a_password_that_is_wrong_is_said() {
    let server = Server::with("--requirepass hunter2");
    let address = format!("127.0.0.1:{}", server.port());
    let store = redis_store(&format!("redis://:wrong@{address}"));
    let error = store.connect(Duration::ZERO).await.expect_err("refused");
    assert!(error.to_string().contains("the password"), "{error}");
    let store = redis_store(&format!("redis://{address}"));
    let error = store.connect(Duration::ZERO).await.expect_err("refused");
    assert!(error.to_string().contains("NOAUTH"), "{error}");
    let store = redis_store(&format!("redis://:hunter2@{address}"));
    store.connect(Duration::ZERO).await.unwrap();
}

#[tokio::test]
async fn a_server_that_stands_still_is_an_error_in_time() {
    let server = Server::private();
    let store = redis_store(&server.url());
    let new = job();
    enqueue(&store, &new).await.unwrap();
    server.freeze();
    let begin = Instant::now();
    let error = store.ping().await.expect_err("nobody responds");
    assert!(error.to_string().contains("in time"), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(10));
    server.thaw();
    tokio::time::sleep(Duration::from_millis(250)).await;
    let again = enqueue(&store, &new).await.unwrap();
    assert_eq!(again, Enqueued::Existing(new.id));
}

#[tokio::test]
async fn a_server_that_may_lose_jobs_is_warned_of() {
    let weak = Server::with("--maxmemory 100mb --maxmemory-policy allkeys-lru");
    let store = redis_store(&weak.url());
    let weaknesses = store.weaknesses().await.unwrap();
    assert_eq!(weaknesses.len(), 2, "{weaknesses:?}");
    assert!(weaknesses[0].contains("`allkeys-lru`"), "{weaknesses:?}");
    assert!(weaknesses[0].contains("noeviction"), "{weaknesses:?}");
    assert!(weaknesses[1].contains("appendonly yes"), "{weaknesses:?}");
    let durable = Server::private();
    let store = redis_store(&durable.url());
    assert_eq!(store.weaknesses().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_replica_is_not_ready() {
    let main = Server::with("");
    let replica = Server::with(&format!("--replicaof 127.0.0.1 {}", main.port()));
    let error = redis_store(&replica.url())
        .ping()
        .await
        .expect_err("refused");
    assert!(error.to_string().contains("replica"), "{error}");
    redis_store(&main.url()).ping().await.unwrap();
}

#[tokio::test]
async fn a_full_server_refuses_jobs_and_lets_runs_end() {
    let server = Server::with("--maxmemory 6mb --maxmemory-policy noeviction");
    let subject = Subject::redis_on(&server.url()).await;
    subject.enqueue(job()).await;
    let worker = subject.worker(at(60)).await;
    let run = subject.claim_one(worker, at(0)).await;
    let mut number = 0;
    let (refused, error) = loop {
        number += 1;
        let large = NewJob {
            args: "x".repeat(200_000),
            ..with_key(&number.to_string(), KeyScope::Live)
        };
        let enqueued = subject.store.enqueue(std::slice::from_ref(&large), at(0));
        if let Err(error) = enqueued.await {
            break (large, error);
        }
    };
    assert!(error.to_string().contains("OOM"), "{error}");
    assert_eq!(subject.find(refused.id).await, None);
    let alive = subject.store.beat(worker, at(90), at(1)).await.unwrap();
    assert_eq!(alive, Beat::Alive);
    subject.settle(&run, done(), at(1)).await;
    assert_eq!(subject.state(run.id).await, State::Done);
    let other = subject.worker(at(60)).await;
    assert_eq!(subject.claim(other, 1, at(1)).await.len(), 1);
    server.cli(&["config", "set", "maxmemory", "0"]);
    // Its key was not taken either.
    assert!(subject.enqueue(refused).await.is_new());
}

// --- What it does not support ---

#[tokio::test]
async fn what_needs_the_database_is_refused_with_a_hint() {
    fn refused<T: std::fmt::Debug>(result: Result<T, StoreError>, what: &str) {
        let error = result.expect_err("it is not supported");
        assert!(matches!(error, StoreError::Unsupported { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains(what), "{text}");
        assert!(
            text.contains(r#"`store = "database"` in `[jobs]`"#),
            "{text}"
        );
    }
    let subject = Subject::redis().await;
    let store = &subject.store;
    let fence = Fence {
        id: job().id,
        token: 1,
    };
    let batch = NewBatch {
        id: BatchId::new(),
        description: String::new(),
        jobs: vec![job()],
        callback: None,
    };
    let limit = RateLimit {
        key: "a".to_owned(),
        interval: Duration::from_secs(1),
        burst: 1,
    };
    let executor = Executor::Db(&subject.db);
    let settlement = Settlement {
        fence,
        outcome: done(),
    };
    refused(store.create_batch(&batch, at(0)).await, "batches");
    refused(
        store.create_batch_in(executor, &batch, at(0)).await,
        "batches",
    );
    refused(store.batch(batch.id).await, "batches");
    refused(store.step(fence.id, "a").await, "steps");
    refused(store.save_step(fence, "a", "1", at(0)).await, "steps");
    refused(store.acquire(&limit, 1, at(0)).await, "rate limits");
    refused(store.give_back(&limit, 1).await, "rate limits");
    refused(
        store.settle_in(executor, &settlement, at(0)).await,
        "complete_in",
    );
    let member = NewJob {
        batch: Some(batch.id),
        ..job()
    };
    let after = NewJob {
        after: Some(fence.id),
        ..job()
    };
    let good = job();
    for (wrong, what) in [(member, "batches"), (after, "chains")] {
        let jobs = [good.clone(), wrong];
        refused(store.enqueue(&jobs, at(0)).await, what);
        let transaction = subject.db.begin().await.unwrap();
        let executor = Executor::Transaction(&transaction);
        refused(store.enqueue_in(executor, &jobs, at(0)).await, what);
        transaction.commit().await.unwrap();
    }
    subject.relay().await;
    assert_eq!(subject.find(good.id).await, None);
}

// --- The outbox ---

#[tokio::test]
async fn a_transaction_commits_while_the_server_is_away() {
    let server = Server::private();
    let subject = Subject::redis_on(&server.url()).await;
    subject.store.ping().await.unwrap();
    server.stop();
    let new = job();
    let transaction = subject.db.begin().await.unwrap();
    let executor = Executor::Transaction(&transaction);
    let jobs = [new.clone(), new.clone()];
    let outcomes = subject.store.enqueue_in(executor, &jobs, at(0)).await;
    let expected = [Enqueued::New(new.id), Enqueued::Existing(new.id)];
    assert_eq!(outcomes.unwrap(), expected);
    transaction.commit().await.unwrap();
    let outbox = Outbox::new(subject.db.clone());
    let backlog = outbox.backlog().await.unwrap();
    assert_eq!((backlog.jobs, backlog.oldest), (1, Some(at(0))));
    server.start();
    // The connection is one to the server before until it is used.
    let is_back = async {
        while subject.store.ping().await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(10), is_back).await;
    waited.expect("the server answers");
    subject.relay().await;
    assert_eq!(subject.state(new.id).await, State::Ready);
    assert_eq!(outbox.backlog().await.unwrap().jobs, 0);
}

/// A relay that was killed between its two steps repeats the first, perhaps after the job has run and is deleted.
#[tokio::test]
async fn a_job_that_is_relayed_twice_runs_once() {
    let subject = Subject::redis().await;
    let new = job();
    let relay = async |now| {
        let jobs = std::slice::from_ref(&new);
        subject.store.relay(jobs, now).await.unwrap()[0]
    };
    assert_eq!(relay(at(0)).await, Enqueued::New(new.id));
    assert_eq!(relay(at(0)).await, Enqueued::Existing(new.id));
    let worker = subject.worker(at(60)).await;
    let run = subject.claim_one(worker, at(0)).await;
    subject
        .settle(&run, Outcome::Done { result: None }, at(1))
        .await;
    assert!(subject.store.purge_one(new.id, at(2)).await.unwrap());
    assert_eq!(relay(at(3)).await, Enqueued::Existing(new.id));
    assert_eq!(subject.find(new.id).await, None);
    // Who enqueues it directly means it.
    assert!(subject.enqueue(new.clone()).await.is_new());
}
