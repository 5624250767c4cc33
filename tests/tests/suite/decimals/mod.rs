//! A decimal is exact, on every database: it is stored, read, compared, sorted, paged, summed as the number that it is.

use fw::{
    db::Db,
    migration::{self, Migration},
    model::{Direction, Keyset},
    sea_orm::{
        ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend,
        DerivePartialModel, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder,
        QuerySelect, Statement, prelude::Decimal, sea_query::Expr,
    },
    validation::Numeric,
};

mod added;
mod of_before;
mod writers;

use crate::stored_values::{Place, Random};

mod numbers {
    use fw::model::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "numbers")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub digit: Numeric<1, 0>,
        pub rating: Option<Numeric<3, 2>>,
        pub price: Numeric<10, 2>,
        pub share: Numeric<18, 18>,
        pub amount: Option<Numeric<18, 4>>,
        pub money: Option<Numeric<19, 4>>,
        pub rate: Numeric<28, 10>,
        pub part: Numeric<28, 28>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use numbers::{ActiveModel, Column, Entity, Model};

mod m20261129_000000_create_numbers {
    use fw::migration::prelude::*;

    pub async fn up(schema: &Schema<'_>) -> Result {
        schema
            .create_table(
                Table::create()
                    .table("numbers")
                    .col(big_pk_auto("id"))
                    .col(decimal_len("digit", 1, 0).default(7))
                    .col(decimal_len_null("rating", 3, 2))
                    .col(decimal_len("price", 10, 2).default("9.5"))
                    .col(decimal_len("share", 18, 18).default("-0.125"))
                    .col(decimal_len_null("amount", 18, 4))
                    .col(decimal_len_null("money", 19, 4))
                    .col(decimal_len("rate", 28, 10).default("-123456789012345678.9012345678")),
            )
            .await?;
        schema
            .add_column("numbers", decimal_len("part", 28, 28).default(0.25))
            .await?;
        schema
            .create_table(
                Table::create()
                    .table("singles")
                    .col(
                        decimal_len("price", 10, 2)
                            .unique_key()
                            .check(Expr::col("price").gte(0)),
                    )
                    .col(decimal_len("money", 19, 4)),
            )
            .await?;
        schema
            .create_index(unique_index("singles", ["money"]))
            .await
    }
}

fn migrations() -> Vec<Migration> {
    vec![fw::migration!(
        m20261129_000000_create_numbers,
        irreversible
    )]
}

const BACKENDS: [DbBackend; 2] = [DbBackend::Sqlite, DbBackend::Postgres];

/// A number of any size, often one near 0, at a limit, or equal to another.
fn number<const P: u32, const S: u32>(random: &mut Random) -> Numeric<P, S> {
    let digits = random.below(u64::from(P) + 1);
    let mut units = 0_i128;
    for _ in 0..digits {
        units = units * 10 + i128::from(random.below(10));
    }
    let limit = 10_i128.pow(P) - 1;
    let units = match random.below(8) {
        0 => limit,
        1 => limit - i128::from(random.below(3)),
        2 => i128::from(random.below(3)),
        _ => units,
    };
    let sign = if random.below(2) == 0 { -1 } else { 1 };
    let number = Decimal::from_i128_with_scale(units.min(limit) * sign, S);
    number.try_into().expect("it fits")
}

fn perhaps<T>(random: &mut Random, value: T) -> Option<T> {
    (random.below(4) > 0).then_some(value)
}

fn row(random: &mut Random) -> ActiveModel {
    let (rating, amount, money) = (number(random), number(random), number(random));
    ActiveModel {
        digit: Set(number(random)),
        rating: Set(perhaps(random, rating)),
        price: Set(number(random)),
        share: Set(number(random)),
        amount: Set(perhaps(random, amount)),
        money: Set(perhaps(random, money)),
        rate: Set(number(random)),
        part: Set(number(random)),
        ..Default::default()
    }
}

/// Every column gets its default.
fn nothing_given() -> ActiveModel {
    <ActiveModel as Default>::default()
}

/// Rows that were written in every way that there is; each is read as it was given.
async fn fill(place: &Place, random: &mut Random) {
    let Place { db, connection, .. } = place;
    for _ in 0..15 {
        let given = row(random);
        let written = given.clone().insert(db).await.expect("written");
        assert_eq!(
            Some(written.price),
            given.price.into_value().map(|value| value_of(&value))
        );
        let read = Entity::find_by_id(written.id).one(db).await;
        assert_eq!(read.expect("a query").as_ref(), Some(&written));
        assert_eq!(written.rate, *given.rate.as_ref());
        assert_eq!(written.part, *given.part.as_ref());
        assert_eq!(written.money, *given.money.as_ref());
        assert_eq!(written.share, *given.share.as_ref());
    }
    let many: Vec<_> = (0..15).map(|_| row(random)).collect();
    Entity::insert_many(many.clone())
        .exec(db)
        .await
        .expect("written");
    let read = Entity::find()
        .order_by_desc(Column::Id)
        .limit(15)
        .all(db)
        .await;
    for (given, read) in many.iter().rev().zip(read.expect("rows")) {
        assert_eq!(
            (read.amount, read.digit),
            (*given.amount.as_ref(), *given.digit.as_ref())
        );
    }
    // Not through `Db`, as migrations do.
    for _ in 0..10 {
        let given = row(random);
        let written = given.clone().insert(connection).await.expect("written");
        let read = Entity::find_by_id(written.id).one(db).await;
        let read = read.expect("a query").expect("a row");
        assert_eq!(
            (read.rate, read.rating),
            (*given.rate.as_ref(), *given.rating.as_ref())
        );
    }
    // By another program, as literals.
    for _ in 0..10 {
        let given = row(random);
        let text =
            |value: Option<String>| value.map_or("NULL".to_owned(), |text| format!("'{text}'"));
        let values = [
            text(Some(given.digit.as_ref().to_string())),
            text(given.rating.as_ref().map(|number| number.to_string())),
            text(Some(given.price.as_ref().normalize().to_string())),
            text(Some(given.share.as_ref().to_string())),
            text(
                given
                    .amount
                    .as_ref()
                    .map(|number| number.normalize().to_string()),
            ),
            text(given.money.as_ref().map(|number| number.to_string())),
            text(Some(given.rate.as_ref().normalize().to_string())),
            text(Some(given.part.as_ref().to_string())),
        ];
        place.run_elsewhere(&format!(
            "INSERT INTO numbers (digit, rating, price, share, amount, money, rate, part) VALUES ({})",
            values.join(", ")
        ));
        let last = Entity::find().order_by_desc(Column::Id).one(db).await;
        let last = last.expect("a query").expect("a row");
        assert_eq!(last.share, *given.share.as_ref());
        assert_eq!(
            (last.price, last.amount, last.money),
            (
                *given.price.as_ref(),
                *given.amount.as_ref(),
                *given.money.as_ref()
            )
        );
    }
    // Changed afterwards.
    let changed = row(random).insert(db).await.expect("written");
    let (price, money) = (number(random), number(random));
    Entity::update_many()
        .col_expr(Column::Price, Expr::value(price))
        .col_expr(Column::Money, Expr::value(Some::<Numeric<19, 4>>(money)))
        .filter(Column::Id.eq(changed.id))
        .exec(db)
        .await
        .expect("changed");
    let read = Entity::find_by_id(changed.id).one(db).await;
    let read = read.expect("a query").expect("a row");
    assert_eq!((read.price, read.money), (price, Some(money)));
}

fn value_of<const P: u32, const S: u32>(value: &fw::sea_orm::Value) -> Numeric<P, S> {
    fw::sea_orm::sea_query::ValueType::try_from(value.clone()).expect("a number")
}

async fn ids(db: &Db, condition: Expr) -> Vec<i64> {
    let rows = Entity::find().filter(condition).order_by_asc(Column::Id);
    let rows = rows.all(db).await.expect("rows");
    rows.iter().map(|row| row.id).collect()
}

async fn walk(db: &Db, column: Column, direction: Direction, limit: u64) -> Vec<i64> {
    let keyset = Keyset::<Entity>::new([(column, direction)]);
    let (mut ids, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut select = keyset.sort(Entity::find());
        if let Some(cursor) = &cursor {
            select = select.filter(keyset.after(cursor).expect("a cursor of ours"));
        }
        let rows = select.limit(limit).all(db).await.expect("a page");
        let Some(last) = rows.last() else { return ids };
        cursor = Some(keyset.cursor(last));
        ids.extend(rows.iter().map(|row| row.id));
        assert!(ids.len() <= 1_000, "{column:?} has no end");
    }
}

/// Compares what the database makes of a column with what Rust makes of the same rows.
async fn check_column<const P: u32, const S: u32>(
    place: &Place,
    rows: &[Model],
    column: Column,
    of: fn(&Model) -> Option<Numeric<P, S>>,
) {
    let db = &place.db;
    for direction in [Direction::Ascending, Direction::Descending] {
        let mut sorted: Vec<_> = rows.iter().collect();
        sorted.sort_by(|a, b| {
            let order = match (of(a), of(b)) {
                (Some(a), Some(b)) if direction == Direction::Ascending => a.cmp(&b),
                (Some(a), Some(b)) => b.cmp(&a),
                // NULL is last in both directions.
                (a, b) => a.is_none().cmp(&b.is_none()),
            };
            order.then(a.id.cmp(&b.id))
        });
        let expected: Vec<_> = sorted.iter().map(|row| row.id).collect();
        for limit in [1, 7, 1_000] {
            let walked = walk(db, column, direction, limit).await;
            assert_eq!(
                walked,
                expected,
                "{:?} {column:?} {direction:?}",
                db.backend()
            );
        }
    }
    let matching = |test: &dyn Fn(Numeric<P, S>) -> bool| -> Vec<i64> {
        let rows = rows.iter().filter(|row| of(row).is_some_and(test));
        rows.map(|row| row.id).collect()
    };
    let numbers: Vec<_> = rows.iter().filter_map(of).step_by(3).collect();
    for pair in numbers.windows(2) {
        let (low, high) = (Ord::min(pair[0], pair[1]), Ord::max(pair[0], pair[1]));
        for (condition, expected) in [
            (column.eq(low), matching(&|number| number == low)),
            (column.ne(low), matching(&|number| number != low)),
            (column.gt(low), matching(&|number| number > low)),
            (column.gte(low), matching(&|number| number >= low)),
            (column.lt(low), matching(&|number| number < low)),
            (column.lte(low), matching(&|number| number <= low)),
            (
                column.is_in([low, high]),
                matching(&|number| number == low || number == high),
            ),
            (
                column.between(low, high),
                matching(&|number| low <= number && number <= high),
            ),
        ] {
            let found = ids(db, condition.clone()).await;
            assert_eq!(
                found,
                expected,
                "{:?} {column:?} {condition:?}",
                db.backend()
            );
        }
    }
    check_aggregates(place, rows, column, of).await;
}

async fn check_aggregates<const P: u32, const S: u32>(
    place: &Place,
    rows: &[Model],
    column: Column,
    of: fn(&Model) -> Option<Numeric<P, S>>,
) {
    #[derive(FromQueryResult)]
    struct Extremes<const P: u32, const S: u32> {
        least: Option<Numeric<P, S>>,
        most: Option<Numeric<P, S>>,
    }

    let found = Entity::find()
        .select_only()
        .column_as(column.min(), "least")
        .column_as(column.max(), "most");
    let found = found.into_model::<Extremes<P, S>>().one(&place.db).await;
    let found = found.expect("a query").expect("a row");
    assert_eq!(found.least, rows.iter().filter_map(of).min());
    assert_eq!(found.most, rows.iter().filter_map(of).max());

    // As many as an integer surely has room for.
    for nine in rows.chunks(9) {
        let sum = Entity::find()
            .select_only()
            .column_as(column.sum(), "sum")
            .filter(Column::Id.is_in(nine.iter().map(|row| row.id)))
            .into_tuple::<Option<Numeric<28, S>>>()
            .one(&place.db)
            .await;
        let numbers = || nine.iter().filter_map(of).map(Decimal::from);
        if P <= 18 {
            let expected = numbers().reduce(|sum, number| sum + number);
            let sum = sum.expect("a query").expect("a row");
            assert_eq!(
                sum.map(Decimal::from),
                expected,
                "{:?} {column:?}",
                place.db.backend()
            );
        } else if place.db.backend() == DbBackend::Sqlite && numbers().next().is_some() {
            let error = sum.expect_err("a text cannot be summed");
            assert!(error.to_string().contains("cannot be read"), "{error}");
        }
    }
}

#[tokio::test]
async fn decimals_of_every_size_are_exact() {
    for backend in BACKENDS {
        let place = Place::with(backend, migrations).await;
        fill(&place, &mut Random(5)).await;
        let rows = Entity::find().order_by_asc(Column::Id).all(&place.db).await;
        let rows = rows.expect("rows");
        assert!(rows.len() > 50, "{}", rows.len());
        check_column(&place, &rows, Column::Digit, |row| Some(row.digit)).await;
        check_column(&place, &rows, Column::Rating, |row| row.rating).await;
        check_column(&place, &rows, Column::Price, |row| Some(row.price)).await;
        check_column(&place, &rows, Column::Share, |row| Some(row.share)).await;
        check_column(&place, &rows, Column::Amount, |row| row.amount).await;
        check_column(&place, &rows, Column::Money, |row| row.money).await;
        check_column(&place, &rows, Column::Rate, |row| Some(row.rate)).await;
        check_column(&place, &rows, Column::Part, |row| Some(row.part)).await;
        let odd = migration::stored_form_violations(&place.db)
            .await
            .expect("a look");
        assert_eq!(odd, Vec::<String>::new());
        place.close().await;
    }
}

#[derive(Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
struct Part {
    id: i64,
    money: Option<Numeric<19, 4>>,
}

#[tokio::test]
async fn seaorm_takes_them_wherever_it_takes_numbers() {
    for backend in BACKENDS {
        let place = Place::with(backend, migrations).await;
        let db = &place.db;
        // The defaults of the columns, also of one that was added later.
        let empty = Entity::insert(nothing_given())
            .exec_with_returning(db)
            .await;
        let empty = empty.expect("written");
        assert_eq!(
            [
                empty.digit.to_string(),
                empty.price.to_string(),
                empty.share.to_string()
            ],
            ["7", "9.50", "-0.125000000000000000"]
        );
        assert_eq!(empty.rate.to_string(), "-123456789012345678.9012345678");
        assert_eq!(empty.part.to_string(), "0.2500000000000000000000000000");
        let read = Entity::find_by_id(empty.id).one(db).await;
        assert_eq!(read.expect("a query"), Some(empty.clone()));

        let money: Numeric<19, 4> = "123456789012345.6789".parse().expect("a number");
        let changed = ActiveModel {
            money: Set(Some(money)),
            ..empty.into()
        };
        let changed = changed.update(db).await.expect("written");
        let part = Entity::find().into_partial_model::<Part>().one(db).await;
        let part = part.expect("a query").expect("a row");
        assert_eq!(
            part,
            Part {
                id: changed.id,
                money: Some(money)
            }
        );
        // Columns with types.
        let typed = numbers::COLUMN
            .money
            .gt(money)
            .or(numbers::COLUMN.money.eq(Some(money)));
        assert_eq!(ids(db, typed).await, [changed.id]);
        assert_eq!(
            ids(db, numbers::COLUMN.rating.is_null()).await,
            [changed.id]
        );
        assert_eq!(
            ids(db, Column::Rating.eq(None::<Numeric<3, 2>>)).await,
            [changed.id]
        );
        // SQL by hand.
        let sql = match backend {
            DbBackend::Postgres => "SELECT id FROM numbers WHERE money = $1 AND price < $2",
            _ => "SELECT id FROM numbers WHERE money = ? AND price < ?",
        };
        let values = [money.into(), Numeric::<10, 2>::MAX.into()];
        let found = db
            .query_all_raw(Statement::from_sql_and_values(backend, sql, values))
            .await;
        assert_eq!(found.expect("rows").len(), 1);
        place.close().await;
    }
}
