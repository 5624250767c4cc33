//! What becomes of a description, and what is said about one that no client can be made from.

use super::{json::Json, names::Names, read::read, render};

/// The client for a description with these paths and components, without what every client has.
fn client(paths: &str, components: &str) -> String {
    let text = format!(
        r#"{{"openapi": "3.1.0", "info": {{"title": "shop", "version": "1.2.0"}}, "paths": {paths}, "components": {components}}}"#
    );
    let client = generated(&text).unwrap();
    let end = client.find("/** The whole API. */").unwrap();
    client[..end].trim_end().to_owned()
}

fn generated(text: &str) -> Result<String, String> {
    let document: Json = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut types = Names::of_types();
    match read(&document, &mut types) {
        Ok(description) => Ok(render::client(&description, &mut types)),
        Err(defect) => Err(format!(
            "{defect}\nhint: {}",
            defect.hint.as_deref().unwrap_or("none")
        )),
    }
}

/// A description with one operation, which any types need around them.
fn types(schemas: &str) -> String {
    let client = client(
        r#"{"/ping": {"get": {"operationId": "ping", "responses": {"204": {"description": ""}}}}}"#,
        &format!(r#"{{"schemas": {schemas}}}"#),
    );
    let begin = client.find("/* eslint-disable */").unwrap() + "/* eslint-disable */".len();
    let end = client.find("export type PingError").unwrap();
    client[begin..end].trim().to_owned()
}

#[test]
fn the_client_of_a_blog() {
    let document = include_str!("../../../tests/fixtures/client/openapi.json");
    let client = generated(document).unwrap();
    // What follows is `runtime.ts` and `pages.ts`.
    let end = client.find("/** What is wrong with one field").unwrap();
    insta::assert_snapshot!(client[..end]);
}

#[test]
fn every_kind_of_schema_has_a_type() {
    let types = types(
        r##"{
            "Anything": {},
            "Nothing": false,
            "Id": {"type": "integer", "format": "int64"},
            "Flag": {"type": "boolean"},
            "Maybe": {"type": ["string", "null"], "format": "date"},
            "Old": {"type": "string", "nullable": true, "deprecated": true},
            "File": {"type": "string", "format": "binary"},
            "Level": {"enum": ["low", "high", 3, true, null]},
            "Fixed": {"const": "a \"quoted\" text"},
            "Documented": {"oneOf": [{"const": "draft", "description": "Nobody sees it."}, {"const": "published"}]},
            "Ids": {"type": "array", "items": {"$ref": "#/components/schemas/Id"}},
            "Mixed": {"type": "array", "items": {"type": ["string", "null"]}},
            "Pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}]},
            "Counts": {"type": "object", "additionalProperties": {"type": "integer"}},
            "Open": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": true},
            "Empty": {"type": "object", "additionalProperties": false},
            "Loose": {"type": "object"},
            "Inner": {"type": "object", "required": ["at"], "properties": {
                "at": {"type": "object", "properties": {"x-y": {"type": "number", "description": "Two\nlines."}}},
                "class": {"type": "string"}
            }},
            "Both": {"allOf": [{"$ref": "#/components/schemas/Inner"}, {"type": "object", "properties": {"more": {"type": "string"}}}]},
            "Either": {"anyOf": [{"$ref": "#/components/schemas/Inner"}, {"$ref": "#/components/schemas/Pair"}, {"type": "null"}]},
            "Lists": {"type": "array", "items": {"$ref": "#/components/schemas/Either"}},
            "Tree": {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}},
            "Part": {"$ref": "#/components/schemas/Inner/properties/at"},
            "With": {"$ref": "#/components/schemas/Inner", "description": "Another */ name."}
        }"##,
    );
    insta::assert_snapshot!(types);
}

#[test]
fn names_that_are_taken_or_impossible_get_others() {
    let client = client(
        r##"{
            "/a/{class}/{query}/{post-id}": {
                "parameters": [
                    {"name": "class", "in": "path", "required": true, "schema": {"type": "string"}},
                    {"name": "query", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/Response"}},
                    {"name": "post-id", "in": "path", "required": true, "schema": {"type": "integer"}}
                ],
                "delete": {"operationId": "new_delete", "tags": ["new"], "parameters": [
                    {"name": "Class", "in": "header", "schema": {"type": "integer"}},
                    {"name": "Authorization", "in": "header", "schema": {"type": "string"}},
                    {"name": "session", "in": "cookie", "schema": {"type": "string"}}
                ], "responses": {"204": {"description": ""}}}
            },
            "/b`${c}": {"get": {"responses": {"200": {"description": "", "content": {"text/csv": {}}}}, "parameters": [
                {"name": "c", "in": "path", "required": true, "schema": {"type": "string"}}
            ]}}
        }"##,
        r##"{"schemas": {
            "Response": {"type": "string"},
            "NewDeleteError": {"type": "string"},
            "Page<Post>": {"type": "array", "items": {"$ref": "#/components/schemas/Page%3CPost%3E"}}
        }}"##,
    );
    insta::assert_snapshot!(client);
}

#[test]
fn bodies_and_answers_of_every_kind_are_typed() {
    let client = client(
        r#"{
            "/files": {
                "post": {"operationId": "files_upload", "tags": ["files"],
                    "requestBody": {"content": {"multipart/form-data": {}}},
                    "responses": {"201": {"description": ""}}},
                "patch": {"operationId": "files_patch", "tags": ["files"],
                    "requestBody": {"required": true, "description": "What changes.", "content": {"application/merge-patch+json": {"schema": {"type": "object"}}}},
                    "responses": {"200": {"description": "", "content": {"application/vnd.shop+json": {"schema": {"type": "string"}}}}, "204": {"description": ""}}},
                "put": {"operationId": "files_form", "tags": ["files"],
                    "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}},
                    "responses": {"200": {"description": "", "content": {"application/zip": {}}}}},
                "get": {"operationId": "files_text", "tags": ["files"],
                    "parameters": [
                        {"name": "id", "in": "query", "required": true, "style": "pipeDelimited", "explode": false, "schema": {"type": "array", "items": {"type": "integer"}}}
                    ],
                    "responses": {"200": {"description": "", "content": {"text/plain; charset=utf-8": {}}}}}
            }
        }"#,
        "{}",
    );
    insta::assert_snapshot!(client);
}

#[test]
fn the_same_description_gives_the_same_bytes() {
    let document = include_str!("../../../tests/fixtures/client/openapi.json");
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
