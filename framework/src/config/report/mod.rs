//! Reports of a configuration for people: its errors and its effective values.

mod describe;
mod effective;
mod error;
pub(super) mod mask;
mod suggest;
pub(super) mod wording;

pub(super) use self::describe::{Reference, dotted};
pub use self::{
    effective::Effective,
    error::{ConfigError, ConfigProblem, Hint},
};
