//! The chain of calls that a hook in `impl Hooks for …` returns.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use syn::{
    Expr, ExprMethodCall, ImplItem, ImplItemFn, Item, ItemImpl, Stmt, Type, spanned::Spanned,
};

use super::{
    MissingAnchor,
    syntax::{
        Match, Source, Splice, behind_comment, deeper, has_comment, indent, is_code, line_end,
        line_start, tail, tokens_of,
    },
};

/// The greatest length of a chain on one line, beyond which rustfmt breaks it.
const ONE_LINE: usize = 60;

/// A hook of the application that returns a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// The name of the function: `routes`.
    pub function: Cow<'static, str>,
    /// The signature that an application without the hook gets. It has full paths because the application's imports are
    /// its own business, and because the hook is recognized when its last call goes.
    pub signature: Cow<'static, str>,
    /// The expression that its chain begins with there.
    pub root: Cow<'static, str>,
}

impl Hook {
    /// The hook of an application that has nothing else in it.
    pub(super) fn text(&self) -> String {
        format!("{} {{ {} }}", self.signature, self.root)
    }
}

pub(super) fn find(source: &Source<'_>, hook: &Hook, call: &str) -> Result<Match, MissingAnchor> {
    let Some(hooks) = hooks(source)? else {
        return Ok(Match::Absent);
    };
    let Some(function) = function(hooks, hook)? else {
        return Ok(Match::Absent);
    };
    // A hook that is one expression, and no chain.
    if call.is_empty() {
        return Ok(if is_skeleton(source, function, hook, call) {
            Match::Exact(vec![without_function(source, function)])
        } else {
            Match::Different(format!("its `fn {}` is another one", hook.function))
        });
    }
    if let Ok(chain) = returned(function, hook) {
        let links = links(chain);
        let same = |link: &Link<'_>| tokens_of(link.text(source)) == tokens_of(call);
        let mut found = (0..links.len()).filter(|index| same(&links[*index]));
        if let (Some(index), None) = (found.next(), found.next()) {
            if is_skeleton(source, function, hook, call) {
                return Ok(Match::Exact(vec![without_function(source, function)]));
            }
            return Ok(match removal(source, &links, index) {
                Some(splice) => Match::Exact(vec![splice]),
                None => Match::Different(format!("`{call}` has a comment beside it")),
            });
        }
    }
    let own = match &*hooks.self_ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    };
    let bodies = source.reached(&function.block, own.as_deref());
    let registered = registered_path(call);
    // `.merge(posts::routes())` behind `use crate::posts;` is the same.
    let short = registered.trim_start_matches("crate::");
    let names_it = bodies
        .iter()
        .any(|body| names_path(source.of(*body), short));
    if names_it {
        return Ok(Match::Different(format!(
            "its `fn {}` names `{registered}` in another way than `{call}`",
            hook.function
        )));
    }
    Ok(Match::Absent)
}

pub(super) fn insert(
    source: &Source<'_>,
    hook: &Hook,
    call: &str,
) -> Result<Splice, MissingAnchor> {
    let hooks =
        hooks(source)?.ok_or_else(|| MissingAnchor("it has no `impl Hooks for …`".to_owned()))?;
    let Some(function) = function(hooks, hook)? else {
        return with_function(source, hooks, hook, call);
    };
    let chain = returned(function, hook)?;
    let links = links(chain);
    // After the last call of the same kind, otherwise at the end.
    let method = call
        .trim_start_matches('.')
        .split(['(', ':'])
        .next()
        .unwrap_or_default();
    let last = links.iter().rev().find(|link| link.method == method);
    let whole = chain.span().byte_range();
    let at = last.map_or(whole.end, |link| link.end);
    let own_line = links.iter().find(|link| link.begins_line(source));
    let fits = whole.len() + call.len() <= ONE_LINE && !source.of(chain).contains('\n');
    if own_line.is_none() && (fits || links.is_empty()) {
        return Ok(Splice::insert(at, call.to_owned()));
    }
    let indent = match own_line {
        Some(link) => indent(source.text, link.dot).to_owned(),
        None => deeper(source.text, whole.start),
    };
    let at = behind_comment(source.text, at);
    Ok(Splice::insert(at, format!("\n{indent}{call}")))
}

/// The splice that removes a link; `None` if there is a comment that would lose what it is about.
fn removal(source: &Source<'_>, links: &[Link<'_>], index: usize) -> Option<Splice> {
    let link = &links[index];
    if has_comment(link.text(source)) {
        return None;
    }
    let whole = link.dot..link.end;
    if link.begins_line(source) && source.is_alone(&whole) {
        return Some(source.without_lines(&whole));
    }
    let rest = source.text[link.end..line_end(source.text, link.end)].trim_start();
    let before = link.call.receiver.span().byte_range().end;
    let is_blank = source.text[before..link.dot].trim().is_empty();
    let has_comment_after = rest.starts_with("//") || rest.starts_with("/*");
    (is_blank && !has_comment_after).then(|| Splice::remove(before..link.end))
}

/// The path that a call registers in the app: `crate::posts::routes` of `.merge(crate::posts::routes())`.
fn registered_path(call: &str) -> &str {
    let path = call.find("crate::").map_or(call, |at| &call[at..]);
    let end = path
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':')
        .unwrap_or(path.len());
    &path[..end]
}

/// Returns whether some code names a path of this crate: alone, or behind `crate`, `self` or `super`.
fn names_path(code: &str, path: &str) -> bool {
    let (Some(code), Some(path)) = (tokens_of(code), tokens_of(path)) else {
        return false;
    };
    code.match_indices(&path).any(|(at, _)| {
        let mut before = code[..at].split(' ').rev().filter(|word| !word.is_empty());
        match (before.next(), before.next(), before.next()) {
            (Some(":"), Some(":"), Some(root)) => ["crate", "self", "super"].contains(&root),
            _ => true,
        }
    })
}

/// One call of a chain.
struct Link<'a> {
    method: String,
    call: &'a ExprMethodCall,
    /// The offset of its dot.
    dot: usize,
    /// The offset after it.
    end: usize,
}

impl Link<'_> {
    fn text<'a>(&self, source: &Source<'a>) -> &'a str {
        &source.text[self.dot..self.end]
    }

    fn begins_line(&self, source: &Source<'_>) -> bool {
        source.text[line_start(source.text, self.dot)..self.dot]
            .trim()
            .is_empty()
    }
}

/// The calls of a chain, first to last.
fn links(chain: &Expr) -> Vec<Link<'_>> {
    let mut links = Vec::new();
    let mut expression = chain;
    while let Expr::MethodCall(call) = expression {
        links.push(Link {
            method: call.method.to_string(),
            call,
            dot: call.dot_token.span.byte_range().start,
            end: call.span().byte_range().end,
        });
        expression = &call.receiver;
    }
    links.reverse();
    links
}

/// The app's `impl Hooks for …`: the only one, or that for `App`.
fn hooks<'a>(source: &'a Source<'_>) -> Result<Option<&'a ItemImpl>, MissingAnchor> {
    let all: Vec<&ItemImpl> = source
        .file
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Impl(item) => {
                let (path, _) = item.trait_.as_ref()?;
                (path.segments.last()?.ident == "Hooks").then_some(item)
            }
            _ => None,
        })
        .collect();
    match all.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        several => {
            let of_app = |hooks: &&&ItemImpl| source.of(&hooks.self_ty) == "App";
            let mut found = several.iter().filter(of_app);
            match (found.next(), found.next()) {
                (Some(hooks), None) => Ok(Some(hooks)),
                _ => Err(MissingAnchor(
                    "it has more than one `impl Hooks for …`".to_owned(),
                )),
            }
        }
    }
}

fn function<'a>(hooks: &'a ItemImpl, hook: &Hook) -> Result<Option<&'a ImplItemFn>, MissingAnchor> {
    let mut found = hooks.items.iter().filter_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == hook.function => Some(function),
        _ => None,
    });
    match (found.next(), found.next()) {
        (first, None) => Ok(first),
        _ => Err(MissingAnchor(format!(
            "it has more than one `fn {}`",
            hook.function
        ))),
    }
}

fn returned<'a>(function: &'a ImplItemFn, hook: &Hook) -> Result<&'a Expr, MissingAnchor> {
    match tail(&function.block) {
        Some(Stmt::Expr(chain @ (Expr::MethodCall(_) | Expr::Call(_) | Expr::Path(_)), None)) => {
            Ok(chain)
        }
        _ => Err(MissingAnchor(format!(
            "its `fn {}` does not end in a chain of calls",
            hook.function
        ))),
    }
}

fn with_function(
    source: &Source<'_>,
    hooks: &ItemImpl,
    hook: &Hook,
    call: &str,
) -> Result<Splice, MissingAnchor> {
    let close = hooks.brace_token.span.close().byte_range().start;
    let at = line_start(source.text, close);
    if !source.text[at..close].trim().is_empty() {
        return Err(MissingAnchor(
            "its `impl Hooks for …` does not end on a line of its own".to_owned(),
        ));
    }
    let Hook {
        signature, root, ..
    } = hook;
    let separator = if hooks.items.is_empty() { "" } else { "\n" };
    let chain = format!("{root}{call}");
    let chain = if chain.len() > ONE_LINE && root != "stack" {
        format!("{root}\n            {call}")
    } else {
        chain
    };
    Ok(Splice::insert(
        at,
        format!("{separator}    {signature} {{\n        {chain}\n    }}\n"),
    ))
}

/// Returns whether a function is what [`with_function`] writes for a call.
fn is_skeleton(source: &Source<'_>, function: &ImplItemFn, hook: &Hook, call: &str) -> bool {
    let Hook {
        signature, root, ..
    } = hook;
    let made = format!("{signature} {{ {root}{call} }}");
    is_code(source.of(function), &made) && source.is_alone(&function.span().byte_range())
}

fn without_function(source: &Source<'_>, function: &ImplItemFn) -> Splice {
    let mut splice = source.without_lines(&function.span().byte_range());
    if source.text[..splice.range.start].ends_with("\n\n") {
        splice.range.start -= 1;
    }
    splice
}
