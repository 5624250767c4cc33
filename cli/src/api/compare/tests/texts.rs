//! Changes of texts for people.

use serde_json::{Value, json};

use super::{LIST, VIEW, assert_changes};

#[test]
fn texts_are_counted() {
    assert_changes(&[
        ("/info", "/version", json!("2.0.0"), &["texts: 1"]),
        ("/tags", "/-", json!({"name": "tags"}), &["texts: 1"]),
        (LIST, "/summary", json!("Posts"), &["texts: 1"]),
        (LIST, "/summary", Value::Null, &["texts: 1"]),
        (LIST, "/x-cost", json!(3), &["texts: 1"]),
        (
            VIEW,
            "/properties/title/description",
            json!("The title"),
            &["texts: 1"],
        ),
        // A field that is called like a keyword is a field.
        (
            VIEW,
            "/properties/description",
            json!({"type": "string"}),
            &["compatible: `GET /posts`: response 200: field `data[].description` is new"],
        ),
        (
            "",
            "/servers",
            json!([{"url": "/"}]),
            &["compatible: the servers differ"],
        ),
        (
            "",
            "/openapi",
            json!("3.1.1"),
            &[
                "compatible: it is arranged in another way: names or places of shared parts, or the version of OpenAPI",
            ],
        ),
    ]);
}
