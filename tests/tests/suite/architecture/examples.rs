//! Examples: whoever meets a public item finds one that compiles.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Crate, FRAMEWORK, TESTING,
    documentation::{self, Documented},
    references::{Found, follow},
    source::{Module, Source},
};

const RULE: &str = "\
a public item has no example, so its first user has to guess how it is called.
Write a short one, of real use, in its documentation or in that of one of its methods: a block of code that `cargo test --doc` compiles and
better runs, with the scaffolding in lines that begin with `# `. Also good: the example of a public module around it that names the item;
or a link such as \"See [`Page`] for an example\", if that is where the item is used.";

/// Modules whose items need no example, each with the reason.
const EXEMPT: &[(&str, &str)] = &[
    (
        "config/sections",
        "settings are written in files, and `guides/configuration.md` has every one of them",
    ),
    (
        "test_support",
        "it is hidden: only the crate `framewright-testing` may use it",
    ),
];

#[test]
fn every_public_item_has_an_example() {
    let is_exempt = |module: &str| {
        EXEMPT.iter().any(|(folder, _)| {
            let rest = module.strip_prefix(folder);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let broken: Vec<_> = [&*FRAMEWORK, &*TESTING]
        .into_iter()
        .flat_map(without_example)
        .filter(|(module, _)| !is_exempt(module))
        .map(|(_, message)| message)
        .collect();
    super::assert_none(RULE, &broken);
}

/// The public items of a crate that have no example, in order: the module of each, and a line about it.
fn without_example(of: &Crate) -> Vec<(String, String)> {
    let public = Public::of(&of.source);
    let mut found = Vec::new();
    for (index, module) in of.source.modules.iter().enumerate() {
        for item in &module.documented {
            if public.has(index, item) && !public.shows(index, item) {
                let line = format!("{}:{} `{}`", module.file, item.line, item.name);
                found.push((module.name(), line));
            }
        }
    }
    found
}

/// The public interface of a crate: what its users can name, under whatever path.
struct Public<'s> {
    source: &'s Source,
    /// Modules that have a page in the documentation.
    pages: BTreeSet<usize>,
    /// Items, by the module that defines them.
    items: BTreeSet<(usize, String)>,
    /// The public modules in which an item can be found, besides those around its definition.
    found_in: BTreeMap<(usize, String), BTreeSet<usize>>,
}

impl<'s> Public<'s> {
    fn of(source: &'s Source) -> Self {
        let mut public = Self {
            source,
            pages: BTreeSet::new(),
            items: BTreeSet::new(),
            found_in: BTreeMap::new(),
        };
        public.add_page(0);
        public
    }

    fn add_page(&mut self, module: usize) {
        if self.pages.insert(module) {
            self.add_contents_of(module, module, &mut BTreeSet::new());
        }
    }

    /// Adds what can be named in a module as items of a page: the module's own, or that of one which re-exports all of it.
    fn add_contents_of(&mut self, module: usize, page: usize, seen: &mut BTreeSet<usize>) {
        if !seen.insert(module) {
            return;
        }
        let source = self.source;
        let Module {
            children,
            declared_public,
            documented,
            exports,
            globs,
            ..
        } = &source.modules[module];
        for item in documented {
            self.add_item(module, &item.name, page);
        }
        for name in declared_public {
            self.add_page(children[name]);
        }
        for path in exports {
            match follow(source, module, path, &mut Vec::new()) {
                Some(Found::Module(other)) if globs.contains(path) => {
                    self.add_contents_of(other, page, seen);
                }
                Some(Found::Module(other)) => self.add_page(other),
                Some(Found::Item(other)) => {
                    self.add_item(other, path.last().expect("a name"), page);
                }
                // It is of another crate.
                None => {}
            }
        }
    }

    fn add_item(&mut self, module: usize, name: &str, page: usize) {
        let key = (module, name.to_owned());
        self.items.insert(key.clone());
        self.found_in.entry(key).or_default().insert(page);
    }

    fn has(&self, module: usize, item: &Documented) -> bool {
        item.exported || self.items.contains(&(module, item.name.clone()))
    }

    /// Returns whether there is an example of an item where its user looks for it, or one link away.
    fn shows(&self, module: usize, item: &Documented) -> bool {
        self.shows_itself(module, item)
            || documentation::referred_to(&item.text)
                .iter()
                .any(|target| self.target_shows(module, target))
    }

    fn shows_itself(&self, module: usize, item: &Documented) -> bool {
        let pages = self.found_in.get(&(module, item.name.clone()));
        !documentation::examples(&item.text).is_empty()
            || pages.into_iter().flatten().any(|page| {
                let examples = documentation::examples(&self.source.modules[*page].documentation);
                examples.iter().any(|example| names(example, &item.name))
            })
    }

    fn target_shows(&self, module: usize, target: &str) -> bool {
        let path: Vec<String> = target.split("::").map(str::to_owned).collect();
        let has_example = |module: usize| {
            let text = &self.source.modules[module].documentation;
            self.pages.contains(&module) && !documentation::examples(text).is_empty()
        };
        if path == ["self"] {
            return has_example(module);
        }
        match follow(self.source, module, &path, &mut Vec::new()) {
            Some(Found::Module(other)) => has_example(other),
            // The path may lead to a method of the item.
            Some(Found::Item(other)) => self.source.modules[other]
                .documented
                .iter()
                .filter(|item| path.iter().rev().take(2).any(|name| *name == item.name))
                .any(|item| self.shows_itself(other, item)),
            None => false,
        }
    }
}

/// Returns whether a piece of code has this name in it, as a whole word.
fn names(code: &str, name: &str) -> bool {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word == name)
}

#[test]
fn a_public_item_without_an_example_is_found() {
    let found: Vec<_> = without_example(&Crate::read("tests/fixtures/examples"))
        .into_iter()
        .map(|(_, line)| line.rsplit_once(' ').expect("a name").1.to_owned())
        .collect();
    let expected = [
        // `lib.rs`
        "`exported_without`",
        // `private.rs`: its own documentation has an example that nobody sees.
        "`OnlyInAPrivateModule`",
        "`RefersToOneWithout`",
        "`NotCompiled`",
    ];
    assert_eq!(found, expected);
}
