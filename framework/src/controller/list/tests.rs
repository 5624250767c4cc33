//! What the parameters of a list may be.

use sea_orm::{DatabaseConnection, EntityTrait};

use super::{ListParams, Paginated, query};
use crate::{
    error::{Error, Result},
    model::tests::{
        filled,
        things::{Entity as Things, Model},
    },
};

fn read(query: &str) -> Result<ListParams<Things>> {
    let pairs = crate::controller::urlencoded::parse(query.as_bytes(), |name| format!("?{name}"));
    query::read(&pairs.map_err(Error::validation)?)
}

async fn fetch(db: &DatabaseConnection, query: &str) -> Paginated<Model> {
    read(query)
        .unwrap()
        .fetch(Things::find(), db)
        .await
        .unwrap()
}

fn problems(query: &str) -> Vec<String> {
    let error = read(query).err().unwrap();
    assert_eq!(error.status(), 422);
    error
        .field_errors()
        .iter()
        .map(|field| format!("{} {}", field.pointer, field.code))
        .collect()
}

#[tokio::test]
async fn walks_by_cursor_and_by_page() {
    let db = filled().await;
    let mut ids = Vec::new();
    let mut page = fetch(&db, "limit=10&sort=-rank,name").await;
    while let Some(cursor) = page.next_cursor().map(str::to_owned) {
        ids.extend(page.data().iter().map(|thing| thing.id));
        page = fetch(&db, &format!("limit=10&sort=-rank,name&cursor={cursor}")).await;
    }
    ids.extend(page.data().iter().map(|thing| thing.id));
    assert!(!page.has_more());
    let mut numbered = Vec::new();
    for number in 1..=3 {
        let page = fetch(&db, &format!("limit=10&sort=-rank,name&page={number}")).await;
        assert_eq!((page.total(), page.has_more()), (Some(24), number < 3));
        numbered.extend(page.data().iter().map(|thing| thing.id));
    }
    assert_eq!(ids, numbered);
    assert_eq!(ids.len(), 24);
}

#[tokio::test]
async fn pages_far_beyond_the_last_are_empty() {
    let db = filled().await;
    for number in [
        "4",
        "9223372036854775807",
        "18446744073709551615",
        "99999999999999999999999",
    ] {
        let page = fetch(&db, &format!("limit=10&page={number}")).await;
        assert_eq!(
            (page.data().len(), page.has_more(), page.total()),
            (0, false, Some(24))
        );
    }
}

#[tokio::test]
async fn filters_by_value_and_by_null() {
    let db = filled().await;
    assert_eq!(fetch(&db, "rank=null").await.data().len(), 6);
    assert_eq!(fetch(&db, "name=name+1&rank=1").await.data().len(), 6);
    assert_eq!(fetch(&db, "price=0.10").await.data().len(), 7);
    assert!(
        fetch(&db, "status=draft")
            .await
            .data()
            .iter()
            .all(|thing| thing.rank == Some(0))
    );
    assert_eq!(fetch(&db, "name=null").await.data().len(), 0);
    assert_eq!(fetch(&db, "name='%20OR%201=1--").await.data().len(), 0);
}

#[test]
fn everything_else_is_refused_at_once() {
    assert_eq!(
        problems(
            "limit=0&sort=nope&rank=x&statsu=draft&status=gone&name=%00&price=1&price=2&page=-1&cursor=x"
        ),
        [
            "?limit too_small",
            "?sort invalid_value",
            "?rank invalid_value",
            "?statsu unknown_field",
            "?status invalid_value",
            "?name invalid_characters",
            "?price duplicate_field",
            "?page too_small",
            "?page invalid_value",
        ]
    );
    assert_eq!(problems("limit=101"), ["?limit too_large"]);
    assert_eq!(
        problems("limit=1000000000000000000000"),
        ["?limit too_large"]
    );
    assert_eq!(
        problems("limit=ten&cursor=x"),
        ["?limit invalid_type", "?cursor invalid_value"]
    );
    assert_eq!(problems("sort=name,-name"), ["?sort invalid_value"]);
    assert_eq!(problems("sort="), ["?sort invalid_value"]);
    assert_eq!(problems("name=%ff"), ["?name invalid_characters"]);
}

#[test]
fn an_unknown_parameter_names_the_nearest() {
    let error = read("statsu=draft").err().unwrap();
    assert_eq!(
        error.field_errors()[0].message,
        "is not known, did you mean `status`?"
    );
}
