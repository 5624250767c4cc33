//! Writes types as TypeScript.

use super::{
    description::{Doc, Object, Property, Schema, Type},
    lines::{Lines, quoted},
    names::is_identifier,
};

/// A declaration: an interface for an object, an alias for everything else.
pub(super) fn declaration(schema: &Schema, lines: &mut Lines) {
    lines.comment(&paragraphs(&schema.doc));
    match &schema.kind {
        Type::Object(object) => interface(&schema.name, None, object, lines),
        kind => alias(&schema.name, kind, lines),
    }
}

/// Writes an interface: `export interface Name extends Base { … }`.
pub(super) fn interface(name: &str, base: Option<&str>, object: &Object, lines: &mut Lines) {
    let base = base.map(|base| format!(" extends {base}"));
    lines.push(format!(
        "export interface {name}{} {{",
        base.unwrap_or_default()
    ));
    lines.indented(|lines| members(object, lines));
    lines.push("}");
}

/// Writes an alias: `export type Name = …;`, with a line for each choice where there are many.
fn alias(name: &str, kind: &Type, lines: &mut Lines) {
    let begin = format!("export type {name} =");
    let line = format!("{begin} {};", text(kind, lines.depth()));
    match kind {
        Type::Union(kinds) if !lines.fits(&line) => {
            lines.push(begin);
            let last = kinds.len() - 1;
            lines.indented(|lines| {
                for (index, kind) in kinds.iter().enumerate() {
                    let end = if index == last { ";" } else { "" };
                    // Members stand two columns further in than the `|`.
                    let kind = within(kind, lines.depth() + 1);
                    lines.push(format!("| {kind}{end}"));
                }
            });
        }
        _ => lines.push(line),
    }
}

fn members(object: &Object, lines: &mut Lines) {
    for property in &object.properties {
        member(property, lines);
    }
    if let Some(rest) = &object.rest {
        lines.push(format!("[key: string]: {};", text(rest, lines.depth())));
    }
}

fn member(property: &Property, lines: &mut Lines) {
    lines.comment(&paragraphs(&property.doc));
    let mark = if property.optional { "?" } else { "" };
    lines.push(format!(
        "{}{mark}: {};",
        key(&property.name),
        text(&property.kind, lines.depth())
    ));
}

/// The paragraphs of a documentation comment.
pub(super) fn paragraphs(doc: &Doc) -> Vec<String> {
    let mut paragraphs = Vec::new();
    if !doc.text.is_empty() {
        paragraphs.push(doc.text.clone());
    }
    let format = doc
        .format
        .as_ref()
        .map(|format| format!("@format {format}"));
    let deprecated = doc.deprecated.then(|| "@deprecated".to_owned());
    let tags: Vec<String> = format.into_iter().chain(deprecated).collect();
    if !tags.is_empty() {
        paragraphs.push(tags.join("\n"));
    }
    paragraphs
}

/// The key of an object, quoted where it must be.
pub(super) fn key(name: &str) -> String {
    if is_identifier(name) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// A type as it stands after a colon; `depth` is the indentation level of its lines.
pub(super) fn text(kind: &Type, depth: usize) -> String {
    match kind {
        Type::Unknown => "unknown".to_owned(),
        Type::Never => "never".to_owned(),
        Type::Null => "null".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Number => "number".to_owned(),
        Type::String => "string".to_owned(),
        Type::Literal(text) | Type::Named(text) => text.clone(),
        Type::Array(item) => format!("{}[]", within(item, depth)),
        Type::Tuple(items) => format!("[{}]", all(items, depth, text).join(", ")),
        Type::Union(kinds) => all(kinds, depth, within).join(" | "),
        Type::Intersection(kinds) => all(kinds, depth, within).join(" & "),
        Type::Object(object) if object.properties.is_empty() => {
            let rest = object.rest.as_ref();
            let rest = rest.map_or_else(|| "never".to_owned(), |rest| text(rest, depth));
            format!("{{ [key: string]: {rest} }}")
        }
        Type::Object(object) => {
            let mut lines = Lines::at(depth);
            lines.indented(|lines| members(object, lines));
            lines.push("}");
            format!("{{\n{}", lines.finish().trim_end())
        }
    }
}

/// A type as a part of another, in parentheses where it needs them.
fn within(kind: &Type, depth: usize) -> String {
    let text = text(kind, depth);
    match kind {
        Type::Union(_) | Type::Intersection(_) => format!("({text})"),
        _ => text,
    }
}

fn all(kinds: &[Type], depth: usize, each: fn(&Type, usize) -> String) -> Vec<String> {
    kinds.iter().map(|kind| each(kind, depth)).collect()
}
