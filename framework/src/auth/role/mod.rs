//! Roles: names for permissions that accounts have together. Those of the code are part of the application, others are rows.

mod built_in;
mod definition;
pub(super) mod store;

pub(crate) use self::built_in::BuiltInRoles;
pub use self::definition::Role;
pub(super) use self::definition::is_name;
