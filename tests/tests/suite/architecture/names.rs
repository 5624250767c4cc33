//! The paths in a piece of code: in `use`, in expressions and types, in the tokens of macros and of attributes.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{
    Attribute, Item, ItemMod, ItemUse, Macro, UseTree, VisRestricted,
    spanned::Spanned as _,
    visit::{self, Visit},
};

use super::source::is_for_tests;

/// A path in the code, such as `super::page::Page::new`.
pub struct Name {
    pub segments: Vec<String>,
    pub line: usize,
    /// In code that is compiled for unit tests only.
    pub test: bool,
}

/// The names that an item makes in its module, other than those of `use`.
pub fn defined_by(item: &Item) -> Vec<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Macro(item) => {
            let mut names = defined_in_tokens(&item.mac.tokens);
            names.extend(item.ident.as_ref().map(ToString::to_string));
            return names;
        }
        _ => return Vec::new(),
    };
    vec![ident.to_string()]
}

/// The types, functions and constants whose definitions are written inside a macro.
fn defined_in_tokens(tokens: &TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut names = Vec::new();
    for token in &tokens {
        if let TokenTree::Group(group) = token {
            names.extend(defined_in_tokens(&group.stream()));
        }
    }
    for pair in tokens.windows(2) {
        if let [TokenTree::Ident(word), TokenTree::Ident(name)] = pair
            && ["struct", "enum", "fn", "trait", "type", "const", "static"]
                .iter()
                .any(|keyword| word == keyword)
        {
            names.push(name.to_string());
        }
    }
    names
}

/// The paths of a `use`, one for each name that it brings.
pub fn of_use(item: &ItemUse, test: bool, names: &mut Vec<Name>) {
    let mut visitor = Visitor { test, names };
    visitor.visit_item(&Item::Use(item.clone()));
}

/// The paths of an item.
pub fn of_item(item: &Item, test: bool, names: &mut Vec<Name>) {
    let mut visitor = Visitor { test, names };
    visitor.visit_item(item);
}

struct Visitor<'a> {
    test: bool,
    names: &'a mut Vec<Name>,
}

impl Visitor<'_> {
    fn push(&mut self, segments: Vec<String>, line: usize) {
        self.names.push(Name {
            segments,
            line,
            test: self.test,
        });
    }

    fn use_tree(&mut self, tree: &UseTree, path: &[String]) {
        let line = tree.span().start().line;
        let with = |name: &dyn ToString| {
            let mut path = path.to_vec();
            path.push(name.to_string());
            path
        };
        match tree {
            UseTree::Path(tree) => self.use_tree(&tree.tree, &with(&tree.ident)),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.use_tree(tree, path);
                }
            }
            UseTree::Glob(_) => self.push(path.to_vec(), line),
            UseTree::Name(name) if name.ident == "self" => self.push(path.to_vec(), line),
            UseTree::Name(name) => self.push(with(&name.ident), line),
            UseTree::Rename(name) if name.ident == "self" => self.push(path.to_vec(), line),
            UseTree::Rename(name) => self.push(with(&name.ident), line),
        }
    }

    /// The paths in tokens that syn does not read.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        // Colons since the last word: two of them, and the next word goes on with the path.
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(word) => {
                    if colons != 2 && !path.is_empty() {
                        self.push(std::mem::take(&mut path), line);
                    }
                    line = word.span().start().line;
                    path.push(word.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    let names = std::mem::take(&mut path);
                    // `crate::{a, b}` inside a macro.
                    if colons == 2 && group.delimiter() == Delimiter::Brace {
                        let line = group.span().start().line;
                        for token in group.stream() {
                            if let TokenTree::Ident(word) = token {
                                let mut path = names.clone();
                                path.push(word.to_string());
                                self.push(path, line);
                            }
                        }
                    } else {
                        self.push_some(names, line);
                        self.tokens(group.stream());
                    }
                    colons = 0;
                }
                TokenTree::Literal(literal) => {
                    self.push_some(std::mem::take(&mut path), line);
                    // `#[serde(with = "crate::…")]`
                    let text = literal.to_string();
                    let text = text.trim_matches('"');
                    if text.contains("::")
                        && let Ok(path) = syn::parse_str::<syn::Path>(text)
                    {
                        self.push(segments(&path), literal.span().start().line);
                    }
                    colons = 0;
                }
                TokenTree::Punct(_) => {
                    self.push_some(std::mem::take(&mut path), line);
                    colons = 0;
                }
            }
        }
        self.push_some(path, line);
    }

    fn push_some(&mut self, path: Vec<String>, line: usize) {
        if !path.is_empty() {
            self.push(path, line);
        }
    }
}

fn segments(path: &syn::Path) -> Vec<String> {
    let names = path.segments.iter();
    names.map(|segment| segment.ident.to_string()).collect()
}

/// The attributes of an item, as far as its kind has any.
fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let outside = self.test;
        self.test |= attributes(item).iter().any(is_for_tests);
        visit::visit_item(self, item);
        self.test = outside;
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let outside = self.test;
        self.test |= item.attrs.iter().any(is_for_tests);
        visit::visit_impl_item_fn(self, item);
        self.test = outside;
    }

    /// A module is read by itself.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.use_tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.push(segments(path), path.span().start().line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }

    /// `pub(super)` and `pub(in …)` use nothing.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}
}
