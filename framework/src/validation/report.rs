//! The list of problems that a client gets, made from the tree and the report of the rules.

use std::collections::HashMap;

use super::{
    codes,
    pointer::{Source, step},
    problem::MAX_PROBLEMS,
    tree::{Content, Node},
};
use crate::error::FieldError;

/// Lists every problem, in the order in which the fields are declared; unknown fields follow in the order of the request.
pub(super) fn report(root: &Node, rules: Option<garde::Report>, source: Source) -> Vec<FieldError> {
    let mut broken: HashMap<String, Vec<FieldError>> = HashMap::new();
    for (path, error) in rules.map(garde::Report::into_inner).unwrap_or_default() {
        let tokens = codes::tokens(&path);
        if let Some((pointer, node)) = resolve(root, &tokens, source) {
            let error = codes::field_error(pointer.clone(), error.message(), node);
            broken.entry(pointer).or_default().push(error);
        }
    }
    let mut found = Vec::new();
    walk(root, &mut String::new(), source, &mut broken, &mut found);
    let mut rest: Vec<_> = broken.into_values().flatten().collect();
    rest.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    found.append(&mut rest);
    found.truncate(MAX_PROBLEMS);
    found
}

/// The pointer of a rule's complaint, unless it is about a placeholder.
fn resolve<'a>(
    root: &'a Node,
    tokens: &[String],
    source: Source,
) -> Option<(String, Option<&'a Node>)> {
    let mut pointer = String::new();
    let mut node = Some(root);
    for token in tokens {
        let name = node.map_or(token.as_str(), |node| client_name(node.fields.get(), token));
        node = node.and_then(|node| node.child(name));
        if node.is_some_and(|node| node.problem.is_some() || node.placeholder.is_some()) {
            return None;
        }
        step(&mut pointer, name, source);
    }
    let unreliable =
        node.is_some_and(|node| matches!(node.content, Content::Object(_)) && node.is_patched());
    (!unreliable).then_some((pointer, node))
}

/// The name that clients use for a field that Rust calls `name`: `#[serde(rename_all = "camelCase")]` and the like.
fn client_name<'a>(declared: &'static [&'static str], name: &'a str) -> &'a str {
    fn plain(name: &str) -> impl Iterator<Item = char> + '_ {
        name.chars()
            .filter(|character| character.is_alphanumeric())
            .flat_map(char::to_lowercase)
    }
    if declared.contains(&name) {
        return name;
    }
    declared
        .iter()
        .copied()
        .find(|candidate| plain(candidate).eq(plain(name)))
        .unwrap_or(name)
}

fn walk(
    node: &Node,
    pointer: &mut String,
    source: Source,
    broken: &mut HashMap<String, Vec<FieldError>>,
    found: &mut Vec<FieldError>,
) {
    if found.len() >= MAX_PROBLEMS {
        return;
    }
    if let Some(problem) = &node.problem {
        found.push(problem.clone().at(pointer.clone()));
    }
    found.extend(broken.remove(pointer.as_str()).unwrap_or_default());
    let len = pointer.len();
    let mut descend = |name: &str, child: Option<&Node>| {
        step(pointer, name, source);
        match child {
            Some(child) => walk(child, pointer, source, broken, found),
            None => found.extend(broken.remove(pointer.as_str()).unwrap_or_default()),
        }
        pointer.truncate(len);
    };
    match &node.content {
        Content::Array(items) | Content::Repeated(items) => {
            for (index, item) in items.iter().enumerate() {
                descend(&index.to_string(), Some(item));
            }
        }
        Content::Object(entries) => {
            let fields = node.fields.get();
            for field in fields {
                let mut given = entries.iter().filter(|(key, _)| key == field).peekable();
                if given.peek().is_none() {
                    descend(field, None);
                }
                given.for_each(|(key, child)| descend(key, Some(child)));
            }
            for (key, child) in entries
                .iter()
                .filter(|(key, _)| !fields.contains(&key.as_str()))
            {
                descend(key, Some(child));
            }
        }
        _ => {}
    }
}
