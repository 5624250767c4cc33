//! The one spelling of each value, in bodies, forms and paths.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use garde::Validate;
use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    super::{Format, JsonDocument, ParametersError, Source, decode_parameters, decode_text},
    messages, partial, problems,
};

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

/// Returns whether a text is no value of the type in a path.
fn is_refused<T: serde::de::DeserializeOwned>(text: &str) -> bool {
    let pairs = [("id".to_owned(), text.to_owned())];
    matches!(decode_parameters::<T>(&pairs), Err(ParametersError::Value))
}

macro_rules! every_integer {
    ($($type:ty)*) => {$(
        assert!(!is_refused::<$type>("8"), stringify!($type));
        for text in ["+8", "08", "-08", "8.0", "0x8", "8_0", " 8", "\u{ff18}"] {
            assert!(is_refused::<$type>(text), "{} {text}", stringify!($type));
        }
    )*};
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
                Err(ParametersError::Value)
            ),
            "{text}"
        );
    }
    every_integer!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);
    every_integer!(std::num::NonZeroU32 std::num::NonZeroI64);
    let wide = u128::MAX.to_string();
    assert!(!is_refused::<u128>(&wide) && is_refused::<i128>(&wide) && is_refused::<u64>(&wide));
    assert!(!is_refused::<i128>(&i128::MIN.to_string()));
    for (text, refused) in [
        ("67e55044-10b1-426f-9247-bb680e5fe0c8", false),
        ("67E55044-10B1-426F-9247-BB680E5FE0C8", false),
        ("67e5504410b1426f9247bb680e5fe0c8", true),
        ("{67e55044-10b1-426f-9247-bb680e5fe0c8}", true),
        ("urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8", true),
    ] {
        assert_eq!(is_refused::<Uuid>(text), refused, "{text}");
    }
    let both: (i64, String) = decode_parameters(&pairs(&["7", "x"])).unwrap();
    assert_eq!(both, (7, "x".to_owned()));
    let named: Named =
        decode_parameters(&pairs(&["7", "67e55044-10b1-426f-9247-bb680e5fe0c8"])).unwrap();
    assert_eq!((named.a, named.b.get_version_num()), (7, 4));
    assert!(matches!(
        decode_parameters::<Named>(&pairs(&["7", "67e5504410b1426f9247bb680e5fe0c8"])),
        Err(ParametersError::Value)
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
        Err(ParametersError::Number { given: 2, taken: 1 })
    ));
    assert!(matches!(
        decode_parameters::<(i64, i64)>(&pairs(&["7"])),
        Err(ParametersError::Number { given: 1, taken: 2 })
    ));
}
