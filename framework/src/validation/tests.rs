//! What the engine reports, body by body.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use garde::Validate;
use rust_decimal::Decimal;
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{
    Base64, Format, JsonDocument, Misfit, Numeric, Patch, Presence, Source, decode_json,
    decode_parameters, decode_text, rules,
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

#[derive(Debug, Deserialize, Validate)]
#[garde(allow_unvalidated)]
#[expect(dead_code, reason = "whether they can be read is the question")]
struct Values {
    instant: Option<DateTime<Utc>>,
    fixed: Option<DateTime<FixedOffset>>,
    local: Option<NaiveDateTime>,
    day: Option<NaiveDate>,
    hour: Option<NaiveTime>,
    key: Option<Uuid>,
    price: Option<Decimal>,
    single: Option<f32>,
}

/// Each field of [`Values`] that is read from text, and its form.
const FIELDS: [(&str, Format); 7] = [
    ("instant", Format::Instant),
    ("fixed", Format::Instant),
    ("local", Format::DateTime),
    ("day", Format::Date),
    ("hour", Format::Time),
    ("key", Format::Uuid),
    ("price", Format::AnyDecimal),
];

/// Texts that are values of some type, in many spellings, and what is left of them when single characters are changed.
fn texts() -> Vec<String> {
    const SEEDS: [&str; 24] = [
        "2026-01-01T10:00:00Z",
        "2026-01-01T10:00:00.123456+01:00",
        "2026-01-01T10:00:00.1234567Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-05:00",
        "9999-12-31T23:59:60Z",
        "2024-02-29T00:00:00.5-00:00",
        "2026-01-01 10:00:00 UTC",
        "2026-01-01T10:00:00",
        "2026-1-1",
        "2026-02-29",
        "2024-02-29",
        "1900-02-29",
        "+12026-01-01",
        "23:59:59.999999",
        "23:59:60",
        "9:30",
        "67e55044-10b1-426f-9247-bb680e5fe0c8",
        "{67E55044-10B1-426F-9247-BB680E5FE0C8}",
        "urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8",
        "67e5504410b1426f9247bb680e5fe0c8",
        "-0.50",
        "1_000.5e1",
        "12345678901234567890123456789",
    ];
    let characters: Vec<char> = "0123456789-+:.TtZz {}eE_\u{2212}\u{3000}\u{85}\t\n"
        .chars()
        .collect();
    let mut texts: Vec<String> = SEEDS.iter().map(ToString::to_string).collect();
    let mut random = 42_usize;
    let mut next = |below: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    for seed in SEEDS {
        for _ in 0..100 {
            let mut text: Vec<char> = seed.chars().collect();
            for _ in 0..=next(2) {
                let (at, character) = (next(text.len()), characters[next(characters.len())]);
                match next(3) {
                    0 => text[at] = character,
                    1 => text.insert(at, character),
                    _ if text.len() > 1 => drop(text.remove(at)),
                    _ => {}
                }
            }
            texts.push(text.into_iter().collect());
        }
    }
    texts
}

#[test]
fn bodies_forms_and_paths_take_values_in_one_form() {
    let mut accepted = 0;
    for text in texts() {
        for (field, format) in FIELDS {
            let expected = format.check(&text).is_ok();
            let json = serde_json::json!({ field: text }).to_string();
            assert_eq!(partial::<Values>(&json).is_ok(), expected, "{json}");
            // The same characters as escapes.
            let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
            let escaped = units.collect::<Vec<_>>().concat();
            let json = format!(r#"{{"{field}": "{escaped}"}}"#);
            assert_eq!(partial::<Values>(&json).is_ok(), expected, "{json}");
            let pair = [(field.to_owned(), text.clone())];
            assert_eq!(
                decode_text::<Values>(&pair, Source::Body).is_ok(),
                expected,
                "{field}={text}"
            );
            accepted += usize::from(expected);
        }
        let pair = [("id".to_owned(), text.clone())];
        assert_eq!(
            decode_parameters::<Uuid>(&pair).is_ok(),
            Format::Uuid.check(&text).is_ok(),
            "/{text}"
        );
        assert_eq!(
            decode_parameters::<NaiveDate>(&pair).is_ok(),
            Format::Date.check(&text).is_ok(),
            "/{text}"
        );
    }
    assert!(accepted > 100, "{accepted}");
}

#[cfg(feature = "openapi")]
#[test]
fn the_schema_of_a_form_says_the_same() {
    for (_, format) in FIELDS {
        let schema = format.schema();
        let pattern = regex::Regex::new(schema["pattern"].as_str().unwrap()).unwrap();
        let max = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
        for text in texts() {
            let allowed = pattern.is_match(&text) && text.chars().count() as u64 <= max;
            assert_eq!(format.check(&text).is_ok(), allowed, "{format:?}: {text:?}");
        }
        // Every day of a few years, with those around it.
        for year in [1, 4, 1900, 2000, 2023, 2024, 9999] {
            for (month, day) in (0..=13).flat_map(|month| (0..=32).map(move |day| (month, day))) {
                let text = format!("{year:04}-{month:02}-{day:02}");
                let exists = NaiveDate::from_ymd_opt(year, month, day).is_some();
                let allowed = format == Format::Date && exists;
                assert_eq!(pattern.is_match(&text), allowed, "{text}");
                assert_eq!(format.check(&text).is_ok(), allowed, "{text}");
            }
        }
    }
}

#[test]
fn a_second_has_at_most_six_digits_after_the_point() {
    let json = r#"{"instant": "2026-01-01T10:00:00.1234567Z", "local": "2026-01-01T10:00:00.1234567", "hour": "10:00:00.1234567"}"#;
    assert_eq!(
        messages(partial::<Values>(json)),
        [
            "must be a date and time with its offset, such as `2026-11-21T09:30:00Z`, with at most 6 digits of a fraction",
            "must be a date and time such as `2026-11-21T09:30:00`, with at most 6 digits of a fraction",
            "must be a time such as `09:30:00`, with at most 6 digits of a fraction",
        ]
    );
}

#[test]
fn a_float_that_would_be_infinite_is_refused() {
    assert_eq!(
        problems(partial::<Values>(r#"{"single": 1e300}"#)),
        ["/single too_large"]
    );
    assert_eq!(
        problems(partial::<Values>(r#"{"single": -1e300}"#)),
        ["/single too_small"]
    );
    assert_eq!(
        partial::<Values>(r#"{"single": 3e38}"#).unwrap().single,
        Some(3e38)
    );
}

#[derive(Debug, Deserialize, Validate)]
#[garde(allow_unvalidated)]
#[expect(dead_code, reason = "whether they can be read is the question")]
struct Documents {
    data: Option<JsonDocument<100>>,
    any: Option<serde_json::Value>,
    map: Option<std::collections::HashMap<String, i64>>,
}

#[test]
fn a_document_keeps_its_numbers_and_keys_or_is_refused() {
    for field in ["data", "any"] {
        for (document, pointer) in [
            ("18446744073709551616", ""),
            ("-9223372036854775809", ""),
            (r#"{"a": [1, 123456789012345678901234567890]}"#, "/a/1"),
            ("[0.1, 0.12345678901234567890]", "/1"),
            ("[1e-400]", "/0"),
            ("9007199254740993.0", ""),
            ("[[[1.0000000000000000001]]]", "/0/0/0"),
        ] {
            let found = problems(partial::<Documents>(&format!(
                r#"{{"{field}": {document}}}"#
            )));
            assert_eq!(
                found,
                [format!("/{field}{pointer} too_precise")],
                "{document}"
            );
        }
        for document in [r#"{"a": 1, "b": 2, "a": 3}"#, r#"{"a": 1, "\u0061": 3}"#] {
            let found = problems(partial::<Documents>(&format!(
                r#"{{"{field}": [{document}]}}"#
            )));
            assert_eq!(
                found,
                [format!("/{field}/0/a duplicate_field")],
                "{document}"
            );
        }
        for (kept, written) in [
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("9007199254740993", "9007199254740993"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("6.02214076E23", "6.02214076e+23"),
            ("602214076000000000000000", "6.02214076e+23"),
            ("1.50", "1.5"),
            (
                r#"{"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]}"#,
                r#"{"a":{"a":1},"b":[{"a":1},{"a":2}]}"#,
            ),
        ] {
            let found = partial::<Documents>(&format!(r#"{{"{field}": {kept}}}"#)).unwrap();
            let found = found.any.or(found.data.map(Into::into)).unwrap();
            assert_eq!(found.to_string(), written, "{kept}");
        }
    }
    assert_eq!(
        problems(partial::<Documents>(r#"{"map": {"a": 1, "a": 2}}"#)),
        ["/map/a duplicate_field"]
    );
    // As PostgreSQL gives them back.
    for (given, written) in [
        ("-0", "0.0"),
        ("[-0.0]", "[0.0]"),
        ("1e19", "10000000000000000000"),
        ("-1E16", "-10000000000000000"),
    ] {
        let found = partial::<Documents>(&format!(r#"{{"data": {given}}}"#)).unwrap();
        assert_eq!(
            serde_json::Value::from(found.data.unwrap()).to_string(),
            written
        );
    }
}

#[derive(Debug, Deserialize, Validate)]
#[garde(allow_unvalidated)]
struct Text {
    text: String,
}

#[test]
fn texts_that_only_look_like_values_are_texts() {
    for text in [
        "2026-1-1",
        " 2026-01-01",
        "{67e55044}",
        "12 e",
        "a\nb 1",
        "+49 170 1234",
        "1_000",
    ] {
        let json = serde_json::json!({ "text": text }).to_string();
        assert_eq!(partial::<Text>(&json).unwrap().text, text);
    }
}

#[derive(Debug, Deserialize)]
struct Named {
    b: Uuid,
    a: u8,
}

#[test]
fn parameters_of_a_path_have_one_spelling() {
    let pairs = |texts: &[&str]| -> Vec<(String, String)> {
        let names = ["a", "b"].into_iter().map(ToOwned::to_owned);
        names.zip(texts.iter().map(ToString::to_string)).collect()
    };
    assert_eq!(decode_parameters::<i64>(&pairs(&["-7"])).unwrap(), -7);
    for text in ["+7", "007", "-0", "7.0", "7 ", "1e3", ""] {
        assert!(
            matches!(
                decode_parameters::<i64>(&pairs(&[text])),
                Err(Misfit::Value)
            ),
            "{text}"
        );
    }
    let both: (i64, String) = decode_parameters(&pairs(&["7", "x"])).unwrap();
    assert_eq!(both, (7, "x".to_owned()));
    let named: Named =
        decode_parameters(&pairs(&["7", "67e55044-10b1-426f-9247-bb680e5fe0c8"])).unwrap();
    assert_eq!((named.a, named.b.get_version_num()), (7, 4));
    assert!(matches!(
        decode_parameters::<Named>(&pairs(&["7", "67e5504410b1426f9247bb680e5fe0c8"])),
        Err(Misfit::Value)
    ));
    let all: std::collections::HashMap<String, i64> =
        decode_parameters(&pairs(&["7", "8"])).unwrap();
    assert_eq!(all["b"], 8);
    assert_eq!(
        decode_parameters::<Vec<i64>>(&pairs(&["7", "8"])).unwrap(),
        [7, 8]
    );
    assert!(matches!(
        decode_parameters::<i64>(&pairs(&["7", "8"])),
        Err(Misfit::Number { given: 2, taken: 1 })
    ));
    assert!(matches!(
        decode_parameters::<(i64, i64)>(&pairs(&["7"])),
        Err(Misfit::Number { given: 1, taken: 2 })
    ));
}
