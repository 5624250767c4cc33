//! A check for handlers whose access is that of the own rows, and that never ask which rows these are.
//!
//! `_: Own<access::Read>` compiles, and lets everybody with the permission reach the rows of everybody. The compiler warns of a parameter
//! that has a name and is not used; one that is called `_` nobody misses.

use std::path::{Path, PathBuf};

use syn::{
    FnArg, GenericArgument, ImplItem, Item, Pat, PathArguments, Signature, Type, spanned::Spanned,
};

use super::sources::for_each_item;

/// The access type of the own rows.
const OWN: &str = "Own";

/// A handler that ignores whose rows it reaches.
pub(super) struct Open {
    /// Relative to the application.
    file: PathBuf,
    line: usize,
    handler: String,
}

impl std::fmt::Display for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            file,
            line,
            handler,
        } = self;
        write!(
            f,
            "{}:{line}: `{handler}` lets its callers reach the rows of everybody: it does not use its `{OWN}`",
            file.display()
        )
    }
}

/// Finds such handlers in the sources of an application.
pub(super) fn find(root: &Path) -> Vec<Open> {
    let mut found = Vec::new();
    for_each_item(root, &mut |file, item| match item {
        Item::Fn(function) => read_function(file, &function.sig, &mut found),
        Item::Impl(implementation) => {
            for item in &implementation.items {
                if let ImplItem::Fn(function) = item {
                    read_function(file, &function.sig, &mut found);
                }
            }
        }
        _ => {}
    });
    found
}

fn read_function(file: &Path, signature: &Signature, found: &mut Vec<Open>) {
    for input in &signature.inputs {
        let FnArg::Typed(parameter) = input else {
            continue;
        };
        let is_ignored = match &*parameter.pat {
            Pat::Wild(_) => true,
            Pat::Ident(name) => name.ident.to_string().starts_with('_'),
            _ => false,
        };
        if is_ignored && names_own(&parameter.ty) {
            found.push(Open {
                file: file.to_owned(),
                line: parameter.span().start().line,
                handler: signature.ident.to_string(),
            });
        }
    }
}

/// Returns whether a type is the access of the own rows, or one around it, such as `Recent<Own<access::Delete>>`.
fn names_own(type_: &Type) -> bool {
    let Type::Path(path) = type_ else {
        return false;
    };
    let Some(segment) = path.path.segments.last() else {
        return false;
    };
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return false;
    };
    segment.ident == OWN
        || arguments.args.iter().any(|argument| match argument {
            GenericArgument::Type(inner) => names_own(inner),
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_handler_that_ignores_whose_rows_it_reaches_is_found() {
        let handlers = "use crate::access::Own;
async fn list(_: Own<access::List>) {}
async fn show(who: Own<access::Read>) { who.rows(Column::UserId); }
async fn create(_: Can<access::Create>) {}
async fn update(_who: crate::access::Own<access::Update>) {}
mod inside {
    async fn destroy(_: Recent<Own<access::Delete>, 5>) {}
}
struct Own(u32);
impl Pages { async fn index(_: Either<Can<access::Review>, Own<access::Read>>, _: Path<Id>) {} }
fn owned(_: Own, _: Owned<u32>, _: &str) {}
";
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("src/posts");
        fs::create_dir_all(&path).expect("made");
        fs::write(path.join("controller.rs"), handlers).expect("written");
        fs::write(path.join("broken.rs"), "struct {").expect("written");
        let found: Vec<_> = find(folder.path())
            .iter()
            .map(ToString::to_string)
            .collect();
        let expected = [(2, "list"), (5, "update"), (7, "destroy"), (10, "index")].map(|(line, handler)| {
            format!("src/posts/controller.rs:{line}: `{handler}` lets its callers reach the rows of everybody: it does not use its `Own`")
        });
        assert_eq!(found, expected);
    }
}
