//! Values as they were written: with their places, before anybody knows whether they are right.

mod origin;
mod provenance;
mod read_error;
mod setting;
mod value;

pub use origin::Origin;
pub(super) use {
    provenance::Provenance,
    read_error::{Found, Kind, ReadError},
    setting::{Setting, most_telling},
    value::{Table, Value},
};
