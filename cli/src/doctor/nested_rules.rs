//! A check for rules that are never looked at, because the field around them does not say `dive`.
//!
//! A `#[garde(skip)]` on a field with rules of its own compiles, and so does a length of a list whose elements have some. Nothing says so
//! when requests are accepted that should not be.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use syn::{
    Attribute, Fields, GenericArgument, Item, PathArguments, Type, punctuated::Punctuated,
    spanned::Spanned,
};

use super::sources::for_each_item;

/// The types through which garde looks at what they hold.
const TRANSPARENT: [&str; 9] = [
    "Option", "Vec", "Box", "Arc", "Rc", "Patch", "HashMap", "BTreeMap", "VecDeque",
];

/// A field whose type has rules that are not checked.
pub(super) struct Unchecked {
    /// Relative to the application.
    file: PathBuf,
    line: usize,
    field: String,
    type_name: String,
}

impl std::fmt::Display for Unchecked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            file,
            line,
            field,
            type_name,
        } = self;
        write!(
            f,
            "{}:{line}: the rules of `{type_name}` are not checked in `{field}`",
            file.display()
        )
    }
}

/// Finds such fields in the sources of an application. Names that several types have are left out, if none of them is in the same file.
pub(super) fn find(root: &Path) -> Vec<Unchecked> {
    let mut types = Vec::new();
    for_each_item(root, &mut |file, item| types.extend(read_item(file, item)));
    let mut by_name: HashMap<&str, Vec<&Validated>> = HashMap::new();
    for one in &types {
        by_name.entry(&one.name).or_default().push(one);
    }
    let target = |from: &Validated, name: &str| -> Option<bool> {
        let named = by_name.get(name)?;
        let near = named.iter().find(|one| one.file == from.file);
        match (near, named.as_slice()) {
            (Some(one), _) | (None, [one]) => Some(one.has_rules),
            _ => None,
        }
    };
    let mut found = Vec::new();
    for one in &types {
        for field in one.fields.iter().filter(|field| !field.is_checked) {
            let mut names = field.types.iter();
            if let Some(name) = names.find(|name| target(one, name) == Some(true)) {
                found.push(Unchecked {
                    file: one.file.clone(),
                    line: field.line,
                    field: format!("{}::{}", one.name, field.name),
                    type_name: name.clone(),
                });
            }
        }
    }
    found
}

/// A type that derives `Validate`.
struct Validated {
    file: PathBuf,
    name: String,
    /// True if there is a rule that a value can break.
    has_rules: bool,
    fields: Vec<Field>,
}

struct Field {
    name: String,
    line: usize,
    /// True if garde looks at the value's own rules, or at a function that may.
    is_checked: bool,
    /// The names of the types that it holds.
    types: Vec<String>,
}

/// The type of an item that derives `Validate`.
fn read_item(file: &Path, item: &Item) -> Option<Validated> {
    match item {
        Item::Struct(item) if derives_validate(&item.attrs) => {
            let fields = read_fields(&item.fields, "");
            Some(validated(file, &item.ident, &item.attrs, fields))
        }
        Item::Enum(item) if derives_validate(&item.attrs) => {
            let variants = item.variants.iter();
            let fields = variants
                .flat_map(|one| read_fields(&one.fields, &format!("{}::", one.ident)))
                .collect();
            Some(validated(file, &item.ident, &item.attrs, fields))
        }
        _ => None,
    }
}

fn validated(
    file: &Path,
    name: &syn::Ident,
    attributes: &[Attribute],
    fields: Vec<(Field, bool)>,
) -> Validated {
    let has_own = rules(attributes).iter().any(|rule| rule == "custom");
    Validated {
        file: file.to_owned(),
        name: name.to_string(),
        has_rules: has_own || fields.iter().any(|(_, has_rules)| *has_rules),
        fields: fields.into_iter().map(|(field, _)| field).collect(),
    }
}

/// The fields, each with whether it has a rule.
fn read_fields(fields: &Fields, prefix: &str) -> Vec<(Field, bool)> {
    let read = |(index, field): (usize, &syn::Field)| {
        let rules = rules(&field.attrs);
        let name = field
            .ident
            .as_ref()
            .map_or_else(|| index.to_string(), syn::Ident::to_string);
        let mut types = Vec::new();
        names_in(&field.ty, &mut types);
        let has_rules = rules.iter().any(|rule| rule != "skip");
        let field = Field {
            name: format!("{prefix}{name}"),
            line: field.span().start().line,
            is_checked: rules
                .iter()
                .any(|rule| matches!(rule.as_str(), "dive" | "custom")),
            types,
        };
        (field, has_rules)
    };
    fields.iter().enumerate().map(read).collect()
}

fn derives_validate(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("derive"))
        .any(|attribute| {
            let paths = attribute
                .parse_args_with(Punctuated::<syn::Path, syn::Token![,]>::parse_terminated);
            paths.is_ok_and(|paths| {
                paths
                    .iter()
                    .filter_map(|path| path.segments.last())
                    .any(|segment| segment.ident == "Validate")
            })
        })
}

/// The names of the rules in `#[garde(…)]`, also those within `inner(…)`.
fn rules(attributes: &[Attribute]) -> Vec<String> {
    let mut names = Vec::new();
    for attribute in attributes {
        if attribute.path().is_ident("garde") {
            note_rules(
                attribute.parse_args_with(Punctuated::parse_terminated),
                &mut names,
            );
        }
    }
    names
}

fn note_rules(list: syn::Result<Punctuated<syn::Meta, syn::Token![,]>>, names: &mut Vec<String>) {
    // Rules that are not in the usual form are left to garde: they may be anything.
    let Ok(list) = list else {
        return names.push("custom".to_owned());
    };
    for rule in list {
        let Some(name) = rule.path().get_ident() else {
            continue;
        };
        match &rule {
            syn::Meta::List(list) if name == "inner" => {
                note_rules(list.parse_args_with(Punctuated::parse_terminated), names);
            }
            _ => names.push(name.to_string()),
        }
    }
}

/// The names of the types that garde would look at.
fn names_in(type_: &Type, names: &mut Vec<String>) {
    match type_ {
        Type::Path(path) => {
            let Some(segment) = path.path.segments.last() else {
                return;
            };
            if !TRANSPARENT.iter().any(|name| segment.ident == name) {
                names.push(segment.ident.to_string());
            } else if let PathArguments::AngleBracketed(arguments) = &segment.arguments {
                for argument in &arguments.args {
                    if let GenericArgument::Type(inner) = argument {
                        names_in(inner, names);
                    }
                }
            }
        }
        Type::Array(array) => names_in(&array.elem, names),
        Type::Slice(slice) => names_in(&slice.elem, names),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join("src").join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        find(folder.path())
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    const LINE: &str = "#[derive(Deserialize, Validate)]\npub struct Line { #[garde(range(min = 1))] pub count: u32 }\n";

    #[test]
    fn rules_that_nobody_looks_at_are_found() {
        let order = "#[derive(Deserialize, garde::Validate)]
struct Order {
    #[garde(skip)]
    first: Line,
    #[garde(length(max = 5))]
    more: Option<Vec<super::Line>>,
    #[garde(skip)]
    change: Patch<Line>,
    #[garde(dive)]
    good: Vec<Line>,
    #[garde(length(max = 5), dive)]
    good_too: Vec<Line>,
    #[garde(inner(dive))]
    inner: Vec<Line>,
    #[garde(custom(check_line))]
    own: Line,
    #[garde(skip)]
    note: String,
    #[garde(skip)]
    title: Title,
}
#[derive(Validate)]
struct Title(#[garde(skip)] String);
mod inside {
    #[derive(Validate)]
    enum Choice { One(#[garde(skip)] Line), None }
}
";
        assert_eq!(
            found(&[
                ("orders/dto.rs", order),
                ("lines.rs", LINE),
                ("broken.rs", "struct {")
            ]),
            [
                "src/orders/dto.rs:3: the rules of `Line` are not checked in `Order::first`",
                "src/orders/dto.rs:5: the rules of `Line` are not checked in `Order::more`",
                "src/orders/dto.rs:7: the rules of `Line` are not checked in `Order::change`",
                "src/orders/dto.rs:26: the rules of `Line` are not checked in `Choice::One::0`",
            ]
        );
    }

    #[test]
    fn a_name_that_several_types_have_is_that_of_the_same_file_or_no_ones() {
        let skips = "#[derive(Validate)]\nstruct Order { #[garde(skip)] line: Line }\n";
        let empty = "#[derive(Validate)]\npub struct Line { #[garde(skip)] count: u32 }\n";
        assert!(found(&[("a.rs", LINE), ("b.rs", empty), ("c.rs", skips)]).is_empty());
        assert!(found(&[("a.rs", LINE), ("b.rs", &format!("{skips}{empty}"))]).is_empty());
        assert_eq!(
            found(&[("a.rs", &format!("{skips}{LINE}")), ("b.rs", empty)]).len(),
            1
        );
    }
}
