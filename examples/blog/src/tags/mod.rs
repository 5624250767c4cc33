//! Tags.

#[cfg(test)]
mod factory;
pub mod model;
#[cfg(test)]
mod tests;
