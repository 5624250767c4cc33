//! The access of what is generated: who may call its handlers, and which rows they reach there.

use clap::{Args, ValueEnum};
use heck::ToUpperCamelCase;
use serde::Serialize;

use super::{
    origin,
    resource::{Resource, Service},
    view::Actions,
};
use crate::{
    error::CliError,
    field::{self, Field},
    project::{ACCOUNTS, Project},
};

/// The option `--access` on the command line.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct AccessArgs {
    /// Who may call the handlers [default in apps with accounts: `own` with `user:references`, else `permission`]
    #[arg(long, value_enum, value_name = "RULE")]
    access: Option<Access>,
}

/// Who may call the handlers of what is generated, from the most people to the fewest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Access {
    /// Everybody
    #[default]
    Anyone,
    /// Everybody who is signed in
    SignedIn,
    /// Those who have the permission of the handler, such as `posts:read`
    Permission,
    /// The same, and each reaches only their own rows
    Own,
}

/// The option in the form in which it is recorded.
const ACCESS: &str = "--access=";

impl AccessArgs {
    pub(super) fn of(access: Option<Access>) -> Self {
        Self { access }
    }

    /// The access, that of everybody if nothing says otherwise.
    pub(super) fn get(self) -> Access {
        self.access.unwrap_or_default()
    }

    /// Takes the access of what was generated before, or else the default of the application.
    pub(super) fn settle(
        &mut self,
        before: Option<&[String]>,
        default: impl FnOnce() -> Access,
        project: &Project,
    ) -> Result<(), CliError> {
        if self.access.is_none() {
            self.access = Some(match before {
                Some(arguments) => Access::in_arguments(arguments),
                None if has_accounts(project)? => default(),
                None => Access::Anyone,
            });
        }
        Ok(())
    }

    /// The option as it is recorded; none if everybody may call the handlers.
    pub(super) fn recorded(self) -> Option<String> {
        let access = self.get();
        let name = access
            .to_possible_value()
            .filter(|_| access != Access::Anyone)?;
        Some(format!("{ACCESS}{}", name.get_name()))
    }

    /// Refuses what needs accounts in an application without them.
    pub(super) fn check(self, project: &Project) -> Result<(), CliError> {
        match self.recorded() {
            Some(option) if !has_accounts(project)? => Err(CliError::failed(format!(
                "`{option}` needs accounts, and this app has none: there is no `src/access/mod.rs`"
            ))
            .hint("add them first: `cargo fw generate auth`")),
            _ => Ok(()),
        }
    }
}

impl Access {
    /// Parses the option as it is recorded.
    pub(super) fn parse(option: &str) -> Option<Self> {
        Self::from_str(option.strip_prefix(ACCESS)?, false).ok()
    }

    fn in_arguments(arguments: &[String]) -> Self {
        let mut options = arguments.iter();
        options
            .find_map(|option| Self::parse(option))
            .unwrap_or_default()
    }

    /// The default of a resource in an application with accounts.
    pub(super) fn of_resource(fields: &[String]) -> Self {
        let fields = field::parse_all(fields).unwrap_or_default();
        let mut fields = fields.iter();
        if fields.any(|field| field.name == "user" && is_owner(field)) {
            Self::Own
        } else {
            Self::Permission
        }
    }

    /// The type of the first parameter of a handler that asks for a permission.
    pub(super) fn of_permission(self, permission: &str) -> String {
        match self {
            Self::Anyone => "Anyone".to_owned(),
            Self::SignedIn => "SignedIn".to_owned(),
            Self::Permission => format!("Can<access::{permission}>"),
            Self::Own => format!("Own<access::{permission}>"),
        }
    }

    /// Returns whether the handlers ask for permissions.
    pub(super) fn has_permissions(self) -> bool {
        matches!(self, Self::Permission | Self::Own)
    }
}

/// The access of handlers without a table, settled as [`AccessArgs::settle`] does.
pub(super) fn settle_handlers(
    access: &mut Option<Access>,
    before: Option<&[String]>,
    default: Access,
    project: &Project,
) -> Result<(), CliError> {
    let mut arguments = AccessArgs { access: *access };
    arguments.settle(before, || default, project)?;
    *access = arguments.access;
    Ok(())
}

/// Refuses access that an application or handlers without a table cannot have.
pub(super) fn check_handlers(access: Option<Access>, project: &Project) -> Result<(), CliError> {
    if access == Some(Access::Own) {
        return Err(CliError::usage(
            "`--access own` is about the rows of a table, and here is none",
        )
        .hint("`--access permission`, or `generate scaffold` with `user:references`"));
    }
    AccessArgs { access }.check(project)
}

/// Returns whether an application has accounts, and with them the types of `src/access`.
fn has_accounts(project: &Project) -> Result<bool, CliError> {
    Ok(project.text("src/access/mod.rs")?.is_some())
}

/// Returns whether every row has an account in this field.
fn is_owner(field: &Field) -> bool {
    field.target() == Some(ACCOUNTS) && field.required
}

/// The field with the account that a row belongs to: the only one that refers to an account, or else the one that is called `user`.
pub(super) fn owner(fields: &[Field]) -> Option<&Field> {
    let owners: Vec<_> = fields.iter().filter(|field| is_owner(field)).collect();
    match owners.as_slice() {
        [owner] => Some(owner),
        owners => owners.iter().find(|field| field.name == "user").copied(),
    }
}

/// The owner of the rows of a resource with `--access own`, which it must have.
pub(super) fn require_owner(fields: &[Field]) -> Result<&Field, CliError> {
    if let [field] = fields
        && is_owner(field)
    {
        let error = CliError::usage(
            "with `--access own` nobody fills in the owner, which is the only field",
        );
        return Err(error.hint("give the resource another field, such as `name:string!`"));
    }
    owner(fields).ok_or_else(|| {
        let mut of_accounts = fields
            .iter()
            .filter(|field| field.target() == Some(ACCOUNTS));
        let error = CliError::usage("`--access own` needs the account that a row belongs to");
        error.hint(match of_accounts.next() {
            None => "add it to the fields: `user:references`".to_owned(),
            Some(field) if !field.required => {
                format!("every row needs one: `{}` without `?`", field.name)
            }
            Some(_) => "call one of the references to `users` `user`".to_owned(),
        })
    })
}

/// Refuses references that nobody could be allowed: those of everybody to rows that belong to accounts.
pub(super) fn check_references(resource: &Resource) -> Result<(), CliError> {
    let Service {
        access, actions, ..
    } = resource.service;
    let references = resource.references();
    match references.iter().find(|reference| reference.owned.is_some()) {
        Some(reference) if access == Access::Anyone && actions.writes() => Err(CliError::usage(format!(
            "`{}` refers to rows that belong to accounts, and with `--access anyone` nobody has one",
            reference.field.input
        ))
        .hint("add `--access signed-in`, `permission` or `own`")),
        _ => Ok(()),
    }
}

/// How the rows of a table are reached.
#[derive(Clone, Debug)]
pub(super) struct TableAccess {
    pub(super) access: Access,
    /// For a table whose rows are reached by those whom they belong to.
    pub(super) owned: Option<Owned>,
}

/// The rows of a table that belong to accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Owned {
    /// The column with the account, and its variant of `Column`.
    column: String,
    owner: String,
    /// The permission of those who read a row.
    permission: &'static str,
}

impl TableAccess {
    /// Reads how a table was generated, from its migration. Nothing is known of a table that was written by hand.
    pub(super) fn of(table: &str, project: &Project) -> Self {
        let creation = project.creation_of(table);
        let arguments = creation.and_then(|migration| origin::read(&migration.source));
        let arguments = arguments.unwrap_or_default();
        let access = Access::in_arguments(&arguments);
        let owned = (access == Access::Own).then(|| {
            let fields: Vec<_> = arguments
                .iter()
                .filter(|word| word.contains(':'))
                .cloned()
                .collect();
            let fields = field::parse_all(&fields).ok()?;
            let only = arguments
                .iter()
                .find_map(|word| word.strip_prefix("--only="));
            Owned::new(&fields, |handler| {
                only.is_none_or(|only| only.split(',').any(|one| one == handler))
            })
        });
        Self {
            access,
            owned: owned.flatten(),
        }
    }
}

impl Owned {
    fn new(fields: &[Field], has: impl Fn(&str) -> bool) -> Option<Self> {
        let mut permissions = PERMISSIONS.iter();
        let asked = permissions.find(|(_, _, handlers)| handlers.iter().any(|one| has(one)))?;
        let owner = owner(fields)?;
        Some(Self {
            column: owner.column(),
            owner: owner.variant(),
            permission: asked.0,
        })
    }

    /// The rows of a resource itself.
    pub(super) fn of_resource(fields: &[Field], actions: Actions) -> Option<Self> {
        Self::new(fields, |handler| actions.has(handler))
    }
}

/// The permissions of a resource: the type, the action, and the handlers that ask for it. The first one is that of those who read a row.
const PERMISSIONS: [(&str, &str, &[&str]); 5] = [
    ("Read", "read", &["show"]),
    ("List", "list", &["list"]),
    ("Create", "create", &["create"]),
    ("Update", "update", &["replace", "update"]),
    ("Delete", "delete", &["delete"]),
];

/// The values of the templates that are about access.
#[derive(Debug, Serialize)]
pub(super) struct AccessView {
    /// The access of each kind of handler: the type of its first parameter.
    rules: Rules,
    /// Those of `src/access` that the handlers name.
    rule_types: Vec<&'static str>,
    /// True if the caller is an account.
    is_signed_in: bool,
    /// True if the resource has permissions, or rows that callers may not refer to.
    pub(super) has_access: bool,
    permissions: Vec<Permission>,
}

#[derive(Debug, Serialize)]
struct Rules {
    list: String,
    read: String,
    create: String,
    update: String,
    delete: String,
}

/// A permission of a resource.
#[derive(Debug, Serialize)]
struct Permission {
    name: &'static str,
    action: &'static str,
}

impl AccessView {
    pub(super) fn new(service: Service, has_checks: bool) -> Self {
        let Service {
            access, actions, ..
        } = service;
        let has = |handlers: &[&str]| handlers.iter().any(|handler| actions.has(handler));
        let permissions = PERMISSIONS.iter().filter(|(_, _, handlers)| has(handlers));
        let mut permissions: Vec<_> = permissions
            .map(|(name, action, _)| Permission { name, action })
            .filter(|_| access.has_permissions())
            .collect();
        // As in the controller.
        permissions
            .sort_by_key(|permission| (permission.name != "List", permission.name == "Delete"));
        let rule_types = match access {
            Access::Anyone => Vec::new(),
            Access::SignedIn => vec!["SignedIn"],
            Access::Permission => vec!["Can"],
            Access::Own => {
                let owned = has(&["list", "show", "replace", "update", "delete"]);
                let types = [(actions.create, "Can"), (owned, "Own")];
                types
                    .iter()
                    .filter(|(is_used, _)| *is_used)
                    .map(|(_, name)| *name)
                    .collect()
            }
        };
        Self {
            rules: Rules {
                list: access.of_permission("List"),
                read: access.of_permission("Read"),
                // A new row belongs to nobody yet.
                create: match access {
                    Access::Own => Access::Permission.of_permission("Create"),
                    access => access.of_permission("Create"),
                },
                update: access.of_permission("Update"),
                delete: access.of_permission("Delete"),
            },
            rule_types,
            is_signed_in: access != Access::Anyone,
            has_access: !permissions.is_empty() || has_checks,
            permissions,
        }
    }
}

/// The values of templates of handlers without a table that are about access.
#[derive(Debug, Serialize)]
pub(super) struct HandlersView {
    /// The type of `src/access` that the handlers name.
    rule_type: Option<&'static str>,
    /// The first segment of the permissions.
    resource: String,
    permissions: Vec<HandlerPermission>,
}

/// The permission of a handler.
#[derive(Debug, Serialize)]
struct HandlerPermission {
    name: String,
    action: String,
}

impl HandlersView {
    pub(super) fn new(access: Access, resource: &str, handlers: &[String]) -> Self {
        let handlers = handlers.iter().filter(|_| access.has_permissions());
        Self {
            rule_type: match access {
                Access::Anyone => None,
                Access::SignedIn => Some("SignedIn"),
                Access::Permission | Access::Own => Some("Can"),
            },
            resource: resource.to_owned(),
            permissions: handlers
                .map(|handler| HandlerPermission {
                    name: handler.to_upper_camel_case(),
                    action: handler.clone(),
                })
                .collect(),
        }
    }
}
