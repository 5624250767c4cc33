//! Changes of requests.

use serde_json::{Value, json};

use super::{BODY, CREATE, DESTROY, assert_changes, changes_of};

#[test]
fn fields_of_requests() {
    assert_changes(&[
        (
            BODY,
            "/properties/subtitle",
            json!({"type": "string"}),
            &["compatible: `POST /posts`: body: field `subtitle` is new"],
        ),
        (
            BODY,
            "/required",
            json!(["title", "text"]),
            &["breaking: `POST /posts`: body: field `text` is required now"],
        ),
        (
            BODY,
            "/required",
            json!([]),
            &["compatible: `POST /posts`: body: field `title` is not required any more"],
        ),
        (
            BODY,
            "/properties/text",
            Value::Null,
            &["breaking: `POST /posts`: body: field `text` is gone"],
        ),
        (
            BODY,
            "/properties/meta/properties/a",
            Value::Null,
            &[
                "compatible: `POST /posts`: body: field `meta.a` is gone; it is accepted and ignored",
            ],
        ),
        (
            BODY,
            "/additionalProperties",
            Value::Null,
            &["compatible: `POST /posts`: body: accepts unknown fields now"],
        ),
        (
            BODY,
            "/properties/meta/additionalProperties",
            json!(false),
            &["breaking: `POST /posts`: body: field `meta` refuses unknown fields now"],
        ),
    ]);
}

#[test]
fn limits_of_requests() {
    let title = format!("{BODY}/properties/title");
    assert_changes(&[
        (
            &title,
            "/maxLength",
            json!(40),
            &["breaking: `POST /posts`: body: field `title` has `maxLength` 40 now; it was 80"],
        ),
        (
            &title,
            "/maxLength",
            json!(120),
            &["compatible: `POST /posts`: body: field `title` has `maxLength` 120 now; it was 80"],
        ),
        (
            &title,
            "/minLength",
            json!(2),
            &["breaking: `POST /posts`: body: field `title` has `minLength` 2 now; it was 1"],
        ),
        (
            &title,
            "/minLength",
            Value::Null,
            &[
                "compatible: `POST /posts`: body: field `title` has no `minLength` any more; it was 1",
            ],
        ),
        (
            &title,
            "/pattern",
            json!("^y"),
            &[
                "breaking: `POST /posts`: body: field `title` has `pattern` \"^y\" now; it was \"^x\"",
            ],
        ),
        (
            &title,
            "/pattern",
            Value::Null,
            &[
                "compatible: `POST /posts`: body: field `title` has no `pattern` any more; it was \"^x\"",
            ],
        ),
        (
            &title,
            "/format",
            json!("email"),
            &["breaking: `POST /posts`: body: field `title` has `format` \"email\" now"],
        ),
    ]);
}

#[test]
fn types_of_requests() {
    let title = format!("{BODY}/properties/title");
    assert_changes(&[
        (
            &title,
            "/type",
            json!(["string", "null"]),
            &["compatible: `POST /posts`: body: field `title` may be `null` now"],
        ),
        (
            &title,
            "/type",
            json!(["string", "integer"]),
            &["compatible: `POST /posts`: body: field `title` may be `integer` now"],
        ),
        (
            &title,
            "/type",
            json!("integer"),
            &["breaking: `POST /posts`: body: field `title` is `integer` now, and not `string`"],
        ),
        (
            BODY,
            "/properties/text/type",
            json!("string"),
            &["breaking: `POST /posts`: body: field `text` cannot be `null` any more"],
        ),
    ]);
}

#[test]
fn lists_in_requests() {
    assert_changes(&[
        (
            BODY,
            "/properties/tags/items/maxLength",
            json!(9),
            &["breaking: `POST /posts`: body: field `tags[]` has `maxLength` 9 now"],
        ),
        (
            BODY,
            "/properties/tags/maxItems",
            json!(9),
            &["compatible: `POST /posts`: body: field `tags` has `maxItems` 9 now; it was 5"],
        ),
        (
            BODY,
            "/properties/tags/uniqueItems",
            json!(true),
            &["breaking: `POST /posts`: body: field `tags` has `uniqueItems` true now"],
        ),
        (
            BODY,
            "/properties/tags/uniqueItems",
            json!(false),
            &[
                "compatible: it is arranged in another way: names or places of shared parts, or the version of OpenAPI",
            ],
        ),
    ]);
}

#[test]
fn bodies_of_requests() {
    assert_changes(&[
        (
            CREATE,
            "/requestBody",
            Value::Null,
            &["breaking: `POST /posts`: body: is gone"],
        ),
        (
            CREATE,
            "/requestBody/required",
            json!(false),
            &["compatible: `POST /posts`: body: is not required any more"],
        ),
        (
            CREATE,
            "/requestBody/content/application~1x-www-form-urlencoded",
            Value::Null,
            &["breaking: `POST /posts`: body: `application/x-www-form-urlencoded` is gone"],
        ),
        (
            CREATE,
            "/requestBody/content/multipart~1form-data",
            json!({}),
            &["compatible: `POST /posts`: body: `multipart/form-data` is new"],
        ),
        (
            DESTROY,
            "/requestBody",
            json!({"content": {}}),
            &["compatible: `DELETE /posts/{id}`: body: is new"],
        ),
        (
            DESTROY,
            "/requestBody",
            json!({"required": true}),
            &["breaking: `DELETE /posts/{id}`: body: is new and required"],
        ),
    ]);
    assert_eq!(
        changes_of(&[
            (format!("{BODY}/properties/slug"), json!({"type": "string"})),
            (format!("{BODY}/required"), json!(["title", "slug"])),
        ]),
        ["breaking: `POST /posts`: body: field `slug` is new and required"]
    );
}
