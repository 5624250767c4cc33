//! Tags.

pub mod model;
#[cfg(test)]
pub(crate) mod tests;
