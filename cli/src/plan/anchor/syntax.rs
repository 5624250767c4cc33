//! Rust source with its syntax tree: ranges, lines and tokens.

use std::{fmt::Write, ops::Range};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Block, ImplItem, Item, Stmt, spanned::Spanned};

use super::MissingAnchor;

/// A source file that edits are searched in.
pub(super) struct Source<'a> {
    pub(super) text: &'a str,
    pub(super) file: syn::File,
}

/// A replacement of some bytes.
#[derive(Clone, Debug)]
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

/// The result of searching an edit in a file.
pub(super) enum Match {
    /// It is absent.
    Absent,
    /// It is there as it was generated. Each of the splices removes it, the likeliest first.
    Exact(Vec<Splice>),
    /// It is there, but written differently, for the given reason.
    Different(String),
    /// Something else has its name, as the text says.
    NameTaken(String),
    /// It is there in a way that can neither be used nor removed, for the given reason.
    Blocked(String),
}

impl<'a> Source<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, MissingAnchor> {
        let invalid = |error: syn::Error| MissingAnchor(format!("it is no valid Rust: {error}"));
        // The parser leaves a first line `#!/…` out, and all its places would be off by that.
        let is_script = text
            .strip_prefix("#!")
            .is_some_and(|rest| !rest.trim_start().starts_with('['));
        let file = if is_script {
            let length = text.find('\n').unwrap_or(text.len());
            let blank = " ".repeat(length) + &text[length..];
            syn::parse_file(&blank)
        } else {
            syn::parse_file(text)
        };
        Ok(Self {
            text,
            file: file.map_err(invalid)?,
        })
    }

    /// The text of a node of the syntax tree.
    pub(super) fn of(&self, syntax: &impl Spanned) -> &'a str {
        &self.text[syntax.span().byte_range()]
    }

    /// Returns whether nothing but white space shares the lines of a range.
    pub(super) fn is_alone(&self, range: &Range<usize>) -> bool {
        let before = &self.text[line_start(self.text, range.start)..range.start];
        let after = &self.text[range.end..line_end(self.text, range.end)];
        before.trim().is_empty() && after.trim().is_empty()
    }

    /// The splice that removes the lines of a range.
    pub(super) fn without_lines(&self, range: &Range<usize>) -> Splice {
        let mut start = line_start(self.text, range.start);
        let end = line_end(self.text, range.end);
        // A last line that ends without `\n` takes that of the line before.
        if end == self.text.len() && !self.text.ends_with('\n') {
            start = start.saturating_sub(1);
        }
        Splice {
            range: start..end,
            text: String::new(),
        }
    }

    /// The splice that adds a line where one begins, or at the end of the text.
    pub(super) fn with_line(&self, at: usize, line: &str) -> Splice {
        let is_open = at > 0 && !self.text[..at].ends_with('\n');
        let text = if is_open {
            format!("\n{line}")
        } else {
            format!("{line}\n")
        };
        Splice {
            range: at..at,
            text,
        }
    }

    /// The bodies of the functions that a function calls by name in this file, its own first.
    pub(super) fn reached<'b>(&'b self, start: &'b Block, own: Option<&str>) -> Vec<&'b Block> {
        let mut all = Vec::new();
        functions(&self.file.items, &mut all);
        let mut reached = vec![start];
        let mut next = 0;
        while let Some(body) = reached.get(next).copied() {
            next += 1;
            let called = called(self.of(body), own);
            for (name, block) in &all {
                if called.contains(name)
                    && !reached.iter().any(|known| std::ptr::eq(*known, *block))
                {
                    reached.push(block);
                }
            }
        }
        reached
    }

    /// Returns whether one of these bodies contains the code.
    pub(super) fn any_has(&self, bodies: &[&Block], code: &str) -> bool {
        bodies.iter().any(|body| has_code(self.of(*body), code))
    }
}

impl Splice {
    pub(super) fn insert(at: usize, text: String) -> Self {
        Self {
            range: at..at,
            text,
        }
    }

    pub(super) fn remove(range: Range<usize>) -> Self {
        Self {
            range,
            text: String::new(),
        }
    }
}

/// The functions of some items, those in modules and `impl`s included.
fn functions<'a>(items: &'a [Item], found: &mut Vec<(String, &'a Block)>) {
    for item in items {
        match item {
            Item::Fn(function) => found.push((function.sig.ident.to_string(), &function.block)),
            Item::Impl(item) => found.extend(item.items.iter().filter_map(|item| match item {
                ImplItem::Fn(function) => Some((function.sig.ident.to_string(), &function.block)),
                _ => None,
            })),
            Item::Mod(module) => {
                if let Some((_, items)) = &module.content {
                    functions(items, found);
                }
            }
            _ => {}
        }
    }
}

/// The names of the functions of this file that some code calls: `api()`, `Self::api()`, `crate::app::api()`, not
/// `Routes::new()`.
fn called(code: &str, own: Option<&str>) -> Vec<String> {
    let code = tokens_of(code).unwrap_or_default();
    let words: Vec<&str> = code.split(' ').filter(|word| !word.is_empty()).collect();
    let mut names = Vec::new();
    for (index, pair) in words.windows(2).enumerate() {
        let [name, "("] = pair else { continue };
        let is_type = |word: &str| {
            word.starts_with(char::is_uppercase) && word != "Self" && Some(word) != own
        };
        let good = match &words[..index] {
            [.., "."] => false,
            [.., before, ":", ":"] => !is_type(before) && *before != ">",
            _ => true,
        };
        if good {
            names.push((*name).to_owned());
        }
    }
    names
}

/// Returns whether a text contains the code, wherever it stands and however it is formatted; comments do not count.
pub(crate) fn has_code(source: &str, code: &str) -> bool {
    match (tokens_of(source), tokens_of(code)) {
        (Some(source), Some(code)) => source.contains(&code),
        _ => false,
    }
}

/// Returns whether a text is this code and nothing else, not even a comment.
pub(super) fn is_code(text: &str, code: &str) -> bool {
    !has_comment(text) && tokens_of(text).is_some() && tokens_of(text) == tokens_of(code)
}

/// Returns whether a text contains a comment; a `//` in a literal counts as one, which errs on the safe side.
pub(super) fn has_comment(text: &str) -> bool {
    text.contains("//") || text.contains("/*")
}

/// The tokens with one space around each, without comments and without trailing commas.
pub(super) fn tokens_of(source: &str) -> Option<String> {
    let mut text = String::from(" ");
    collect(source.parse().ok()?, &mut text);
    Some(text)
}

fn collect(tokens: TokenStream, text: &mut String) {
    for tree in tokens {
        let TokenTree::Group(group) = tree else {
            let _ = write!(text, "{tree} ");
            continue;
        };
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("( ", ") "),
            Delimiter::Brace => ("{ ", "} "),
            Delimiter::Bracket => ("[ ", "] "),
            Delimiter::None => ("", ""),
        };
        text.push_str(open);
        collect(group.stream(), text);
        // rustfmt adds a comma where it breaks a list.
        if text.ends_with(", ") {
            text.truncate(text.len() - 2);
        }
        text.push_str(close);
    }
}

/// The tail expression of a function.
pub(super) fn tail(block: &Block) -> Option<&Stmt> {
    block.stmts.last()
}

/// The offset after the end of the line that `at` is on.
pub(super) fn line_end(source: &str, at: usize) -> usize {
    source[at..]
        .find('\n')
        .map_or(source.len(), |length| at + length + 1)
}

/// The offset of the beginning of the line that `at` is on.
pub(super) fn line_start(source: &str, at: usize) -> usize {
    source[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The indentation of the line that `at` is on.
pub(super) fn indent(source: &str, at: usize) -> &str {
    let line = &source[line_start(source, at)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// The indentation of a line one level deeper than the one that `at` is on.
pub(super) fn deeper(source: &str, at: usize) -> String {
    let outer = indent(source, at);
    let step = if outer.starts_with('\t') {
        "\t"
    } else {
        "    "
    };
    format!("{outer}{step}")
}

/// The offset for a new line that follows what ends at `at`: behind a comment that ends the line, otherwise right
/// there.
pub(super) fn behind_comment(source: &str, at: usize) -> usize {
    let line = source[at..].split('\n').next().unwrap_or_default();
    if line.trim_start().starts_with("//") {
        at + line.len()
    } else {
        at
    }
}
