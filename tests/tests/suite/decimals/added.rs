//! A decimal column that is added to a table with rows: they have its default, with all its digits.

use fw::{
    migration::Migration,
    sea_orm::{EntityTrait, QueryOrder},
    validation::Numeric,
};

use super::BACKENDS;
use crate::stored_values::{Place, migrator};

mod fees {
    use fw::model::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "fees")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub cents: Numeric<18, 2>,
        pub money: Numeric<19, 4>,
        pub whole: Numeric<20, 0>,
        pub part: Option<Numeric<28, 28>>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod m20261201_000000_create_fees {
    use fw::migration::prelude::*;

    pub async fn up(schema: &Schema<'_>) -> Result {
        schema
            .create_table(Table::create().table("fees").col(big_pk_auto("id")))
            .await
    }
}

mod m20261201_000001_add_numbers {
    use fw::migration::prelude::*;

    pub async fn up(schema: &Schema<'_>) -> Result {
        for column in [
            decimal_len("cents", 18, 2).default("-9999999999999999.99"),
            decimal_len("money", 19, 4).default("123456789012345.6789"),
            decimal_len("whole", 20, 0).default("10000000000000000001"),
            decimal_len_null("part", 28, 28).default("-0.1234567890123456789012345678"),
        ] {
            schema.add_column("fees", column).await?;
        }
        Ok(())
    }
}

fn first() -> Vec<Migration> {
    vec![fw::migration!(m20261201_000000_create_fees, irreversible)]
}

/// On SQLite the rows got what a float keeps of the default.
#[tokio::test]
async fn rows_of_before_have_the_default_of_a_new_column() {
    for backend in BACKENDS {
        let place = Place::with(backend, first).await;
        place
            .run("INSERT INTO fees (id) VALUES (1), (2)")
            .await
            .expect("rows");
        let mut all = first();
        all.push(fw::migration!(m20261201_000001_add_numbers, irreversible));
        migrator(all)
            .up(&place.connection, None)
            .await
            .expect("migrated");
        place
            .run("INSERT INTO fees (id) VALUES (3)")
            .await
            .expect("a row");
        let rows = fees::Entity::find().order_by_asc(fees::Column::Id);
        let rows = rows.all(&place.db).await.expect("rows");
        assert_eq!(rows.len(), 3);
        for (row, id) in rows.into_iter().zip(1..) {
            let expected = fees::Model {
                id,
                cents: Numeric::literal("-9999999999999999.99"),
                money: Numeric::literal("123456789012345.6789"),
                whole: Numeric::literal("10000000000000000001"),
                part: Some(Numeric::literal("-0.1234567890123456789012345678")),
            };
            assert_eq!(row, expected, "{backend:?}");
        }
    }
}
