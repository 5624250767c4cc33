//! Edits of lines of one kind at the top of a file: `mod` and `use`.

use std::ops::Range;

use syn::{Attribute, File, Item, ItemMod, ItemUse, UseTree, Visibility, spanned::Spanned};

use super::syntax::{Match, Source, Splice, has_comment, is_code, line_end, line_start};

/// A `mod` or `use` line.
struct Line {
    key: String,
    range: Range<usize>,
}

pub(super) fn find_module(source: &Source<'_>, name: &str) -> Match {
    let Some(module) = source.file.items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == name => Some(module),
        _ => None,
    }) else {
        return Match::Absent;
    };
    if module.content.is_some() {
        return Match::NameTaken(format!("it has a module `{name}` of its own"));
    }
    if let Some(attribute) = conditional(&module.attrs) {
        return Match::Blocked(format!("its `mod {name};` is under `#[{attribute}…]`"));
    }
    let range = module.span().byte_range();
    let text = &source.text[range.clone()];
    if module.attrs.is_empty() && !has_comment(text) && source.is_alone(&range) {
        return Match::Exact(removals(source, &range));
    }
    Match::Different(format!(
        "its line `mod {name};` has a comment or an attribute"
    ))
}

pub(super) fn insert_module(source: &Source<'_>, public: bool, name: &str) -> Splice {
    let lines: Vec<Line> = source
        .file
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Mod(module) if is_plain(module) => Some(module),
            _ => None,
        })
        .filter(|module| matches!(module.vis, Visibility::Public(_)) == public)
        .map(|module| Line {
            key: module.ident.to_string(),
            range: module.span().byte_range(),
        })
        .collect();
    let text = if public {
        format!("pub mod {name};")
    } else {
        format!("mod {name};")
    };
    insert(source, &lines, name, &text)
}

/// Finds `use PATH;`, where the path has the form `crate::posts::model as posts`.
pub(super) fn find_import(source: &Source<'_>, path: &str) -> Match {
    let (wanted, alias) = path.split_once(" as ").unwrap_or((path, ""));
    let alias = match alias {
        "" => wanted.rsplit("::").next().unwrap_or_default(),
        alias => alias,
    };
    let mut taken = None;
    for item in &source.file.items {
        let import = match item {
            Item::Use(import) => import,
            Item::Mod(module) if module.ident == alias => {
                taken = Some(format!("it has a module `{alias}` of its own"));
                continue;
            }
            _ => continue,
        };
        let mut names = Vec::new();
        flatten(&import.tree, "", &mut names);
        for (full, bound) in names.iter().filter(|(_, bound)| bound == alias) {
            if full != wanted {
                taken = Some(format!("it imports `{full}` as `{bound}`"));
                continue;
            }
            let range = import.span().byte_range();
            let exact = is_code(&source.text[range.clone()], &format!("use {path};"));
            return if exact && source.is_alone(&range) {
                Match::Exact(removals(source, &range))
            } else {
                Match::Different(format!("it imports `{wanted}` together with others"))
            };
        }
    }
    taken.map_or(Match::Absent, Match::NameTaken)
}

pub(super) fn insert_import(source: &Source<'_>, path: &str) -> Splice {
    let imports = imports(source);
    insert(source, &imports, path, &format!("use {path};"))
}

fn last_use(file: &File) -> Option<&ItemUse> {
    file.items.iter().rev().find_map(|item| match item {
        Item::Use(import) => Some(import),
        _ => None,
    })
}

/// The reason why the module of a `mod` line is not always there, or is in another file.
fn conditional(attributes: &[Attribute]) -> Option<String> {
    attributes
        .iter()
        .map(Attribute::path)
        .find_map(|path| {
            ["cfg", "cfg_attr", "path"]
                .into_iter()
                .find(|name| path.is_ident(name))
        })
        .map(str::to_owned)
}

/// Returns whether an item is `mod x;`, at most with documentation. Those with attributes (`#[cfg(test)]`) are no part
/// of the list.
fn is_plain(module: &ItemMod) -> bool {
    let mut attributes = module.attrs.iter();
    module.content.is_none() && attributes.all(|attribute| attribute.path().is_ident("doc"))
}

/// The `use crate::…` items on one line; the key is the imported path.
fn imports(source: &Source<'_>) -> Vec<Line> {
    let imports = source.file.items.iter().filter_map(|item| {
        let Item::Use(import) = item else { return None };
        let key = source.of(item).strip_prefix("use ")?.strip_suffix(';')?;
        let ours = key.starts_with("crate::") && import.attrs.is_empty();
        ours.then(|| Line {
            key: key.to_owned(),
            range: item.span().byte_range(),
        })
    });
    imports.collect()
}

/// The imports of a `use`, each with the name that it has in the file.
fn flatten(tree: &UseTree, before: &str, found: &mut Vec<(String, String)>) {
    let join = |name: &str| {
        if before.is_empty() {
            name.to_owned()
        } else {
            format!("{before}::{name}")
        }
    };
    match tree {
        UseTree::Path(path) => flatten(&path.tree, &join(&path.ident.to_string()), found),
        UseTree::Name(name) if name.ident == "self" => {
            let bound = before.rsplit("::").next().unwrap_or_default();
            found.push((before.to_owned(), bound.to_owned()));
        }
        UseTree::Name(name) => found.push((join(&name.ident.to_string()), name.ident.to_string())),
        UseTree::Rename(name) => {
            found.push((join(&name.ident.to_string()), name.rename.to_string()));
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, before, found);
            }
        }
        UseTree::Glob(_) => {}
    }
}

/// The splice that adds a line to its like: at its place if they are sorted, else after the last. The first of its kind
/// gets an empty line.
fn insert(source: &Source<'_>, lines: &[Line], key: &str, text: &str) -> Splice {
    if let (Some(first), Some(last)) = (lines.first(), lines.last()) {
        let sorted = lines.is_sorted_by(|a, b| a.key <= b.key);
        let before = lines.iter().rfind(|line| line.key.as_str() < key);
        let at = match before {
            _ if !sorted => line_end(source.text, last.range.end),
            Some(before) => line_end(source.text, before.range.end),
            None => line_start(source.text, first.range.start),
        };
        return source.with_line(at, text);
    }
    match (last_use(&source.file), source.file.items.first()) {
        (Some(import), _) => {
            let at = line_end(source.text, import.span().byte_range().end);
            source.with_line(at, &format!("\n{text}"))
        }
        (None, Some(item)) => {
            let at = line_start(source.text, item.span().byte_range().start);
            source.with_line(at, &format!("{text}\n"))
        }
        (None, None) if source.text.is_empty() => source.with_line(0, text),
        (None, None) => source.with_line(source.text.len(), &format!("\n{text}")),
    }
}

/// The splices that remove the line: alone, or with the empty line before or after it that the first of its kind gets.
fn removals(source: &Source<'_>, range: &Range<usize>) -> Vec<Splice> {
    let line = source.without_lines(range);
    let Range { start, end } = line.range.clone();
    let mut removals = vec![line];
    if source.text[end..].starts_with('\n') {
        removals.push(Splice::remove(start..end + 1));
    }
    if source.text[..start].ends_with('\n') && start > 0 {
        removals.push(Splice::remove(start - 1..end));
    }
    removals
}
