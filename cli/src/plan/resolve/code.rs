//! Compares Rust sources by their tokens and comments, not by their layout.

use std::ops::Range;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::field::is_keyword;

/// Returns whether two sources have the same tokens and the same comments in the same order. White space, line breaks
/// and the commas that rustfmt adds and removes are no difference. Sources that are not made of Rust's tokens must be
/// equal.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one == other || Tokens::of(one).is_some_and(|words| Tokens::of(other) == Some(words))
}

/// The tokens and comments of a source.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tokens<'a> {
    words: Vec<Word<'a>>,
    /// The offset up to which the source is read.
    at: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Word<'a> {
    /// A token as it is written; documentation counts as one.
    Token(&'a str),
    /// The lines of a comment.
    Comment(Vec<&'a str>),
}

impl<'a> Tokens<'a> {
    fn of(source: &'a str) -> Option<Vec<Word<'a>>> {
        let tokens: TokenStream = source.parse().ok()?;
        let mut words = Self::default();
        words.stream(source, tokens);
        words.comments(&source[words.at..]);
        Some(words.words)
    }

    fn stream(&mut self, source: &'a str, tokens: TokenStream) {
        let mut before: Option<TokenTree> = None;
        for tree in tokens {
            match &tree {
                TokenTree::Group(group) => self.group(source, group, before.as_ref()),
                // After a block a comma is optional in a `match`, and rustfmt leaves it out.
                TokenTree::Punct(punct)
                    if punct.as_char() == ',' && before.as_ref().is_some_and(is_block) =>
                {
                    self.skip(source, punct.span().byte_range());
                }
                _ => self.token(source, tree.span().byte_range()),
            }
            before = Some(tree);
        }
    }

    fn group(&mut self, source: &'a str, group: &Group, before: Option<&TokenTree>) {
        self.token(source, group.span_open().byte_range());
        self.stream(source, group.stream());
        if !is_tuple_of_one(group, before) {
            self.drop_comma();
        }
        self.token(source, group.span_close().byte_range());
    }

    /// Adds the comments before a token, and the token. The tokens of documentation share one range.
    fn token(&mut self, source: &'a str, range: Range<usize>) {
        if range.start < self.at {
            return;
        }
        self.skip(source, range.clone());
        self.words.push(Word::Token(source[range].trim_end()));
    }

    fn skip(&mut self, source: &'a str, range: Range<usize>) {
        if range.start >= self.at {
            self.comments(&source[self.at..range.start]);
            self.at = range.end;
        }
    }

    /// Adds the comments between two tokens.
    fn comments(&mut self, between: &'a str) {
        let mut rest = between.trim_start();
        while !rest.is_empty() {
            let length = if rest.starts_with("/*") {
                block_length(rest)
            } else {
                rest.find('\n').unwrap_or(rest.len())
            };
            let lines = rest[..length].lines().map(str::trim).collect();
            self.words.push(Word::Comment(lines));
            rest = rest[length..].trim_start();
        }
    }

    /// Drops the trailing comma of a list, which rustfmt writes where the list is broken into lines.
    fn drop_comma(&mut self) {
        let last = self
            .words
            .iter()
            .rposition(|word| matches!(word, Word::Token(_)));
        if let Some(last) = last
            && self.words[last] == Word::Token(",")
        {
            self.words.remove(last);
        }
    }
}

fn is_block(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// Returns whether a comma makes a tuple of what would be an expression in parentheses without it: `(a,)`, but not
/// `f(a,)`.
fn is_tuple_of_one(group: &Group, before: Option<&TokenTree>) -> bool {
    let is_called = match before {
        Some(TokenTree::Ident(name)) => !is_keyword(&name.to_string()),
        Some(TokenTree::Punct(punct)) => matches!(punct.as_char(), '>' | '!' | '?'),
        Some(TokenTree::Group(group)) => group.delimiter() != Delimiter::Brace,
        Some(TokenTree::Literal(_)) | None => false,
    };
    let commas = group
        .stream()
        .into_iter()
        .filter(|tree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ','))
        .count();
    group.delimiter() == Delimiter::Parenthesis && commas == 1 && !is_called
}

/// The length of a block comment, which may hold others.
fn block_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let step = &text[at..];
        if step.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if step.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += step.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::is_same;

    const SOURCE: &str = "//! Docs.\n\nuse a::{b, c};\n\n/// Does.\nfn f(x: u8, y: u8) -> (u8,) {\n    // why\n    match x {\n        1 => {}\n        _ => g(x, y),\n    }\n    (x,)\n}\n";

    #[test]
    fn layout_is_no_difference() {
        for (from, to) in [
            ("b, c", "\n    b,\n    c,\n"),
            ("x: u8, y: u8", "\n    x: u8,\n    y: u8,\n"),
            ("    // why\n", "\t\t// why  \n\n"),
            ("1 => {}\n", "1 => {},\n"),
            ("g(x, y)", "g(\n  x,\n  y,\n  )"),
            ("//! Docs.\n\n", "//! Docs.\n"),
        ] {
            let other = SOURCE.replacen(from, to, 1);
            assert_ne!(other, SOURCE, "{from:?}");
            assert!(is_same(SOURCE, &other), "{other}");
            assert!(is_same(&other, SOURCE), "{other}");
        }
    }

    #[test]
    fn content_is() {
        for (from, to) in [
            ("// why", "// because"),
            ("    // why\n", ""),
            ("(x,)", "(x)"),
            ("x: u8, y: u8", "x: u8, y: u16"),
            ("//! Docs.", "//! docs."),
            ("/// Does.\n", ""),
            ("/// Does.", "// Does."),
            ("g(x, y)", "g(x, y) /* mine */"),
            ("b, c", "c, b"),
            ("(u8,)", "(u8, /* y */)"),
        ] {
            let other = SOURCE.replacen(from, to, 1);
            assert_ne!(other, SOURCE, "{from:?}");
            assert!(!is_same(SOURCE, &other), "{other}");
        }
    }

    #[test]
    fn letters_of_several_bytes_and_literals_are_read_as_they_are() {
        let source = "/* ä /* ö */ */ fn f() { \"a  b\"; '€'; }";
        assert!(is_same(
            source,
            "/* ä /* ö */ */\nfn f() {\n\"a  b\";\n'€';\n}"
        ));
        assert!(!is_same(source, &source.replace("a  b", "a b")));
    }

    #[test]
    fn what_is_no_rust_must_be_equal() {
        assert!(is_same("fn f( {}\n", "fn f( {}\n"));
        assert!(!is_same("fn f( {}\n", "fn f({}\n"));
    }
}
