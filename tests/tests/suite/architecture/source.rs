//! The modules of a crate, read with syn from `lib.rs` on: what each declares, imports and names.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use fw_tests::app::repository;
use syn::{Attribute, File, Item, Meta, UseTree, Visibility};

use super::{
    documentation::{self, Documented},
    names::{self, Name},
};

/// The modules of one crate. The first is the crate itself; a module comes after the one that declares it.
pub struct Source {
    /// The folder of `lib.rs`.
    folder: PathBuf,
    pub modules: Vec<Module>,
}

/// A module: a file, or a block `mod name { … }` in one.
#[derive(Default)]
pub struct Module {
    /// The module that declares it.
    pub parent: Option<usize>,
    pub path: Vec<String>,
    /// Its file, below the repository.
    pub file: String,
    /// A block in the file of another module.
    block: bool,
    /// Compiled for unit tests only.
    pub test: bool,
    pub children: BTreeMap<String, usize>,
    /// What is defined here: types, functions, traits, constants, macros.
    pub items: BTreeSet<String>,
    /// What `use` brings into scope, by the name that it has here.
    pub imports: BTreeMap<String, Vec<String>>,
    pub globs: Vec<Vec<String>>,
    /// What `pub use` re-exports; a path that is one of `globs`, too, re-exports what is in that module.
    pub exports: Vec<Vec<String>>,
    /// The children that are declared with `pub mod`.
    pub declared_public: Vec<String>,
    /// The public items that are defined here.
    pub documented: Vec<Documented>,
    /// The documentation of the module itself.
    pub documentation: String,
    /// Every path in the code.
    pub names: Vec<Name>,
}

impl Source {
    /// Reads the crate in a folder of the repository.
    pub fn read(folder: &str) -> Self {
        let mut source = Self {
            folder: repository().join(folder).join("src"),
            modules: Vec::new(),
        };
        let file = source.folder.join("lib.rs");
        source.add_file(None, Vec::new(), &file, false);
        source.refuse_unread_files();
        source
    }

    /// The module of a file that a module belongs to: itself, unless it is a block.
    pub fn of_file(&self, module: usize) -> usize {
        match self.modules[module].parent {
            Some(parent) if self.modules[module].block => self.of_file(parent),
            _ => module,
        }
    }

    /// Whether a module is another one, or is in it.
    pub fn is_within(&self, module: usize, ancestor: usize) -> bool {
        module == ancestor
            || self.modules[module]
                .parent
                .is_some_and(|parent| self.is_within(parent, ancestor))
    }

    fn add_file(&mut self, parent: Option<usize>, path: Vec<String>, file: &Path, test: bool) {
        let code = fs::read_to_string(file)
            .unwrap_or_else(|error| panic!("{} cannot be read: {error}", file.display()));
        let File { attrs, items, .. } = syn::parse_file(&code)
            .unwrap_or_else(|error| panic!("{} cannot be parsed: {error}", file.display()));
        let below = file
            .strip_prefix(repository())
            .expect("below the repository");
        let module = Module {
            parent,
            path,
            file: below.display().to_string(),
            test: test || attrs.iter().any(is_for_tests),
            documentation: documentation::text_of(&attrs),
            ..Module::default()
        };
        self.add(module, items);
    }

    fn add(&mut self, mut module: Module, items: Vec<Item>) {
        let index = self.modules.len();
        let mut declared = Vec::new();
        module.documented = documentation::public_items(&items);
        for item in items {
            match item {
                Item::Mod(item) => {
                    let is_path = |attribute: &Attribute| attribute.path().is_ident("path");
                    assert!(
                        !item.attrs.iter().any(is_path),
                        "{}: `#[path]` hides where the file of a module is; move the file to where Rust looks for it",
                        module.file
                    );
                    if matches!(item.vis, Visibility::Public(_)) {
                        module.declared_public.push(item.ident.to_string());
                    }
                    declared.push(item);
                }
                Item::Use(item) => {
                    let mut path = Vec::new();
                    module.import(&item.tree, &mut path);
                    let first = module.names.len();
                    names::of_use(&item, module.test, &mut module.names);
                    if matches!(item.vis, Visibility::Public(_)) {
                        let paths = module.names[first..].iter();
                        module
                            .exports
                            .extend(paths.map(|name| name.segments.clone()));
                    }
                }
                item => {
                    module.items.extend(names::defined_by(&item));
                    names::of_item(&item, module.test, &mut module.names);
                }
            }
        }
        let (path, file, test) = (module.path.clone(), module.file.clone(), module.test);
        if let Some(parent) = module.parent {
            let name = path.last().expect("a module has a name").clone();
            self.modules[parent].children.insert(name, index);
        }
        self.modules.push(module);
        for item in declared {
            let mut path = path.clone();
            path.push(item.ident.to_string());
            let test = test || item.attrs.iter().any(is_for_tests);
            let Some((_, items)) = item.content else {
                let file = self.file_of(&path);
                self.add_file(Some(index), path, &file, test);
                continue;
            };
            let module = Module {
                parent: Some(index),
                path,
                file: file.clone(),
                block: true,
                test,
                documentation: documentation::text_of(&item.attrs),
                ..Module::default()
            };
            self.add(module, items);
        }
    }

    fn file_of(&self, path: &[String]) -> PathBuf {
        let folder = self.folder.join(path.iter().collect::<PathBuf>());
        let file = folder.with_extension("rs");
        if file.exists() {
            file
        } else {
            folder.join("mod.rs")
        }
    }

    /// A file that no `mod` declares would escape every rule here.
    fn refuse_unread_files(&self) {
        let read: BTreeSet<PathBuf> = self
            .modules
            .iter()
            .map(|module| repository().join(&module.file))
            .collect();
        let unread: Vec<_> = rust_files(&self.folder)
            .into_iter()
            .filter(|file| !read.contains(file) && !file.ends_with("main.rs"))
            .collect();
        assert!(
            unread.is_empty(),
            "files that no `mod` declares; declare or delete them: {unread:?}"
        );
    }
}

impl Module {
    /// The name of a module, as messages have it.
    pub fn name(&self) -> String {
        self.path.join("/")
    }

    fn import(&mut self, tree: &UseTree, path: &mut Vec<String>) {
        match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                self.import(&tree.tree, path);
                path.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, path);
                }
            }
            UseTree::Glob(_) => self.globs.push(path.clone()),
            UseTree::Name(name) if name.ident == "self" => {
                let name = path.last().expect("`self` in a group").clone();
                self.imports.insert(name, path.clone());
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                let path = path.iter().cloned().chain([name.clone()]).collect();
                self.imports.insert(name, path);
            }
            UseTree::Rename(name) => {
                let mut path = path.clone();
                if name.ident != "self" {
                    path.push(name.ident.to_string());
                }
                self.imports.insert(name.rename.to_string(), path);
            }
        }
    }
}

/// Every Rust file in a folder, and in those in it.
pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Whether an attribute is `#[cfg(test)]`, `#[cfg(all(test, …))]` or `#[test]`.
pub fn is_for_tests(attribute: &Attribute) -> bool {
    match &attribute.meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("cfg") => {
            // `any(test, …)` and `not(test)` are compiled for others as well.
            let condition = list.tokens.to_string().replace(' ', "");
            condition == "test" || condition.starts_with("all(test,")
        }
        _ => false,
    }
}
