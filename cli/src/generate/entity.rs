//! Renders `model.rs`: the entity of a table.

use super::{
    resource::{Reference, Resource},
    template::with_schemas,
};
use crate::{
    field::Field,
    file::Text,
    plan::{Edit, Relation, RelationName},
    project::Project,
};

/// The text of `model.rs`; `listed` adds what lists over HTTP need.
fn render(resource: &Resource, listed: bool) -> String {
    let names = &resource.names;
    let mut text = format!(
        "//! The `{}` table. Knows nothing of HTTP.\n\nuse fw::model::prelude::*;\n",
        names.plural
    );
    let mut imports: Vec<String> = resource
        .references()
        .iter()
        .filter(|reference| !reference.is_self)
        .map(|reference| format!("use {};\n", alias(&reference.parent.plural)))
        .collect();
    imports.sort();
    imports.dedup();
    if !imports.is_empty() {
        text += &format!("\n{}", imports.concat());
    }
    text += &format!(
        "\n/// A row of `{table}`.\n#[sea_orm::model]\n#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]\n\
         #[sea_orm(table_name = \"{table}\")]\npub struct Model {{\n    #[sea_orm(primary_key)]\n    pub id: i64,\n",
        table = names.plural
    );
    for field in resource.columns() {
        text += &field.entity_field(&names.class);
    }
    text += "    pub created_at: DateTimeUtc,\n    pub updated_at: DateTimeUtc,\n";
    for reference in resource.references() {
        text += &belongs_to(&reference);
    }
    text += "}\n";
    for field in &resource.fields {
        if let Some(declaration) = field.enum_declaration(&names.class, &names.a()) {
            text += &format!("\n{declaration}");
        }
    }
    text += "\nfw::model::timestamps!(ActiveModel);\n";
    if let Some(version) = &resource.version {
        text += &format!(
            "\nimpl Versioned for Entity {{\n    fn version() -> Column {{\n        Column::{}\n    }}\n}}\n",
            version.variant()
        );
    }
    if listed {
        text += &listing(resource);
    }
    text
}

/// The text of `model.rs` with what resources that were generated later have added to it.
pub(super) fn render_with_relations(
    resource: &Resource,
    listed: bool,
    project: &Project,
) -> String {
    let file = format!("src/{}/model.rs", resource.names.plural);
    let others = Resource::recorded(project).into_iter();
    let text = others
        .filter(|other| other.names != resource.names)
        .flat_map(|other| parent_edits(&other))
        .filter(|(path, _)| *path == file)
        .fold(Text::new(render(resource, listed)), |text, (_, edit)| {
            // What was refused then is refused again.
            edit.apply(&text).ok().flatten().unwrap_or(text)
        });
    with_schemas(text.plain().to_owned(), project)
}

/// The edits of the parents' models: each gets the other end of the relation.
pub(super) fn parent_edits(resource: &Resource) -> Vec<(String, Edit)> {
    let mut edits = Vec::new();
    for reference in resource
        .references()
        .iter()
        .filter(|reference| !reference.is_self)
    {
        let file = format!("src/{}/model.rs", reference.parent.plural);
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
                let (relation, via) = (camel(&name), camel(field_name));
                format!("{kind}, relation_enum = \"{relation}\", via_rel = \"{via}\"")
            } else {
                kind.to_owned()
            },
            field: name,
        });
        edits.push((file.clone(), Edit::Import { path: alias(table) }));
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

/// The ORM names a relation after the module of its entity, so the module needs a name that says which one it is.
fn alias(table: &str) -> String {
    format!("crate::{table}::model as {table}")
}

fn belongs_to(reference: &Reference<'_>) -> String {
    let Reference { field, parent, .. } = reference;
    let entity = if reference.is_self {
        "Entity".to_owned()
    } else {
        format!("{}::Entity", parent.plural)
    };
    let target = if field.required {
        entity
    } else {
        format!("Option<{entity}>")
    };
    let kind = if reference.is_self {
        "self_ref"
    } else {
        "belongs_to"
    };
    let relation = if reference.is_self || reference.is_ambiguous {
        format!("relation_enum = \"{}\", ", reference.relation())
    } else {
        String::new()
    };
    let column = field.column();
    format!(
        "    #[sea_orm({kind}, {relation}from = \"{column}\", to = \"id\")]\n    pub {}: BelongsTo<{target}>,\n",
        field.name
    )
}

fn camel(name: &str) -> String {
    heck::ToUpperCamelCase::to_upper_camel_case(name)
}

/// What clients can sort and filter by, and what they can include.
fn listing(resource: &Resource) -> String {
    let fields = &resource.fields;
    let variants = |chosen: Vec<&Field>| {
        let variants: Vec<String> = chosen
            .iter()
            .map(|field| format!("Column::{}", field.variant()))
            .collect();
        variants.join(", ")
    };
    let sorted = variants(fields.iter().filter(|field| field.sortable()).collect());
    let (enums, others): (Vec<&Field>, Vec<&Field>) = fields
        .iter()
        .filter(|field| field.filterable())
        .partition(|field| field.is_enum());
    let filtered = variants(others);
    let mut calls = String::new();
    if !sorted.is_empty() {
        calls += &format!("            .sort([{sorted}])\n");
    }
    if !filtered.is_empty() {
        calls += &format!("            .filter([{filtered}])\n");
    }
    for field in enums {
        let name = field.enum_name(&resource.names.class);
        calls += &format!(
            "            .filter_enum::<{name}>(Column::{})\n",
            field.variant()
        );
    }
    for reference in resource.includes() {
        let target = if reference.is_ambiguous {
            format!("Relation::{}", reference.relation())
        } else {
            format!("{}::Entity", reference.parent.plural)
        };
        calls += &format!(
            "            .include(\"{}\", |{table}: EntityLoader| {table}.with({target}))\n",
            reference.field.name,
            table = resource.names.plural
        );
    }
    let query = if resource.includes().is_empty() {
        "Select<Self>"
    } else {
        "EntityLoader"
    };
    format!(
        "\nimpl Listing for Entity {{\n    type Query = {query};\n\n    fn columns() -> ListColumns<Self> {{\n        ListColumns::new()\n{calls}    }}\n}}\n"
    )
}
