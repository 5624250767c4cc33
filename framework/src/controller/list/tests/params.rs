//! Tests of the query parameters of a list.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseConnection, EntityTrait};

use crate::{
    controller::list::{ListParams, Paginated},
    error::{Error, Result},
    model::tests::{
        filled,
        things::{ActiveModel, Entity as Things, Model, Status},
    },
};

fn read(query: &str) -> Result<ListParams<Things>> {
    let pairs = crate::controller::urlencoded::parse(query.as_bytes(), |name| format!("?{name}"));
    ListParams::read(&pairs.map_err(Error::validation)?)
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
    assert_eq!(problems("sort="), ["?sort invalid_value"]);
    assert_eq!(problems("name=%ff"), ["?name invalid_characters"]);
}

fn message(query: &str) -> String {
    let error = read(query).err().unwrap();
    let [field] = error.field_errors() else {
        panic!("{query}: {:?}", error.field_errors())
    };
    format!("{} {}", field.pointer, field.message)
}

#[test]
fn unknown_names_are_refused_with_the_known_ones() {
    let filters =
        "`name`, `rank`, `open`, `ratio`, `price`, `day`, `hour`, `key`, `created_at`, `status`";
    for (query, expected) in [
        ("statsu=draft", "?statsu is not known, did you mean `status`?".to_owned()),
        ("nothing_like_it=1", format!("?nothing_like_it is not known; the filters are {filters}")),
        ("updated_at[gte]=1", format!("?updated_at[gte] is no filter of this list; the filters are {filters}")),
        (
            "status[gte]=draft",
            "?status[gte] is not known; this column has `status`, `status[ne]`, `status[in]`, `status[null]`".to_owned(),
        ),
        (
            "name%5Bnull%5D=true",
            "?name[null] is not known; this column has `name`, `name[ne]`, `name[gt]`, `name[gte]`, `name[lt]`, `name[lte]`, \
             `name[in]`, `name[contains]`, `name[starts_with]`".to_owned(),
        ),
        ("status[in]=draft,gone", "?status[in] must be a list, separated by commas, of which each must be one of `draft`, `published`".to_owned()),
        ("include=author", "?include is not known: there is nothing to name".to_owned()),
        (
            "fields=id,key",
            "?fields must be one of `id`, `name`, `rank`, `open`, `ratio`, `price`, `day`, `hour`, `status`, `created_at`, `updated_at`".to_owned(),
        ),
        ("limit[gte]=1", format!("?limit[gte] is not known; the filters are {filters}")),
    ] {
        assert_eq!(message(query), expected, "{query}");
    }
}

#[tokio::test]
async fn a_column_that_is_named_again_changes_nothing() {
    let db = filled().await;
    let ids = |page: Paginated<Model>| page.data().iter().map(|thing| thing.id).collect::<Vec<_>>();
    assert_eq!(
        ids(fetch(&db, "sort=name,-rank,-name,name").await),
        ids(fetch(&db, "sort=name,-rank").await)
    );
}

/// The number of the 24 things that pass a filter, computed from the things themselves.
async fn assert_filter(db: &DatabaseConnection, filter: &str, expected: impl Fn(&Model) -> bool) {
    let all = Things::find().all(db).await.unwrap();
    let mut expected: Vec<_> = all
        .iter()
        .filter(|thing| expected(thing))
        .map(|thing| thing.id)
        .collect();
    expected.sort_unstable();
    let page = fetch(db, &format!("limit=100&{filter}")).await;
    let mut found: Vec<_> = page.data().iter().map(|thing| thing.id).collect();
    found.sort_unstable();
    assert_eq!(found, expected, "{filter}");
}

#[tokio::test]
async fn operators_compare_as_rust_does() {
    let db = filled().await;
    let price = |text: &str| text.parse::<crate::validation::Numeric<10, 2>>().unwrap();
    let one = chrono::NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
    assert_filter(&db, "rank[ne]=1", |t| t.rank != Some(1)).await;
    assert_filter(&db, "rank[gt]=0&rank[lte]=2", |t| t.rank > Some(0)).await;
    assert_filter(&db, "rank[lt]=1", |t| t.rank.is_some_and(|rank| rank < 1)).await;
    assert_filter(&db, "rank[gte]=1", |t| t.rank >= Some(1)).await;
    assert_filter(&db, "rank[in]=0,2,7", |t| matches!(t.rank, Some(0 | 2))).await;
    assert_filter(&db, "rank[null]=true", |t| t.rank.is_none()).await;
    assert_filter(&db, "rank[null]=false&rank[ne]=1", |t| {
        matches!(t.rank, Some(0 | 2))
    })
    .await;
    assert_filter(&db, "open=true", |t| t.open == Some(true)).await;
    assert_filter(&db, "open[in]=true,false", |t| t.open.is_some()).await;
    assert_filter(&db, "ratio[gt]=3.4e-1", |t| t.ratio > Some(0.34)).await;
    assert_filter(&db, "price[gte]=0.1", |t| t.price >= Some(price("0.1"))).await;
    assert_filter(&db, "price[lt]=0.1999", |t| {
        t.price
            .is_some_and(|p| *p < rust_decimal::Decimal::new(1_999, 4))
    })
    .await;
    assert_filter(&db, "price[in]=0.10,0.2", |t| t.price >= Some(price("0.1"))).await;
    assert_filter(&db, "day[gte]=2026-01-02", |t| t.day >= Some(one)).await;
    assert_filter(&db, "day[lt]=2026-01-02", |t| {
        t.day.is_some_and(|day| day < one)
    })
    .await;
    assert_filter(&db, "hour[gt]=01:00:01.005", |t| {
        t.hour > chrono::NaiveTime::from_hms_milli_opt(1, 0, 1, 5)
    })
    .await;
    assert_filter(&db, "key=00000000-0000-0000-0000-000000000001", |t| {
        t.key == Some(uuid::Uuid::from_u128(1))
    })
    .await;
    assert_filter(&db, "status=null", |t| t.status.is_none()).await;
    assert_filter(&db, "status[ne]=draft", |t| t.status != Some(Status::Draft)).await;
    assert_filter(
        &db,
        "created_at[gt]=1970-01-01T01:00:00.0015%2B01:00",
        |t| t.created_at.timestamp_micros() > 1_500,
    )
    .await;
    assert_filter(&db, "created_at[lte]=1970-01-01T00:00:00.0015Z", |t| {
        t.created_at.timestamp_micros() <= 1_500
    })
    .await;
    assert_filter(&db, "name[in]=name+0,name%202,", |t| t.name != "name 1").await;
    assert_filter(&db, "name[gt]=name+0", |t| *t.name > *"name 0").await;
}

#[tokio::test]
async fn parts_of_a_text_are_found_as_they_are_written() {
    let db = filled().await;
    let names = [
        "100% sure",
        "100 percent",
        "a_b",
        "aXb",
        "bang!",
        "back\\slash",
        "ÄÖ",
        "it's \"so\"",
    ];
    for name in names {
        let thing = ActiveModel {
            name: Set(name.to_owned()),
            ..Default::default()
        };
        thing.insert(&db).await.unwrap();
    }
    for (filter, expected) in [
        ("name[contains]=0%25", vec!["100% sure"]),
        ("name[contains]=a_B", vec!["a_b"]),
        ("name[contains]=!", vec!["bang!"]),
        ("name[contains]=\\", vec!["back\\slash"]),
        ("name[contains]='s+%22", vec!["it's \"so\""]),
        ("name[starts_with]=100", vec!["100% sure", "100 percent"]),
        ("name[starts_with]=00", vec![]),
        ("name[contains]=AXB", vec!["aXb"]),
        // Only the letters of ASCII have two cases here.
        ("name[contains]=%C3%A4", vec![]),
        ("name[contains]=%C3%84", vec!["ÄÖ"]),
    ] {
        let page = fetch(&db, filter).await;
        let found: Vec<_> = page.data().iter().map(|thing| &*thing.name).collect();
        assert_eq!(found, expected, "{filter}");
    }
    for bad in [String::new(), "x".repeat(256)] {
        assert_eq!(
            message(&format!("name[contains]={bad}")),
            "?name[contains] must be a text of 1 to 255 characters"
        );
    }
    assert_eq!(
        fetch(&db, &format!("name[contains]={}", "%25".repeat(255)))
            .await
            .data()
            .len(),
        0
    );
}

#[test]
fn lists_of_values_are_bounded() {
    let numbers = |count: usize| vec!["1"; count].join(",");
    assert!(read(&format!("rank[in]={}", numbers(50))).is_ok());
    assert_eq!(
        message(&format!("rank[in]={}", numbers(51))),
        "?rank[in] must be at most 50 values, separated by commas"
    );
    assert_eq!(problems("rank[in]="), ["?rank[in] invalid_value"]);
    assert_eq!(problems("rank[in]=1,,2"), ["?rank[in] invalid_value"]);
}

#[tokio::test]
async fn a_cursor_goes_on_in_the_rows_of_whichever_filter() {
    let db = filled().await;
    let page = fetch(&db, "sort=rank&rank[gte]=1&limit=3").await;
    let cursor = page.next_cursor().unwrap();
    let last = page.data().last().unwrap().clone();
    let page = fetch(
        &db,
        &format!("sort=rank&rank[lte]=1&name=name+1&limit=100&cursor={cursor}"),
    )
    .await;
    assert!(!page.data().is_empty());
    for thing in page.data() {
        assert!(thing.rank == Some(1) && thing.name == "name 1" && thing.id > last.id);
    }
}

#[tokio::test]
async fn elements_are_limited_to_fields_and_the_key() {
    #[derive(serde::Serialize)]
    struct View {
        id: i64,
        name: String,
        rank: Option<i32>,
        extra: f32,
    }
    let db = filled().await;
    let view = |thing: Model| View {
        id: thing.id,
        name: thing.name,
        rank: thing.rank,
        extra: 0.1,
    };
    let text = async |query: &str| {
        let page = fetch(&db, &format!("limit=1&{query}")).await.map(view);
        let text = serde_json::to_string(&page).unwrap();
        let end = text.find(",\"pagination\"").unwrap();
        text[..end].to_owned()
    };
    assert_eq!(
        text("").await,
        r#"{"data":[{"id":1,"name":"name 0","rank":null,"extra":0.1}]"#
    );
    assert_eq!(
        text("fields=rank,rank").await,
        r#"{"data":[{"id":1,"rank":null}]"#
    );
    assert_eq!(text("fields=id").await, r#"{"data":[{"id":1}]"#);
}
