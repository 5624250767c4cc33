//! What people are told of a configuration: what is wrong with it, and what is in effect.

mod describe;
mod effective;
mod error;
pub(super) mod mask;
mod suggest;
pub(super) mod wording;

pub(super) use self::describe::{Reference, dotted};
pub use self::{
    effective::Effective,
    error::{ConfigError, Hint, Problem},
};
