//! A resource as templates see it.

use serde::Serialize;

use super::resource::{Reference, Resource};
use crate::{
    field::{BadValue, Field, FieldView, Filter},
    project::{Names, Project},
};

/// What the templates of scaffolds and models are made of.
#[derive(Debug, Serialize)]
pub(super) struct ResourceView {
    #[serde(flatten)]
    names: NamesView,
    /// Whether the application describes its API, so that types need schemas.
    has_openapi: bool,
    /// Whether rows are listed over HTTP.
    is_listed: bool,
    /// The fields that clients set.
    fields: Vec<FieldView>,
    /// The fields and the version: all columns besides `id` and the timestamps.
    columns: Vec<FieldView>,
    /// The column that counts the changes of a row.
    version: Option<FieldView>,
    /// The references, in the order of the fields.
    references: Vec<ReferenceView>,
    /// The references whose rows clients can get together with a row.
    includes: Vec<ReferenceView>,
    /// The other tables that it refers to, sorted.
    parents: Vec<String>,
    /// Those of [`includes`](Self::includes), each once.
    include_parents: Vec<ParentView>,
    /// What the DTOs import from the model.
    dto_imports: Vec<String>,
    /// What the tests of a model import from it.
    test_imports: Vec<String>,
    /// The variants of `Column` that a list can be ordered by.
    sorted: Vec<String>,
    /// The variants of `Column` that a list can be filtered by, without those of enums.
    filtered: Vec<String>,
    #[serde(flatten)]
    tests: TestsView,
}

/// The forms of a resource's name.
#[derive(Debug, Serialize)]
struct NamesView {
    singular: String,
    plural: String,
    class: String,
    entity: String,
    human: String,
    humans: String,
    article: &'static str,
    /// `a post`.
    a: String,
}

/// A field that points at a row.
#[derive(Clone, Debug, Serialize)]
struct ReferenceView {
    /// The field, and the relation in the model.
    name: String,
    column: String,
    /// The table that it points at.
    table: String,
    /// What clients get of a row there.
    view: String,
    is_self: bool,
    /// What stands in `#[sea_orm(…)]` of the relation.
    attributes: Vec<String>,
    /// What `BelongsTo` holds.
    target: String,
    /// What a loader loads it with.
    loaded: String,
}

/// A table whose rows are got with those of another.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct ParentView {
    table: String,
    view: String,
}

/// What the generated tests are made of.
#[derive(Debug, Serialize)]
struct TestsView {
    /// Whether two rows of the tests differ.
    is_numbered: bool,
    /// The columns whose values databases give back in another form.
    inexact: Vec<String>,
    /// The fields that a body may be without.
    left_out: Vec<FieldView>,
    /// The columns that a body must have.
    must_be_sent: Vec<String>,
    /// A column that the order of two rows can be told by.
    sorted_by: Option<String>,
    /// The filters of all fields.
    filters: Vec<Filter>,
    /// A field that a test can change, preferably to another value.
    changed: Option<FieldView>,
    /// Bad values of all fields.
    bad_values: Vec<BadValue>,
    /// The columns without duplicates that a test can fill.
    unique: Vec<String>,
}

impl ResourceView {
    pub(super) fn new(resource: &Resource, is_listed: bool, project: &Project) -> Self {
        let names = &resource.names;
        let view = |field: &Field| field.view(&names.class, &names.plural);
        let fields: Vec<FieldView> = resource.fields.iter().map(view).collect();
        let references = resource.references();
        let includes = resource.includes();
        let mut parents: Vec<String> = references
            .iter()
            .filter(|reference| !reference.is_self)
            .map(|reference| reference.parent.plural.clone())
            .collect();
        parents.sort();
        parents.dedup();
        let mut include_parents: Vec<ParentView> = includes
            .iter()
            .map(|include| ParentView {
                table: include.parent.plural.clone(),
                view: include.view(),
            })
            .collect();
        include_parents.sort();
        include_parents.dedup();
        let row_types: &[&str] = if includes.is_empty() {
            &["ActiveModel", "Model"]
        } else {
            &["ActiveModel", "Model", "ModelEx"]
        };
        let variants = |chosen: &dyn Fn(&FieldView) -> bool| -> Vec<String> {
            let chosen = fields.iter().filter(|field| chosen(field));
            chosen
                .map(|field| format!("Column::{}", field.variant))
                .collect()
        };
        Self {
            has_openapi: project.features.iter().any(|feature| feature == "openapi"),
            is_listed,
            columns: resource.columns().iter().map(view).collect(),
            version: resource.version.as_ref().map(view),
            references: references.iter().map(ReferenceView::of).collect(),
            includes: includes.iter().map(ReferenceView::of).collect(),
            parents,
            include_parents,
            dto_imports: with_enums(row_types, &fields),
            test_imports: with_enums(&["ActiveModel", "Entity"], &fields),
            sorted: variants(&|field| field.is_sortable),
            filtered: variants(&|field| field.is_filterable && field.entity.enumeration.is_none()),
            tests: TestsView::of(&fields),
            names: NamesView::of(names),
            fields,
        }
    }
}

/// What is imported from a model: some of its types, and the enums of the fields.
fn with_enums(types: &[&str], fields: &[FieldView]) -> Vec<String> {
    let enums = fields
        .iter()
        .filter_map(|field| field.entity.enumeration.as_ref())
        .map(|enumeration| enumeration.name.clone());
    let mut imports: Vec<String> = types
        .iter()
        .map(|name| (*name).to_owned())
        .chain(enums)
        .collect();
    imports.sort();
    imports
}

impl NamesView {
    fn of(names: &Names) -> Self {
        Self {
            a: names.a(),
            singular: names.singular.clone(),
            plural: names.plural.clone(),
            class: names.class.clone(),
            entity: names.entity.clone(),
            human: names.human.clone(),
            humans: names.humans.clone(),
            article: names.article,
        }
    }
}

impl ReferenceView {
    fn of(reference: &Reference<'_>) -> Self {
        let Reference { field, parent, .. } = reference;
        let (kind, entity) = if reference.is_self {
            ("self_ref", "Entity".to_owned())
        } else {
            ("belongs_to", format!("{}::Entity", parent.plural))
        };
        let relation = reference.relation();
        let relation_enum = (reference.is_self || reference.is_ambiguous)
            .then(|| format!("relation_enum = \"{relation}\""));
        let ends = [
            format!("from = \"{}\"", field.column()),
            "to = \"id\"".to_owned(),
        ];
        Self {
            name: field.name.clone(),
            column: field.column(),
            table: parent.plural.clone(),
            view: reference.view(),
            is_self: reference.is_self,
            attributes: std::iter::once(kind.to_owned())
                .chain(relation_enum)
                .chain(ends)
                .collect(),
            loaded: if reference.is_ambiguous {
                format!("Relation::{relation}")
            } else {
                entity.clone()
            },
            target: if field.required {
                entity
            } else {
                format!("Option<{entity}>")
            },
        }
    }
}

impl TestsView {
    fn of(fields: &[FieldView]) -> Self {
        let columns = |chosen: &dyn Fn(&FieldView) -> bool| -> Vec<String> {
            let chosen = fields.iter().filter(|field| chosen(field));
            chosen.map(|field| field.column.clone()).collect()
        };
        let mut changeable = fields.iter().filter(|field| field.is_changeable);
        let changed = changeable
            .clone()
            .find(|field| field.sample.differs)
            .or_else(|| changeable.next());
        Self {
            is_numbered: fields.iter().any(|field| field.sample.is_numbered),
            inexact: columns(&|field| !field.sample.is_exact),
            left_out: fields
                .iter()
                .filter(|field| field.may_be_left_out)
                .cloned()
                .collect(),
            must_be_sent: columns(&|field| field.must_be_sent),
            sorted_by: columns(&|field| field.is_sortable && field.sample.differs)
                .into_iter()
                .next(),
            filters: fields
                .iter()
                .flat_map(|field| field.sample.filters.clone())
                .collect(),
            changed: changed.cloned(),
            bad_values: fields
                .iter()
                .flat_map(|field| field.sample.bad_values.clone())
                .collect(),
            unique: columns(&|field| field.is_unique && !field.is_self),
        }
    }
}
