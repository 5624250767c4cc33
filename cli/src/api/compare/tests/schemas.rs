//! Schemas in different spellings.

use serde_json::{Value, json};

use super::{assert_changes, changes_of, description};
use crate::api::compare::compare;

#[test]
fn a_schema_of_both_directions_is_judged_in_each() {
    let status = "/components/schemas/Status";
    assert_changes(&[
        (
            status,
            "/enum",
            json!(["draft", "published", "archived"]),
            &[
                "compatible: `GET /posts`: query parameter `status`: may be `archived` now",
                "breaking: `GET /posts`: response 200: field `data[].status` may be `archived` now",
                "compatible: `POST /posts`: body: field `status` may be `archived` now",
            ],
        ),
        (
            status,
            "/enum",
            json!(["draft"]),
            &[
                "breaking: `GET /posts`: query parameter `status`: cannot be `published` any more",
                "compatible: `GET /posts`: response 200: field `data[].status` cannot be `published` any more",
                "breaking: `POST /posts`: body: field `status` cannot be `published` any more",
            ],
        ),
        (
            status,
            "/enum",
            Value::Null,
            &[
                "compatible: `GET /posts`: query parameter `status`: may be anything now, and not only `draft`, `published`",
                "breaking: `GET /posts`: response 200: field `data[].status` may be anything now, and not only `draft`, `published`",
                "compatible: `POST /posts`: body: field `status` may be anything now, and not only `draft`, `published`",
            ],
        ),
    ]);
}

#[test]
fn the_same_thing_may_be_written_in_another_way() {
    let arranged = [
        "compatible: it is arranged in another way: names or places of shared parts, or the version of OpenAPI",
    ];
    for (pointer, value) in [
        (
            "/components/schemas/Status",
            json!({"oneOf": [
                {"type": "string", "const": "draft", "description": "not yet seen"},
                {"type": "string", "enum": ["published"]},
            ]}),
        ),
        (
            "/components/schemas/Body/properties/text",
            json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ),
        (
            "/components/schemas/View/properties/author",
            json!({"oneOf": [
                {"type": "null"}, {"allOf": [{"$ref": "#/components/schemas/Author"}]},
            ]}),
        ),
        (
            "/components/schemas/View/properties/author",
            json!({
                "type": ["object", "null"], "required": ["name"], "properties": {"name": {"type": "string"}},
            }),
        ),
        (
            "/components/schemas/Body/properties/meta",
            json!({"allOf": [
                {"type": "object"}, {"properties": {"a": true}, "additionalProperties": true},
            ]}),
        ),
    ] {
        assert_eq!(
            changes_of(&[(pointer.into(), value.clone())]),
            arranged,
            "{pointer} = {value}"
        );
    }
}

#[test]
fn alternatives_are_compared_with_what_they_were() {
    let before = json!({"oneOf": [{"$ref": "#/components/schemas/Author"}, {"type": "string"}]});
    let compare_fields = |new: Value| {
        let mut documents = [description(), description()];
        for (document, field) in documents.iter_mut().zip([before.clone(), new]) {
            document["components"]["schemas"]["View"]["properties"]["by"] = field.clone();
            document["components"]["schemas"]["Body"]["properties"]["by"] = field;
        }
        let changes = compare(&documents[0], &documents[1]).changes;
        let lines = changes
            .iter()
            .map(|change| format!("{}: {change}", change.effect.name()));
        lines.collect::<Vec<_>>()
    };
    assert_eq!(
        compare_fields(json!({"oneOf": [
            {"$ref": "#/components/schemas/Author"}, {"type": "string"}, {"$ref": "#/components/schemas/Status"},
        ]})),
        [
            "breaking: `GET /posts`: response 200: field `data[].by` may be `Status` now",
            "compatible: `POST /posts`: body: field `by` may be `Status` now",
        ]
    );
    assert_eq!(
        compare_fields(json!({"oneOf": [
            {"$ref": "#/components/schemas/Author"}, {"type": "string", "maxLength": 9},
        ]})),
        [
            "compatible: `GET /posts`: response 200: field `data[].by` has `maxLength` 9 now",
            "breaking: `POST /posts`: body: field `by` has `maxLength` 9 now",
        ]
    );
}

#[test]
fn circles_come_to_an_end() {
    let mut old = description();
    old["components"]["schemas"]["View"]["allOf"] = json!([{"$ref": "#/components/schemas/View"}]);
    old["components"]["schemas"]["Author"] = json!({"$ref": "#/components/schemas/Author"});
    old["components"]["schemas"]["View"]["properties"]["parent"] =
        json!({"allOf": [{"$ref": "#/components/schemas/View"}]});
    let mut new = old.clone();
    new["components"]["schemas"]["View"]["properties"]["title"]["type"] = json!("integer");
    let changes = compare(&old, &new).changes;
    assert!(changes.iter().any(|change| {
        change.message == "response 200: field `data[].title` is `integer` now, and not `string`"
    }));
}
