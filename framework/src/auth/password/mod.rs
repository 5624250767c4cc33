//! Passwords: which are accepted, how they are hashed, and how a sign-in is checked.
//!
//! There are no rules of composition: a password is long enough, is not among the first that are guessed, and has not leaked. It is taken
//! as it was typed, and not a byte of it is left out.

mod check;
mod common;
mod hash;
mod policy;
mod service;

pub use self::{
    check::{PasswordCheck, invalid_sign_in},
    policy::{BreachCheck, PasswordContext, PasswordRefusal},
    service::Passwords,
};
