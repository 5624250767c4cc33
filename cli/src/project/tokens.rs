//! Finds calls in Rust tokens: enough to know the effect of a migration, however it is formatted.

use std::ops::Range;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A call `name(…)` or `.name(…)`.
pub(super) struct Call {
    /// The name of the function or method.
    pub(super) name: String,
    /// The arguments in parentheses.
    pub(super) arguments: Group,
    /// True for a method call: `.name(…)`.
    pub(super) is_method: bool,
    /// The range in the source, from the name on.
    pub(super) range: Range<usize>,
}

/// The calls on the top level of `tokens`, in order.
pub(super) fn calls(tokens: &TokenStream) -> Vec<Call> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut calls = Vec::new();
    for (index, pair) in trees.windows(2).enumerate() {
        if let [TokenTree::Ident(name), TokenTree::Group(group)] = pair
            && group.delimiter() == Delimiter::Parenthesis
        {
            let before = index.checked_sub(1).map(|before| &trees[before]);
            calls.push(Call {
                name: name.to_string(),
                arguments: group.clone(),
                is_method: matches!(before, Some(TokenTree::Punct(punct)) if punct.as_char() == '.'),
                range: name.span().byte_range().start..group.span().byte_range().end,
            });
        }
    }
    calls
}

/// The calls on every level of `tokens`, outer before inner.
pub(super) fn all_calls(tokens: &TokenStream) -> Vec<Call> {
    let mut found = calls(tokens);
    for tree in tokens.clone() {
        if let TokenTree::Group(group) = tree {
            found.extend(all_calls(&group.stream()));
        }
    }
    found.sort_by_key(|call| (call.range.start, usize::MAX - call.range.end));
    found
}

/// The body of the function `name`, at any level.
pub(super) fn function_body(tokens: &TokenStream, name: &str) -> Option<TokenStream> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for (index, pair) in trees.windows(2).enumerate() {
        if pair[0].to_string() == "fn" && pair[1].to_string() == name {
            return trees[index..].iter().find_map(|tree| match tree {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    Some(group.stream())
                }
                _ => None,
            });
        }
    }
    trees.iter().find_map(|tree| match tree {
        TokenTree::Group(group) => function_body(&group.stream(), name),
        _ => None,
    })
}

/// The names in an argument: the text of a string literal, or `posts` for `Posts::Table` and `title` for
/// `Posts::Title`.
pub(super) fn names(tokens: &TokenStream) -> Vec<String> {
    let mut names = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let flush = |path: &mut Vec<String>, names: &mut Vec<String>| {
        if let [.., first, last] = path.as_slice() {
            names.push(heck::ToSnakeCase::to_snake_case(if last == "Table" {
                first.as_str()
            } else {
                last.as_str()
            }));
        }
        path.clear();
    };
    for tree in tokens.clone() {
        match tree {
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    names.push(text.value());
                }
            }
            TokenTree::Ident(ident) => path.push(ident.to_string()),
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            TokenTree::Punct(_) => flush(&mut path, &mut names),
            TokenTree::Group(group) => {
                // A path before parentheses is a function, not a name.
                path.clear();
                names.extend(self::names(&group.stream()));
            }
        }
    }
    flush(&mut path, &mut names);
    names
}
