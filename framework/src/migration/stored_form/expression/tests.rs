//! Unit tests of `expression`.

use sea_orm::prelude::Uuid;

use super::Kind;

/// The stored form of a value, as SQLite computes it; both are SQL literals.
pub(in super::super) fn stored(kind: Kind, value: &str) -> String {
    let connection = rusqlite::Connection::open_in_memory().expect("opened");
    let one = |sql: &str, value: &str| -> String {
        let sql = format!("SELECT {sql} FROM (SELECT {value} AS x)");
        connection
            .query_row(&sql, [], |row| row.get(0))
            .expect(&sql)
    };
    let (convert, is_other) = (
        format!("quote({})", kind.to_stored_form("x")),
        format!("quote({})", kind.is_not_stored_form("x")),
    );
    let converted = one(&convert, value);
    // A value in its stored form stays as it is, and so does a converted one.
    assert_eq!(
        one(&is_other, value) == "0",
        converted == value,
        "{value}: {converted}"
    );
    assert_eq!(
        (
            one(&is_other, &converted).as_str(),
            &one(&convert, &converted)
        ),
        ("0", &converted)
    );
    converted
}

fn check(kind: Kind, cases: &[(&str, Option<&str>)]) {
    for (text, expected) in cases {
        let expected = expected.map_or("NULL".to_owned(), |text| format!("'{text}'"));
        assert_eq!(stored(kind, &format!("'{text}'")), expected, "{text}");
    }
    for nothing in ["NULL", "'7'", "'2460000.5'", "X'00'"] {
        assert_eq!(stored(kind, nothing), "NULL", "{nothing}");
    }
}

#[test]
fn dates_with_times_are_without_an_offset() {
    check(
        Kind::DateTime,
        &[
            ("2026-11-28 20:40:02", Some("2026-11-28 20:40:02")),
            ("2026-11-28 20:40:02.5", Some("2026-11-28 20:40:02.5")),
            ("2026-11-28T20:40:02+00:00", Some("2026-11-28 20:40:02")),
            ("2026-11-28 20:40:02.500", Some("2026-11-28 20:40:02.5")),
            ("2026-11-28 20:40:02.000000", Some("2026-11-28 20:40:02")),
            (
                "2026-11-28T20:40:02.123456789+01:30",
                Some("2026-11-28 19:10:02.123456"),
            ),
            (
                "2026-11-28 23:59:59.9999999 -00:01",
                Some("2026-11-29 00:00:59.999999"),
            ),
            ("2026-11-28 20:40", Some("2026-11-28 20:40:00")),
            ("2026-11-28", Some("2026-11-28 00:00:00")),
            ("2024-02-29 24:00:00", Some("2024-03-01 00:00:00")),
            (
                "9999-12-31T23:59:59.999999Z",
                Some("9999-12-31 23:59:59.999999"),
            ),
            ("0001-01-01", Some("0001-01-01 00:00:00")),
            ("9999-12-31T23:59:59-00:01", None),
            ("0001-01-01 00:00:00+00:01", None),
            ("0000-12-31", None),
            ("2026-02-30", None),
            ("2026-02-29 10:00:00", None),
            ("2026-11-28 20:40.5", None),
            ("2026-11-28 20:40:60", None),
            ("2026-1-1", None),
            ("20:40:02", None),
            ("now", None),
            ("", None),
        ],
    );
}

#[test]
fn instants_are_in_utc() {
    check(
        Kind::Instant,
        &[
            ("2026-11-28 20:40:02", Some("2026-11-28 20:40:02+00:00")),
            ("2026-11-28 20:40:02.5", Some("2026-11-28 20:40:02.5+00:00")),
            (
                "2026-11-28 20:40:02+00:00",
                Some("2026-11-28 20:40:02+00:00"),
            ),
            (
                "2026-11-28 20:40:02.500+00:00",
                Some("2026-11-28 20:40:02.5+00:00"),
            ),
            (
                "2026-11-28 20:40:02.123456+00:00",
                Some("2026-11-28 20:40:02.123456+00:00"),
            ),
            (
                "2026-11-28T20:40:02.1234567+01:30",
                Some("2026-11-28 19:10:02.123456+00:00"),
            ),
            (
                "2026-11-28 23:59:59.999999+00:00",
                Some("2026-11-28 23:59:59.999999+00:00"),
            ),
            (
                "2026-11-28 20:40:02.123450+00:00",
                Some("2026-11-28 20:40:02.12345+00:00"),
            ),
            ("2026-11-28 20:40:02.1234Z5+00:00", None),
            ("2026-11-28 20:40:02.1+00:5+00:00", None),
            ("2026-11-28T20:40:02Z", Some("2026-11-28 20:40:02+00:00")),
            (
                "2026-11-28 20:40:02 +00:00",
                Some("2026-11-28 20:40:02+00:00"),
            ),
            ("2026-11-28", Some("2026-11-28 00:00:00+00:00")),
            ("2026-02-30 10:00:00+00:00", None),
            ("2026-11-28 20:40:60+00:00", None),
            ("2026-11-28 20:40:02.5x+00:00", None),
            ("2026-11-28 20:40:02+00:0", None),
            ("0000-12-31 00:00:00+00:00", None),
            ("0001-01-01 00:00:00+00:01", None),
            ("now", None),
        ],
    );
}

#[test]
fn dates_and_times() {
    check(
        Kind::Date,
        &[
            ("2026-11-28", Some("2026-11-28")),
            ("2026-11-28T00:00:00.000Z", Some("2026-11-28")),
            ("2026-11-28 10:00:00", None),
            ("2026-02-30", None),
            ("0000-01-01", None),
        ],
    );
    check(
        Kind::Time,
        &[
            ("09:30:00", Some("09:30:00")),
            ("09:30:00.25", Some("09:30:00.25")),
            ("23:59:59.9999999", Some("23:59:59.999999")),
            ("09:30:00.250", Some("09:30:00.25")),
            ("09:30", Some("09:30:00")),
            ("24:00:00", None),
            ("09:30:60", None),
            ("09:30:00Z", None),
            ("09:30:00.5+01:00", None),
            ("9:30:00", None),
            ("12345", None),
            ("2026-11-28 09:30:00", None),
        ],
    );
}

#[test]
fn uuids() {
    for number in [0, 1, u128::MAX, 0x0123_4567_89ab_cdef_0011_2233_4455_6677] {
        let id = Uuid::from_u128(number);
        let hex = id.simple().to_string().to_uppercase();
        let blob = format!("X'{hex}'");
        for literal in [format!("'{id}'"), format!("'{hex}'"), blob.clone()] {
            assert_eq!(stored(Kind::Uuid, &literal), blob);
        }
    }
    check(
        Kind::Uuid,
        &[
            ("{67e55044-10b1-426f-9247-bb680e5fe0c8}", None),
            ("67e55044-10b1-426f-9247-bb680e5fe0cg", None),
            ("67e55044", None),
        ],
    );
}
