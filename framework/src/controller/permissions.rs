//! The permissions that the routes of an application ask for.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, LazyLock},
};

use crate::error::{Error, FieldError, Result};

/// The similarity from which on a name is suggested for an unknown one, from 0 to 1.
const SIMILAR: f64 = 0.6;

/// The longest name that is compared with others, in bytes: it takes the square of its length.
const LONGEST: usize = 200;

/// The permissions of an application: those that the [access rules](super::Access::permissions) of its routes ask for. A handle of the
/// [context](crate::context::AppContext): `ctx.get::<KnownPermissions>()`.
///
/// There is no other list of permissions, so there is none that could be out of date. Names that are stored, such as those of a role, are
/// checked against it:
///
/// ```
/// use fw::controller::KnownPermissions;
///
/// let known = KnownPermissions::of(["posts:read", "posts:update"]);
/// assert!(known.check("/permissions", ["posts:update", "posts:*", "*"]).is_ok());
/// let error = known.check("/permissions", ["posts:read", "posts:updates"]).unwrap_err();
/// let unknown = &error.field_errors()[0];
/// assert_eq!(unknown.pointer, "/permissions/1");
/// assert_eq!(unknown.message, "is no permission of this application; did you mean `posts:update`?");
/// ```
#[derive(Clone)]
pub struct KnownPermissions(Arc<Names>);

/// The names, listed at the first use.
type Names = LazyLock<BTreeSet<String>, Box<dyn FnOnce() -> BTreeSet<String> + Send>>;

impl Default for KnownPermissions {
    fn default() -> Self {
        Self::of::<String>([])
    }
}

impl fmt::Debug for KnownPermissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl KnownPermissions {
    /// The permissions with these names.
    pub fn of<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        let names: BTreeSet<String> = names.into_iter().map(Into::into).collect();
        Self(Arc::new(LazyLock::new(Box::new(|| names))))
    }

    /// The permissions that routes ask for, which are listed at the first use.
    pub(crate) fn listed_by(list: impl FnOnce() -> Self + Send + 'static) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(move || {
            list().0.iter().cloned().collect()
        }))))
    }

    /// The names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Checks the names in the list at a pointer of a request. `posts:*` is known if a permission begins with `posts:`, and `*` always is.
    ///
    /// Fails with 422 and `unknown_permission` for each of the others, with the name that was probably meant.
    pub fn check<T: AsRef<str>>(
        &self,
        pointer: &str,
        names: impl IntoIterator<Item = T>,
    ) -> Result<()> {
        let names = names.into_iter().enumerate();
        let unknown = names.filter(|(_, name)| !self.knows(name.as_ref()));
        let errors: Vec<FieldError> = unknown
            .map(|(index, name)| {
                let hint = self.suggestion(name.as_ref());
                let hint = hint.map(|meant| format!("; did you mean `{meant}`?"));
                FieldError::new(
                    format!("{pointer}/{index}"),
                    "unknown_permission",
                    format!(
                        "is no permission of this application{}",
                        hint.unwrap_or_default()
                    ),
                )
            })
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Error::validation(errors))
        }
    }

    fn knows(&self, name: &str) -> bool {
        match name.strip_suffix('*') {
            Some("") => true,
            Some(resource) => {
                resource.ends_with(':') && self.names().any(|known| known.starts_with(resource))
            }
            None => self.0.contains(name),
        }
    }

    fn suggestion(&self, name: &str) -> Option<&str> {
        if name.len() > LONGEST {
            return None;
        }
        let similarity = |known: &str| strsim::normalized_damerau_levenshtein(name, known);
        self.names()
            .map(|known| (similarity(known), known))
            .filter(|(similarity, _)| *similarity >= SIMILAR)
            .max_by(|(a, _), (b, _)| a.total_cmp(b))
            .map(|(_, known)| known)
    }
}

#[cfg(test)]
mod tests {
    use super::KnownPermissions;

    #[test]
    fn attack_126_an_unknown_name_is_refused() {
        let known = KnownPermissions::of(["posts:read", "posts:update", "posts:update:any"]);
        for name in ["posts:read", "posts:*", "posts:update:*", "*"] {
            assert!(known.check("", [name]).is_ok(), "{name}");
        }
        for name in [
            "",
            "posts",
            "posts:",
            "post*",
            "posts*",
            "postsx:*",
            "**",
            "*:read",
            "POSTS:READ",
            "roles:grant",
            &"x".repeat(10_000),
        ] {
            assert!(known.check("", [name]).is_err(), "{name}");
        }
    }
}
