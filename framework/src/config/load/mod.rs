//! Loading of a configuration: files and variables, one layer over the other.

mod builder;
mod document;
mod dot_env;
mod loader;
mod reader;
mod secret_files;
mod settings;
mod variable;
mod variables;

pub use loader::Loader;
