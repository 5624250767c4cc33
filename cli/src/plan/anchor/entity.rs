//! The relations among the fields of an entity's `Model`.

use heck::ToUpperCamelCase;
use serde::{Deserialize, Serialize};
use syn::{Field, Fields, Item, ItemStruct, LitStr, Type, spanned::Spanned};

use super::{
    MissingAnchor,
    syntax::{Match, Source, Splice, has_code, is_code, line_start, tokens_of},
};

/// A relation to add, with several possible names, of which the first free one is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// The type: `HasMany<posts::Entity>`.
    pub field_type: String,
    /// The best name first.
    pub names: Vec<RelationName>,
}

/// A name of a relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationName {
    /// The name of the field.
    pub field: String,
    /// The attribute: `has_many`.
    pub attribute: String,
}

impl Relation {
    /// The lines of the field in a `Model`.
    pub(super) fn snippet(&self, name: &RelationName) -> String {
        format!(
            "#[sea_orm({})]\n    pub {}: {},",
            name.attribute, name.field, self.field_type
        )
    }

    /// The name that it has in a file, or would get; `None` if all of its names are taken.
    pub(super) fn name_in(
        &self,
        source: &Source<'_>,
    ) -> Result<Option<&RelationName>, MissingAnchor> {
        let Some(model) = model(source)? else {
            return Ok(self.names.first());
        };
        let exact = self.names.iter().find(|name| {
            field(model, &name.field).is_some_and(|field| self.is(source, name, field))
        });
        Ok(exact.or_else(|| {
            self.names
                .iter()
                .find(|name| self.is_free(source, model, name))
        }))
    }

    fn is(&self, source: &Source<'_>, name: &RelationName, field: &Field) -> bool {
        is_code(source.of(field), self.snippet(name).trim_end_matches(','))
    }

    /// Returns whether neither a field nor a relation of the ORM has the name.
    fn is_free(&self, source: &Source<'_>, model: &ItemStruct, name: &RelationName) -> bool {
        let wanted = variant(&name.attribute, &self.field_type);
        field(model, &name.field).is_none()
            && model.fields.iter().all(|field| {
                relation(source, field).is_none_or(|attribute| {
                    wanted.is_none() || variant(attribute, source.of(&field.ty)) != wanted
                })
            })
    }
}

pub(super) fn find(source: &Source<'_>, relation: &Relation) -> Result<Match, MissingAnchor> {
    let Some(model) = model(source)? else {
        return Ok(Match::Absent);
    };
    for name in &relation.names {
        let Some(field) = field(model, &name.field) else {
            continue;
        };
        if relation.is(source, name, field) {
            let whole = with_comma(source, field);
            return Ok(if source.is_alone(&whole) {
                Match::Exact(vec![source.without_lines(&whole)])
            } else {
                Match::Different(format!(
                    "its field `{}` has a comment beside it",
                    name.field
                ))
            });
        }
    }
    // The same relation under a name or with an attribute that somebody gave it.
    let edited = model.fields.iter().find(|field| {
        same_type(source, &field.ty, &relation.field_type)
            && relation
                .names
                .iter()
                .any(|name| via(&name.attribute).is_none_or(|via| has_code(source.of(*field), via)))
    });
    Ok(match edited.and_then(|field| field.ident.as_ref()) {
        Some(name) => Match::Different(format!("its relation `{name}` was edited")),
        None => Match::Absent,
    })
}

/// The splice that adds the field at the end of the `Model`.
pub(super) fn insert(source: &Source<'_>, relation: &Relation) -> Result<Splice, MissingAnchor> {
    let model =
        model(source)?.ok_or_else(|| MissingAnchor("it has no `struct Model`".to_owned()))?;
    let Fields::Named(fields) = &model.fields else {
        return Err(MissingAnchor(
            "its `struct Model` has no named fields".to_owned(),
        ));
    };
    let Some(name) = relation.name_in(source)? else {
        let names: Vec<String> = relation
            .names
            .iter()
            .map(|name| format!("`{}`", name.field))
            .collect();
        return Err(MissingAnchor(format!(
            "its `struct Model` has another field or relation called {}",
            names.join(" and one called ")
        )));
    };
    if !fields.named.is_empty() && !fields.named.trailing_punct() {
        return Err(MissingAnchor(
            "the last field of its `struct Model` has no comma after it".to_owned(),
        ));
    }
    let brace = fields.brace_token.span.close().byte_range().start;
    let at = line_start(source.text, brace);
    if !source.text[at..brace].trim().is_empty() {
        return Err(MissingAnchor(
            "its `struct Model` does not end on a line of its own".to_owned(),
        ));
    }
    Ok(Splice::insert(
        at,
        format!("    {}\n", relation.snippet(name)),
    ))
}

/// The entity's `struct Model`.
fn model<'a>(source: &'a Source<'_>) -> Result<Option<&'a ItemStruct>, MissingAnchor> {
    let all: Vec<&ItemStruct> = source
        .file
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Struct(item) if item.ident == "Model" => Some(item),
            _ => None,
        })
        .collect();
    let is_entity = |item: &&ItemStruct| {
        let mut attributes = item.attrs.iter();
        attributes.any(|attribute| has_code(source.of(attribute), "DeriveEntityModel"))
    };
    let entities: Vec<&ItemStruct> = all.iter().copied().filter(is_entity).collect();
    match (all.as_slice(), entities.as_slice()) {
        ([], _) => Ok(None),
        ([only], _) | (_, [only]) => Ok(Some(only)),
        _ => Err(MissingAnchor(
            "it has more than one `struct Model`".to_owned(),
        )),
    }
}

fn field<'a>(model: &'a ItemStruct, name: &str) -> Option<&'a Field> {
    model
        .fields
        .iter()
        .find(|field| field.ident.as_ref().is_some_and(|ident| ident == name))
}

fn same_type(source: &Source<'_>, found: &Type, wanted: &str) -> bool {
    tokens_of(source.of(found)) == tokens_of(wanted)
}

/// The contents of `#[sea_orm(…)]` of a field that is a relation.
fn relation<'a>(source: &Source<'a>, field: &Field) -> Option<&'a str> {
    const KINDS: [&str; 4] = ["belongs_to", "has_one", "has_many", "self_ref"];
    field
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("sea_orm"))
        .map(|attribute| source.of(attribute))
        .find(|text| KINDS.iter().any(|kind| has_code(text, kind)))
}

/// The ORM's name of a relation: as its attribute says, else after the module of its entity.
fn variant(attribute: &str, field_type: &str) -> Option<String> {
    let name = match value_of(attribute, "relation_enum") {
        Some(name) => name,
        None => field_type
            .rsplit_once("::")?
            .0
            .rsplit(|c: char| !c.is_alphanumeric() && c != '_')
            .next()?
            .to_owned(),
    };
    Some(name.to_upper_camel_case())
}

/// The value of `via_rel = "Author"` in an attribute.
fn via(attribute: &str) -> Option<&str> {
    attribute.find("via_rel").map(|at| &attribute[at..])
}

/// The text of `key = "text"` in an attribute.
fn value_of(attribute: &str, key: &str) -> Option<String> {
    let value = &attribute[attribute.find(key)? + key.len()..];
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let end = value.get(1..)?.find('"')? + 2;
    syn::parse_str::<LitStr>(value.get(..end)?)
        .ok()
        .map(|text| text.value())
}

/// The range of a field and of the comma after it.
fn with_comma(source: &Source<'_>, field: &Field) -> std::ops::Range<usize> {
    let range = field.span().byte_range();
    let comma = source.text[range.end..].starts_with(',');
    range.start..range.end + usize::from(comma)
}
