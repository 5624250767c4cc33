//! Permissions: types in code, names in the database.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Serialize, Serializer};

use crate::error::Result;

/// A permission, known by one name everywhere: in roles, in the list of routes, in the description of the API. [`permissions!`] declares
/// them.
///
/// [`permissions!`]: crate::permissions!
///
/// ```
/// use fw::auth::Permission;
///
/// pub mod posts {
///     fw::permissions! { "posts" { Read = "read", Update = "update" } }
/// }
///
/// assert_eq!(posts::Update::NAME, "posts:update");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a permission",
    label = "does not implement `Permission`",
    note = "declare permissions with `fw::permissions! {{ \"posts\" {{ Read = \"read\", Update = \"update\" }} }}`"
)]
pub trait Permission: Send + Sync + 'static {
    /// The name: the resource and the action, `posts:update`.
    const NAME: &'static str;
}

/// Declares permissions, a type for each: those of a resource together.
///
/// ```
/// use fw::{auth::Permission, permissions};
///
/// permissions! {
///     "posts" { List = "list", Read = "read", Update = "update" }
///     "invoices" { Approve = "approve" }
/// }
///
/// assert_eq!(Approve::NAME, "invoices:approve");
/// ```
#[macro_export]
macro_rules! permissions {
    ($($resource:literal { $($name:ident = $action:literal),* $(,)? })*) => {$($(
        #[doc = concat!("The permission `", $resource, ":", $action, "`.")]
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl $crate::auth::Permission for $name {
            const NAME: &'static str = concat!($resource, ":", $action);
        }
    )*)*};
}

/// The permissions that an account has, by name. `posts:*` is all of `posts`, `posts:update:any` included; `*` is everything.
///
/// ```
/// use fw::auth::Grants;
///
/// let grants = Grants::of(["posts:*", "comments:read"]);
/// assert!(grants.allow("posts:update") && grants.allow("comments:read"));
/// assert!(!grants.allow("comments:update") && !grants.allow("postscripts:read"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants(Arc<[Box<str>]>);

impl Grants {
    /// The permissions with these names.
    pub fn of<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Self {
        Self(names.into_iter().map(|name| name.as_ref().into()).collect())
    }

    /// Every permission: that of the command line, and of jobs.
    pub fn all() -> Self {
        Self::of(["*"])
    }

    /// Returns true if the permission of this name is among them.
    pub fn allow(&self, name: &str) -> bool {
        self.0.iter().any(|grant| contains(grant, name))
    }

    /// The names, wildcards as they are.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }

    /// The first of other permissions, or wildcards, that is not among these.
    pub(super) fn lacking<'a>(&self, others: &'a Self) -> Option<&'a str> {
        // A wildcard contains another one as it contains a permission.
        others.names().find(|name| !self.allow(name))
    }

    /// The permissions that are among these and among others.
    pub(super) fn within(&self, others: &Self) -> Self {
        // Of two wildcards one contains the other, or they have nothing in common.
        let own = self.names().filter(|name| others.allow(name));
        let theirs = others.names().filter(|name| self.allow(name));
        Self::of(own.chain(theirs).collect::<BTreeSet<_>>())
    }

    /// These permissions and others.
    pub(super) fn and(&self, others: &Self) -> Self {
        Self(self.0.iter().chain(others.0.iter()).cloned().collect())
    }
}

/// The names.
impl Serialize for Grants {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for Grants {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Grants".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Vec::<String>::json_schema(generator)
    }
}

/// The check of names at a pointer of a request: 422 for a permission that the application does not have.
pub(crate) type PermissionCheck = Arc<dyn Fn(&str, &Grants) -> Result<()> + Send + Sync>;

/// Returns true if a granted name, which may be a wildcard, has a permission in it. A wildcard stands for whole segments.
fn contains(grant: &str, name: &str) -> bool {
    if grant == name || grant == "*" {
        return true;
    }
    let rest = grant
        .strip_suffix(":*")
        .and_then(|resource| name.strip_prefix(resource));
    rest.is_some_and(|rest| rest.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::Grants;

    #[test]
    fn attack_118_a_wildcard_stands_for_whole_segments() {
        for (grant, name, expected) in [
            ("posts:update", "posts:update", true),
            ("posts:*", "posts:update", true),
            ("posts:*", "posts:update:any", true),
            ("posts:update:*", "posts:update:any", true),
            ("*", "posts:update", true),
            ("posts:*", "postsx:read", false),
            ("posts:*", "posts", false),
            ("posts:update", "posts:update:any", false),
            ("posts", "posts:update", false),
            ("post*", "posts:update", false),
            ("*:update", "posts:update", false),
            ("posts:u*", "posts:update", false),
            (":*", "posts:update", false),
            ("", "posts:update", false),
            ("POSTS:UPDATE", "posts:update", false),
        ] {
            assert_eq!(
                Grants::of([grant]).allow(name),
                expected,
                "{grant} and {name}"
            );
        }
        assert!(!Grants::default().allow("posts:update"));
    }

    #[test]
    fn attack_133_what_two_have_in_common() {
        for (one, other, common) in [
            (
                vec!["posts:*"],
                vec!["posts:read", "users:read"],
                vec!["posts:read"],
            ),
            (vec!["*"], vec!["posts:*"], vec!["posts:*"]),
            (
                vec!["posts:update:*", "a:b"],
                vec!["posts:*"],
                vec!["posts:update:*"],
            ),
            (vec!["posts:read"], vec!["posts:read"], vec!["posts:read"]),
            (vec!["posts:*"], vec!["postsx:*"], vec![]),
            (vec!["posts:read"], vec![], vec![]),
        ] {
            let (one, other) = (Grants::of(one), Grants::of(other));
            assert_eq!(
                one.within(&other),
                Grants::of(&common),
                "{one:?} and {other:?}"
            );
            assert_eq!(
                other.within(&one),
                Grants::of(&common),
                "{other:?} and {one:?}"
            );
        }
    }

    #[test]
    fn attack_124_wildcards_contain_one_another() {
        for (own, other, lacking) in [
            ("*", "*", None),
            ("*", "posts:*", None),
            ("posts:*", "posts:*", None),
            ("posts:*", "posts:update:*", None),
            ("posts:*", "*", Some("*")),
            ("posts:update:*", "posts:*", Some("posts:*")),
            ("posts:update", "posts:update:*", Some("posts:update:*")),
            ("posts:*", "postsx:*", Some("postsx:*")),
        ] {
            let other = Grants::of([other]);
            assert_eq!(
                Grants::of([own]).lacking(&other),
                lacking,
                "{own} and {other:?}"
            );
        }
        assert_eq!(Grants::default().lacking(&Grants::default()), None);
        let several = Grants::of(["posts:read", "posts:update"]);
        assert_eq!(
            Grants::of(["posts:read"]).lacking(&several),
            Some("posts:update")
        );
    }
}
