//! Raw settings: values as they were written, with their origins, before they are checked.

mod origin;
mod provenance;
mod read_error;
mod setting;
mod value;

pub use origin::Origin;
pub(super) use {
    provenance::Provenance,
    read_error::{Found, Kind, ReadError},
    setting::{Setting, most_specific},
    value::{Table, Value},
};
