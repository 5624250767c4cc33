//! The references between the modules of a crate: which file uses something that another one defines.

use std::collections::BTreeSet;

use super::source::Source;

/// A file that names what another one defines, however many re-exports are between them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The module of the file that names.
    pub from: usize,
    /// The module of the file that defines.
    pub to: usize,
    pub line: usize,
    /// As it is written.
    pub name: String,
    /// In code that is compiled for unit tests only.
    pub test: bool,
}

impl Reference {
    /// Place and name, as messages have them.
    pub fn show(&self, source: &Source) -> String {
        format!(
            "{}:{} uses `{}` of {}",
            source.modules[self.from].file, self.line, self.name, source.modules[self.to].file
        )
    }
}

/// The references of a crate, without those of a file to itself.
pub fn references(source: &Source) -> Vec<Reference> {
    let mut found = BTreeSet::new();
    for (index, module) in source.modules.iter().enumerate() {
        let from = source.of_file(index);
        for name in &module.names {
            let Some(to) = resolve(source, index, &name.segments) else {
                continue;
            };
            let to = source.of_file(to);
            if to != from {
                found.insert(Reference {
                    from,
                    to,
                    line: name.line,
                    name: name.segments.join("::"),
                    test: name.test || source.modules[to].test,
                });
            }
        }
    }
    found.into_iter().collect()
}

/// A name in the scope of a module.
pub enum Found {
    /// A module.
    Module(usize),
    /// Something that a module defines.
    Item(usize),
}

/// The module that defines what a path in another module leads to; none if that is of another crate.
fn resolve(source: &Source, module: usize, path: &[String]) -> Option<usize> {
    match follow(source, module, path, &mut Vec::new())? {
        Found::Module(module) | Found::Item(module) => Some(module),
    }
}

/// Follows a path from a module. `steps` are the imports that are being followed already: two may name each other.
pub fn follow(
    source: &Source,
    module: usize,
    path: &[String],
    steps: &mut Vec<(usize, String)>,
) -> Option<Found> {
    let mut at = module;
    for (position, name) in path.iter().enumerate() {
        match name.as_str() {
            "crate" => at = 0,
            "self" => {}
            "super" => at = source.modules[at].parent?,
            name => {
                let more = position + 1 < path.len();
                match look_up(source, at, name, more, steps) {
                    Some(Found::Module(module)) => at = module,
                    Some(Found::Item(module)) => return Some(Found::Item(module)),
                    // Only the first name may be that of another crate, of a local variable or of the prelude.
                    None if position == 0 => return None,
                    // What a macro has made.
                    None => return Some(Found::Item(at)),
                }
            }
        }
    }
    // A bare `self` is a value.
    (path != ["self"]).then_some(Found::Module(at))
}

/// Finds a name in the scope of a module. With `more` of a path after it, it is a module rather than a function.
fn look_up(
    source: &Source,
    at: usize,
    name: &str,
    more: bool,
    steps: &mut Vec<(usize, String)>,
) -> Option<Found> {
    let step = (at, name.to_owned());
    if steps.contains(&step) {
        return None;
    }
    steps.push(step);
    let module = &source.modules[at];
    let child = module.children.get(name).copied().map(Found::Module);
    let found = if more { child } else { None };
    let found = found
        .or_else(|| {
            let path = module.imports.get(name)?;
            // `use http::…` beside a module `http` is about the crate.
            follow(source, at, path, steps)
        })
        .or_else(|| module.items.contains(name).then_some(Found::Item(at)))
        .or_else(|| module.children.get(name).copied().map(Found::Module))
        .or_else(|| {
            module.globs.iter().find_map(|path| {
                match follow(source, at, path, &mut steps.clone())? {
                    Found::Module(other) if other != at => {
                        look_up(source, other, name, more, &mut steps.clone())
                    }
                    _ => None,
                }
            })
        })
        .or_else(|| {
            // A macro may re-export what the modules below have.
            let mut children = module.children.values().copied();
            children
                .find(|child| source.modules[*child].items.contains(name))
                .filter(|child| is_public_by_macro(source, at, *child))
                .map(Found::Item)
        });
    steps.pop();
    found
}

/// Whether the macros of a module can re-export what one of its children has: the child is named in their calls.
fn is_public_by_macro(source: &Source, module: usize, child: usize) -> bool {
    let child = source.modules[child].path.last().expect("a name");
    let names = &source.modules[module].names;
    names.iter().any(|name| name.segments == [child.as_str()])
}

#[test]
fn every_way_to_name_something_is_a_reference() {
    let source = Source::read("tests/fixtures/references");
    let found: Vec<_> = references(&source)
        .iter()
        .map(|reference| {
            let name = |module: usize| source.modules[module].name();
            let test = if reference.test { " in a test" } else { "" };
            format!(
                "{}:{} {}{test}",
                name(reference.from),
                reference.line,
                name(reference.to)
            )
        })
        .collect();
    let expected = [
        // The crate itself re-exports.
        ":11 folder/deep",
        "attributes:1 folder/deep",
        "folder:3 folder/deep",
        "folder:4 unit",
        "globs:1 folder",
        "globs:3 folder/deep",
        "globs:4 folder/deep",
        "globs:5 folder/deep",
        "macros:2 folder/deep",
        "paths:2 made",
        "unit:3 folder/deep",
        "unit:11 paths in a test",
        "unit:16 made",
    ];
    let mut found: Vec<&str> = found.iter().map(String::as_str).collect();
    found.sort_unstable();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected);
}
