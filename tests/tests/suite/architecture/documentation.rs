//! The documentation of public items: its text, its examples, and the items that it refers to for an example.

use syn::{Attribute, Expr, ImplItem, Item, Lit, Meta, TraitItem, Type, Visibility};

/// A public item of a module, with its documentation and that of its methods.
pub struct Documented {
    pub name: String,
    pub line: usize,
    pub text: String,
    /// A macro with `#[macro_export]`, which is public whatever module it is in.
    pub exported: bool,
}

/// The public structs, enums, traits, functions, type aliases and macros among these items, without those that the documentation
/// hides. Items that a macro makes are not seen.
pub fn public_items(items: &[Item]) -> Vec<Documented> {
    items
        .iter()
        .filter_map(|item| {
            let (attributes, visibility, name) = match item {
                Item::Enum(item) => (&item.attrs, &item.vis, &item.ident),
                Item::Fn(item) => (&item.attrs, &item.vis, &item.sig.ident),
                Item::Struct(item) => (&item.attrs, &item.vis, &item.ident),
                Item::Trait(item) => (&item.attrs, &item.vis, &item.ident),
                Item::Type(item) => (&item.attrs, &item.vis, &item.ident),
                Item::Macro(item) => {
                    let is_export =
                        |attribute: &Attribute| attribute.path().is_ident("macro_export");
                    let name = item.ident.as_ref()?;
                    return item.attrs.iter().any(is_export).then(|| Documented {
                        name: name.to_string(),
                        line: name.span().start().line,
                        text: text_of(&item.attrs),
                        exported: true,
                    });
                }
                _ => return None,
            };
            if !matches!(visibility, Visibility::Public(_)) || is_hidden(attributes) {
                return None;
            }
            let mut text = text_of(attributes);
            for method in methods_of(&name.to_string(), item, items) {
                text.push_str(&text_of(method));
            }
            Some(Documented {
                name: name.to_string(),
                line: name.span().start().line,
                text,
                exported: false,
            })
        })
        .collect()
}

/// The text of documentation comments, with a newline after each line.
pub fn text_of(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes {
        if let Meta::NameValue(pair) = &attribute.meta
            && pair.path.is_ident("doc")
            && let Expr::Lit(literal) = &pair.value
            && let Lit::Str(line) = &literal.lit
        {
            text.push_str(&line.value());
            text.push('\n');
        }
    }
    text
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("doc") && list.tokens.to_string() == "hidden",
        _ => false,
    })
}

/// The attributes of the methods of an item: of a trait, or in an `impl` beside a type.
fn methods_of<'a>(name: &str, item: &'a Item, beside: &'a [Item]) -> Vec<&'a [Attribute]> {
    if let Item::Trait(item) = item {
        let methods = item.items.iter().filter_map(|item| match item {
            TraitItem::Fn(method) => Some(method.attrs.as_slice()),
            _ => None,
        });
        return methods.collect();
    }
    let mut methods = Vec::new();
    for other in beside {
        if let Item::Impl(other) = other
            && let Type::Path(own) = &*other.self_ty
            && own
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == name)
        {
            methods.extend(other.items.iter().filter_map(|item| match item {
                ImplItem::Fn(method) if matches!(method.vis, Visibility::Public(_)) => {
                    Some(method.attrs.as_slice())
                }
                _ => None,
            }));
        }
    }
    methods
}

/// The examples in a text: the lines that a reader sees of each block of code that is compiled as it should be.
pub fn examples(text: &str) -> Vec<String> {
    const COMPILED: &[&str] = &["", "rust", "no_run", "should_panic"];
    let mut examples = Vec::new();
    let mut block: Option<(bool, String)> = None;
    for line in text.lines() {
        let line = line.trim_start();
        if let Some(kind) = line.strip_prefix("```") {
            block = match block {
                Some((true, example)) => {
                    examples.push(example);
                    None
                }
                Some((false, _)) => None,
                None => {
                    let mut words = kind.split([',', ' ']);
                    Some((words.all(|word| COMPILED.contains(&word)), String::new()))
                }
            };
        } else if let Some((_, example)) = &mut block
            && line != "#"
            && !line.starts_with("# ")
        {
            example.push_str(line);
            example.push('\n');
        }
    }
    examples
}

/// The targets of the links that a text gives "for an example": `See [Page](super::Page) for an example`.
pub fn referred_to(text: &str) -> Vec<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.match_indices(" for an example")
        .filter_map(|(end, _)| {
            let before = &text[..end];
            let target = match before.strip_suffix(')') {
                Some(before) => before.rsplit_once("](")?.1,
                None => before.strip_suffix(']')?.rsplit_once('[')?.1,
            };
            let target = target.trim_matches('`');
            let target = target.split_once('@').map_or(target, |(_, path)| path);
            let target = target.split(['#', '<', '(', '!']).next()?;
            Some(target.to_owned())
        })
        .collect()
}

#[test]
fn examples_are_blocks_that_compile_without_their_hidden_lines() {
    let text = "\
A page:

```
# use hidden::*;
let page = Page::new();
#
#[expect(unused)]
let other = page;
```

```text
GET /pages
```

```no_run
serve(page);
```

```compile_fail
Page::old();
```
";
    assert_eq!(
        examples(text),
        [
            "let page = Page::new();\n#[expect(unused)]\nlet other = page;\n",
            "serve(page);\n"
        ]
    );
}

#[test]
fn links_for_an_example_are_found_in_every_form() {
    let text = "\
A row. See [`Page`] for an example, or [`Book`](super::Book::read#examples) for an
example; [`Other`] is of no help. See [`index`](fn@index) for an example of something.";
    assert_eq!(referred_to(text), ["Page", "super::Book::read", "index"]);
}
