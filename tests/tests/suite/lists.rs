//! Filters, fields and includes of generated lists: the same rows on SQLite and PostgreSQL, page by page and all at once.

use std::{collections::BTreeSet, net::SocketAddr};

use fw_tests::http::{get, send_json};
use serde_json::{Value, json};

use crate::Database;

const PATH: &str = "/api/v1/samples";

const NAMES: [&str; 6] = ["Ape", "100% ape", "a_b", "AXB", "back\\slash", "Äpfel"];

/// How many samples there are; every fifth has nothing but its number.
const SAMPLES: u32 = 30;

fn sample(number: u32) -> Value {
    if is_empty(number) {
        return json!({ "number": number });
    }
    let odd = number % 2 == 1;
    json!({
        "number": number,
        "name": name(number),
        "big": 9_007_199_254_740_993_i64 + i64::from(number),
        "ratio": f64::from(number) / 3.0,
        "price": format!("{}.{}0", number / 10, number % 10),
        "open": odd,
        "day": format!("2026-01-{:02}", 1 + number % 28),
        "hour": format!("10:00:{number:02}{}", if odd { ".5" } else { "" }),
        "at": format!("2026-01-01T10:00:{number:02}{}Z", if odd { ".25" } else { "" }),
        "key": format!("67e55044-10b1-426f-9247-bb680e5fe0{number:02}"),
        "status": if number.is_multiple_of(3) { "draft" } else { "published" },
        "author_id": 1 + number % 2,
    })
}

fn is_empty(number: u32) -> bool {
    number.is_multiple_of(5)
}

fn name(number: u32) -> &'static str {
    NAMES[(number % 6) as usize]
}

fn fill(address: SocketAddr) {
    let create = |path: &str, body: Value| {
        let response = send_json(address, "POST", path, &body).expect("a response");
        assert_eq!(response.status, 201, "{}", response.text());
    };
    for author in ["Ann", "Bo"] {
        create("/api/v1/authors", json!({ "name": author }));
    }
    for number in 0..SAMPLES {
        create(PATH, sample(number));
    }
}

#[track_caller]
fn page(address: SocketAddr, query: &str) -> Value {
    let response = get(address, &format!("{PATH}?{query}")).expect("a response");
    assert_eq!(response.status, 200, "{query}: {}", response.text());
    response.json()
}

fn rows(page: &Value) -> &[Value] {
    page["data"].as_array().expect("a list")
}

/// The numbers of the samples on a page.
fn numbers(page: &Value) -> Vec<u64> {
    let numbers = rows(page).iter().map(|row| row["number"].as_u64());
    numbers.map(|number| number.expect("a number")).collect()
}

/// Every page of a list, one after the other.
fn walk(address: SocketAddr, query: &str) -> Vec<Value> {
    let mut pages = vec![page(address, query)];
    while let Some(cursor) = pages[pages.len() - 1]["pagination"]["next_cursor"].as_str() {
        let next = page(address, &format!("{query}&cursor={cursor}"));
        pages.push(next);
        assert!(pages.len() <= SAMPLES as usize, "{query} has no end");
    }
    pages
}

type Expected = fn(u32) -> bool;

/// A filter, which of the samples with all fields it lets through, and whether it lets through those without.
const FILTERS: &[(&str, Expected, bool)] = &[
    ("number=7", |n| n == 7, false),
    ("number[ne]=7", |n| n != 7, true),
    ("number[gt]=5&number[lte]=9", |n| n > 5 && n <= 9, false),
    (
        "number%5Bgte%5D=6&number%5blt%5d=10",
        |n| (6..10).contains(&n),
        false,
    ),
    ("number[in]=-1,3,7,99", |n| matches!(n, 3 | 7), false),
    ("big=9007199254740999", |n| n == 6, false),
    ("big[gt]=9007199254741000", |n| n > 7, false),
    ("big[ne]=9007199254740999", |n| n != 6, true),
    ("big[null]=true", |_| false, true),
    ("big=null", |_| false, true),
    ("big[null]=false&number[lt]=3", |n| n < 3, false),
    ("ratio[lt]=1", |n| n < 3, false),
    ("ratio[gte]=1e0", |n| n >= 3, false),
    ("ratio[in]=1,2.0", |n| matches!(n, 3 | 6), false),
    ("price=0.3", |n| n == 3, false),
    ("price=0.30", |n| n == 3, false),
    (
        "price[gte]=0.30&price[lt]=1.1",
        |n| (3..11).contains(&n),
        false,
    ),
    ("price[gt]=0.295", |n| n >= 3, false),
    ("price[in]=0.3,0.70", |n| matches!(n, 3 | 7), false),
    ("price[lte]=-0.01", |_| false, false),
    ("open=true", |n| n % 2 == 1, false),
    ("open[ne]=true", |n| n.is_multiple_of(2), true),
    ("open[in]=true,false", |_| true, false),
    ("day=2026-01-08", |n| n == 7, false),
    (
        "day[gte]=2026-01-08&day[lt]=2026-01-13",
        |n| (7..12).contains(&n),
        false,
    ),
    (
        "day[in]=2026-01-08,2026-01-09",
        |n| matches!(n, 7 | 8),
        false,
    ),
    ("hour=10:00:07.5", |n| n == 7, false),
    ("hour[gt]=10:00:07", |n| n >= 7, false),
    ("hour[lte]=10:00:07.5", |n| n <= 7, false),
    ("at=2026-01-01T10:00:07.25Z", |n| n == 7, false),
    ("at=2026-01-01T11:00:07.250000%2B01:00", |n| n == 7, false),
    ("at[gt]=2026-01-01T10:00:07Z", |n| n >= 7, false),
    ("at[lt]=2026-01-01T10:00:07.25Z", |n| n < 7, false),
    (
        "at[in]=2026-01-01T10:00:07.25Z,2026-01-01T04:00:08-06:00",
        |n| matches!(n, 7 | 8),
        false,
    ),
    (
        "key=67e55044-10b1-426f-9247-bb680e5fe007",
        |n| n == 7,
        false,
    ),
    (
        "key[ne]=67E55044-10B1-426F-9247-BB680E5FE007",
        |n| n != 7,
        true,
    ),
    (
        "key[in]=67e55044-10b1-426f-9247-bb680e5fe007,67e55044-10b1-426f-9247-bb680e5fe008",
        |n| matches!(n, 7 | 8),
        false,
    ),
    ("status=draft", |n| n.is_multiple_of(3), false),
    ("status[ne]=draft", |n| !n.is_multiple_of(3), true),
    ("status[in]=draft,published", |_| true, false),
    ("status=null", |_| false, true),
    ("author_id=1", |n| n.is_multiple_of(2), false),
    ("author_id[in]=2,3", |n| n % 2 == 1, false),
    ("author_id[null]=true", |_| false, true),
    ("created_at[gte]=2026-01-01T00:00:00Z", |_| true, true),
    ("created_at[lt]=2026-01-01T00:00:00Z", |_| false, false),
    ("name=a_b", |n| name(n) == "a_b", false),
    ("name=A_B", |_| false, false),
    ("name[ne]=a_b", |n| name(n) != "a_b", true),
    (
        "name[in]=Ape,AXB",
        |n| matches!(name(n), "Ape" | "AXB"),
        false,
    ),
    (
        "name[contains]=APE",
        |n| name(n).to_ascii_lowercase().contains("ape"),
        false,
    ),
    ("name[starts_with]=ape", |n| name(n) == "Ape", false),
    ("name[starts_with]=a_", |n| name(n) == "a_b", false),
    ("name[contains]=0%25", |n| name(n) == "100% ape", false),
    ("name[contains]=k%5Cs", |n| name(n) == "back\\slash", false),
    ("name[contains]=%25", |n| name(n) == "100% ape", false),
    ("name[contains]=_", |n| name(n) == "a_b", false),
    ("name[contains]=%C3%84p", |n| name(n) == "Äpfel", false),
    // Only the letters of ASCII have two cases here, whatever the database makes of others.
    ("name[contains]=%C3%A4p", |_| false, false),
    ("name[contains]=pFEL", |n| name(n) == "Äpfel", false),
    ("name=null", |_| false, false),
    ("name[null]=true", |_| false, true),
];

#[test]
fn filters_let_the_same_rows_through_on_both_databases() {
    for database in Database::both() {
        let server = database.start(&[]);
        let address = server.address;
        fill(address);
        for (filter, expected, empty) in FILTERS {
            let lets = |number: &u32| {
                if is_empty(*number) {
                    *empty
                } else {
                    expected(*number)
                }
            };
            let expected: BTreeSet<u64> = (0..SAMPLES).filter(lets).map(u64::from).collect();
            let whole = page(address, &format!("limit=100&{filter}"));
            let found: BTreeSet<u64> = numbers(&whole).into_iter().collect();
            assert_eq!(found, expected, "{} {filter}", database.url);
            // No row twice, none left out, in an order with NULL and in which rows are equal.
            let walked: Vec<u64> = walk(address, &format!("limit=4&sort=-status,at&{filter}"))
                .iter()
                .flat_map(numbers)
                .collect();
            let sorted = page(address, &format!("limit=100&sort=-status,at&{filter}"));
            assert_eq!(walked, numbers(&sorted), "{} {filter}", database.url);
            assert_eq!(walked.len(), expected.len(), "{} {filter}", database.url);
            let numbered = page(address, &format!("page=1&limit=1&{filter}"));
            assert_eq!(numbered["pagination"]["total"], expected.len(), "{filter}");
        }
    }
}

#[test]
fn what_a_filter_does_not_take_is_refused_with_its_name() {
    let database = Database::sqlite();
    let server = database.start(&[]);
    for (query, pointer, message) in [
        (
            "number[gte]=ten",
            "?number[gte]",
            "must be an integer between -2147483648 and 2147483647",
        ),
        (
            "number%5Bgte%5D=1.0",
            "?number[gte]",
            "must be an integer between -2147483648 and 2147483647",
        ),
        (
            "number[null]=true",
            "?number[null]",
            "is not known; this column has `number`, `number[ne]`, `number[gt]`, `number[gte]`, `number[lt]`, `number[lte]`, `number[in]`",
        ),
        (
            "number=null",
            "?number",
            "must be an integer between -2147483648 and 2147483647",
        ),
        (
            "created_at[gte]=2026-01-01T00:00:00+01:00",
            "?created_at[gte]",
            "must be a date and time with its offset, such as `2026-11-21T09:30:00Z`, with `+` written as `%2B`",
        ),
        (
            "status[contains]=d",
            "?status[contains]",
            "is not known; this column has `status`, `status[ne]`, `status[in]`, `status[null]`",
        ),
        (
            "author_id[gt]=1",
            "?author_id[gt]",
            "is not known; this column has `author_id`, `author_id[ne]`, `author_id[in]`, `author_id[null]`",
        ),
        (
            "at[gte]=2026-01-01",
            "?at[gte]",
            "must be a date and time with its offset, such as `2026-11-21T09:30:00Z`",
        ),
        (
            "at=2026-02-30T00:00:00Z",
            "?at",
            "must be a date and time with its offset, such as `2026-11-21T09:30:00Z`",
        ),
        (
            "day=0000-01-01",
            "?day",
            "must be a date such as `2026-11-21`",
        ),
        ("hour=10:00", "?hour", "must be a time such as `09:30:00`"),
        (
            "key=67e5504410b1426f9247bb680e5fe0c8",
            "?key",
            "must be a UUID",
        ),
        ("open=1", "?open", "must be `true` or `false`"),
        ("open[null]=yes", "?open[null]", "must be `true` or `false`"),
        (
            "price=1,5",
            "?price",
            "must be a decimal number such as `3.50`, of at most 22 digits before the point and 6 after it",
        ),
        ("name=a&name=b", "?name", "must be given only once"),
        (
            "updated_at[gte]=2026-01-01T00:00:00Z",
            "?updated_at[gte]",
            "is no filter of this list; the filters are `name`, `number`, `big`, `ratio`, `price`, `open`, `day`, `hour`, `at`, `key`, `author_id`, `created_at`, `status`",
        ),
    ] {
        let response = get(server.address, &format!("{PATH}?{query}")).expect("a response");
        assert_eq!(response.status, 422, "{query}");
        let errors = &response.json()["errors"];
        assert_eq!(
            errors.as_array().map(Vec::len),
            Some(1),
            "{query}: {errors}"
        );
        assert_eq!(errors[0]["pointer"], pointer, "{query}");
        assert_eq!(errors[0]["message"], message, "{query}");
    }
}

#[test]
fn rows_come_with_what_is_included_and_the_fields_that_are_asked_for() {
    for database in Database::both() {
        let server = database.start(&[]);
        let address = server.address;
        fill(address);
        let authors = get(address, "/api/v1/authors").expect("a response").json();
        for query in ["limit=7&sort=-status,at", "limit=100", "page=2&limit=8"] {
            for row in walk(address, &format!("{query}&include=author"))
                .iter()
                .flat_map(rows)
            {
                let author = match row["author_id"].as_u64() {
                    Some(id) => &authors["data"][usize::try_from(id).expect("small") - 1],
                    None => &Value::Null,
                };
                assert_eq!(&row["author"], author);
                assert_eq!(row.get("author").is_some(), !author.is_null());
            }
        }
        assert!(
            walk(address, "limit=100")
                .iter()
                .flat_map(rows)
                .all(|row| row.get("author").is_none())
        );
        let first = &page(address, "number=1&include=author")["data"][0];
        let path = format!("{PATH}/{}", first["id"]);
        let alone = get(address, &format!("{path}?include=author")).expect("a response");
        assert_eq!((alone.status, &alone.json()), (200, first));
        let names = |query: &str| {
            let page = page(address, query);
            let row = page["data"][0].as_object().expect("an object").clone();
            row.into_iter()
                .map(|(name, _)| name)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(names("number=1&fields=name,number"), "id name number");
        assert_eq!(names("number=1&fields=id,id"), "id");
        assert_eq!(
            names("number=1&fields=name&include=author"),
            "id name author"
        );
        for query in [
            "include=authors",
            "include=",
            "nope=1",
            "fields=id",
            "include=author&include=author",
        ] {
            let response = get(address, &format!("{path}?{query}")).expect("a response");
            assert_eq!(response.status, 422, "{query}");
        }
    }
}
