//! Slots of schedules, rate limits, and the outbox.

use std::time::Duration;

use fw::{
    queue::store::{Enqueued, Executor, Outbox, Permits, RateLimit, Slot},
    sea_orm::{TransactionSession, TransactionTrait},
};

use super::{Subject, at, job, millis, on_every_store, on_stores_with_everything};

fn slot(name: &str, spec: &str, seconds: i64) -> Slot {
    Slot {
        name: name.to_owned(),
        spec: spec.to_owned(),
        next_at: at(seconds),
    }
}

on_every_store! {
    /// Elsewhere every process fires.
    async fn a_slot_fires_once(subject) {
        subject.store.plan(&[slot("nightly", "0 3 * * *", 10)]).await.unwrap();
        let (first, second) = (job(), job());
        let fired = subject.store.fire("nightly", at(10), at(20), std::slice::from_ref(&first), at(11)).await;
        assert_eq!(fired.unwrap(), Some(vec![Enqueued::New(first.id)]));
        let fired = subject.store.fire("nightly", at(10), at(20), std::slice::from_ref(&second), at(11)).await;
        assert_eq!(fired.unwrap(), None);
        assert_eq!(subject.find(second.id).await, None);
        let fired = subject.store.fire("nightly", at(20), at(30), &[], at(21)).await;
        assert_eq!(fired.unwrap(), Some(Vec::new()));
        assert_eq!(subject.store.fire("unknown", at(10), at(20), &[], at(11)).await.unwrap(), None);
    }

    async fn a_slot_moves_only_with_its_jobs(subject) {
        subject.store.plan(&[slot("nightly", "0 3 * * *", 10)]).await.unwrap();
        let wrong = fw::queue::store::NewJob { priority: 1_000, ..job() };
        assert!(subject.store.fire("nightly", at(10), at(20), &[wrong], at(11)).await.is_err());
        assert_eq!(subject.store.slots().await.unwrap()[0].next_at, at(10));
    }

    async fn a_plan_is_made_once_and_changed_with_its_rule(subject) {
        subject.store.plan(&[slot("b", "1", 10), slot("a", "1", 5)]).await.unwrap();
        subject.store.plan(&[slot("a", "1", 99), slot("b", "2", 77)]).await.unwrap();
        assert_eq!(subject.store.slots().await.unwrap(), [slot("a", "1", 5), slot("b", "2", 77)]);
        assert!(subject.store.unplan("a").await.unwrap());
        assert!(!subject.store.unplan("a").await.unwrap());
        assert_eq!(subject.store.slots().await.unwrap(), [slot("b", "2", 77)]);
    }
}

on_stores_with_everything! {
    async fn a_rate_limit_allows_a_burst_and_then_one_for_each_interval(subject) {
        let limit = RateLimit { key: "mail".to_owned(), interval: Duration::from_secs(2), burst: 3 };
        let take = async |wanted, now| subject.store.acquire(&limit, wanted, now).await.unwrap();
        assert_eq!(take(2, at(0)).await, Permits { granted: 2, next_at: None });
        assert_eq!(take(2, at(0)).await, Permits { granted: 1, next_at: Some(at(2)) });
        assert_eq!(take(1, millis(1_999)).await, Permits { granted: 0, next_at: Some(at(2)) });
        assert_eq!(take(1, at(2)).await, Permits { granted: 1, next_at: None });
        assert_eq!(take(5, at(1_000)).await, Permits { granted: 3, next_at: Some(at(1_002)) });
        subject.store.give_back(&limit, 2).await.unwrap();
        assert_eq!(take(5, at(1_000)).await.granted, 2);
        let other = RateLimit { key: "other".to_owned(), ..limit.clone() };
        assert_eq!(subject.store.acquire(&other, 1, at(1_000)).await.unwrap().granted, 1);
        assert_eq!(subject.store.acquire(&other, 0, at(1_000)).await.unwrap(), Permits { granted: 0, next_at: None });
    }
}

async fn the_outbox_has_what_was_committed(subject: Subject) {
    let outbox = Outbox::new(subject.db.clone());
    let (kept, lost) = (job(), job());
    let transaction = subject.db.begin().await.unwrap();
    let executor = Executor::Transaction(&transaction);
    for _ in 0..2 {
        let added = outbox.add(executor, std::slice::from_ref(&kept), at(0));
        added.await.unwrap();
    }
    transaction.commit().await.unwrap();
    let transaction = subject.db.begin().await.unwrap();
    let executor = Executor::Transaction(&transaction);
    outbox.add(executor, &[lost], at(0)).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(outbox.list(10).await.unwrap(), std::slice::from_ref(&kept));
    outbox.remove(&[kept.id]).await.unwrap();
    assert_eq!(outbox.list(10).await.unwrap(), []);
}

#[tokio::test]
async fn the_outbox_on_sqlite_has_what_was_committed() {
    the_outbox_has_what_was_committed(Subject::sqlite().await).await;
}

#[tokio::test]
async fn the_outbox_on_postgres_has_what_was_committed() {
    the_outbox_has_what_was_committed(Subject::postgres().await).await;
}
