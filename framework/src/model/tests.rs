//! Pages of a table with NULLs and equal values, in every order.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveValue::Set, ConnectOptions, Database, DatabaseConnection, EntityTrait, Iterable,
    QuerySelect, Schema, entity::prelude::*,
};

use super::{Direction, InvalidCursor, Keyset};

#[expect(unreachable_pub, reason = "an entity as applications write it")]
pub(crate) mod things {
    use crate::model::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "things")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        pub rank: Option<i32>,
        pub open: Option<bool>,
        pub ratio: Option<f64>,
        pub price: Option<Numeric<10, 2>>,
        pub day: Option<Date>,
        pub hour: Option<Time>,
        pub key: Option<Uuid>,
        pub status: Option<Status>,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(
        rs_type = "String",
        db_type = "String(StringLen::N(9))",
        rename_all = "snake_case"
    )]
    pub enum Status {
        Draft,
        Published,
    }

    crate::model::timestamps!(ActiveModel);

    impl Listing for Entity {
        type Query = Select<Self>;

        fn columns() -> ListColumns<Self> {
            ListColumns::new()
                .sort([Column::Name, Column::Rank])
                .filter([
                    Column::Name,
                    Column::Rank,
                    Column::Open,
                    Column::Ratio,
                    Column::Price,
                    Column::Day,
                    Column::Hour,
                    Column::Key,
                    Column::CreatedAt,
                ])
                .hide([Column::Key])
                .filter_enum::<Status>(Column::Status)
        }
    }
}

use things::{Column, Entity as Things, Status};

pub(crate) async fn filled() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let db = Database::connect(options).await.unwrap();
    let table = Schema::new(db.get_database_backend()).create_table_from_entity(Things);
    db.execute(&table).await.unwrap();
    for number in 0..24_u32 {
        let some = |every: u32| !number.is_multiple_of(every);
        let third = number % 3;
        let thing = things::ActiveModel {
            name: Set(format!("name {third}")),
            rank: Set(some(4).then_some(third.cast_signed())),
            open: Set(some(5).then_some(third == 0)),
            ratio: Set(some(6).then_some(f64::from(third) / 3.0)),
            price: Set(some(7).then(|| format!("0.{third}").parse().unwrap())),
            day: Set(some(4).then(|| NaiveDate::from_ymd_opt(2026, 1, 1 + third).unwrap())),
            hour: Set(
                some(4).then(|| chrono::NaiveTime::from_hms_milli_opt(1, 0, third, 5).unwrap())
            ),
            key: Set(some(4).then(|| Uuid::from_u128(third.into()))),
            status: Set(some(4).then_some(if third == 0 {
                Status::Draft
            } else {
                Status::Published
            })),
            created_at: Set(
                DateTime::<Utc>::from_timestamp_micros(i64::from(third) * 1_500).unwrap(),
            ),
            ..Default::default()
        };
        thing.insert(&db).await.unwrap();
    }
    db
}

#[tokio::test]
async fn pages_of_every_order_make_the_whole_list() {
    use Direction::{Ascending, Descending};

    let db = filled().await;
    let mut orders = vec![
        vec![],
        vec![(Column::Id, Descending)],
        vec![
            (Column::Rank, Descending),
            (Column::Name, Ascending),
            (Column::Id, Descending),
        ],
        vec![
            (Column::Price, Ascending),
            (Column::Day, Descending),
            (Column::Open, Ascending),
        ],
    ];
    orders.extend(things::Column::iter().map(|column| vec![(column, Ascending)]));
    orders.extend(things::Column::iter().map(|column| vec![(column, Descending)]));
    for order in orders {
        let keyset = Keyset::<Things>::new(order.clone());
        let whole = keyset.sort(Things::find()).all(&db).await.unwrap();
        let mut walked = Vec::new();
        let mut rest = keyset.sort(Things::find());
        loop {
            let page = rest.limit(5).all(&db).await.unwrap();
            let Some(last) = page.last() else { break };
            let after = keyset.after(&keyset.cursor(last)).unwrap();
            rest = keyset.sort(Things::find()).filter(after);
            walked.extend(page);
            assert!(walked.len() <= whole.len(), "{order:?}");
        }
        assert_eq!(walked, whole, "{order:?}");
    }
}

#[tokio::test]
async fn null_comes_last_in_both_directions() {
    let db = filled().await;
    for direction in [Direction::Ascending, Direction::Descending] {
        let keyset = Keyset::<Things>::new([(Column::Rank, direction)]);
        let ranks: Vec<_> = keyset
            .sort(Things::find())
            .all(&db)
            .await
            .unwrap()
            .into_iter()
            .map(|thing| thing.rank)
            .collect();
        assert!(ranks[..18].iter().all(Option::is_some) && ranks[18..].iter().all(Option::is_none));
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_order() {
    let db = filled().await;
    let row = Things::find().one(&db).await.unwrap().unwrap();
    let by_name = Keyset::<Things>::new([(Column::Name, Direction::Ascending)]);
    let by_id = Keyset::<Things>::new([]);
    assert_eq!(
        by_id.after(&by_name.cursor(&row)).err(),
        Some(InvalidCursor)
    );
    for cursor in ["", "x", "e30", "AAAA", "%"] {
        assert_eq!(by_id.after(cursor).err(), Some(InvalidCursor), "{cursor}");
    }
}

#[tokio::test]
async fn saving_keeps_the_times() {
    let db = filled().await;
    let thing = things::ActiveModel {
        name: Set("new".to_owned()),
        ..Default::default()
    };
    let made = thing.insert(&db).await.unwrap();
    assert_eq!(made.created_at, made.updated_at);
    assert_eq!(made.created_at.timestamp_subsec_nanos() % 1_000, 0);
    let mut change: things::ActiveModel = made.clone().into();
    change.name = Set("newer".to_owned());
    let changed = change.update(&db).await.unwrap();
    assert_eq!(changed.created_at, made.created_at);
    assert!(changed.updated_at >= made.updated_at);
}
