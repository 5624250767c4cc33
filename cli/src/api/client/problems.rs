//! Finds the problem codes that an operation declares.

use std::collections::BTreeSet;

use super::super::{
    json::Json,
    node::{Defect, Node},
};

/// Adds the values that a schema allows for its member `code`.
pub(super) fn codes(schema: &Node<'_>, found: &mut BTreeSet<String>) -> Result<(), Defect> {
    // A problem that does not end is reported by `resolved`.
    let schema = schema.resolved()?;
    if let Some(code) = schema.path(&["properties", "code"]) {
        let code = code.resolved()?;
        let values = code.json.get("enum").map(Json::items).unwrap_or_default();
        let values = values.iter().chain(code.json.get("const"));
        found.extend(values.filter_map(Json::text).map(str::to_owned));
    }
    for word in ["allOf", "oneOf", "anyOf"] {
        for part in schema
            .get(word)
            .map(|list| list.items())
            .unwrap_or_default()
        {
            codes(&part, found)?;
        }
    }
    Ok(())
}
