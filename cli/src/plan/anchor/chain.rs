//! The chain of calls that a hook in `impl Hooks for …` returns.

use syn::{
    Expr, ExprMethodCall, File, ImplItem, ImplItemFn, Item, ItemImpl, Stmt, spanned::Spanned,
};

use super::{MissingAnchor, Splice, indent, line_start, tokens_of};

/// rustfmt breaks longer chains.
const ONE_LINE: usize = 60;

/// A hook that returns a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    /// `fn routes() -> Routes`
    Routes,
    /// `fn tasks() -> Tasks`
    Tasks,
    /// `fn middleware(stack: Stack) -> Stack`
    Middleware,
}

impl Hook {
    fn function(self) -> &'static str {
        match self {
            Self::Routes => "routes",
            Self::Tasks => "tasks",
            Self::Middleware => "middleware",
        }
    }

    /// The signature that an app without the hook gets, and what its chain begins with. Full paths: the app's imports are
    /// its own business, and the hook is known again when its last call goes.
    fn skeleton(self) -> (&'static str, &'static str) {
        match self {
            Self::Routes => (
                "fn routes() -> fw::controller::Routes",
                "fw::controller::Routes::new()",
            ),
            Self::Tasks => ("fn tasks() -> fw::task::Tasks", "fw::task::Tasks::new()"),
            Self::Middleware => (
                "fn middleware(stack: fw::middleware::Stack) -> fw::middleware::Stack",
                "stack",
            ),
        }
    }

    /// Where a call belongs, as prose.
    pub(super) fn place(self) -> &'static str {
        match self {
            Self::Routes => "at the end of the `Routes` that `fn routes()` returns",
            Self::Tasks => "at the end of the `Tasks` that `fn tasks()` returns",
            Self::Middleware => {
                "at the end of the `Stack` that `fn middleware(stack: Stack)` returns"
            }
        }
    }
}

pub(super) fn insert(
    source: &str,
    file: &File,
    hook: Hook,
    call: &str,
) -> Result<Splice, MissingAnchor> {
    let hooks = hooks(file)?;
    let Some(function) = function(hooks, hook) else {
        return Ok(insert_function(source, hooks, hook, call));
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
    let at = last.map_or(chain.span().byte_range().end, |link| {
        link.call.span().byte_range().end
    });
    let whole = chain.span().byte_range();
    let text = &source[whole.clone()];
    if let Some(first) = links.first()
        && text.contains('\n')
    {
        let indent = indent(source, first.dot);
        return Ok(Splice {
            range: at..at,
            text: format!("\n{indent}{call}"),
        });
    }
    let one_line = [&source[whole.start..at], call, &source[at..whole.end]].concat();
    if one_line.len() <= ONE_LINE || links.is_empty() {
        return Ok(Splice {
            range: at..at,
            text: call.to_owned(),
        });
    }
    let indent = format!("\n{}    ", indent(source, whole.start));
    let mut broken = source[whole.start..links[0].dot].to_owned();
    for link in &links {
        let end = link.call.span().byte_range().end;
        broken += &format!("{indent}{}", &source[link.dot..end]);
        if end == at {
            broken += &format!("{indent}{call}");
        }
    }
    Ok(Splice {
        range: whole,
        text: broken,
    })
}

pub(super) fn remove(
    source: &str,
    file: &File,
    hook: Hook,
    call: &str,
) -> Result<Splice, MissingAnchor> {
    let hooks = hooks(file)?;
    let missing = || MissingAnchor(format!("`{call}` stands at an unusual place"));
    let function = function(hooks, hook).ok_or_else(missing)?;
    let chain = returned(function, hook)?;
    let links = links(chain);
    let wanted = tokens_of(call);
    let position = links
        .iter()
        .position(|link| tokens_of(&source[link.dot..link.call.span().byte_range().end]) == wanted)
        .ok_or_else(missing)?;
    let whole = chain.span().byte_range();
    let start = if position == 0 {
        receiver_end(&links[0])
    } else {
        links[position - 1].call.span().byte_range().end
    };
    let end = links[position].call.span().byte_range().end;
    let rest = [&source[whole.start..start], &source[end..whole.end]].concat();
    let (signature, root) = hook.skeleton();
    let own = &source[function.span().byte_range()];
    if rest == root && own.starts_with(signature) && function.block.stmts.len() == 1 {
        return Ok(remove_function(source, function));
    }
    // What rustfmt puts on one line when the rest is short.
    let joined: String = rest.lines().map(str::trim).collect();
    if rest.contains('\n') && !rest.contains("//") && joined.len() <= ONE_LINE {
        return Ok(Splice {
            range: whole,
            text: joined,
        });
    }
    Ok(Splice {
        range: start..end,
        text: String::new(),
    })
}

/// One call of a chain.
struct Link<'a> {
    method: String,
    call: &'a ExprMethodCall,
    /// The byte of its dot.
    dot: usize,
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
        });
        expression = &call.receiver;
    }
    links.reverse();
    links
}

fn receiver_end(link: &Link<'_>) -> usize {
    link.call.receiver.span().byte_range().end
}

fn hooks(file: &File) -> Result<&ItemImpl, MissingAnchor> {
    file.items
        .iter()
        .find_map(|item| match item {
            Item::Impl(item) => {
                let (path, _) = item.trait_.as_ref()?;
                (path.segments.last()?.ident == "Hooks").then_some(item)
            }
            _ => None,
        })
        .ok_or_else(|| MissingAnchor("it has no `impl Hooks for …`".to_owned()))
}

fn function(hooks: &ItemImpl, hook: Hook) -> Option<&ImplItemFn> {
    hooks.items.iter().find_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == hook.function() => Some(function),
        _ => None,
    })
}

fn returned(function: &ImplItemFn, hook: Hook) -> Result<&Expr, MissingAnchor> {
    match function.block.stmts.last() {
        Some(Stmt::Expr(chain @ (Expr::MethodCall(_) | Expr::Call(_) | Expr::Path(_)), None)) => {
            Ok(chain)
        }
        _ => Err(MissingAnchor(format!(
            "its `fn {}` does not end in a chain of calls",
            hook.function()
        ))),
    }
}

fn insert_function(source: &str, hooks: &ItemImpl, hook: Hook, call: &str) -> Splice {
    let close = hooks.brace_token.span.close().byte_range().start;
    let at = line_start(source, close);
    let (signature, root) = hook.skeleton();
    let separator = if hooks.items.is_empty() { "" } else { "\n" };
    let chain = format!("{root}{call}");
    let chain = if chain.len() > ONE_LINE && root != "stack" {
        format!("{root}\n            {call}")
    } else {
        chain
    };
    let text = format!("{separator}    {signature} {{\n        {chain}\n    }}\n");
    Splice {
        range: at..at,
        text,
    }
}

fn remove_function(source: &str, function: &ImplItemFn) -> Splice {
    let range = function.span().byte_range();
    let mut start = line_start(source, range.start);
    if source[..start].ends_with("\n\n") {
        start -= 1;
    }
    Splice {
        range: start..super::line_end(source, range.end),
        text: String::new(),
    }
}
