//! The list of problems that a client gets, made from the tree and the report of the rules.

use std::collections::HashMap;

use super::{
    codes,
    field_names::{FieldNames, Position, Validation},
    pointer::{Source, step},
    problem::MAX_PROBLEMS,
    tree::{Content, Node},
};
use crate::error::FieldError;

/// Lists every problem, in the order in which the fields are declared; unknown fields follow in the order of the request.
///
/// `validate` and the number of `trials` are for fields whose names clients do not know.
pub(super) fn report(
    root: &Node,
    rules: Option<&garde::Report>,
    source: Source,
    validate: &Validation<'_>,
    trials: usize,
) -> Vec<FieldError> {
    let mut broken: HashMap<String, Vec<FieldError>> = HashMap::new();
    if let Some(rules) = rules {
        let names = FieldNames::new(root, rules, validate, trials);
        for (path, error) in rules.iter() {
            let tokens = codes::tokens(path);
            if let Some((pointer, node)) = resolve(root, &tokens, source, &names) {
                let error = codes::field_error(pointer.clone(), error.message(), node);
                broken.entry(pointer).or_default().push(error);
            }
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
    names: &FieldNames<'_>,
) -> Option<(String, Option<&'a Node>)> {
    let mut pointer = String::new();
    let mut at = Position::default();
    let mut node = Some(root);
    for (index, token) in tokens.iter().enumerate() {
        let rest = &tokens[index + 1..];
        if let Some((key, step_in, content)) = node.and_then(content_of_variant) {
            step(&mut pointer, key, source);
            at.steps.push(step_in);
            node = Some(content);
        }
        if node.is_some_and(|node| is_transparent(node, token, rest)) {
            at.tokens.push(token.clone());
            continue;
        }
        let name = node.and_then(|node| names.of(node, &at, &tokens[index..]));
        // The complaint may be about a placeholder with another name.
        if name.is_none() && node.is_some_and(|node| node.has_fields() && node.is_patched()) {
            return None;
        }
        let name = name.as_deref().unwrap_or(token);
        at.steps.extend(node.and_then(|node| node.step_to(name)));
        at.tokens.push(token.clone());
        node = node.and_then(|node| node.child(name));
        if node.is_some_and(|node| node.problem.is_some() || node.placeholder.is_some()) {
            return None;
        }
        step(&mut pointer, name, source);
        // The name of a flattened struct was found by a field in it.
        if !rest.is_empty() && node.is_some_and(|node| !node.has_children()) {
            break;
        }
    }
    let unreliable =
        node.is_some_and(|node| matches!(node.content, Content::Object(_)) && node.is_patched());
    (!unreliable).then_some((pointer, node))
}

/// The key, the step and the value of an enum's variant that has its content in a value of its own.
fn content_of_variant(node: &Node) -> Option<(&str, usize, &Node)> {
    let step = node.variant.get()?;
    let Content::Object(entries) = &node.content else {
        return None;
    };
    let (key, content) = entries.get(step)?;
    Some((key, step, content))
}

/// Returns whether a token of garde stands for no value of its own: the only field of a tuple struct or variant, and a flattened struct.
fn is_transparent(node: &Node, token: &str, rest: &[String]) -> bool {
    let is_only_field =
        token == "0" && !matches!(node.content, Content::Array(_) | Content::Repeated(_));
    let is_flattened = || {
        node.fields.get().is_empty() && rest.first().is_some_and(|next| node.child(next).is_some())
    };
    node.child(token).is_none() && (is_only_field || is_flattened())
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
