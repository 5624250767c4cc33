//! The values of the templates of a resource's pages.

use serde::Serialize;

use super::{access::Access, resource::Resource, service::Owned, view::ResourceView};
use crate::{
    field::{ENUM_LENGTH, Field, Kind},
    project::{Names, Project, Table},
};

/// The largest number of columns in the table of a list; further ones are on the page of each row.
const MAX_COLUMNS: usize = 5;

/// The values of the templates of pages.
#[derive(Debug, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a condition of a template"
)]
pub(super) struct PagesView<'a> {
    #[serde(flatten)]
    resource: &'a ResourceView,
    pages: PageActions,
    /// True if the resource is served as JSON as well.
    has_api: bool,
    /// The fields of forms and pages.
    page_fields: Vec<PageField>,
    /// The columns of the list; the first one links to the row.
    table_fields: Vec<PageField>,
    has_filters: bool,
    /// The names of the filters, as an expression of a template.
    filter_names: String,
    /// True if a form has the rows of a table to choose from.
    has_choices: bool,
    /// True if some of these are rows that the caller can reach.
    choices_ask_caller: bool,
    /// True if the list has such a filter.
    filters_ask_caller: bool,
    /// True if no field names a row, so that its number does.
    is_numbered: bool,
    choice_tables: Vec<ChoiceTable>,
    /// True if a relation is named by the model, as several lead to one table.
    names_relation: bool,
    /// The name of a row, as a fragment of a template.
    heading: String,
    /// A value that is refused.
    wrong: Wrong,
}

/// The pages to generate, besides the list and the page of each row.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct PageActions {
    pub(super) create: bool,
    pub(super) edit: bool,
    pub(super) delete: bool,
}

/// A field on pages.
#[derive(Clone, Debug, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a condition of a template"
)]
struct PageField {
    column: String,
    human: String,
    is_sortable: bool,
    is_filter: bool,
    /// True in the list if it links to the row.
    is_link: bool,
    /// The value in a list, as a fragment of a template.
    cell: String,
    /// The value on the page of a row, as a fragment of a template.
    shown: String,
    /// A good value as a browser sends it, as a Rust expression.
    form: String,
    /// The function with the rows that it may refer to.
    choices: Option<String>,
    /// True if these are rows that the caller can reach.
    asks_caller: bool,
    /// The values of an enum.
    values: Vec<EnumValue>,
}

/// A value of an enum.
#[derive(Clone, Debug, Serialize)]
struct EnumValue {
    name: String,
    human: String,
}

/// A table whose rows a form names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct ChoiceTable {
    name: String,
    humans: String,
    function: String,
    /// The folder with its model.
    folder: String,
    /// Its rows that the caller can reach, if not everybody reaches all.
    owned: Option<Owned>,
    /// The column that names a row.
    label: Option<String>,
}

/// A value that a form refuses.
#[derive(Debug, Serialize)]
struct Wrong {
    column: String,
    /// A Rust expression.
    value: String,
}

impl<'a> PagesView<'a> {
    pub(super) fn new(
        resource: &Resource,
        view: &'a ResourceView,
        pages: PageActions,
        has_api: bool,
        project: &Project,
    ) -> Self {
        let names = &resource.names;
        let inputs = resource.inputs();
        let label = label_of(&inputs).map(Field::column);
        let choice_tables = choice_tables(resource, project);
        let includes: Vec<_> = resource.includes();
        let page_fields: Vec<_> = inputs
            .iter()
            .map(|field| {
                let mut tables = choice_tables.iter();
                let choices = tables.find(|table| field.target() == Some(&table.name));
                let inclusion = includes.iter().find(|one| one.field.name == field.name);
                let target = inclusion.and_then(|one| {
                    let tables = &mut choice_tables.iter();
                    let table = tables.find(|table| table.name == one.parent.plural)?;
                    table.label.clone()
                });
                PageField::of(field, names, target.as_deref(), choices)
            })
            .collect();
        let mut table_fields: Vec<PageField> = Vec::new();
        let label_field = page_fields
            .iter()
            .find(|field| Some(&field.column) == label.as_ref());
        table_fields.push(match label_field {
            Some(field) => PageField {
                is_link: true,
                ..field.clone()
            },
            None => PageField::number(),
        });
        let others = inputs.iter().zip(&page_fields).filter(|(field, shown)| {
            !is_long(&field.kind) && Some(&shown.column) != label.as_ref()
        });
        table_fields.extend(others.map(|(_, shown)| shown.clone()).take(MAX_COLUMNS - 1));
        let filters = page_fields.iter().filter(|field| field.is_filter);
        let filters: Vec<_> = filters.map(|field| format!("{:?}", field.column)).collect();
        Self {
            resource: view,
            pages,
            has_api,
            filter_names: format!("[{}]", filters.join(", ")),
            has_filters: page_fields.iter().any(|field| field.is_filter),
            has_choices: !choice_tables.is_empty(),
            choices_ask_caller: choice_tables.iter().any(|table| table.owned.is_some()),
            filters_ask_caller: page_fields
                .iter()
                .any(|field| field.is_filter && field.asks_caller),
            is_numbered: label.is_none(),
            choice_tables,
            names_relation: includes.iter().any(|one| one.is_ambiguous),
            heading: match &label {
                Some(label) => format!("{{{{ {}.{label} }}}}", names.singular),
                None => format!("#{{{{ {}.id }}}}", names.singular),
            },
            wrong: wrong(&inputs),
            page_fields,
            table_fields,
        }
    }
}

impl PageField {
    /// `target` is the column that names the row which a reference points at, if the page has that row.
    fn of(
        field: &Field,
        names: &Names,
        target: Option<&str>,
        choices: Option<&ChoiceTable>,
    ) -> Self {
        let is_self = field.target() == Some(&names.plural);
        let column = field.column();
        let fragment = |row: &str| match &field.kind {
            Kind::Bool => format!("{{{{ <flag of={{{row}.{column}}} /> }}}}"),
            Kind::DateTime => format!("{{{{ <moment at={{{row}.{column}}} /> }}}}"),
            Kind::Json => format!("<code>{{{{ {row}.{column} }}}}</code>"),
            Kind::References { .. } => match target {
                Some(label) => {
                    let target = format!("{row}.{}", field.name);
                    format!("{{% if {target} %}}{{{{ {target}.{label} }}}}{{% endif %}}")
                }
                None => format!("{{{{ {row}.{column} }}}}"),
            },
            Kind::Enum { .. } => {
                let key = format!("{}-{column}", names.plural);
                format!("{{{{ <choice of={{{row}.{column}}} key=\"{key}\" /> }}}}")
            }
            _ => format!("{{{{ {row}.{column} }}}}"),
        };
        Self {
            human: field.human(),
            is_sortable: field.sortable(),
            is_filter: field.filterable() && is_chosen(field),
            is_link: false,
            cell: fragment("row"),
            shown: fragment(&names.singular),
            form: field.form_sample(is_self),
            choices: choices.map(|table| table.function.clone()),
            asks_caller: choices.is_some_and(|table| table.owned.is_some()),
            values: match &field.kind {
                Kind::Enum { values } => values.iter().map(|value| EnumValue::of(value)).collect(),
                _ => Vec::new(),
            },
            column,
        }
    }

    /// The number of a row, in a list whose rows have no name.
    fn number() -> Self {
        Self {
            column: "id".to_owned(),
            human: "number".to_owned(),
            is_sortable: true,
            is_filter: false,
            is_link: true,
            cell: "#{{ row.id }}".to_owned(),
            shown: String::new(),
            form: String::new(),
            choices: None,
            asks_caller: false,
            values: Vec::new(),
        }
    }
}

impl EnumValue {
    fn of(value: &str) -> Self {
        Self {
            name: value.to_owned(),
            human: value.replace('_', " "),
        }
    }
}

/// The field that names a row: the first short text that every row has.
fn label_of(fields: &[Field]) -> Option<&Field> {
    fields
        .iter()
        .find(|field| field.required && matches!(field.kind, Kind::String { .. }))
}

/// Returns whether people choose rows by its values: there are few of them, or they identify a row.
fn is_chosen(field: &Field) -> bool {
    let is_choice = matches!(
        field.kind,
        Kind::Bool | Kind::Enum { .. } | Kind::References { .. }
    );
    // A control for a moment is never exact enough.
    is_choice || (field.unique || field.indexed) && field.kind != Kind::DateTime
}

fn is_long(kind: &Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Json | Kind::Blob)
}

fn choice_function(table: &str) -> String {
    format!("choose_{table}")
}

/// The tables that the fields refer to, each once.
fn choice_tables(resource: &Resource, project: &Project) -> Vec<ChoiceTable> {
    let schema = project.schema();
    let mut tables: Vec<ChoiceTable> = Vec::new();
    for reference in resource.references() {
        // Nobody gets to know by a form what is kept from them, such as the mailboxes of all accounts.
        let is_hidden = !reference.is_as_open
            && (reference.owned.is_none() || resource.service.access == Access::Anyone);
        if reference.is_of_accounts() || is_hidden {
            continue;
        }
        let folder = reference.folder.to_owned();
        let owned = reference.owned.cloned();
        let Names { plural, humans, .. } = reference.parent;
        let label = if reference.is_self {
            label_of(&resource.inputs()).map(Field::column)
        } else {
            schema.table(&plural).and_then(label_in)
        };
        if tables.iter().all(|table| table.name != plural) {
            tables.push(ChoiceTable {
                function: choice_function(&plural),
                name: plural,
                humans,
                folder,
                owned,
                label,
            });
        }
    }
    tables.sort_by(|one, other| one.name.cmp(&other.name));
    tables
}

/// The column of a table that names a row: the first short text that every row has and that is no secret.
fn label_in(table: &Table) -> Option<String> {
    const SECRETS: [&str; 5] = ["password", "token", "secret", "hash", "key"];

    let mut columns = table.columns.iter();
    let found = columns.find(|column| {
        let is_secret = SECRETS.iter().any(|secret| column.name.contains(secret));
        let is_enum = column.call.contains(&format!(", {ENUM_LENGTH})"));
        column.call.starts_with("string_len(") && !is_secret && !is_enum
    });
    found.map(|column| column.name.clone())
}

/// A value of the first field that a form refuses.
fn wrong(fields: &[Field]) -> Wrong {
    let column = fields.first().map(Field::column).unwrap_or_default();
    let value = match fields.first().map(|field| (&field.kind, field.required)) {
        Some((Kind::String { .. } | Kind::Text, true)) => "String::new()".to_owned(),
        Some((Kind::String { max }, false)) => format!("\"x\".repeat({})", max + 1),
        Some((Kind::Text, false)) => "\"x\".repeat(65_536)".to_owned(),
        _ => "\"?\".to_owned()".to_owned(),
    };
    Wrong { column, value }
}
