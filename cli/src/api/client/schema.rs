//! Reads JSON Schema (2020-12) as types.

use std::collections::BTreeMap;

use super::{
    super::{
        json::Json,
        node::{Defect, Node},
    },
    description::{Doc, Object, Property, Schema, Type},
    lines::quoted,
    names::{UniqueNames, type_name},
};

/// The named schemas with the names of their types.
pub(super) struct Schemas(BTreeMap<String, String>);

impl Schemas {
    /// Reserves a type name for every schema.
    pub(super) fn new(document: &Node<'_>, names: &mut UniqueNames) -> Self {
        let schemas = document.path(&["components", "schemas"]);
        let entries = schemas.map(|node| node.entries()).unwrap_or_default();
        Self(
            entries
                .into_iter()
                .map(|(key, _)| (key.to_owned(), names.reserve(&type_name(key), "Schema")))
                .collect(),
        )
    }

    /// Reads all of them in the order of the description.
    pub(super) fn read(&self, document: &Node<'_>) -> Result<Vec<Schema>, Defect> {
        let schemas = document.path(&["components", "schemas"]);
        let entries = schemas.map(|node| node.entries()).unwrap_or_default();
        entries
            .iter()
            .map(|(key, node)| {
                Ok(Schema {
                    name: self.0[*key].clone(),
                    doc: doc(node),
                    kind: self.kind(node)?,
                })
            })
            .collect()
    }

    /// The type that a schema describes.
    pub(super) fn kind(&self, node: &Node<'_>) -> Result<Type, Defect> {
        match node.json {
            Json::Bool(true) => return Ok(Type::Unknown),
            Json::Bool(false) => return Ok(Type::Never),
            Json::Object(_) => {}
            _ => return Err(node.defect("a schema is an object or a boolean")),
        }
        let mut parts = Vec::new();
        if let Some(target) = node.target()? {
            parts.push(match target.schema().and_then(|name| self.0.get(&name)) {
                Some(name) => Type::Named(name.clone()),
                None => self.kind(&target)?,
            });
        }
        parts.push(self.own(node)?);
        for part in listed(node, "allOf") {
            parts.push(self.kind(&part)?);
        }
        for word in ["oneOf", "anyOf"] {
            let choices = listed(node, word);
            if !choices.is_empty() {
                let kinds = choices.iter().map(|choice| self.kind(choice));
                parts.push(union(kinds.collect::<Result<_, _>>()?));
            }
        }
        let kind = intersection(parts);
        Ok(if node.is("nullable") {
            union(vec![kind, Type::Null])
        } else {
            kind
        })
    }

    /// The type of the schema's own keywords, without the schemas that it is composed of.
    fn own(&self, node: &Node<'_>) -> Result<Type, Defect> {
        if let Some(constant) = node.json.get("const") {
            return Ok(literal(constant));
        }
        if let Some(values) = node.json.get("enum") {
            return Ok(union(values.items().iter().map(literal).collect()));
        }
        let names: Vec<&str> = match node.json.get("type") {
            Some(Json::String(name)) => vec![name],
            Some(names) => names.items().iter().filter_map(Json::text).collect(),
            None if node.get("properties").is_some()
                || node.get("additionalProperties").is_some() =>
            {
                vec!["object"]
            }
            None if node.get("items").is_some() || node.get("prefixItems").is_some() => {
                vec!["array"]
            }
            None => return Ok(Type::Unknown),
        };
        let kinds = names.into_iter().map(|name| match name {
            "null" => Ok(Type::Null),
            "boolean" => Ok(Type::Boolean),
            "integer" | "number" => Ok(Type::Number),
            "string" if node.text("format") == Some("binary") => Ok(Type::Named("Blob".to_owned())),
            "string" => Ok(Type::String),
            "array" => self.array(node),
            "object" => self.object(node),
            other => Err(node
                .defect(format!("there is no type `{other}`"))
                .hint("JSON Schema has null, boolean, object, array, number, string and integer")),
        });
        Ok(union(kinds.collect::<Result<_, _>>()?))
    }

    fn array(&self, node: &Node<'_>) -> Result<Type, Defect> {
        let first = listed(node, "prefixItems");
        if !first.is_empty() {
            let kinds = first.iter().map(|item| self.kind(item));
            return Ok(Type::Tuple(kinds.collect::<Result<_, _>>()?));
        }
        let items = node.get("items").map(|items| self.kind(&items));
        Ok(Type::Array(Box::new(
            items.transpose()?.unwrap_or(Type::Unknown),
        )))
    }

    fn object(&self, node: &Node<'_>) -> Result<Type, Defect> {
        let required = node.get("required").map(|node| node.json.items());
        let is_required = |name: &str| {
            let mut all = required.unwrap_or_default().iter();
            all.any(|one| one.text() == Some(name))
        };
        let entries = node.get("properties").map(|node| node.entries());
        let properties = entries.unwrap_or_default().into_iter().map(|(name, node)| {
            Ok(Property {
                name: name.to_owned(),
                doc: doc(&node),
                optional: !is_required(name),
                kind: self.kind(&node)?,
            })
        });
        let properties: Vec<Property> = properties.collect::<Result<_, _>>()?;
        let rest = match node.get("additionalProperties") {
            Some(rest) => match self.kind(&rest)? {
                // Nothing but what is listed: so it is in TypeScript anyway.
                Type::Never if !properties.is_empty() => None,
                // An index signature must fit the listed members as well.
                _ if !properties.is_empty() => Some(Type::Unknown),
                kind => Some(kind),
            },
            None if properties.is_empty() => Some(Type::Unknown),
            None => None,
        };
        Ok(Type::Object(Object {
            properties,
            rest: rest.map(Box::new),
        }))
    }
}

/// The schemas in a list.
fn listed<'a>(node: &Node<'a>, word: &str) -> Vec<Node<'a>> {
    node.get(word).map(|list| list.items()).unwrap_or_default()
}

/// The documentation of a schema.
pub(super) fn doc(node: &Node<'_>) -> Doc {
    let text = node.text("description").or_else(|| node.text("title"));
    let is_text = match node.json.get("type") {
        Some(Json::Array(kinds)) => kinds.iter().any(|kind| kind.text() == Some("string")),
        kind => kind.and_then(Json::text) == Some("string"),
    };
    // The format of a number makes no difference in the browser.
    let format = node.text("format").filter(|_| is_text);
    Doc {
        text: text.unwrap_or_default().trim().to_owned(),
        format: format.map(str::to_owned),
        deprecated: node.is("deprecated"),
    }
}

fn literal(json: &Json) -> Type {
    match json {
        Json::Null => Type::Null,
        Json::Bool(value) => Type::Literal(value.to_string()),
        Json::Number(value) => Type::Literal(value.to_string()),
        Json::String(text) => Type::Literal(quoted(text)),
        // Such constants are rare; their contents are not typed.
        Json::Array(_) => Type::Array(Box::new(Type::Unknown)),
        Json::Object(_) => Type::Unknown,
    }
}

/// One of several types, each once.
pub(super) fn union(kinds: Vec<Type>) -> Type {
    let mut found = Vec::new();
    for kind in kinds {
        let parts = match kind {
            Type::Union(parts) => parts,
            Type::Never => continue,
            one => vec![one],
        };
        for part in parts {
            if part == Type::Unknown {
                return Type::Unknown;
            }
            if !found.contains(&part) {
                found.push(part);
            }
        }
    }
    // These read best at the end.
    found.sort_by_key(|kind| match kind {
        Type::Null => 1,
        Type::Named(name) if name == "undefined" => 2,
        _ => 0,
    });
    one_or(found, Type::Never, Type::Union)
}

/// All of several types.
fn intersection(kinds: Vec<Type>) -> Type {
    let mut found = Vec::new();
    for kind in kinds {
        let parts = match kind {
            Type::Intersection(parts) => parts,
            one => vec![one],
        };
        for part in parts {
            if part != Type::Unknown && !found.contains(&part) {
                found.push(part);
            }
        }
    }
    one_or(found, Type::Unknown, Type::Intersection)
}

fn one_or(mut kinds: Vec<Type>, none: Type, several: fn(Vec<Type>) -> Type) -> Type {
    match kinds.len() {
        0 => none,
        1 => kinds.swap_remove(0),
        _ => several(kinds),
    }
}
