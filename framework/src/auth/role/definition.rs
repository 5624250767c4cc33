//! A role, of the code or of the database.

use std::fmt;

use serde::Serialize;

use crate::auth::{Grants, Permission};

/// The longest name of a role, in characters.
const LONGEST_NAME: usize = 60;

/// A role: a name for permissions, which accounts get by it. Checks are on permissions, never on the names of roles.
///
/// The built-in roles of an application are code, in `Hooks::roles`. They change with the code, and only with it. Further ones are made while it
/// runs, with [`Roles::create`](crate::auth::Roles::create).
///
/// ```
/// use fw::{auth::Role, prelude::*};
///
/// mod posts {
///     fw::permissions! { "posts" { Read = "read", Update = "update" } }
/// }
///
/// struct App;
///
/// impl Hooks for App {
///     type Settings = ();
///
///     fn name() -> &'static str {
///         "blog"
///     }
///
///     fn routes() -> Routes {
///         Routes::new()
///     }
///
///     fn migrations() -> Vec<Migration> {
///         Vec::new()
///     }
///
///     fn roles() -> Vec<Role> {
///         vec![
///             Role::new("admin").can_all("*").requires_second_factor(),
///             Role::new("editor").can_all("posts"),
///             Role::new("author").can::<posts::Read>().can::<posts::Update>(),
///             Role::new("moderator").can_any::<posts::Update>(),
///         ]
///     }
/// }
///
/// assert!(App::roles()[1].grants().allow("posts:update"));
/// ```
///
/// As JSON it has `name`, `permissions` and `needs_second_factor`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Role {
    /// The name.
    name: String,
    /// The names of the permissions; `posts:*` is all of `posts`.
    #[serde(rename = "permissions")]
    grants: Grants,
    /// True if the accounts with this role must have a second factor.
    needs_second_factor: bool,
}

impl Role {
    /// A role without permissions. Its name has 1 to 60 characters: lower-case letters, digits, `-` and `_`, and begins with a letter.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            grants: Grants::default(),
            needs_second_factor: false,
        }
    }

    /// Adds a permission.
    #[must_use]
    pub fn can<P: Permission>(self) -> Self {
        self.can_named([P::NAME])
    }

    /// Adds a permission for the rows of everybody, `posts:update:any`, where [`Own`](crate::auth::Own) asks for it.
    #[must_use]
    pub fn can_any<P: Permission>(self) -> Self {
        self.can_named([format!("{}:any", P::NAME)])
    }

    /// Adds all permissions of a resource, such as `posts`; `*` is every permission.
    #[must_use]
    pub fn can_all(self, resource: &str) -> Self {
        match resource {
            "*" => self.can_named(["*"]),
            resource => self.can_named([format!("{resource}:*")]),
        }
    }

    /// Adds permissions by their names, such as those of a request.
    #[must_use]
    pub fn can_named<T: AsRef<str>>(self, names: impl IntoIterator<Item = T>) -> Self {
        Self {
            grants: self.grants.and(&Grants::of(names)),
            ..self
        }
    }

    /// Demands a second factor of the accounts with this role.
    #[must_use]
    pub fn requires_second_factor(self) -> Self {
        Self {
            needs_second_factor: true,
            ..self
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The permissions.
    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// True if the accounts with this role must have a second factor.
    pub fn needs_second_factor(&self) -> bool {
        self.needs_second_factor
    }
}

impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.grants.names().collect();
        f.debug_struct("Role")
            .field("name", &self.name)
            .field("permissions", &names)
            .field("needs_second_factor", &self.needs_second_factor)
            .finish()
    }
}

/// Returns true if a role may have this name.
pub(in crate::auth) fn is_name(name: &str) -> bool {
    let is_inside =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    name.len() <= LONGEST_NAME
        && name
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_lowercase())
        && name.bytes().all(is_inside)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_are_plain() {
        for name in ["a", "editor", "on-call_2", &"x".repeat(60)] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "",
            "Editor",
            "2nd",
            "-a",
            "a b",
            "ä",
            "a:b",
            "*",
            &"x".repeat(61),
        ] {
            assert!(!is_name(name), "{name}");
        }
    }
}
