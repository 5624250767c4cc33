//! The application: one folder per feature; `app.rs` is the table of contents.

pub mod app;
pub mod home;
pub mod migrations;
#[cfg(test)]
mod tests;

pub use app::App;
