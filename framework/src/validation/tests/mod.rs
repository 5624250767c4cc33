//! Tests of the problems that are reported, body by body.

mod names;
mod values;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use garde::Validate;
use rust_decimal::Decimal;
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{
    Base64, JsonDocument, Numeric, Patch, Presence, Source, decode_json, decode_text, rules,
};
use crate::error::Error;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    #[default]
    Draft,
    Published,
}

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Address {
    #[garde(length(chars, min = 2))]
    city: String,
    #[garde(skip)]
    since: NaiveDate,
    #[garde(skip)]
    key: Uuid,
}

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Body {
    #[garde(length(chars, min = 1, max = 5))]
    title: String,
    #[garde(skip)]
    #[serde(default)]
    status: Status,
    #[garde(range(min = 1))]
    pages: i32,
    #[garde(skip)]
    rating: Option<Numeric<3, 2>>,
    #[garde(skip)]
    at: Option<DateTime<Utc>>,
    #[garde(length(max = 2), inner(length(chars, max = 3)))]
    #[serde(default)]
    tags: Vec<String>,
    #[garde(dive)]
    #[serde(default)]
    address: Option<Address>,
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
struct Change {
    #[garde(length(chars, min = 1))]
    title: Patch<String>,
    #[garde(length(chars, max = 2))]
    text: Patch<Option<String>>,
    #[garde(skip)]
    rating: Patch<Option<Numeric<3, 2>>>,
    #[garde(skip)]
    data: Patch<JsonDocument<20>>,
    #[garde(skip)]
    blob: Patch<Base64<2>>,
    #[garde(inner(custom(rules::four_digit_year)))]
    day: Patch<Option<NaiveDate>>,
}

/// `pointer code`, one per problem.
fn problems<T>(outcome: Result<T, Error>) -> Vec<String> {
    let Err(error) = outcome else {
        panic!("the request is accepted")
    };
    assert_eq!(error.status(), 422, "{error:?}");
    error
        .field_errors()
        .iter()
        .map(|field| format!("{} {}", field.pointer, field.code))
        .collect()
}

fn messages<T>(outcome: Result<T, Error>) -> Vec<String> {
    let Err(error) = outcome else {
        panic!("the request is accepted")
    };
    error
        .field_errors()
        .iter()
        .map(|field| field.message.clone())
        .collect()
}

fn partial<T: DeserializeOwned + Validate<Context = ()>>(json: &str) -> Result<T, Error> {
    decode_json(json.as_bytes(), Presence::Partial)
}

#[test]
fn accepts_what_is_right() {
    let json = r#"{"title": "Dune", "pages": 1, "rating": "3.50", "at": "2026-11-21T09:30:00+01:00",
        "address": {"city": "Arrakeen", "since": "2026-11-21", "key": "67e55044-10b1-426f-9247-bb680e5fe0c8"}}"#;
    let body: Body = partial(json).unwrap();
    assert_eq!(body.rating.unwrap().to_string(), "3.50");
    assert_eq!(body.at.unwrap().to_rfc3339(), "2026-11-21T08:30:00+00:00");
    assert_eq!(body.status, Status::Draft);
    let address = body.address.unwrap();
    assert_eq!(
        (
            address.since.to_string().as_str(),
            address.key.get_version_num()
        ),
        ("2026-11-21", 4)
    );
}

#[test]
fn reports_everything_at_once_in_the_declared_order() {
    let json = r#"{
        "nope": 1, "pages": "1", "title": "toolong", "title": "x", "status": "gone", "rating": null,
        "at": "yesterday", "tags": ["ok", "long!", 7], "address": {"city": "B", "zip": 1}
    }"#;
    assert_eq!(
        problems(partial::<Body>(json)),
        [
            "/title too_long",
            "/title duplicate_field",
            "/status invalid_value",
            "/pages invalid_type",
            "/at invalid_value",
            "/tags too_long",
            "/tags/1 too_long",
            "/tags/2 invalid_type",
            "/address/city too_short",
            "/address/since required",
            "/address/key required",
            "/address/zip unknown_field",
            "/nope unknown_field",
        ]
    );
}

#[test]
fn speaks_the_language_of_clients() {
    let json = r#"{"title": 1, "status": "gone", "pages": 3000000000, "rating": "x", "at": 5, "tags": {}, "pagse": 1}"#;
    assert_eq!(
        messages(partial::<Body>(json)),
        [
            "must be a string",
            "must be one of `draft`, `published`",
            "must be between -2147483648 and 2147483647",
            "must be a decimal number such as `3.50`",
            "must be a date and time with its offset, such as `2026-11-21T09:30:00Z`",
            "must be an array",
            "is not known, did you mean `pages`?",
        ]
    );
    let json =
        r#"{"title": "", "pages": 99999999999999999999, "address": 3, "tags": ["a", "b", "c"]}"#;
    assert_eq!(
        messages(partial::<Body>(json)),
        [
            "must not be empty",
            "must be between -2147483648 and 2147483647",
            "must have at most 2 items",
            "must be an object"
        ]
    );
}

#[test]
fn full_bodies_have_every_field_and_null_where_it_is_allowed() {
    let full = |json: &str| decode_json::<Body>(json.as_bytes(), Presence::Full);
    assert_eq!(
        problems(full(r#"{"title": "x", "rating": null, "address": {}}"#)),
        [
            "/status required",
            "/pages required",
            "/at required",
            "/tags required",
            "/address/city required",
            "/address/since required",
            "/address/key required",
        ]
    );
    let json = r#"{"title": "x", "status": "published", "pages": 2, "rating": null, "at": null, "tags": [], "address": null}"#;
    assert_eq!(full(json).unwrap().status, Status::Published);
}

#[test]
fn patches_tell_absent_from_null() {
    let change: Change = partial(r#"{"text": null, "rating": "3.5"}"#).unwrap();
    assert_eq!(
        (change.title, change.text),
        (Patch::Absent, Patch::Value(None))
    );
    let json = r#"{"title": null, "text": "abc", "rating": "10", "data": null, "blob": "AAAA", "day": "+10000-01-01"}"#;
    assert_eq!(
        problems(partial::<Change>(json)),
        [
            "/title null",
            "/text too_long",
            "/rating too_large",
            "/data null",
            "/blob too_long",
            "/day invalid_value"
        ]
    );
    assert_eq!(
        messages(partial::<Change>(r#"{"rating": "1.234", "blob": "?"}"#)),
        [
            "must have at most 2 decimal places",
            "must be a base64 string"
        ]
    );
}

#[test]
fn decimals_have_a_range() {
    const LEAST: Numeric<10, 2> = Numeric::literal("0.01");

    #[derive(Debug, Default, Deserialize, Validate)]
    #[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
    #[serde(default)]
    struct Offer {
        #[garde(range(min = LEAST, max = Numeric::<10, 2>::literal("99.5")))]
        price: Numeric<10, 2>,
        #[garde(range(min = LEAST))]
        old_price: Option<Numeric<10, 2>>,
        #[garde(range(max = LEAST))]
        discount: Patch<Option<Numeric<10, 2>>>,
    }

    let json = r#"{"price": "99.51", "old_price": "0", "discount": "0.02"}"#;
    assert_eq!(
        problems(partial::<Offer>(json)),
        [
            "/price too_large",
            "/old_price too_small",
            "/discount too_large"
        ]
    );
    assert_eq!(
        messages(partial::<Offer>(json)),
        [
            "must be at most 99.50",
            "must be at least 0.01",
            "must be at most 0.01"
        ]
    );
    for json in [
        r#"{"price": "99.5", "old_price": null, "discount": null}"#,
        r#"{"price": "0.01", "old_price": "0.01", "discount": "-1"}"#,
    ] {
        assert!(partial::<Offer>(json).is_ok(), "{json}");
    }
    #[cfg(feature = "openapi")]
    {
        let schema = schemars::schema_for!(Offer).to_value();
        // JSON Schema has no range for strings.
        assert_eq!(
            schema["properties"]["price"]["pattern"],
            r"^-?(0|[1-9][0-9]{0,7})(\.[0-9]{1,2})?$"
        );
        assert!(
            schema["properties"]["price"].get("minimum").is_none(),
            "{schema}"
        );
    }
}

#[test]
fn what_is_not_json_is_malformed() {
    for json in [
        &b""[..],
        b"  ",
        b"{",
        b"{} x",
        b"{\"title\": \"\xff\"}",
        b"{'a': 1}",
        &[b'['; 200],
    ] {
        let error = decode_json::<Body>(json, Presence::Partial).unwrap_err();
        assert_eq!(
            (error.status().as_u16(), error.code()),
            (400, "malformed_body"),
            "{json:?}"
        );
    }
}

#[test]
fn what_is_json_but_no_object_is_not_acceptable() {
    for json in [
        "[]",
        r#"["x", "draft", 1, null, null, [], null]"#,
        "7",
        r#""x""#,
    ] {
        assert_eq!(problems(partial::<Body>(json)), [" invalid_type"], "{json}");
    }
    assert_eq!(problems(partial::<Body>("null")), [" null"]);
}

#[test]
fn numbers_beyond_all_bounds_are_named() {
    assert_eq!(
        problems(partial::<Body>(r#"{"tags": ["a", 1e999]}"#)),
        ["/tags/1 invalid_value"]
    );
}

#[test]
fn nul_characters_are_refused_wherever_they_are() {
    let json = r#"{"title": "a\u0000", "pages": 0}"#;
    assert_eq!(
        problems(partial::<Body>(json)),
        ["/title invalid_characters", "/pages too_small"]
    );
    assert_eq!(
        problems(partial::<Change>(r#"{"data": [{"a\u0000": 1}]}"#)),
        ["/data/0 invalid_characters"]
    );
    // An escaped backslash before `u0000` is no NUL.
    assert!(partial::<Change>(r#"{"title": "\\u0000"}"#).is_ok());
}

#[test]
fn pointers_are_escaped() {
    assert_eq!(
        problems(partial::<Change>(r#"{"a/b~c": 1}"#)),
        ["/a~1b~0c unknown_field"]
    );
}

#[test]
fn huge_and_wrong_bodies_get_a_hundred_problems() {
    let json = format!(
        r#"{{"title": "x", "pages": 1, "tags": [{}1]}}"#,
        "1,".repeat(200_000)
    );
    let count = problems(partial::<Body>(&json)).len();
    assert!((1..=100).contains(&count), "{count}");
    let keys: Vec<_> = (0..100_000).map(|key| format!(r#""k{key}":1"#)).collect();
    let json = format!("{{{}}}", keys.join(","));
    assert_eq!(problems(partial::<Change>(&json)).len(), 100);
}

#[test]
fn names_that_serde_changed_are_found_again() {
    #[derive(Debug, Deserialize, Validate)]
    #[serde(rename_all = "camelCase")]
    struct Camel {
        #[garde(length(min = 1))]
        first_name: String,
        #[garde(length(min = 1))]
        r#type: String,
    }
    let found = problems(partial::<Camel>(
        r#"{"firstName": "", "type": "", "ignored": 1}"#,
    ));
    assert_eq!(found, ["/firstName too_short", "/type too_short"]);
}

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Search {
    #[garde(length(chars, max = 3))]
    q: Option<String>,
    #[garde(range(max = 10))]
    #[serde(default)]
    limit: u32,
    #[garde(skip)]
    open: Option<bool>,
    #[garde(skip)]
    #[serde(default)]
    status: Vec<Status>,
    #[garde(skip)]
    #[serde(default)]
    price: Option<Decimal>,
    #[garde(skip)]
    #[serde(default)]
    at: Option<NaiveTime>,
}

fn query(pairs: &[(&str, &str)]) -> Result<Search, Error> {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, text)| ((*name).into(), (*text).into()))
        .collect();
    decode_text(&pairs, Source::Query)
}

#[test]
fn text_becomes_what_the_field_is() {
    let search = query(&[
        ("q", ""),
        ("limit", "7"),
        ("open", "on"),
        ("status", "draft"),
        ("status", "published"),
        ("price", "3.50"),
        ("at", "09:30:00"),
    ])
    .unwrap();
    assert_eq!((search.q, search.limit, search.open), (None, 7, Some(true)));
    assert_eq!(search.status, [Status::Draft, Status::Published]);
    assert_eq!(search.price.unwrap().to_string(), "3.50");
    assert_eq!(search.at, NaiveTime::from_hms_opt(9, 30, 0));
    assert_eq!(
        query(&[("status", "draft")]).unwrap().status,
        [Status::Draft]
    );
}

#[test]
fn a_decimal_is_written_as_text_because_a_number_would_be_rounded() {
    for number in ["3", "3.5", "2.5890419884777833e-42"] {
        let found = partial::<Change>(&format!(r#"{{"rating": {number}}}"#));
        assert_eq!(
            messages(found),
            [r#"must be a decimal number in quotes, such as `"3.50"`"#],
            "{number}"
        );
    }
}

#[test]
fn a_whole_number_is_an_integer_however_it_is_written() {
    let pages = |number: &str| {
        let body = format!(r#"{{"title":"a","pages":{number}}}"#);
        partial::<Body>(&body).map(|body| body.pages)
    };
    for (number, expected) in [
        ("2", 2),
        ("2.0", 2),
        ("20e1", 200),
        ("2147483647.0", i32::MAX),
    ] {
        assert_eq!(pages(number).unwrap(), expected, "{number}");
    }
    for (number, code) in [
        ("2.5", "invalid_type"),
        ("2147483648.0", "invalid_value"),
        ("1e300", "invalid_value"),
        ("-9223372036854775809", "invalid_value"),
    ] {
        assert_eq!(
            problems(pages(number)),
            [format!("/pages {code}")],
            "{number}"
        );
    }
}

#[test]
fn parameters_are_pointed_at_by_name() {
    let found = query(&[
        ("limit", "1.5"),
        ("q", "a"),
        ("q", "b"),
        ("open", "maybe"),
        ("status", "draft"),
        ("status", "gone"),
        ("nope", ""),
        ("price", "x\0"),
    ]);
    assert_eq!(
        problems(found),
        [
            "?q duplicate_field",
            "?limit invalid_type",
            "?open invalid_type",
            "?status invalid_value",
            "?price invalid_characters",
            "?nope unknown_field",
        ]
    );
    assert_eq!(
        problems(query(&[("limit", "99999999999"), ("q", "long")])),
        ["?q too_long", "?limit invalid_value"]
    );
}
