//! Edits of the `vec![…]` that the function `all` returns.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};
use syn::{Expr, File, Item, ItemFn, Macro, Stmt};

use super::{
    MissingAnchor,
    syntax::{
        Match, Source, Splice, behind_comment, deeper, indent, is_code, line_end, line_start, tail,
    },
};

/// The greatest length of a list with several items on one line: rustfmt's limit for the contents of a list.
const ONE_LINE: usize = 60;

/// One item of the list.
struct Element {
    /// Its range, without the comma.
    range: Range<usize>,
    /// The offset after its comma.
    comma: Option<usize>,
}

pub(super) fn find(source: &Source<'_>, module: &str) -> Match {
    let Some(all) = function(&source.file) else {
        return Match::Absent;
    };
    let item = item(module);
    if let Some(list) = list(all) {
        let elements = elements(list.tokens.clone());
        let same = |element: &Element| is_code(&source.text[element.range.clone()], &item);
        let mut found = (0..elements.len()).filter(|index| same(&elements[*index]));
        if let (Some(index), None) = (found.next(), found.next()) {
            return match removal(source, &elements, index) {
                Some(splice) => Match::Exact(vec![splice]),
                None => Match::Different(format!("`{item}` has a comment beside it")),
            };
        }
    }
    let bodies = source.reached(&all.block, None);
    if source.any_has(&bodies, module) {
        return Match::Different(format!("its `fn all()` names `{module}` in another way"));
    }
    Match::Absent
}

pub(super) fn insert(source: &Source<'_>, module: &str) -> Result<Splice, MissingAnchor> {
    let all = function(&source.file)
        .and_then(list)
        .ok_or_else(|| MissingAnchor("it has no `fn all()` that returns `vec![…]`".to_owned()))?;
    let item = item(module);
    let brackets = all.delimiter.span().join().byte_range();
    let inside = brackets.start + 1..brackets.end - 1;
    let elements = elements(all.tokens.clone());
    let Some(last) = elements.last() else {
        let close = line_start(source.text, inside.end).max(inside.start);
        // After the comments in it, if any.
        let on_own_line = close > inside.start && source.text[close..inside.end].trim().is_empty();
        return Ok(if on_own_line {
            let indent = deeper(source.text, inside.end);
            Splice::insert(close, format!("{indent}{item},\n"))
        } else {
            Splice::insert(inside.end, item)
        });
    };
    let begins_line = {
        let start = last.range.start;
        source.text[line_start(source.text, start)..start]
            .trim()
            .is_empty()
    };
    let end = last.comma.unwrap_or(last.range.end);
    let ends_line = source.text[behind_comment(source.text, end)..line_end(source.text, end)]
        .trim()
        .is_empty();
    if begins_line && ends_line && last.comma.is_some() {
        let indent = indent(source.text, last.range.start);
        let at = behind_comment(source.text, end);
        return Ok(Splice::insert(at, format!("\n{indent}{item},")));
    }
    if begins_line && ends_line {
        let indent = indent(source.text, last.range.start);
        let range = end..behind_comment(source.text, end);
        let comment = &source.text[range.clone()];
        let text = format!(",{comment}\n{indent}{item}");
        return Ok(Splice { range, text });
    }
    let comma = if last.comma.is_some() { "," } else { "" };
    let separator = if last.comma.is_some() { "" } else { "," };
    let fits = inside.len() + separator.len() + 1 + item.len() + comma.len() <= ONE_LINE;
    let space = if fits {
        " ".to_owned()
    } else {
        format!("\n{}", deeper(source.text, inside.start))
    };
    Ok(Splice::insert(
        end,
        format!("{separator}{space}{item}{comma}"),
    ))
}

/// The splice that removes an element; `None` if there is a comment that would lose what it is about.
fn removal(source: &Source<'_>, elements: &[Element], index: usize) -> Option<Splice> {
    let element = &elements[index];
    let end = element.comma.unwrap_or(element.range.end);
    let whole = element.range.start..end;
    let rest = &source.text[end..line_end(source.text, end)];
    let between = index
        .checked_sub(1)
        .map(|before| &elements[before])
        .map(|before| before.comma.unwrap_or(before.range.end));
    let is_last = index + 1 == elements.len();
    if rest.trim_start().starts_with("//") || rest.trim_start().starts_with("/*") {
        return None;
    }
    let blank = |range: Range<usize>| source.text[range].trim().is_empty();
    match (element.comma, between) {
        // On lines of its own.
        (Some(_), _) if source.is_alone(&whole) => Some(source.without_lines(&whole)),
        // The last one, in the line of others: with the white space before it.
        (Some(_), Some(before)) if is_last => {
            blank(before..whole.start).then(|| Splice::remove(before..end))
        }
        // With the white space after it.
        (Some(_), _) => {
            let space = rest.len() - rest.trim_start_matches(' ').len();
            Some(Splice::remove(whole.start..end + space))
        }
        // The last one, without a comma: that of the one before goes with it, a comment stays.
        (None, Some(before)) => Some(Splice {
            range: elements[index - 1].range.end..end,
            text: source.text[before..whole.start].trim_end().to_owned(),
        }),
        (None, None) => Some(Splice::remove(whole)),
    }
}

pub(super) fn item(module: &str) -> String {
    format!("fw::migration!({module})")
}

/// The items between the commas.
fn elements(tokens: TokenStream) -> Vec<Element> {
    let mut elements = Vec::new();
    let mut open: Option<Range<usize>> = None;
    for tree in tokens {
        let range = tree.span().byte_range();
        match (&tree, open.take()) {
            (TokenTree::Punct(punct), Some(item)) if punct.as_char() == ',' => {
                elements.push(Element {
                    range: item,
                    comma: Some(range.end),
                });
            }
            (_, Some(item)) => open = Some(item.start..range.end),
            (_, None) => open = Some(range),
        }
    }
    elements.extend(open.map(|range| Element { range, comma: None }));
    elements
}

fn function(file: &File) -> Option<&ItemFn> {
    file.items.iter().find_map(|item| match item {
        Item::Fn(function) if function.sig.ident == "all" => Some(function),
        _ => None,
    })
}

fn list(function: &ItemFn) -> Option<&Macro> {
    let list = match tail(&function.block)? {
        Stmt::Expr(Expr::Macro(expression), None) => &expression.mac,
        Stmt::Macro(statement) if statement.semi_token.is_none() => &statement.mac,
        _ => return None,
    };
    list.path.is_ident("vec").then_some(list)
}
