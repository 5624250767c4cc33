//! The application: one folder per feature; `app.rs` is the table of contents.

pub mod access;
pub mod accounts;
pub mod app;
pub mod migrations;

pub use app::App;
