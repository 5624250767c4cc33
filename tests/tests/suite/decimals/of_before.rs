//! Decimal columns of before, which are floats: they are found, read as well as they can be, and made exact by a migration.

use fw::{
    db::Db,
    migration,
    sea_orm::{ActiveModelTrait, ActiveValue::Set, DbBackend, EntityTrait, QueryOrder},
    validation::Numeric,
};

use super::migrations;
use crate::stored_values::{Place, migrator};

mod orders {
    use fw::model::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "orders")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub amount: Numeric<10, 2>,
        pub total: Option<Numeric<19, 4>>,
        pub note: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod m20261130_000000_exact_orders {
    use fw::migration::prelude::*;

    pub async fn up(schema: &Schema<'_>) -> Result {
        exact_decimals(schema, "orders", ["amount", "total"]).await?;
        // Once more: there is nothing left to do.
        exact_decimals(schema, "orders", ["amount"]).await
    }
}

mod m20261130_000001_exact_note {
    use fw::migration::prelude::*;

    pub async fn up(schema: &Schema<'_>) -> Result {
        exact_decimals(schema, "orders", ["note", "total"]).await
    }
}

/// Tables as the migrations of before have made them.
const OLD_TABLES: &str = r#"
    CREATE TABLE "orders" ( "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "amount" real(10, 2) NOT NULL DEFAULT 9.5,
        "total" real(19, 4), "note" varchar NOT NULL DEFAULT 'real, (' );
    CREATE UNIQUE INDEX "index_orders_on_amount" ON "orders" ("amount");
    CREATE TABLE "lines" ( "order_id" integer NOT NULL REFERENCES "orders" ("id") ON DELETE CASCADE );
    INSERT INTO orders (amount, total) VALUES ('1.00', '123456789012345.6789'), ('0.01', '-12.5'), (0.1 + 0.2, 1e14), (-100, NULL), (12345678.91, 0);
    INSERT INTO lines SELECT id FROM orders;"#;

/// The numbers of all orders, as they are written.
async fn read(db: &Db) -> Vec<(String, Option<String>)> {
    let rows = orders::Entity::find().order_by_asc(orders::Column::Id);
    let rows = rows.all(db).await.expect("rows").into_iter();
    rows.map(|row| {
        (
            row.amount.to_string(),
            row.total.map(|total| total.to_string()),
        )
    })
    .collect()
}

#[tokio::test]
async fn floats_of_before_are_read_and_made_exact() {
    let place = Place::with(DbBackend::Sqlite, migrations).await;
    let db = &place.db;
    place.run(OLD_TABLES).await.expect("made");
    let expected = [
        // As many digits as the float has kept.
        ("1.00", Some("123456789012345.6700")),
        ("0.01", Some("-12.5000")),
        ("0.30", Some("100000000000000.0000")),
        ("-100.00", None),
        ("12345678.91", Some("0.0000")),
    ];
    let expected = expected.map(|(amount, total)| (amount.to_owned(), total.map(str::to_owned)));
    assert_eq!(read(db).await, expected);
    let floats = migration::stored_form_faults(db)
        .await
        .expect("a look")
        .float_decimals;
    assert_eq!(floats, ["orders.amount", "orders.total"]);
    let odd = migration::stored_form_violations(db).await.expect("a look");
    let finding = "`orders.amount` keeps its decimals as floats: make it exact in a migration, with `exact_decimals(schema, \"orders\", [\"amount\"])`";
    assert!(odd.iter().any(|found| found == finding), "{odd:?}");

    // Until then nothing is written that would be read as another number.
    migrator(migrations())
        .up(&place.connection, None)
        .await
        .expect("repaired");
    assert_eq!(read(db).await, expected);
    let order = orders::ActiveModel {
        amount: Set(Numeric::MAX),
        ..Default::default()
    };
    let error = order.insert(db).await.expect_err("refused").to_string();
    assert!(
        error.contains("`orders.amount` must be made exact by a migration"),
        "{error}"
    );
    place
        .run("UPDATE orders SET note = 'x' WHERE id = 1")
        .await
        .expect("changed");

    let mut all = migrations();
    all.push(fw::migration!(m20261130_000001_exact_note, irreversible));
    let error = migrator(all)
        .up(&place.connection, None)
        .await
        .expect_err("no decimal");
    assert!(
        error
            .to_string()
            .contains("`orders.note` is no column of the type `decimal`"),
        "{error}"
    );
    assert_eq!(read(db).await, expected);

    let mut all = migrations();
    all.push(fw::migration!(m20261130_000000_exact_orders, irreversible));
    migrator(all)
        .up(&place.connection, None)
        .await
        .expect("migrated");
    assert_eq!(read(db).await, expected);
    assert!(
        migration::stored_form_faults(db)
            .await
            .expect("a look")
            .float_decimals
            .is_empty()
    );
    assert_eq!(
        migration::stored_form_violations(db).await.expect("a look"),
        Vec::<String>::new()
    );
    assert_eq!(
        place
            .value("SELECT integrity_check AS value FROM pragma_integrity_check")
            .await,
        "ok"
    );
    assert_eq!(
        place
            .value("SELECT CAST(count(*) AS TEXT) AS value FROM lines")
            .await,
        "5"
    );
    let stored = "SELECT group_concat(amount || ' ' || typeof(amount), ', ') AS value FROM (SELECT * FROM orders ORDER BY id)";
    assert_eq!(
        place.value(stored).await,
        "100 integer, 1 integer, 30 integer, -10000 integer, 1234567891 integer"
    );
    // The default and the unique index count in units, too.
    place.run_elsewhere("INSERT INTO orders (note) VALUES ('by default')");
    assert_eq!(
        read(db).await.last().map(|row| row.0.clone()),
        Some("9.50".to_owned())
    );
    let order = orders::ActiveModel {
        amount: Set("-100".parse().expect("a number")),
        ..Default::default()
    };
    let error = order.insert(db).await.expect_err("it is there").to_string();
    assert!(error.contains("UNIQUE"), "{error}");
    place.close().await;
}

#[tokio::test]
async fn what_cannot_be_made_exact_stays_as_it_was() {
    for (change, why) in [
        (
            "INSERT INTO orders (amount) VALUES (123456789)",
            "the column has 1 value that must be a number of at most 10 digits",
        ),
        ("INSERT INTO orders (amount) VALUES (1.004)", "UNIQUE"),
        (
            "DROP TABLE lines; DROP TABLE orders; CREATE TABLE orders (id integer PRIMARY KEY, amount real(10, 2) CHECK (amount < 100), total real(19, 4), note text)",
            "`orders.amount` cannot be made exact: a check compares it with 100",
        ),
    ] {
        let place = Place::with(DbBackend::Sqlite, migrations).await;
        place.run(OLD_TABLES).await.expect("made");
        place.run(change).await.expect("changed");
        let schema = "SELECT group_concat(sql) AS value FROM sqlite_master WHERE type = 'table'";
        let before = place.value(schema).await;
        let mut all = migrations();
        all.push(fw::migration!(m20261130_000000_exact_orders, irreversible));
        let error = migrator(all)
            .up(&place.connection, None)
            .await
            .expect_err(why);
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(place.value(schema).await, before);
        let amounts =
            "SELECT CAST(count(*) AS TEXT) AS value FROM orders WHERE typeof(amount) <> 'real'";
        assert_eq!(place.value(amounts).await, "0");
        place.close().await;
    }
}
