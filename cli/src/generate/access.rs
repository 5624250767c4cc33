//! The access of what is generated: who may call its handlers, and which rows they reach there.

use clap::{Args, ValueEnum};
use heck::ToUpperCamelCase;
use serde::Serialize;

use crate::{
    error::CliError,
    field::{self, Field},
    project::{ACCOUNTS, Project},
};

/// The option `--access` on the command line.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct AccessArgs {
    /// The people whom the handlers let in [default in apps with accounts: `own` with `user:references`, else `permission`]
    #[arg(long, value_enum, value_name = "RULE")]
    access: Option<Access>,
}

/// The people whom the handlers of what is generated let in, from the most people to the fewest.
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

    pub(super) fn in_arguments(arguments: &[String]) -> Self {
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

/// The note that nobody has new permissions yet.
pub(super) fn note_of_permissions(resource: &str, permission: &str) -> String {
    format!(
        "no role has `{resource}:*` yet, but those with `*`: in `src/access/roles.rs`, `.can::<crate::{resource}::access::{permission}>()` gives a permission"
    )
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
