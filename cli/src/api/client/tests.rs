//! Tests of the generated client, and of the messages about descriptions that no client can be made from.

use super::{super::json::Json, names::UniqueNames, read::read, render};

fn generated(text: &str) -> Result<String, String> {
    let document: Json = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut types = UniqueNames::of_types();
    match read(&document, &mut types) {
        Ok(description) => Ok(render::client(&description, &mut types)),
        Err(defect) => Err(format!(
            "{defect}\nhint: {}",
            defect.hint.as_deref().unwrap_or("none")
        )),
    }
}

/// The client without the runtime: `runtime.ts` and `pages.ts`.
fn own_part(document: &str) -> String {
    let client = generated(document).unwrap();
    let end = client.find("/** An error of one field").unwrap();
    client[..end].to_owned()
}

#[test]
fn the_client_of_a_blog() {
    let document = include_str!("../../../../tests/fixtures/client/openapi.json");
    insta::assert_snapshot!(own_part(document));
}

/// Every kind of schema, body and parameter, and names that are taken or impossible.
#[test]
fn the_client_of_an_awkward_api() {
    let document = include_str!("../../../../tests/fixtures/client/awkward.json");
    insta::assert_snapshot!(own_part(document));
}

#[test]
fn the_same_description_gives_the_same_bytes() {
    let document = include_str!("../../../../tests/fixtures/client/openapi.json");
    assert_eq!(generated(document), generated(document));
}

#[test]
fn what_no_client_can_be_made_from_is_refused_with_its_place() {
    let operation = |operation: &str| {
        format!(r#"{{"openapi": "3.1.0", "paths": {{"/posts/{{id}}": {{"get": {operation}}}}}}}"#)
    };
    let mut all = String::new();
    for text in [
        "[]".to_owned(),
        r#"{"swagger": "2.0"}"#.to_owned(),
        r#"{"openapi": "3.0.3"}"#.to_owned(),
        r#"{"openapi": "3.1.0", "paths": {}}"#.to_owned(),
        r#"{"openapi": "3.1.0", "paths": {
            "/a": {"get": {"operationId": "posts_list", "responses": {}}},
            "/b": {"get": {"operationId": "posts_list", "responses": {}}}
        }}"#
        .to_owned(),
        r#"{"openapi": "3.1.0", "paths": {
            "/a": {"get": {"operationId": "posts_show_all", "tags": ["posts"], "responses": {}}},
            "/b": {"get": {"operationId": "posts_showAll", "tags": ["posts"], "responses": {}}}
        }}"#
        .to_owned(),
        operation(r#"{"responses": {}}"#),
        operation(r##"{"parameters": [{"$ref": "#/components/parameters/Id"}]}"##),
        operation(r#"{"parameters": [{"$ref": "other.json#/Id"}]}"#),
        operation(r#"{"parameters": [{"in": "path", "schema": {}}]}"#),
        operation(r#"{"parameters": [{"name": "id", "in": "matrix"}]}"#),
        operation(
            r#"{"parameters": [{"name": "id", "in": "path", "schema": {}}, {"name": "filter", "in": "query", "style": "deepObject", "schema": {}}]}"#,
        ),
        operation(
            r##"{"parameters": [{"name": "id", "in": "path", "schema": {"$ref": "#/components/schemas/Id"}}]}"##,
        ),
        operation(
            r##"{"parameters": [{"name": "id", "in": "path", "schema": {"$ref": "#/paths/~1posts~1{id}/get/parameters/0/schema"}}]}"##,
        ),
        operation(r#"{"parameters": [{"name": "id", "in": "path", "schema": {"type": "strin"}}]}"#),
        operation(r#"{"parameters": [{"name": "id", "in": "path", "schema": 3}]}"#),
    ] {
        all += &format!("{text}\nerror: {}\n\n", generated(&text).unwrap_err());
    }
    insta::assert_snapshot!(all);
}
