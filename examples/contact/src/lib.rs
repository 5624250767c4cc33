//! The application: one folder per feature; `app.rs` is the table of contents.

pub mod app;
pub mod contact;
pub mod home;
pub mod mailers;
pub mod migrations;
#[cfg(test)]
mod tests;

pub use app::App;
