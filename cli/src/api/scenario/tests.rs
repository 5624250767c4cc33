//! Tests of scenarios: which routes they have, and with which bodies.

use serde_json::{Value, json};

use super::Scenario;
use crate::project::Schema;

const MIGRATION: &str = r#"
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(table("people").col(string_len("name", 80))).await?;
        m.create_table(
            table("posts")
                .col(references("author_id", "people", OnDelete::Restrict))
                .col(references("owner_id", "accounts", OnDelete::Restrict))
                .col(references_null("parent_id", "posts", OnDelete::SetNull)),
        ).await
    }
"#;

fn scenario(paths: &Value) -> Result<Scenario, String> {
    let document = json!({ "openapi": "3.1.0", "paths": paths, "components": { "schemas": {
        "Status": { "type": "string", "enum": ["draft", "done"] },
    } } });
    let mut tables = Schema::default();
    tables.apply(MIGRATION);
    Scenario::from_description(document.to_string().as_bytes(), &tables)
        .map_err(|error| error.report())
}

fn list(id: &str, parameters: &Value) -> Value {
    get(id, parameters, &json!({ "data": [], "pagination": {} }))
}

fn get(id: &str, parameters: &Value, example: &Value) -> Value {
    let ok = json!({ "200": { "content": { "application/json": { "example": example } } } });
    json!({ "operationId": id, "parameters": parameters, "responses": ok })
}

fn create(id: &str, example: &Value, schema: &Value) -> Value {
    let body =
        json!({ "content": { "application/json": { "schema": schema, "example": example } } });
    let created = json!({ "201": { "content": { "application/json": {} } } });
    json!({ "operationId": id, "requestBody": body, "responses": created })
}

/// The body for one field.
fn body(example: &Value, schema: &Value) -> String {
    let example = json!({ "a": example });
    let schema = json!({ "type": "object", "properties": { "a": schema } });
    let paths = json!({ "/things": { "post": create("things_create", &example, &schema) } });
    let body = scenario(&paths).unwrap().creations.remove(0).body;
    let value = body
        .strip_prefix("{\"a\": ")
        .and_then(|rest| rest.strip_suffix('}'));
    value.unwrap_or(&body).to_owned()
}

#[test]
fn texts_and_numbers_are_new_in_each_request_and_keep_their_limits() {
    let text = |limits: Value| {
        let mut schema = json!({ "type": ["string", "null"] });
        schema
            .as_object_mut()
            .unwrap()
            .extend(limits.as_object().unwrap().clone());
        body(&json!("Title 1"), &schema)
    };
    assert_eq!(text(json!({ "maxLength": 255 })), r#"f"Title {unique()}""#);
    assert_eq!(text(json!({ "maxLength": 17 })), "unique()");
    assert_eq!(text(json!({ "maxLength": 5 })), "unique()[:5]");
    assert_eq!(text(json!({ "minLength": 200 })), r#""Title 1""#);
    assert_eq!(text(json!({ "pattern": "^T" })), r#""Title 1""#);
    assert_eq!(text(json!({ "format": "date" })), r#""Title 1""#);
    assert_eq!(
        text(json!({ "format": "email" })),
        r#"f"{unique()}@example.com""#
    );
    let uuid = json!("00000000-0000-4000-8000-000000000001");
    let schema = json!({ "type": "string", "pattern": "^[0-9a-f-]{36}$" });
    assert_eq!(body(&uuid, &schema), "str(uuid4())");
    assert_eq!(
        body(&json!("a\"{b}\\ 1"), &json!({ "type": "string" })),
        r#"f"a\"{{b}}\\ {unique()}""#
    );

    let number = |limits: Value| {
        let mut schema = json!({ "type": "integer" });
        schema
            .as_object_mut()
            .unwrap()
            .extend(limits.as_object().unwrap().clone());
        body(&json!(1), &schema)
    };
    assert_eq!(number(json!({})), "randrange(1, 1_000_000_001)");
    let small = json!({ "minimum": -32768, "maximum": 32767 });
    assert_eq!(number(small), "randrange(1, 32_768)");
    assert_eq!(
        number(json!({ "minimum": 5, "maximum": 9 })),
        "randrange(5, 10)"
    );
    assert_eq!(
        number(json!({ "minimum": -9, "maximum": -5 })),
        "randrange(-9, -4)"
    );
    assert_eq!(number(json!({ "enum": [1, 2] })), "1");
    assert_eq!(body(&json!(1.5), &json!({ "type": "number" })), "1.5");
}

#[test]
fn other_values_are_those_of_the_example() {
    let status =
        json!({ "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Status" }] });
    assert_eq!(body(&json!("draft"), &status), r#""draft""#);
    assert_eq!(body(&json!(true), &json!({ "type": "boolean" })), "True");
    assert_eq!(body(&json!(null), &json!({})), "None");
    let tags = json!({ "type": "array", "items": { "type": "string" } });
    assert_eq!(body(&json!(["Tag 1"]), &tags), r#"["Tag 1"]"#);
    assert_eq!(
        body(&json!({ "n": [1, false] }), &json!({})),
        r#"{"n": [1, False]}"#
    );
}

#[test]
fn a_long_body_has_a_line_for_each_member() {
    let long = "x".repeat(90);
    assert_eq!(
        body(&json!({ "b": long }), &json!({})),
        format!(
            "{{\n            \"a\": {{\n                \"b\": \"{long}\",\n            }},\n        }}"
        )
    );
}

#[test]
fn rows_that_others_refer_to_come_first() {
    let text = json!({ "type": "string", "maxLength": 80 });
    let person = json!({ "type": "object", "properties": { "name": text } });
    let post = json!({ "author_id": 1, "owner_id": 1, "parent_id": 1 });
    let paths = json!({
        "/posts": { "post": create("posts_create", &post, &json!({})) },
        "/people": { "post": create("people_create", &json!({ "name": "Name 1" }), &person) },
    });
    let scenario = scenario(&paths).unwrap();
    let [person] = scenario.parents.as_slice() else {
        panic!("{:?}", scenario.parents);
    };
    assert_eq!(
        (person.0.as_str(), person.1.as_str()),
        ("person_id", "people_create")
    );
    let posts = scenario
        .creations
        .iter()
        .find(|one| one.path == "/posts")
        .unwrap();
    assert_eq!(
        posts.body,
        r#"{"author_id": self.person_id, "owner_id": 1, "parent_id": None}"#
    );
    assert_eq!(scenario.given_ids, ["`owner_id` of `posts_create`"]);
}

#[test]
fn lists_have_a_limit_and_what_is_not_known_as_a_whole_is_left_out() {
    let limit = json!([{ "name": "limit", "in": "query" }, { "name": "page", "in": "query" }]);
    let required = json!([{ "name": "q", "in": "query", "required": true }]);
    let example = json!({ "a": 1 });
    let password = json!({ "user": { "password": "secret" } });
    let mut without_example = create("reports_create", &example, &json!({}));
    without_example["requestBody"]["content"]["application/json"] = json!({});
    let mut accepted = create("exports_create", &example, &json!({}));
    accepted["responses"] = json!({ "202": {} });
    let mut form = create("uploads_create", &example, &json!({}));
    form["requestBody"]["content"] = json!({ "multipart/form-data": {} });
    let paths = json!({
        "/posts": { "get": list("posts_list", &limit) },
        "/posts/{id}": { "get": list("posts_show", &json!([])), "post": create("x_y", &example, &json!({})) },
        "/search": { "get": list("search_all", &required) },
        "/": { "get": get("home_index", &json!([]), &json!({ "name": "shop" })) },
        "/tags": { "get": get("tags", &json!([]), &json!([])), "post": create("tags", &example, &json!({})) },
        "/users": { "post": create("users_create", &password, &json!({})) },
        "/reports": { "post": without_example },
        "/exports": { "post": accepted },
        "/uploads": { "post": form },
        "/api/auth/sessions": { "get": list("sessions_list", &limit) },
    });
    let scenario = scenario(&paths).unwrap();
    let reads: Vec<_> = scenario
        .reads
        .iter()
        .map(|one| (&*one.name, &*one.path))
        .collect();
    assert_eq!(
        reads,
        [("posts_list", "/posts?limit=20"), ("get_tags", "/tags")]
    );
    let creations: Vec<_> = scenario.creations.iter().map(|one| &*one.name).collect();
    assert_eq!(creations, ["post_tags"]);
    let mut left_out = scenario.left_out;
    left_out.sort();
    assert_eq!(
        left_out,
        [
            "`POST /reports`, whose body has no example in the description",
            "`POST /uploads`, whose body is not JSON",
            "`POST /users`, which hashes a password, and takes its time on purpose",
        ]
    );
}

#[test]
fn an_api_without_lists_and_creations_is_refused() {
    for paths in [
        json!({}),
        json!({ "/posts/{id}": { "get": list("a_b", &json!([])) } }),
    ] {
        let report = scenario(&paths).unwrap_err();
        assert!(
            report.contains("no route that lists or creates"),
            "{report}"
        );
        assert!(report.contains("hint: add a resource first"), "{report}");
    }
}
