//! Sample data for pages, from the schema of their type.

use serde_json::{Map, Value, json};

/// The depth at which data that contains itself ends.
const MAX_DEPTH: usize = 8;

/// The parts of the data that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filling {
    /// Each option has a value, and lists have two elements.
    Everything,
    /// Options are null, and lists have two elements.
    NoOptions,
    /// Options are null, and lists are empty.
    Nothing,
}

/// Data of the type with this schema.
pub(super) fn of(root: &Value, filling: Filling) -> Value {
    make(root, root, filling, 0)
}

fn make(schema: &Value, root: &Value, filling: Filling, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    let deeper = |schema: &Value| make(schema, root, filling, depth + 1);
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        return target.map_or(Value::Null, deeper);
    }
    let has_options = filling == Filling::Everything;
    for alternatives in ["anyOf", "oneOf"] {
        let Some(all) = schema[alternatives].as_array() else {
            continue;
        };
        let is_null = |one: &&Value| one["type"] == "null";
        if !has_options && all.iter().any(|one| is_null(&one)) {
            return Value::Null;
        }
        return all
            .iter()
            .find(|one| !is_null(one))
            .map_or(Value::Null, deeper);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut merged = Map::new();
        for part in parts.iter().map(deeper) {
            merged.extend(part.as_object().cloned().unwrap_or_default());
        }
        return merged.into();
    }
    if let Some(value) = schema.get("const").or_else(|| schema["enum"].get(0)) {
        return value.clone();
    }
    let kind = match &schema["type"] {
        Value::Array(_) if !has_options && is_nullable(schema) => return Value::Null,
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null"),
        one => one.as_str(),
    };
    match kind {
        Some("object") => object(schema, root, filling, depth),
        Some("array") if filling == Filling::Nothing => json!([]),
        Some("array") => {
            if let Some(items) = schema["prefixItems"].as_array() {
                return items.iter().map(deeper).collect();
            }
            let item = deeper(&schema["items"]);
            json!([item, item])
        }
        Some("integer") => json!(7),
        Some("number") => json!(1.5),
        Some("boolean") => json!(has_options),
        Some("string") => json!(text(schema["format"].as_str())),
        _ => Value::Null,
    }
}

fn is_nullable(schema: &Value) -> bool {
    let kinds = schema["type"].as_array();
    kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"))
}

fn object(schema: &Value, root: &Value, filling: Filling, depth: usize) -> Value {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let mut object: Map<_, _> = properties
        .map(|(name, schema)| (name.clone(), make(schema, root, filling, depth + 1)))
        .collect();
    if let Some(values) = schema
        .get("additionalProperties")
        .filter(|values| values.is_object())
        && filling != Filling::Nothing
    {
        object.insert("key".to_owned(), make(values, root, filling, depth + 1));
    }
    object.into()
}

fn text(format: Option<&str>) -> &'static str {
    match format {
        Some("date-time") => "2026-01-01T10:00:00Z",
        Some("date") => "2026-01-01",
        Some("time" | "partial-time") => "10:00:00",
        Some("uuid") => "00000000-0000-4000-8000-000000000001",
        Some("email") => "name@example.com",
        Some("uri") => "https://www.example.com/",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;

    use super::*;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Post {
        id: i64,
        title: Option<String>,
        author: Option<Author>,
        tags: Vec<String>,
        state: State,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Author {
        name: String,
    }

    #[derive(JsonSchema)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its schema is used")]
    enum State {
        Draft,
        Public,
    }

    #[test]
    fn data_is_full_or_as_empty_as_it_can_be() {
        let schema = schemars::schema_for!(Post).into();
        assert_eq!(
            of(&schema, Filling::Everything),
            json!({ "id": 7, "title": "text", "author": { "name": "text" }, "tags": ["text", "text"], "state": "draft" })
        );
        assert_eq!(
            of(&schema, Filling::NoOptions),
            json!({ "id": 7, "title": null, "author": null, "tags": ["text", "text"], "state": "draft" })
        );
        assert_eq!(of(&schema, Filling::Nothing)["tags"], json!([]));
    }
}
