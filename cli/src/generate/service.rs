//! The handlers of a resource: which there are, their access, and the rows that callers reach by them.

use serde::Serialize;

use super::{
    access::{self, Access},
    origin,
};
use crate::{
    field::{self, Field},
    project::Project,
};

/// The handlers of a resource; none for a model alone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Service {
    pub(super) actions: Actions,
    pub(super) access: Access,
    /// True if there are pages.
    pub(super) has_pages: bool,
}

/// The handlers of a resource.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a handler")]
pub(super) struct Actions {
    pub(super) list: bool,
    pub(super) show: bool,
    pub(super) create: bool,
    pub(super) replace: bool,
    pub(super) update: bool,
    pub(super) delete: bool,
}

impl Actions {
    /// Returns whether one of the handlers is called so.
    pub(super) fn has(self, handler: &str) -> bool {
        match handler {
            "list" => self.list,
            "show" => self.show,
            "create" => self.create,
            "replace" => self.replace,
            "update" => self.update,
            "delete" => self.delete,
            _ => false,
        }
    }

    /// Returns whether clients set the fields of rows.
    pub(super) fn writes(self) -> bool {
        self.create || self.replace || self.update
    }
}

/// The access to the rows of a table.
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
        let owner = access::owner(fields)?;
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
    /// The type of the first permission.
    pub(super) fn first_permission(&self) -> Option<&'static str> {
        self.permissions.first().map(|permission| permission.name)
    }
}
