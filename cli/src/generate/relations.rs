//! The inverse relations of a resource, in the models of the tables that it refers to.

use heck::ToUpperCamelCase;

use super::resource::Resource;
use crate::plan::{Edit, Relation, RelationName};

/// The edits of the referenced models: each gets the inverse relation.
pub(super) fn parent_edits(resource: &Resource) -> Vec<(String, Edit)> {
    let mut edits = Vec::new();
    for reference in resource
        .references()
        .iter()
        .filter(|reference| !reference.is_self)
    {
        let file = format!("src/{}/model.rs", reference.folder);
        let table = &resource.names.plural;
        let (kind, wrapper, name) = if reference.field.unique {
            ("has_one", "HasOne", &resource.names.singular)
        } else {
            ("has_many", "HasMany", table)
        };
        let field_name = &reference.field.name;
        let plain = if reference.is_ambiguous {
            format!("{field_name}_{name}")
        } else {
            name.clone()
        };
        // Where a field of the parent is called like its children: `post_comments`.
        let other = format!("{}_{plain}", reference.parent.singular);
        let names = [plain, other].map(|name| RelationName {
            attribute: if reference.is_ambiguous {
                let (relation, via) =
                    (name.to_upper_camel_case(), field_name.to_upper_camel_case());
                format!("{kind}, relation_enum = \"{relation}\", via_rel = \"{via}\"")
            } else {
                kind.to_owned()
            },
            field: name,
        });
        // The ORM names a relation after the module of its entity, so the module needs a name that says which one it is.
        let path = format!("crate::{table}::model as {table}");
        edits.push((file.clone(), Edit::Import { path }));
        edits.push((
            file,
            Edit::Relation(Relation {
                field_type: format!("{wrapper}<{table}::Entity>"),
                names: names.into(),
            }),
        ));
    }
    edits
}
