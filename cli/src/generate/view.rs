//! The values of the templates of a resource.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    resource::{Reference, Resource},
    service::{AccessView, Actions, Owned},
};
use crate::{
    field::{BadValue, Field, FieldView},
    project::{Names, Project},
};

/// The values of the templates of scaffolds and models.
#[derive(Debug, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a condition of a template"
)]
pub(super) struct ResourceView {
    #[serde(flatten)]
    names: NamesView,
    /// True if the application describes its API, so that types need schemas.
    has_openapi: bool,
    /// The handlers to generate.
    actions: Actions,
    /// True if there are pages.
    has_pages: bool,
    /// True if rows are read over HTTP.
    is_listed: bool,
    /// True if clients send whole rows.
    has_body: bool,
    /// The types that the controller imports from the DTOs.
    dto_types: Vec<String>,
    #[serde(flatten)]
    access: AccessView,
    /// The account that a row belongs to, if its access depends on that.
    owner: Option<FieldView>,
    /// The references that a caller may not set to every row.
    checked: Vec<ReferenceView>,
    /// The fields that clients set.
    fields: Vec<FieldView>,
    /// The fields and the version: all columns besides `id` and the timestamps.
    columns: Vec<FieldView>,
    /// The column with the version of a row.
    version: Option<FieldView>,
    /// The references, in the order of the fields.
    references: Vec<ReferenceView>,
    /// The references that clients can include.
    includes: Vec<ReferenceView>,
    /// The other tables that it references, sorted.
    parents: Vec<Parent>,
    /// Those of which a test makes rows to refer to.
    body_parents: Vec<Parent>,
    /// Those of [`includes`](Self::includes), each once.
    include_parents: Vec<ParentView>,
    /// The items that the DTOs import from the model.
    dto_imports: Vec<String>,
    /// The variants of `Column` that a list can be ordered by.
    sorted: Vec<String>,
    /// The variants of `Column` that a list can be filtered by, without those of enums.
    filtered: Vec<String>,
    #[serde(flatten)]
    tests: TestsView,
    #[serde(flatten)]
    factory: FactoryView,
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
    /// The variant of `Column`.
    variant: String,
    /// The table that it points at.
    table: String,
    /// The view of a row there.
    view: String,
    is_self: bool,
    /// True if it is the account that the row belongs to.
    is_owner: bool,
    /// The rows that it may point at, if these belong to accounts.
    owned: Option<Owned>,
    /// The contents of `#[sea_orm(…)]` of the relation.
    attributes: Vec<String>,
    /// The type argument of `BelongsTo`.
    target: String,
    /// The argument of a loader's `with`.
    loaded: String,
}

/// A table that is referenced.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Parent {
    table: String,
    /// The folder with its model.
    folder: String,
}

/// A table whose rows can be included.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct ParentView {
    table: String,
    view: String,
}

/// The values of the templates of tests.
#[derive(Debug, Serialize)]
struct TestsView {
    /// The columns that are required in a body.
    must_be_sent: Vec<String>,
    /// A field that a test can change.
    changed: Option<FieldView>,
    /// Bad values of all fields.
    bad_values: Vec<BadValue>,
    /// The unique columns that a test can fill.
    unique: Vec<String>,
}

/// The values of the template of the factory.
#[derive(Debug, Serialize)]
struct FactoryView {
    /// The fields that it fills.
    fakes: Vec<FieldView>,
    /// The items that it imports from the model.
    factory_imports: Vec<String>,
    /// The tables in which it creates rows as well.
    factory_parents: Vec<Parent>,
    /// True if unique values are made from a sequence number.
    is_numbered: bool,
    /// True if it names types of columns.
    names_types: bool,
}

impl ResourceView {
    pub(super) fn new(resource: &Resource, project: &Project) -> Self {
        let names = &resource.names;
        let actions = resource.service.actions;
        let view = |field: &Field| field.view(&names.class, &names.plural);
        let all: Vec<FieldView> = resource.fields.iter().map(view).collect();
        let fields: Vec<FieldView> = resource.inputs().iter().map(view).collect();
        let references = resource.references();
        let includes = resource.includes();
        let is_checked = |reference: &&Reference<'_>| reference.owned.is_some() && actions.writes();
        let checked: Vec<_> = references
            .iter()
            .filter(is_checked)
            .map(ReferenceView::of)
            .collect();
        let mut include_parents: Vec<ParentView> = includes
            .iter()
            .map(|include| ParentView {
                table: include.parent.plural.clone(),
                view: include.view(),
            })
            .collect();
        include_parents.sort();
        include_parents.dedup();
        let has_body = actions.create || actions.replace;
        let mut row_types = vec!["Model"];
        row_types.extend((has_body || actions.update).then_some("ActiveModel"));
        row_types.extend((!includes.is_empty()).then_some("ModelEx"));
        let has_view = actions.list || actions.show || has_body || actions.update;
        let dto_types = [
            (has_body, "Body"),
            (actions.update, "Patch"),
            (has_view, "View"),
        ];
        let variants = |chosen: &dyn Fn(&FieldView) -> bool| -> Vec<String> {
            let chosen = all.iter().filter(|field| chosen(field));
            chosen
                .map(|field| format!("Column::{}", field.variant))
                .collect()
        };
        Self {
            has_openapi: project.features.iter().any(|feature| feature == "openapi"),
            actions,
            has_pages: resource.service.has_pages,
            is_listed: actions.list || actions.show,
            has_body,
            dto_types: dto_types
                .iter()
                .filter(|(is_used, _)| *is_used)
                .map(|(_, suffix)| format!("{}{suffix}", names.class))
                .collect(),
            columns: resource.columns().iter().map(view).collect(),
            version: resource.version.as_ref().map(view),
            references: references.iter().map(ReferenceView::of).collect(),
            includes: includes.iter().map(ReferenceView::of).collect(),
            parents: Parent::all(&references, |_| true),
            body_parents: Parent::all(&references, |reference| !reference.is_owner),
            include_parents,
            access: AccessView::new(resource.service, !checked.is_empty()),
            owner: resource.owner().map(view),
            checked,
            dto_imports: with_enums(&row_types, &fields),
            sorted: variants(&|field| field.is_sortable),
            filtered: variants(&|field| field.is_filterable && field.entity.enumeration.is_none())
                .into_iter()
                .chain(actions.list.then(|| "Column::CreatedAt".to_owned()))
                .collect(),
            tests: TestsView::of(&fields),
            factory: FactoryView::of(&all, &references),
            names: NamesView::of(names),
            fields,
        }
    }

    /// The first permission of the resource, if it has some.
    pub(super) fn first_permission(&self) -> Option<&'static str> {
        self.access.first_permission()
    }

    /// Returns whether the resource has a file about access.
    pub(super) fn has_access(&self) -> bool {
        self.access.has_access
    }
}

/// The imports from a model: some of its types, and the enums of the fields.
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

impl Parent {
    /// The other tables of some references, sorted, each once.
    fn all(references: &[Reference<'_>], is_chosen: impl Fn(&Reference<'_>) -> bool) -> Vec<Self> {
        let chosen = references
            .iter()
            .filter(|reference| !reference.is_self && is_chosen(reference));
        let parents: BTreeSet<_> = chosen
            .map(|reference| Self {
                table: reference.parent.plural.clone(),
                folder: reference.folder.to_owned(),
            })
            .collect();
        parents.into_iter().collect()
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
            variant: field.variant(),
            table: parent.plural.clone(),
            view: reference.view(),
            is_self: reference.is_self,
            is_owner: reference.is_owner,
            owned: reference.owned.cloned(),
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
        Self {
            must_be_sent: columns(&|field| field.must_be_sent),
            changed: fields.iter().find(|field| field.is_changeable).cloned(),
            bad_values: fields
                .iter()
                .flat_map(|field| field.sample.bad_values.clone())
                .collect(),
            unique: columns(&|field| field.is_unique && !field.is_self),
        }
    }
}

impl FactoryView {
    fn of(fields: &[FieldView], references: &[Reference<'_>]) -> Self {
        let fakes: Vec<FieldView> = fields
            .iter()
            .filter(|field| field.sample.is_faked)
            .cloned()
            .collect();
        let is_faked = |reference: &Reference<'_>| {
            fakes.iter().any(|field| field.name == reference.field.name)
        };
        Self {
            factory_imports: with_enums(&["ActiveModel"], &fakes),
            factory_parents: Parent::all(references, is_faked),
            is_numbered: fakes.iter().any(|field| field.sample.is_numbered),
            names_types: fakes.iter().any(|field| field.sample.names_type),
            fakes,
        }
    }
}
