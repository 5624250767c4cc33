//! A variable that belongs to the configuration.

use crate::config::Origin;

/// A variable of the configuration.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) origin: Origin,
}

/// Returns true if a variable belongs to the configuration. So does one in small letters, which is refused rather than ignored.
pub(super) fn is_ours(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    matches!(&*name, "DATABASE_URL" | "DATABASE_URL_FILE") || name.starts_with("FW_")
}
