//! Tests of every rule of the comparison.

mod operations;
mod requests;
mod responses;
mod schemas;
mod texts;

use serde_json::{Value, json};

use super::compare;

/// A description with one list and one creation: the schemas `Body` (sent) and `View` (received, in a page), and a
/// problem.
fn description() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {"title": "blog", "version": "1.0.0"},
        "tags": [{"name": "posts", "description": "Posts"}],
        "paths": {
            "/posts": {
                "get": {
                    "operationId": "posts_list",
                    "summary": "Lists posts",
                    "parameters": [
                        {"$ref": "#/components/parameters/limit"},
                        {"name": "status", "in": "query", "schema": {"$ref": "#/components/schemas/Status"}},
                    ],
                    "responses": {
                        "200": {
                            "description": "a page",
                            "headers": {"ETag": {"required": true, "schema": {"type": "string"}}},
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}},
                        },
                        "422": {"$ref": "#/components/responses/Invalid"},
                    },
                },
                "post": {
                    "operationId": "posts_create",
                    "requestBody": {
                        "required": true,
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Body"}},
                            "application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/Body"}},
                        },
                    },
                    "responses": {"201": {"description": "made"}, "409": {"description": "taken"}},
                },
            },
            "/posts/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
                "delete": {
                    "operationId": "posts_destroy",
                    "security": [{"session": []}, {"token": ["write", "admin"]}],
                    "responses": {"204": {"description": "gone"}},
                },
            },
        },
        "components": {
            "parameters": {
                "limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
            },
            "responses": {
                "Invalid": {
                    "description": "not acceptable",
                    "content": {"application/problem+json": {"schema": {"allOf": [
                        {"$ref": "#/components/schemas/Problem"},
                        {"properties": {"status": {"const": 422}, "code": {"enum": ["validation_failed"]}}},
                    ]}}},
                },
            },
            "schemas": {
                "Status": {"type": "string", "enum": ["draft", "published"]},
                "Body": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["title"],
                    "properties": {
                        "title": {"type": "string", "minLength": 1, "maxLength": 80, "pattern": "^x"},
                        "text": {"type": ["string", "null"]},
                        "status": {"$ref": "#/components/schemas/Status"},
                        "tags": {"type": "array", "maxItems": 5, "items": {"type": "string"}},
                        "meta": {"type": "object", "properties": {"a": {}}},
                    },
                },
                "View": {
                    "type": "object",
                    "required": ["id", "title", "status"],
                    "properties": {
                        "id": {"type": "integer", "format": "int32"},
                        "title": {"type": "string", "description": "What it is about"},
                        "text": {"type": ["string", "null"]},
                        "status": {"$ref": "#/components/schemas/Status"},
                        "author": {"anyOf": [{"$ref": "#/components/schemas/Author"}, {"type": "null"}]},
                        "replies": {"type": "array", "items": {"$ref": "#/components/schemas/View"}},
                    },
                },
                "Author": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
                "Page": {
                    "type": "object",
                    "required": ["data"],
                    "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/View"}}},
                },
                "Problem": {
                    "type": "object",
                    "required": ["status", "code"],
                    "properties": {"status": {"type": "integer"}, "code": {"type": "string"}},
                },
            },
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "session"},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    })
}

const LIST: &str = "/paths/~1posts/get";
const CREATE: &str = "/paths/~1posts/post";
const DESTROY: &str = "/paths/~1posts~1{id}/delete";
const BODY: &str = "/components/schemas/Body";
const VIEW: &str = "/components/schemas/View";

/// Sets, adds or (`null`) removes the value at a pointer.
fn edit(document: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/").replace("~0", "~");
    let parent = document
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("no {pointer}"));
    match (parent, value) {
        (Value::Array(items), value) => items.push(value),
        (parent, Value::Null) => {
            parent.as_object_mut().unwrap().remove(&name).unwrap();
        }
        (parent, value) => parent[name] = value,
    }
}

/// The changes that some edits cause, one line each.
fn changes_of(edits: &[(String, Value)]) -> Vec<String> {
    let mut new = description();
    for (pointer, value) in edits {
        edit(&mut new, pointer, value.clone());
    }
    let changes = compare(&description(), &new);
    let mut lines: Vec<_> = changes
        .changes
        .iter()
        .map(|change| format!("{}: {change}", change.effect.name()))
        .collect();
    if changes.texts > 0 {
        lines.push(format!("texts: {}", changes.texts));
    }
    lines
}

#[track_caller]
fn assert_changes(cases: &[(&str, &str, Value, &[&str])]) {
    for (base, below, value, expected) in cases {
        let found = changes_of(&[(format!("{base}{below}"), value.clone())]);
        assert_eq!(found, *expected, "{base}{below} = {value}");
    }
}
