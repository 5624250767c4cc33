//! Reading a configuration: files and variables, one layer over the other.

mod builder;
mod document;
mod dot_env;
mod loader;
mod read_error;
mod reader;
mod setting;
mod settings;
mod value;
mod variables;

pub use loader::Loader;
pub(super) use {
    read_error::{Found, Kind, ReadError},
    setting::Setting,
    value::{Table, Value},
    variables::name_of,
};
