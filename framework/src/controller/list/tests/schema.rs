//! Tests that lists accept exactly what their description allows.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
};

use regex::Regex;
use sea_orm::{ColumnTrait, IdenStatic, Iterable};
use serde_json::{Value, json};

use crate::{
    controller::list::{ListParams, query},
    openapi::Parameter,
};

#[expect(unreachable_pub, reason = "an entity as applications write it")]
mod everything {
    use crate::model::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "everything")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub tiny: i8,
        pub small: i16,
        pub int: i32,
        pub big: Option<i64>,
        pub unsigned: u32,
        pub huge: u64,
        pub float: f32,
        pub double: Option<f64>,
        pub price: Numeric<10, 2>,
        pub share: Option<Numeric<28, 28>>,
        pub whole: Numeric<28, 0>,
        pub open: Option<bool>,
        pub day: Date,
        pub hour: Option<Time>,
        pub local: DateTime,
        pub at: DateTimeUtc,
        pub key: Option<Uuid>,
        pub name: Option<String>,
        pub meta: Json,
        pub status: Status,
        pub mood: Option<Mood>,
    }

    /// An enum of the database itself.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(
        rs_type = "String",
        db_type = "Enum",
        enum_name = "mood",
        rename_all = "snake_case"
    )]
    pub enum Mood {
        Good,
        Bad,
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

    impl ActiveModelBehavior for ActiveModel {}

    impl Listing for Entity {
        type Query = Select<Self>;

        fn columns() -> ListColumns<Self> {
            let columns =
                <Column as sea_orm::Iterable>::iter().filter(|column| column.as_str() != "status");
            ListColumns::new()
                .filter(columns)
                .filter_enum::<Status>(Column::Status)
        }
    }
}

/// Texts that are, or look as if they were, values of some type.
const TEXTS: &[&str] = &[
    "",
    " ",
    "x",
    "null",
    "true",
    "false",
    "True",
    "1",
    "0",
    "-0",
    "-1",
    "+1",
    "01",
    "1.0",
    "1e3",
    "1E+3",
    "1e",
    ".5",
    "5.",
    "-",
    "-.5",
    "1_000",
    "0x10",
    "inf",
    "-inf",
    "NaN",
    "127",
    "128",
    "-128",
    "-129",
    "32767",
    "32768",
    "-32769",
    "65536",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "3.4e38",
    "3.5e38",
    "1e308",
    "1e309",
    "-1e309",
    "1e-400",
    "0.12",
    "0.123456",
    "0.1234567",
    "12345678901234567890.123456",
    "1234567890123456789012.123456",
    "12345678901234567890123.1",
    "0.1234567890123456789012345678",
    "0.12345678901234567890123456789",
    "1.1234567890123456789012345678",
    "1234567890123456789012345678",
    "12345678901234567890123456789",
    "79228162514264337593543950335",
    "2026-11-21",
    "2026-02-28",
    "2024-02-29",
    "2023-02-29",
    "1900-02-29",
    "2026-04-31",
    "2026-02-30T00:00:00",
    "2026-02-30T00:00:00Z",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-05:00",
    "9999-12-31T23:59:59+00:00",
    "2026-13-01",
    "2026-11-00",
    "2026-11-32",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "+2026-11-21",
    "2026-1-1",
    "2026-11-21 ",
    "26-11-21",
    "09:30:00",
    "09:30",
    "24:00:00",
    "23:59:59",
    "23:59:60",
    "09:30:00.5",
    "09:30:00.123456",
    "09:30:00.1234567",
    "09:30:00.",
    "9:30:00",
    "09:30:00Z",
    "2026-11-21T09:30:00",
    "2026-11-21 09:30:00",
    "2026-11-21t09:30:00",
    "2026-11-21T09:30:00Z",
    "2026-11-21T09:30:00z",
    "2026-11-21T09:30:00+01:00",
    "2026-11-21T09:30:00-23:59",
    "2026-11-21T09:30:00-24:00",
    "2026-11-21T09:30:00+0100",
    "2026-11-21T09:30:00+01",
    "2026-11-21T09:30:00.25-00:00",
    "2026-11-21T09:30:00.1234567Z",
    "2026-11-21T09:30Z",
    "2026-11-21T09:30:60Z",
    "2026-11-21T09:30:00ZZ",
    "2026-11-21T09:30:00+01:00Z",
    "67e55044-10b1-426f-9247-bb680e5fe0c8",
    "67E55044-10B1-426F-9247-BB680E5FE0C8",
    "67e5504410b1426f9247bb680e5fe0c8",
    "{67e55044-10b1-426f-9247-bb680e5fe0c8}",
    "urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8",
    "67e55044-10b1-426f-9247-bb680e5fe0cg",
    "draft",
    "good",
    "published",
    "Draft",
    "draft,published",
    "1,2",
    "1,",
    ",",
    "ä",
    "\u{1f980}",
    "a\nb",
    "id",
    "-id",
    "id,-id",
    "--id",
];

/// Returns whether a JSON schema, of the kinds that are in use here, allows a text of the query.
fn allows(schema: &Value, text: &str) -> bool {
    if let Some(alternatives) = schema["anyOf"].as_array() {
        return alternatives.iter().any(|schema| allows(schema, text));
    }
    if let Some(expected) = schema["const"].as_str() {
        return text == expected;
    }
    match schema["type"].as_str() {
        Some("array") => {
            let parts: Vec<_> = text.split(',').collect();
            let max = schema["maxItems"].as_u64().unwrap_or(u64::MAX);
            parts.len() as u64 <= max && parts.iter().all(|part| allows(&schema["items"], part))
        }
        Some("boolean") => matches!(text, "true" | "false"),
        // As JSON writes them.
        Some("integer") => matches("^(0|-?[1-9][0-9]*)$", text) && in_range(schema, text),
        Some("number") => {
            matches("^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?$", text)
                && in_range(schema, text)
        }
        Some("string") => {
            let length = text.chars().count() as u64;
            schema["enum"]
                .as_array()
                .is_none_or(|names| names.contains(&json!(text)))
                && schema["pattern"]
                    .as_str()
                    .is_none_or(|pattern| matches(pattern, text))
                && schema["minLength"].as_u64().is_none_or(|min| length >= min)
                && schema["maxLength"].as_u64().is_none_or(|max| length <= max)
        }
        _ => panic!("{schema}"),
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    static PATTERNS: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);

    let mut patterns = PATTERNS.lock().unwrap();
    let compile = || Regex::new(pattern).unwrap();
    patterns
        .entry(pattern.to_owned())
        .or_insert_with(compile)
        .is_match(text)
}

fn in_range(schema: &Value, text: &str) -> bool {
    let integer = |bound: &Value| bound.as_i64().map(i128::from);
    if let (Ok(number), true) = (text.parse::<i128>(), schema["type"] == "integer") {
        return integer(&schema["minimum"]).is_none_or(|min| number >= min)
            && integer(&schema["maximum"]).is_none_or(|max| number <= max);
    }
    let number: f64 = text.parse().unwrap();
    let bound = |name: &str| schema[name].as_f64().unwrap();
    number >= bound("minimum") && number <= bound("maximum")
}

fn accepts(parameter: &Parameter, text: &str) -> bool {
    let pairs = [(parameter.name.clone(), text.to_owned())];
    query::read::<everything::Entity>(&pairs).is_ok()
}

#[test]
fn the_schemas_allow_exactly_what_is_accepted() {
    let parameters = ListParams::<everything::Entity>::parameters();
    let mut accepted = 0;
    for parameter in &parameters {
        // Opaque: nothing can be said about it.
        if parameter.name == "cursor" {
            continue;
        }
        for text in TEXTS {
            let allowed = allows(&parameter.schema, text);
            assert_eq!(
                accepts(parameter, text),
                allowed,
                "{}={text:?}",
                parameter.name
            );
            accepted += usize::from(allowed);
        }
    }
    assert!(accepted > 1_000, "{accepted}");
    for (name, text) in [("name[in]", "a,"), ("name", "\0")] {
        let parameter = parameters
            .iter()
            .find(|parameter| parameter.name == name)
            .unwrap();
        assert_eq!(accepts(parameter, text), !text.contains('\0'));
    }
}

#[test]
fn days_that_do_not_exist_are_refused() {
    for query in [
        "day=2026-02-30",
        "at=2026-02-29T00:00:00Z",
        "local=2026-04-31T00:00:00",
        "at=0001-01-01T00:00:00%2B01:00",
    ] {
        let pairs = crate::controller::urlencoded::parse(query.as_bytes(), str::to_owned).unwrap();
        assert_eq!(
            query::read::<everything::Entity>(&pairs)
                .err()
                .unwrap()
                .status(),
            422,
            "{query}"
        );
    }
}

#[test]
fn every_column_that_can_be_compared_is_described_with_its_operators() {
    let parameters = ListParams::<everything::Entity>::parameters();
    let of = |column: &str| {
        let names = parameters.iter().map(|parameter| parameter.name.as_str());
        names
            .filter(|name| name.split('[').next() == Some(column))
            .map(|name| name[column.len()..].to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(of("int"), " [ne] [gt] [gte] [lt] [lte] [in]");
    assert_eq!(of("at"), " [ne] [gt] [gte] [lt] [lte] [in]");
    assert_eq!(of("open"), " [ne] [in] [null]");
    assert_eq!(of("status"), " [ne] [in]");
    assert_eq!(of("mood"), " [ne] [in] [null]");
    assert_eq!(
        of("name"),
        " [ne] [gt] [gte] [lt] [lte] [in] [contains] [starts_with] [null]"
    );
    assert_eq!(of("meta"), "");
    let names: Vec<_> = parameters
        .iter()
        .map(|parameter| parameter.name.as_str())
        .collect();
    assert_eq!(names[..4], ["limit", "cursor", "page", "sort"]);
    assert_eq!(names.last(), Some(&"fields"));
    let arrays = parameters
        .iter()
        .filter(|parameter| parameter.comma_separated);
    assert!(arrays.clone().count() > 20);
    assert!(
        arrays
            .clone()
            .all(|parameter| parameter.schema["type"] == "array")
    );
    for column in everything::Column::iter().filter(|column| column.def().is_null()) {
        assert!(names.contains(&format!("{}[null]", column.as_str()).as_str()));
    }
    let unique: std::collections::HashSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len());
}
