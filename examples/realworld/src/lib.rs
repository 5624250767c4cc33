//! The application: one folder per feature; `app.rs` is the table of contents.

pub mod access;
pub mod app;
pub mod articles;
pub mod comments;
#[cfg(test)]
mod conduit;
pub mod errors;
pub mod favorites;
pub mod follows;
pub mod migrations;
pub mod profiles;
pub mod tags;
#[cfg(test)]
mod tests;
pub mod users;

pub use app::App;
