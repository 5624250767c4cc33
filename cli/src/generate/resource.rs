//! A resource to generate: its names, its fields, and its references.

use super::{
    access::{self, Access},
    reference,
    service::{Owned, Service, TableAccess},
};
use crate::{
    error::CliError,
    field::{self, Field},
    plan::has_code,
    project::{Names, Project, Schema},
};

/// The option that adds [`Resource::version`].
pub(super) const LOCK: &str = "--lock";

/// Returns whether an argument is an option, so no name and no field.
pub(super) fn is_option(word: &str) -> bool {
    word.starts_with("--")
}

/// The greatest number of fields; more reach the recursion limit of `json!` in the generated tests.
const MAX_FIELDS: usize = 40;

/// The resource that `scaffold` and `model` generate files for.
pub(super) struct Resource {
    pub(super) names: Names,
    pub(super) fields: Vec<Field>,
    /// The name as it was typed.
    pub(super) typed: String,
    /// The column with the version of a row; clients see it, but cannot set it.
    pub(super) version: Option<Field>,
    pub(super) service: Service,
    /// The tables that the fields refer to, in the order of the references.
    referenced: Vec<Referenced>,
    /// The referenced tables that have a view, so that clients can get their rows.
    viewed: Vec<String>,
}

/// A table that a field refers to.
struct Referenced {
    /// The folder with its model.
    folder: String,
    access: TableAccess,
}

/// The field of [`Resource::version`].
const VERSION: &str = "lock_version:int=1";

/// A field that references a row of another table, or of its own.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a property of its own"
)]
pub(super) struct Reference<'a> {
    pub(super) field: &'a Field,
    pub(super) parent: Names,
    /// True if it references the resource's own table.
    pub(super) is_self: bool,
    /// True if another field references the same table: the ORM must be told which relation is meant.
    pub(super) is_ambiguous: bool,
    /// The folder with the model of the table.
    pub(super) folder: &'a str,
    /// True if it is the account that the row belongs to.
    pub(super) is_owner: bool,
    /// The rows that it may point at, if these belong to accounts.
    pub(super) owned: Option<&'a Owned>,
    /// True if whoever gets this row may get that one as well.
    pub(super) is_as_open: bool,
}

impl Reference<'_> {
    /// Returns whether it points at an account, which no view of a row shows: it has a mailbox, and perhaps more that is private.
    pub(super) fn is_of_accounts(&self) -> bool {
        self.folder != self.parent.plural
    }

    /// The view of the referenced row: `AuthorView`.
    pub(super) fn view(&self) -> String {
        format!("{}View", self.parent.class)
    }

    /// The variant of SeaORM's `Relation` enum.
    pub(super) fn relation(&self) -> String {
        if self.is_self || self.is_ambiguous {
            heck::ToUpperCamelCase::to_upper_camel_case(self.field.name.as_str())
        } else {
            self.parent.entity.clone()
        }
    }
}

impl Resource {
    /// Parses names and fields, and checks that the referenced tables exist.
    pub(super) fn new(
        name: &str,
        fields: &[String],
        lock: bool,
        service: Service,
        project: &Project,
    ) -> Result<Self, CliError> {
        let names = Names::resource(name)?;
        let fields = field::parse_all(fields)?;
        let version = lock.then(|| field::parse(VERSION)).transpose()?;
        if let Some(own) = fields.iter().find(|field| field.name == "lock_version") {
            return Err(CliError::usage(format!(
                "`{}` is the column that `--lock` makes",
                own.input
            ))
            .hint("leave it out and add `--lock`"));
        }
        if fields.len() > MAX_FIELDS {
            return Err(CliError::usage(format!(
                "`{name}` would have {} fields; a resource has at most {MAX_FIELDS}",
                fields.len()
            ))
            .hint("split it into two resources with a reference between them"));
        }
        check_renamed(&names.plural, project)?;
        let creation = project.creation_of(&names.plural);
        let schema = match creation {
            Some(migration) => project.schema_before(migration),
            None => project.schema(),
        };
        if creation.is_none() && schema.table(&names.plural).is_some() {
            return Err(CliError::failed(format!(
                "a migration makes the table `{}` already",
                names.plural
            ))
            .hint(match files_of(&names.plural, &schema, project)? {
                Some(folder) => format!(
                    "it was called `{folder}` before, and its files are in `src/{folder}`: they are yours to change"
                ),
                None => {
                    "choose another name, or write the files for that table by hand".to_owned()
                }
            }));
        }
        for field in &fields {
            reference::check(field, &names.plural, &schema)?;
            check_model(field, &names, &schema, project)?;
        }
        let mut own = None;
        if service.access == Access::Own {
            access::require_owner(&fields)?;
            own = Owned::of_resource(&fields, service.actions);
        }
        let tables = fields.iter().filter_map(Field::target);
        let referenced = tables.map(|table| {
            Ok(Referenced {
                folder: project.model_folder(table)?,
                access: if table == names.plural {
                    TableAccess {
                        access: service.access,
                        owned: own.clone(),
                    }
                } else {
                    TableAccess::of(table, project)
                },
            })
        });
        let referenced = referenced.collect::<Result<_, CliError>>()?;
        let mut resource = Self {
            names,
            typed: name.to_owned(),
            fields,
            version,
            service,
            referenced,
            viewed: Vec::new(),
        };
        resource.check_relations()?;
        resource.check_access()?;
        resource.viewed = resource.find_views(project)?;
        Ok(resource)
    }

    /// The columns besides `id` and the timestamps.
    pub(super) fn columns(&self) -> Vec<Field> {
        self.fields.iter().chain(&self.version).cloned().collect()
    }

    /// The account that a row belongs to, if its access depends on that.
    pub(super) fn owner(&self) -> Option<&Field> {
        let is_owned = self.service.access == Access::Own;
        is_owned.then(|| access::owner(&self.fields)).flatten()
    }

    /// The fields that clients set.
    pub(super) fn inputs(&self) -> Vec<Field> {
        let owner = self.owner().map(|owner| &owner.name);
        let inputs = self
            .fields
            .iter()
            .filter(|field| Some(&field.name) != owner);
        inputs.cloned().collect()
    }

    /// The references, in the order of the fields.
    pub(super) fn references(&self) -> Vec<Reference<'_>> {
        let count = |table: &str| {
            self.fields
                .iter()
                .filter(|field| field.target() == Some(table))
                .count()
        };
        let owner = self.owner().map(|owner| &owner.name);
        let fields = self
            .fields
            .iter()
            .filter_map(|field| Some((field, field.target()?)));
        let references = fields
            .zip(&self.referenced)
            .map(|((field, table), to)| Reference {
                field,
                parent: Names::of_table(table),
                is_self: table == self.names.plural,
                is_ambiguous: count(table) > 1,
                folder: &to.folder,
                is_owner: Some(&field.name) == owner,
                owned: to.access.owned.as_ref(),
                is_as_open: to.access.access <= self.service.access,
            });
        references.collect()
    }

    fn find_views(&self, project: &Project) -> Result<Vec<String>, CliError> {
        let mut tables = Vec::new();
        for reference in self.references() {
            let table = &reference.parent.plural;
            let dto = project.text(&format!("src/{table}/dto.rs"))?;
            let conversion = format!("impl From<Model> for {}", reference.view());
            if dto.is_some_and(|dto| has_code(&dto, &conversion)) {
                tables.push(table.clone());
            }
        }
        Ok(tables)
    }

    /// The references that clients can include. One to the own table would make a view that holds itself.
    pub(super) fn includes(&self) -> Vec<Reference<'_>> {
        let mut references = self.references();
        references.retain(|reference| {
            let view = reference.view();
            let mut enums = self.fields.iter().filter(|field| field.is_enum());
            !reference.is_self
                && reference.is_as_open
                && self.viewed.contains(&reference.parent.plural)
                && enums.all(|field| field.enum_name(&self.names.class) != view)
        });
        references
    }

    /// Refuses references that nobody could be allowed: those of everybody to rows that belong to accounts.
    fn check_access(&self) -> Result<(), CliError> {
        let Service {
            access, actions, ..
        } = self.service;
        let references = self.references();
        let mut references = references.iter();
        match references.find(|reference| reference.owned.is_some()) {
            Some(reference) if access == Access::Anyone && actions.writes() => {
                Err(CliError::usage(format!(
                    "`{}` refers to rows that belong to accounts, and with `--access anyone` nobody has one",
                    reference.field.input
                ))
                .hint("add `--access signed-in`, `permission` or `own`"))
            }
            _ => Ok(()),
        }
    }

    /// Checks the names of relations. The field of a relation has the name of the reference, which no column may have.
    /// The ORM knows the relation by the name of its table, or of its field where that does not tell; no two may have
    /// one name.
    fn check_relations(&self) -> Result<(), CliError> {
        let references = self.references();
        for (index, reference) in references.iter().enumerate() {
            let name = &reference.field.name;
            if let Some(other) = self.fields.iter().find(|other| other.column() == *name) {
                return Err(CliError::usage(format!(
                    "`{}` and `{}` would both be called `{name}` in the model",
                    reference.field.input, other.input
                ))
                .hint("give one of them another name"));
            }
            let relation = reference.relation();
            if let Some(other) = references[..index]
                .iter()
                .find(|other| other.relation() == relation)
            {
                return Err(CliError::usage(format!(
                    "the relations of `{}` and `{}` would both be called `{relation}`",
                    other.field.input, reference.field.input
                ))
                .hint("give one of them another name"));
            }
        }
        Ok(())
    }
}

/// Refuses the name of a table that a migration has renamed, while its files have that name: they are of the renamed table.
fn check_renamed(table: &str, project: &Project) -> Result<(), CliError> {
    let schema = project.schema();
    let Some(present) = schema.present_name(table) else {
        return Ok(());
    };
    if project.text(&format!("src/{table}/model.rs"))?.is_none() {
        return Ok(());
    }
    Err(CliError::failed(format!(
        "a migration has renamed the table `{table}` to `{present}`, and the files in `src/{table}` are of that table; nothing was written"
    ))
    .hint(format!(
        "they are yours to change, with `table_name = \"{present}\"` in `src/{table}/model.rs`; for another table `{table}`, call that folder and its module `{present}` first"
    )))
}

/// The folder with the model of a table, where it still has a former name of the table.
fn files_of(table: &str, schema: &Schema, project: &Project) -> Result<Option<String>, CliError> {
    for former in schema.former_names(table) {
        if project.text(&format!("src/{former}/model.rs"))?.is_some() {
            return Ok(Some(former.to_owned()));
        }
    }
    Ok(None)
}

/// Checks that a row can refer to a row of its own table, and that another table has a model for the other end of the relation.
fn check_model(
    field: &Field,
    names: &Names,
    schema: &Schema,
    project: &Project,
) -> Result<(), CliError> {
    let Some(table) = field.target() else {
        return Ok(());
    };
    if table == names.plural {
        return reference::check_own(field, table);
    }
    let folder = project.model_folder(table)?;
    if project.text(&format!("src/{folder}/model.rs"))?.is_none() {
        let model = format!("src/{table}/model.rs");
        return Err(CliError::failed(format!(
            "`{}` refers to the table `{table}`, which has no `{model}`",
            field.input
        ))
        .hint(match files_of(table, schema, project)? {
            Some(folder) => format!(
                "it was called `{folder}` before: call the folder `src/{folder}` and its module `{table}` first"
            ),
            None => {
                "write the model of that table first; the relation goes into both models".to_owned()
            }
        }));
    }
    Ok(())
}
