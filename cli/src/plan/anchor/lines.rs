//! Lines of one kind at the top of a file: `mod` and `use`.

use std::ops::Range;

use proc_macro2::Span;
use syn::{File, Item, Visibility, spanned::Spanned};

use super::{MissingAnchor, Splice, line_end, line_start};

/// One such line.
struct Line {
    key: String,
    range: Range<usize>,
}

pub(super) fn insert_module(source: &str, file: &File, public: bool, name: &str) -> Splice {
    let lines: Vec<Line> = modules(file)
        .into_iter()
        .filter(|(is_public, _)| *is_public == public)
        .map(|(_, line)| line)
        .collect();
    let text = if public {
        format!("pub mod {name};\n")
    } else {
        format!("mod {name};\n")
    };
    let after = file
        .items
        .iter()
        .rev()
        .find(|item| matches!(item, Item::Use(_)));
    insert(source, file, &lines, name, &text, after.map(Spanned::span))
}

pub(super) fn remove_module(
    source: &str,
    file: &File,
    name: &str,
) -> Result<Splice, MissingAnchor> {
    let lines: Vec<Line> = modules(file).into_iter().map(|(_, line)| line).collect();
    remove(source, &lines, name)
}

pub(super) fn insert_import(source: &str, file: &File, path: &str) -> Splice {
    let last_use = file
        .items
        .iter()
        .rev()
        .find(|item| matches!(item, Item::Use(_)));
    insert(
        source,
        file,
        &imports(file),
        path,
        &format!("use {path};\n"),
        last_use.map(Spanned::span),
    )
}

pub(super) fn remove_import(
    source: &str,
    file: &File,
    path: &str,
) -> Result<Splice, MissingAnchor> {
    remove(source, &imports(file), path)
}

/// `mod x;` items, and whether each is `pub`. Those with attributes (`#[cfg(test)]`) are no part of the list.
fn modules(file: &File) -> Vec<(bool, Line)> {
    let modules = file.items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() => {
            let conditional = module
                .attrs
                .iter()
                .any(|attribute| !attribute.path().is_ident("doc"));
            let line = Line {
                key: module.ident.to_string(),
                range: item.span().byte_range(),
            };
            (!conditional).then_some((matches!(module.vis, Visibility::Public(_)), line))
        }
        _ => None,
    });
    modules.collect()
}

/// `use crate::…` items on one line; the key is what is imported.
fn imports(file: &File) -> Vec<Line> {
    let imports = file.items.iter().filter_map(|item| {
        let Item::Use(import) = item else { return None };
        let text = item.span().source_text()?;
        let key = text.strip_prefix("use ")?.strip_suffix(';')?;
        let ours = key.starts_with("crate::") && import.attrs.is_empty();
        ours.then(|| Line {
            key: key.to_owned(),
            range: item.span().byte_range(),
        })
    });
    imports.collect()
}

/// Among its like, at its place if they are sorted, else after the last. The first of its kind gets an empty line.
fn insert(
    source: &str,
    file: &File,
    lines: &[Line],
    key: &str,
    text: &str,
    after: Option<Span>,
) -> Splice {
    let at = |position| Splice {
        range: position..position,
        text: text.to_owned(),
    };
    if let (Some(first), Some(last)) = (lines.first(), lines.last()) {
        let sorted = lines.is_sorted_by(|a, b| a.key <= b.key);
        let before = lines.iter().rfind(|line| line.key.as_str() < key);
        return match before {
            _ if !sorted => at(line_end(source, last.range.end)),
            Some(before) => at(line_end(source, before.range.end)),
            None => at(line_start(source, first.range.start)),
        };
    }
    let (position, text) = match (after, file.items.first()) {
        (Some(span), _) => (line_end(source, span.byte_range().end), format!("\n{text}")),
        (None, Some(item)) => (
            line_start(source, item.span().byte_range().start),
            format!("{text}\n"),
        ),
        (None, None) if source.is_empty() => (0, text.to_owned()),
        (None, None) => (source.len(), format!("\n{text}")),
    };
    Splice {
        range: position..position,
        text,
    }
}

fn remove(source: &str, lines: &[Line], key: &str) -> Result<Splice, MissingAnchor> {
    let line = lines
        .iter()
        .find(|line| line.key == key)
        .ok_or_else(|| MissingAnchor(format!("`{key}` stands at an unusual place")))?;
    let mut start = line_start(source, line.range.start);
    let mut end = line_end(source, line.range.end);
    // The last of its kind takes its empty line with it.
    let stands_alone = source[..start].ends_with("\n\n")
        && (end == source.len() || source[end..].starts_with('\n'));
    if stands_alone {
        start -= 1;
    } else if start == 0 && source[end..].starts_with('\n') {
        end += 1;
    }
    Ok(Splice {
        range: start..end,
        text: String::new(),
    })
}
