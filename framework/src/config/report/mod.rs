//! What people are told of a configuration: what is wrong with it, and what is in effect.

mod describe;
mod error;
pub(super) mod mask;
mod origin;
mod provenance;
mod suggest;
pub(super) mod wording;

pub(super) use self::{
    describe::{Reference, dotted},
    provenance::Provenance,
};
pub use self::{
    error::{ConfigError, Hint, Problem},
    origin::Origin,
    provenance::Effective,
};
