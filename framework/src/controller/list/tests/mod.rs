//! Unit tests of lists.

#[cfg(feature = "sqlite")]
mod include;
#[cfg(feature = "sqlite")]
mod params;
mod schema;
