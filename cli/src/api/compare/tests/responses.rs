//! Changes of responses.

use serde_json::{Value, json};

use super::{CREATE, LIST, VIEW, assert_changes, changes_of};

#[test]
fn fields_of_responses() {
    assert_changes(&[
        (
            VIEW,
            "/properties/title",
            Value::Null,
            &["breaking: `GET /posts`: response 200: field `data[].title` is gone"],
        ),
        (
            VIEW,
            "/properties/slug",
            json!({"type": "string"}),
            &["compatible: `GET /posts`: response 200: field `data[].slug` is new"],
        ),
        (
            VIEW,
            "/required",
            json!(["id", "status"]),
            &[
                "breaking: `GET /posts`: response 200: field `data[].title` is not always there any more",
            ],
        ),
        (
            VIEW,
            "/required",
            json!(["id", "title", "status", "text"]),
            &["compatible: `GET /posts`: response 200: field `data[].text` is always there now"],
        ),
        (
            VIEW,
            "/properties/title/type",
            json!(["string", "null"]),
            &["breaking: `GET /posts`: response 200: field `data[].title` may be `null` now"],
        ),
        (
            VIEW,
            "/properties/text/type",
            json!("string"),
            &[
                "compatible: `GET /posts`: response 200: field `data[].text` cannot be `null` any more",
            ],
        ),
        (
            VIEW,
            "/properties/id/type",
            json!("string"),
            &[
                "breaking: `GET /posts`: response 200: field `data[].id` is `string` now, and not `integer`",
            ],
        ),
        (
            VIEW,
            "/properties/id/type",
            json!("number"),
            &["breaking: `GET /posts`: response 200: field `data[].id` may be `number` now"],
        ),
        (
            VIEW,
            "/properties/id/format",
            json!("int64"),
            &[
                "breaking: `GET /posts`: response 200: field `data[].id` has `format` \"int64\" now; it was \"int32\"",
            ],
        ),
        (
            VIEW,
            "/properties/title/maxLength",
            json!(9),
            &["compatible: `GET /posts`: response 200: field `data[].title` has `maxLength` 9 now"],
        ),
        (
            VIEW,
            "/additionalProperties",
            json!(false),
            &[
                "compatible: `GET /posts`: response 200: field `data[]` has no other fields any more",
            ],
        ),
        (
            VIEW,
            "/properties/author",
            json!({"$ref": "#/components/schemas/Author"}),
            &[
                "compatible: `GET /posts`: response 200: field `data[].author` cannot be `null` any more",
            ],
        ),
        (
            "/components/schemas/Author",
            "/properties/name",
            Value::Null,
            &["breaking: `GET /posts`: response 200: field `data[].author.name` is gone"],
        ),
    ]);
}

#[test]
fn statuses_headers_and_media_types_of_responses() {
    assert_changes(&[
        (
            LIST,
            "/responses/200",
            Value::Null,
            &["breaking: `GET /posts`: response 200: is gone"],
        ),
        (
            LIST,
            "/responses/202",
            json!({}),
            &["breaking: `GET /posts`: response 202: is new"],
        ),
        (
            LIST,
            "/responses/304",
            json!({}),
            &["compatible: `GET /posts`: response 304: is new"],
        ),
        (
            CREATE,
            "/responses/409",
            Value::Null,
            &["compatible: `POST /posts`: response 409: is gone"],
        ),
        (
            CREATE,
            "/responses/413",
            json!({}),
            &["compatible: `POST /posts`: response 413: is new"],
        ),
        (
            LIST,
            "/responses/200/headers/ETag",
            Value::Null,
            &["breaking: `GET /posts`: response 200: header `ETag` is gone"],
        ),
        (
            LIST,
            "/responses/200/headers/ETag/required",
            json!(false),
            &["breaking: `GET /posts`: response 200: header `ETag` is not always there any more"],
        ),
        (
            LIST,
            "/responses/200/headers/ETag/schema/type",
            json!("integer"),
            &[
                "breaking: `GET /posts`: response 200: header `ETag`: is `integer` now, and not `string`",
            ],
        ),
        (
            LIST,
            "/responses/200/headers/Link",
            json!({"schema": {}}),
            &["compatible: `GET /posts`: response 200: header `Link` is new"],
        ),
        (
            LIST,
            "/responses/200/content/application~1json",
            Value::Null,
            &["breaking: `GET /posts`: response 200: `application/json` is gone"],
        ),
        (
            LIST,
            "/responses/200/content/text~1csv",
            json!({}),
            &["compatible: `GET /posts`: response 200: `text/csv` is new"],
        ),
    ]);
}

#[test]
fn errors_may_have_new_codes() {
    let code = "/components/responses/Invalid/content/application~1problem+json/schema/allOf/1/properties/code";
    assert_changes(&[
        (
            code,
            "/enum",
            json!(["validation_failed", "stale"]),
            &["compatible: `GET /posts`: response 422: field `code` may be `stale` now"],
        ),
        (
            code,
            "/enum",
            json!(["stale"]),
            &[
                "compatible: `GET /posts`: response 422: field `code` cannot be `validation_failed` any more",
                "compatible: `GET /posts`: response 422: field `code` may be `stale` now",
            ],
        ),
    ]);
    assert_eq!(
        changes_of(&[
            (
                "/components/schemas/Problem/properties/detail".into(),
                json!({"type": "string"})
            ),
            (
                "/components/schemas/Problem/properties/status/type".into(),
                json!("string")
            ),
        ]),
        [
            "breaking: `GET /posts`: response 422: field `status` is `string` now, and not `integer`",
            "compatible: `GET /posts`: response 422: field `detail` is new",
        ]
    );
}
