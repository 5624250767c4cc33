//! The bound of types in the description: a JSON schema.

/// A type with a JSON schema. Implemented by `#[derive(JsonSchema)]`, which [`fw::dto::prelude`](crate::dto::prelude) exports.
///
/// Without the feature `openapi` every type is one.
///
/// ```
/// use fw::{dto::prelude::*, openapi::Schema};
///
/// #[derive(JsonSchema, Serialize)]
/// struct BookView {
///     title: String,
/// }
///
/// fn is_described<T: Schema>() {}
///
/// is_described::<BookView>();
/// ```
#[cfg(feature = "openapi")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no JSON schema, so the API cannot be described",
    label = "has no schema",
    note = "add `#[derive(JsonSchema)]` to `{Self}`; `fw::dto::prelude` has it",
    note = "a row of an entity is not sent as it is: return a view that is made from it, as `cargo fw generate scaffold` does in `dto.rs`"
)]
pub trait Schema: schemars::JsonSchema {}

#[cfg(feature = "openapi")]
#[diagnostic::do_not_recommend]
impl<T: schemars::JsonSchema + ?Sized> Schema for T {}

/// A type with a JSON schema: every type, as there is no description without the feature `openapi`.
///
/// ```
/// fn is_described<T: fw::openapi::Schema>() {}
///
/// is_described::<std::time::Instant>();
/// ```
#[cfg(not(feature = "openapi"))]
pub trait Schema {}

#[cfg(not(feature = "openapi"))]
impl<T: ?Sized> Schema for T {}
