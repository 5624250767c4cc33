//! The application: one folder per feature; `app.rs` is the table of contents.

pub mod app;
pub mod authors;
pub mod home;
pub mod middleware;
pub mod migrations;
pub mod pages;
pub mod posts;
pub mod tags;
pub mod tasks;

pub use app::App;
