//! Pointers to fields and variants by the names that clients use.

use garde::Validate;
use serde::Deserialize;

use super::{messages, partial, problems};

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Order {
    #[garde(length(chars, min = 3))]
    #[serde(rename = "type")]
    kind: String,
    #[garde(range(min = 10))]
    #[serde(rename = "qty")]
    quantity: u32,
    #[garde(length(chars, max = 2))]
    #[serde(rename = "note", default)]
    remark: Option<String>,
    #[garde(dive)]
    #[serde(rename = "lines", default)]
    items: Vec<Line>,
    #[garde(dive)]
    #[serde(rename = "to")]
    recipient: Recipient,
}

#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Line {
    #[garde(length(min = 1))]
    #[serde(rename = "sku")]
    article_number: String,
    #[garde(range(max = 5))]
    unit_count: i64,
    #[garde(length(min = 2), inner(length(min = 2)))]
    #[serde(rename = "labels", default = "labels")]
    tags: Vec<String>,
}

fn labels() -> Vec<String> {
    vec!["ab".to_owned(), "cd".to_owned()]
}

#[derive(Debug, Deserialize, Validate)]
struct Recipient {
    #[garde(length(min = 1))]
    #[serde(rename = "zip")]
    postal_code: String,
    #[garde(dive)]
    #[serde(flatten)]
    person: Person,
}

#[derive(Debug, Deserialize, Validate)]
struct Person {
    #[garde(length(min = 1))]
    name: String,
    #[garde(length(min = 1))]
    #[serde(rename = "surname")]
    family_name: String,
}

#[test]
fn renamed_fields_are_called_as_clients_call_them() {
    let json = r#"{"type": "ab", "qty": 3, "note": "abc",
        "lines": [{"sku": "", "unitCount": 6}, {"sku": "a", "unitCount": 1, "labels": ["x"]}],
        "to": {"zip": "", "name": "", "surname": ""}}"#;
    assert_eq!(
        problems(partial::<Order>(json)),
        [
            "/type too_short",
            "/qty too_small",
            "/note too_long",
            "/lines/0/sku too_short",
            "/lines/0/unitCount too_large",
            "/lines/1/labels too_short",
            "/lines/1/labels/0 too_short",
            "/to/zip too_short",
            "/to/name too_short",
            "/to/surname too_short",
        ]
    );
}

#[test]
fn problems_of_types_and_of_rules_have_the_same_names() {
    let json = r#"{"type": 1, "qty": 3, "lines": [{"sku": "", "unitCount": "6", "tags": []}], "to": {"zip": "", "name": 7, "surname": "a"}}"#;
    assert_eq!(
        problems(partial::<Order>(json)),
        [
            "/type invalid_type",
            "/qty too_small",
            "/lines/0/sku too_short",
            "/lines/0/unitCount invalid_type",
            "/lines/0/tags unknown_field",
            "/to/zip too_short",
            "/to/name invalid_type",
        ]
    );
}

#[derive(Debug, Deserialize, Validate)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Internal {
    Circle {
        #[garde(range(min = 1))]
        #[serde(rename = "r")]
        radius: i32,
    },
    Label(#[garde(dive)] Label),
    Point,
}

#[derive(Debug, Deserialize, Validate)]
struct Label {
    #[garde(length(min = 1))]
    text: String,
    #[garde(skip)]
    #[serde(rename = "at")]
    _at: [i32; 2],
}

#[derive(Debug, Deserialize, Validate)]
#[serde(tag = "t", content = "c", rename_all = "snake_case")]
enum Adjacent {
    Circle {
        #[garde(range(min = 1))]
        radius: i32,
    },
    Label(#[garde(dive)] Label),
    Point,
}

#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "snake_case")]
enum External {
    Circle {
        #[garde(range(min = 1))]
        radius: i32,
    },
    Label(#[garde(dive)] Label),
    Width(#[garde(range(min = 1))] i32),
    Point,
}

#[derive(Debug, Deserialize, Validate)]
struct Drawing {
    #[garde(dive)]
    internal: Option<Internal>,
    #[garde(dive)]
    adjacent: Option<Adjacent>,
    #[garde(dive)]
    external: Option<External>,
}

#[test]
fn problems_of_an_enum_point_to_its_tag_or_to_a_field_of_the_variant() {
    for (json, expected) in [
        (
            r#"{"internal": {"kind": "square"}}"#,
            "/internal/kind invalid_value",
        ),
        (r#"{"internal": {"r": 1}}"#, "/internal/kind required"),
        (
            r#"{"internal": {"kind": 0}}"#,
            "/internal/kind invalid_type",
        ),
        (r#"{"internal": {"kind": null}}"#, "/internal/kind null"),
        (
            r#"{"internal": {"kind": ["circle"]}}"#,
            "/internal/kind invalid_type",
        ),
        (r#"{"internal": "circle"}"#, "/internal invalid_type"),
        (
            r#"{"internal": {"kind": "circle"}}"#,
            "/internal/r required",
        ),
        (
            r#"{"internal": {"kind": "circle", "r": 0}}"#,
            "/internal/r too_small",
        ),
        (
            r#"{"internal": {"r": "x", "kind": "circle"}}"#,
            "/internal/r invalid_type",
        ),
        (
            r#"{"internal": {"r": null, "kind": "circle"}}"#,
            "/internal/r null",
        ),
        (
            r#"{"internal": {"kind": "label", "text": "", "at": [1, 2]}}"#,
            "/internal/text too_short",
        ),
        (
            r#"{"internal": {"kind": "label", "at": [1, 2], "text": 1}}"#,
            "/internal/text invalid_type",
        ),
        (
            r#"{"adjacent": {"t": "square", "c": {}}}"#,
            "/adjacent/t invalid_value",
        ),
        (
            r#"{"adjacent": {"c": {"radius": 1}}}"#,
            "/adjacent/t required",
        ),
        (
            r#"{"adjacent": {"t": 7, "c": {}}}"#,
            "/adjacent/t invalid_type",
        ),
        (r#"{"adjacent": {"t": "circle"}}"#, "/adjacent/c required"),
        (
            r#"{"adjacent": {"c": {"radius": "x"}, "t": "circle"}}"#,
            "/adjacent/c/radius invalid_type",
        ),
        (
            r#"{"adjacent": {"c": {"radius": 0}, "t": "circle"}}"#,
            "/adjacent/c/radius too_small",
        ),
        (
            r#"{"adjacent": {"t": "label", "c": {"text": "", "at": [1, 2]}}}"#,
            "/adjacent/c/text too_short",
        ),
        (r#"{"external": "square"}"#, "/external invalid_value"),
        (r#"{"external": {"square": {}}}"#, "/external invalid_value"),
        (r#"{"external": 1}"#, "/external invalid_type"),
        (r#"{"external": "circle"}"#, "/external invalid_type"),
        (
            r#"{"external": {"circle": {"radius": "x"}}}"#,
            "/external/circle/radius invalid_type",
        ),
        (
            r#"{"external": {"circle": {"radius": 0}}}"#,
            "/external/circle/radius too_small",
        ),
        (
            r#"{"external": {"label": {"text": "", "at": [1, 2]}}}"#,
            "/external/label/text too_short",
        ),
        (r#"{"external": {"width": 0}}"#, "/external/width too_small"),
    ] {
        assert_eq!(problems(partial::<Drawing>(json)), [expected], "{json}");
    }
    for json in [
        r#"{"internal": {"kind": "point"}, "adjacent": {"t": "point"}, "external": "point"}"#,
        r#"{"internal": {"kind": "circle", "r": 1}, "adjacent": {"c": {"radius": 1}, "t": "circle"}}"#,
    ] {
        partial::<Drawing>(json).expect("it is right");
    }
}

#[test]
fn an_unknown_tag_lists_what_is_known() {
    for (json, message) in [
        (
            r#"{"internal": {"kind": "square"}}"#,
            "must be one of `circle`, `label`, `point`",
        ),
        (
            r#"{"internal": {"kind": 0}}"#,
            "must be one of `circle`, `label`, `point`",
        ),
        (r#"{"internal": 1}"#, "must be an object"),
        (
            r#"{"adjacent": {"t": "square"}}"#,
            "must be one of `circle`, `label`, `point`",
        ),
        (r#"{"adjacent": []}"#, "must be an object"),
        (
            r#"{"external": "square"}"#,
            "must be one of `circle`, `label`, `width`, `point`",
        ),
        (
            r#"{"external": "circle"}"#,
            "must be an object with the name as its only key",
        ),
    ] {
        assert_eq!(messages(partial::<Drawing>(json)), [message], "{json}");
    }
}

#[test]
fn json_that_is_nested_too_deep_is_named() {
    let deep = |levels: usize, rest: &str| {
        let json = format!(
            r#"{{"note": {}1{}}}{rest}"#,
            "[".repeat(levels),
            "]".repeat(levels)
        );
        partial::<Order>(&json).expect_err("refused")
    };
    let error = deep(200, "");
    assert_eq!(
        (error.status().as_u16(), error.field_errors().len()),
        (422, 1)
    );
    let field = &error.field_errors()[0];
    assert!(field.pointer.starts_with("/note/0/0"), "{}", field.pointer);
    assert_eq!(field.code, "too_deep");
    assert_eq!(field.message, "must not have more than 127 levels");
    assert_eq!(deep(127, "").field_errors()[0].code, "too_deep");
    let fits = deep(126, "");
    let note = fits
        .field_errors()
        .iter()
        .find(|field| field.pointer == "/note");
    assert_eq!(note.expect("it is read").code, "invalid_type");
    // Deep, and no JSON.
    assert_eq!(deep(200, "]").status(), 400);
    assert_eq!(
        partial::<Order>(&"[".repeat(200))
            .expect_err("refused")
            .status(),
        400
    );
}
