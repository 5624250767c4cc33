//! The `vec![…]` that the function `all` returns.

use std::ops::Range;

use syn::{Expr, File, Item, Stmt};

use super::{MissingAnchor, Splice, indent, line_end, line_start};

/// More than this fits no line once there are two items: rustfmt's limit for the contents of a list.
const ONE_LINE: usize = 60;

pub(super) fn insert(source: &str, file: &File, item: &str) -> Result<Splice, MissingAnchor> {
    let inside = contents(source, file)?;
    let present = &source[inside.clone()];
    let items = present.trim().trim_end_matches(',');
    if items.is_empty() && !present.contains("//") {
        return Ok(Splice {
            range: inside,
            text: item.to_owned(),
        });
    }
    if present.contains('\n') {
        let last = inside.start + present.trim_end().len();
        let indent = indent(source, last);
        let comma = if present.trim_end().ends_with(',') {
            ""
        } else {
            ","
        };
        return Ok(Splice {
            range: last..last,
            text: format!("{comma}\n{indent}{item},"),
        });
    }
    let one_line = format!("{items}, {item}");
    let text = if one_line.len() <= ONE_LINE {
        one_line
    } else {
        let outer = indent(source, inside.start);
        let lines: String = split(items)
            .chain([item])
            .map(|item| format!("{outer}    {item},\n"))
            .collect();
        format!("\n{lines}{outer}")
    };
    Ok(Splice {
        range: inside,
        text,
    })
}

pub(super) fn remove(source: &str, file: &File, item: &str) -> Result<Splice, MissingAnchor> {
    let inside = contents(source, file)?;
    let present = &source[inside.clone()];
    let at = present
        .find(item)
        .ok_or_else(|| MissingAnchor(format!("`{item}` is laid out in an unusual way")))?;
    if !present.contains('\n') {
        let rest: Vec<&str> = split(present).filter(|other| *other != item).collect();
        return Ok(Splice {
            range: inside,
            text: rest.join(", "),
        });
    }
    let start = line_start(source, inside.start + at);
    let end = line_end(source, inside.start + at);
    let rest = [&source[inside.start..start], &source[end..inside.end]].concat();
    // What rustfmt puts on one line when the rest is short.
    let items: Vec<&str> = split(&rest).collect();
    if !rest.contains("//") && items.join(", ").len() <= ONE_LINE {
        return Ok(Splice {
            range: inside,
            text: items.join(", "),
        });
    }
    Ok(Splice {
        range: start..end,
        text: String::new(),
    })
}

fn split(items: &str) -> impl Iterator<Item = &str> {
    items
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// The bytes between the brackets.
fn contents(source: &str, file: &File) -> Result<Range<usize>, MissingAnchor> {
    let missing = || MissingAnchor("it has no `fn all()` that returns `vec![…]`".to_owned());
    let function = file
        .items
        .iter()
        .find_map(|item| match item {
            Item::Fn(function) if function.sig.ident == "all" => Some(function),
            _ => None,
        })
        .ok_or_else(missing)?;
    let mac = match function.block.stmts.last() {
        Some(Stmt::Expr(Expr::Macro(expression), None)) => &expression.mac,
        Some(Stmt::Macro(statement)) if statement.semi_token.is_none() => &statement.mac,
        _ => return Err(missing()),
    };
    if !mac.path.is_ident("vec") {
        return Err(missing());
    }
    let range = mac.delimiter.span().join().byte_range();
    debug_assert!(range.end <= source.len());
    Ok(range.start + 1..range.end - 1)
}
