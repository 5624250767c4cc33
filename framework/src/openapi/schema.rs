//! What a type must have to be part of the description.

/// A type with a JSON schema. Implemented by `#[derive(JsonSchema)]`, which [`fw::dto::prelude`](crate::dto::prelude) has.
///
/// Without the feature `openapi` every type is one.
#[cfg(feature = "openapi")]
pub trait Schema: schemars::JsonSchema {}

#[cfg(feature = "openapi")]
impl<T: schemars::JsonSchema + ?Sized> Schema for T {}

/// A type with a JSON schema: every type, as there is no description without the feature `openapi`.
#[cfg(not(feature = "openapi"))]
pub trait Schema {}

#[cfg(not(feature = "openapi"))]
impl<T: ?Sized> Schema for T {}
