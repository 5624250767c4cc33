//! The fields of an entity's `Model`.

use syn::{File, Item, ItemStruct, spanned::Spanned};

use super::{MissingAnchor, Splice, line_end, line_start};

/// At the end, in the lines of `snippet`.
pub(super) fn insert(source: &str, file: &File, snippet: &str) -> Result<Splice, MissingAnchor> {
    let model = model(file)?;
    let brace = match &model.fields {
        syn::Fields::Named(fields) => fields.brace_token.span.close().byte_range().start,
        _ => {
            return Err(MissingAnchor(
                "its `struct Model` has no named fields".to_owned(),
            ));
        }
    };
    let last = model
        .fields
        .iter()
        .next_back()
        .map(|field| field.span().byte_range().end);
    let needs_comma = last.is_some_and(|end| !source[end..brace].contains(','));
    if needs_comma {
        return Err(MissingAnchor(
            "the last field of its `struct Model` has no comma after it".to_owned(),
        ));
    }
    let at = line_start(source, brace);
    Ok(Splice {
        range: at..at,
        text: format!("    {snippet}\n"),
    })
}

pub(super) fn remove(source: &str, file: &File, name: &str) -> Result<Splice, MissingAnchor> {
    let field = model(file)?
        .fields
        .iter()
        .find(|field| field.ident.as_ref().is_some_and(|ident| ident == name))
        .ok_or_else(|| MissingAnchor(format!("its `struct Model` has no field `{name}`")))?;
    let range = field.span().byte_range();
    Ok(Splice {
        range: line_start(source, range.start)..line_end(source, range.end),
        text: String::new(),
    })
}

fn model(file: &File) -> Result<&ItemStruct, MissingAnchor> {
    file.items
        .iter()
        .find_map(|item| match item {
            Item::Struct(item) if item.ident == "Model" => Some(item),
            _ => None,
        })
        .ok_or_else(|| MissingAnchor("it has no `struct Model`".to_owned()))
}
