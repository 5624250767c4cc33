//! Loading of a configuration: files and variables, one layer over the other.

mod builder;
mod document;
mod dot_env;
mod loader;
mod reader;
mod settings;
mod variables;

pub use loader::Loader;
