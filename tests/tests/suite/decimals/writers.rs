//! Decimals from other sources than the type of the column: plain decimals, other programs, other spellings.

use super::*;

/// On SQLite a column has units of its own, of which a plain number knows nothing.
#[tokio::test]
async fn a_plain_decimal_is_right_or_refused() {
    for backend in BACKENDS {
        let place = Place::with(backend, migrations).await;
        let db = &place.db;
        Entity::insert(nothing_given())
            .exec(db)
            .await
            .expect("written");
        let number = Decimal::new(25, 1);
        let compared = Entity::find()
            .filter(Column::Price.gt(number))
            .all(db)
            .await;
        let changed = Entity::update_many()
            .col_expr(Column::Price, Expr::value(number))
            .exec(db)
            .await;
        if backend == DbBackend::Postgres {
            assert_eq!(compared.expect("rows").len(), 1);
            changed.expect("changed");
        } else {
            for error in [
                compared.expect_err("refused"),
                changed.expect_err("refused"),
            ] {
                assert!(
                    error
                        .to_string()
                        .contains("hint: give the column a `Numeric`"),
                    "{error}"
                );
            }
        }
        // The average has other digits than the column.
        let average = Entity::find()
            .select_only()
            .column_as(Expr::col(Column::Price).avg(), "average")
            .into_tuple::<Numeric<10, 2>>()
            .one(db)
            .await;
        if backend == DbBackend::Sqlite {
            let error = average.expect_err("refused").to_string();
            assert!(
                error.contains("hint: `avg` of a decimal column is none"),
                "{error}"
            );
        }
        place.close().await;
    }
}

#[tokio::test]
async fn a_number_is_unique_however_it_is_written() {
    for backend in BACKENDS {
        let place = Place::with(backend, migrations).await;
        place.run_elsewhere("INSERT INTO singles (price, money) VALUES ('1.5', '1.5')");
        for (price, money) in [
            ("'1.50'", "'2'"),
            ("1.5", "'3'"),
            ("'4'", "'01.500'"),
            ("'5'", "1.5000"),
        ] {
            let sql = format!("INSERT INTO singles (price, money) VALUES ({price}, {money})");
            let error = place.run(&sql).await.expect_err("it is there").to_string();
            assert!(error.to_lowercase().contains("unique"), "{sql}: {error}");
        }
        // Other texts are checked once they are numbers.
        for price in ["'-0.01'", "-1.5"] {
            let sql = format!("INSERT INTO singles (price, money) VALUES ({price}, '6')");
            let error = place
                .run(&sql)
                .await
                .expect_err("it is below 0")
                .to_string();
            assert!(error.to_lowercase().contains("check"), "{sql}: {error}");
        }
        place.close().await;
    }
}

/// Other programs may give numbers as they like.
#[tokio::test]
async fn other_programs_write_numbers_and_nothing_else() {
    let place = Place::with(DbBackend::Sqlite, migrations).await;
    for (written, price, money) in [
        ("12.5", "1250 integer", "000000000000012.5000 text"),
        ("12.0", "1200 integer", "000000000000012.0000 text"),
        ("'12.50'", "1250 integer", "000000000000012.5000 text"),
        ("'12'", "1200 integer", "000000000000012.0000 text"),
        ("'-0.01'", "-1 integer", "-jjjjjjjjjjjjjjj.jijj text"),
        ("-0.01", "-1 integer", "-jjjjjjjjjjjjjjj.jijj text"),
    ] {
        place.run_elsewhere(&format!(
            "DELETE FROM numbers; INSERT INTO numbers (price) VALUES ({written}); UPDATE numbers SET money = {written}"
        ));
        let stored = "SELECT price || ' ' || typeof(price) || ', ' || money || ' ' || typeof(money) AS value FROM numbers";
        assert_eq!(place.value(stored).await, format!("{price}, {money}"));
    }
    // What is an integer is in units of the last digit, where the column holds integers.
    place.run_elsewhere("UPDATE numbers SET price = 12, money = 12");
    let row = Entity::find()
        .one(&place.db)
        .await
        .expect("a query")
        .expect("a row");
    assert_eq!(
        (
            row.price.to_string(),
            row.money.map(|money| money.to_string())
        ),
        ("0.12".to_owned(), Some("12.0000".to_owned()))
    );
    assert_eq!(
        place
            .value("SELECT CAST(sum(price) / 100.0 AS TEXT) AS value FROM numbers")
            .await,
        "0.12"
    );

    for (column, value, wanted) in [
        (
            "price",
            "'x'",
            "a number of at most 10 digits, 2 of them after the point, such as 12.5, which is stored as 1250",
        ),
        ("price", "'1.234'", "a number of at most 10 digits"),
        ("price", "100000000.0", "a number of at most 10 digits"),
        ("price", "10000000000", "a number of at most 10 digits"),
        (
            "money",
            "'1e3'",
            "a number of at most 19 digits, 4 of them after the point, such as 12.5, which is stored as '000000000000012.5000'",
        ),
        ("money", "x'31'", "a number of at most 19 digits"),
        ("digit", "10", "a number of at most 1 digit"),
    ] {
        let wanted = format!("`numbers.{column}` must be {wanted}");
        let wanted = wanted.replace('\'', "");
        for sql in [
            format!("UPDATE numbers SET {column} = {value}"),
            format!("INSERT INTO numbers ({column}) VALUES ({value})"),
        ] {
            let error = place.run(&sql).await.expect_err("refused").to_string();
            assert!(error.replace('\'', "").contains(&wanted), "{sql}: {error}");
        }
    }
    place.close().await;
}
