//! Tokens of clients that are no browsers: signed access tokens of some minutes, and refresh tokens, each for one use.
//!
//! Both belong to a [session](super::Session), and count while it lasts. There are no permissions in a token: those of the account hold.

mod hs256;
mod jwt;
mod refresh;
mod service;

pub use self::{
    refresh::Refreshed,
    service::{TokenPair, Tokens},
};
