//! Changes of paths, methods, parameters and security requirements.

use serde_json::{Value, json};

use super::{DESTROY, LIST, assert_changes, changes_of, description};
use crate::api::compare::compare;

#[test]
fn what_is_the_same_is_no_change() {
    assert_eq!(changes_of(&[]), [""; 0]);
}

#[test]
fn paths_and_methods() {
    assert_changes(&[
        (
            "/paths/~1posts",
            "",
            Value::Null,
            &[
                "breaking: `GET /posts`: is gone",
                "breaking: `POST /posts`: is gone",
            ],
        ),
        (LIST, "", Value::Null, &["breaking: `GET /posts`: is gone"]),
        (
            "/paths/~1tags",
            "",
            json!({"get": {}}),
            &["compatible: `GET /tags`: is new"],
        ),
        (
            "/paths/~1posts/put",
            "",
            json!({}),
            &["compatible: `PUT /posts`: is new"],
        ),
        (
            LIST,
            "/operationId",
            json!("list"),
            &["breaking: `GET /posts`: is called `list`, and not `posts_list`"],
        ),
        (
            LIST,
            "/operationId",
            Value::Null,
            &["breaking: `GET /posts`: has no name any more (`operationId` was `posts_list`)"],
        ),
        (
            LIST,
            "/deprecated",
            json!(true),
            &["compatible: `GET /posts`: is deprecated"],
        ),
    ]);
}

#[test]
fn a_path_parameter_may_have_another_name() {
    let mut new = description();
    let mut item = new["paths"]["/posts/{id}"].take();
    item["parameters"][0]["name"] = json!("post_id");
    new["paths"].as_object_mut().unwrap().remove("/posts/{id}");
    new["paths"]["/posts/{post_id}"] = item;
    let changes = compare(&description(), &new).changes;
    let lines: Vec<_> = changes.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        ["`DELETE /posts/{post_id}`: path parameter `id` is called `post_id`"]
    );
}

#[test]
fn parameters() {
    assert_changes(&[
        (
            LIST,
            "/parameters",
            json!([{"$ref": "#/components/parameters/limit"}]),
            &["breaking: `GET /posts`: query parameter `status`: is gone"],
        ),
        (
            LIST,
            "/parameters/-",
            json!({"name": "q", "in": "query", "schema": {}}),
            &["compatible: `GET /posts`: query parameter `q`: is new"],
        ),
        (
            LIST,
            "/parameters/-",
            json!({"name": "X-Shop", "in": "header", "required": true}),
            &["breaking: `GET /posts`: header `x-shop`: is new and required"],
        ),
        (
            "/components/parameters/limit",
            "/required",
            json!(true),
            &["breaking: `GET /posts`: query parameter `limit`: is required now"],
        ),
        (
            "/components/parameters/limit",
            "/schema/maximum",
            json!(50),
            &["breaking: `GET /posts`: query parameter `limit`: has `maximum` 50 now; it was 100"],
        ),
        (
            "/components/parameters/limit",
            "/schema/maximum",
            json!(500.0),
            &[
                "compatible: `GET /posts`: query parameter `limit`: has `maximum` 500.0 now; it was 100",
            ],
        ),
        (
            "/components/parameters/limit",
            "/schema/maximum",
            json!(100.0),
            &[
                "compatible: it is arranged in another way: names or places of shared parts, or the version of OpenAPI",
            ],
        ),
        (
            "/components/parameters/limit",
            "/schema/default",
            json!(20),
            &["compatible: `GET /posts`: query parameter `limit`: has another default now: `20`"],
        ),
        (
            "/components/parameters/limit",
            "/explode",
            json!(false),
            &["breaking: `GET /posts`: query parameter `limit`: has another `explode`"],
        ),
    ]);
}

#[test]
fn security() {
    assert_changes(&[
        (
            LIST,
            "/security",
            json!([{"session": []}]),
            &["breaking: `GET /posts`: asks for `session` now"],
        ),
        (
            LIST,
            "/security",
            json!([]),
            &[
                "compatible: it is arranged in another way: names or places of shared parts, or the version of OpenAPI",
            ],
        ),
        (
            "",
            "/security",
            json!([{"session": []}]),
            &[
                "breaking: `GET /posts`: asks for `session` now",
                "breaking: `POST /posts`: asks for `session` now",
            ],
        ),
        (
            DESTROY,
            "/security",
            json!([{"session": []}]),
            &[
                "breaking: `DELETE /posts/{id}`: asks for `session` now, and not for `token` (write, admin) any more",
            ],
        ),
        (
            DESTROY,
            "/security",
            json!([{"session": []}, {"token": ["write"]}]),
            &["compatible: `DELETE /posts/{id}`: asks for `session` or `token` (write) now"],
        ),
        (
            DESTROY,
            "/security",
            json!([]),
            &["compatible: `DELETE /posts/{id}`: asks for nothing now"],
        ),
        (
            "/components/securitySchemes/session",
            "/name",
            json!("sid"),
            &["breaking: security scheme `session` works differently"],
        ),
        (
            "/components/securitySchemes/session",
            "/description",
            json!("a cookie"),
            &["texts: 1"],
        ),
    ]);
}
