//! Sessions: who is signed in, from where, and until when. One table for browsers and for other clients.
//!
//! A process keeps the sessions that it has seen, with the standing of their accounts, so that a request needs no query. Whatever changes
//! them writes a notice in the same transaction, and each process reads the new notices before it answers, unless it has done so within
//! the last half second. So a session that ends is ended at once here, and within a second elsewhere. Without a database nobody is let in on
//! what was true three seconds ago.

mod cache;
mod cookie;
mod find;
mod freshness;
mod identity;
mod notices;
mod service;
mod session;
mod store;

#[cfg(feature = "views")]
pub(crate) use self::cookie::shows_session;
pub(super) use self::{
    cache::{Credential, Live},
    cookie::{Received, received},
    identity::Identity,
    service::{Given, condition, new_session, own},
    session::{RECOVERY_CODE, SECOND_FACTOR_REQUIRED, second_factor_required},
};
pub use self::{
    cookie::SessionCookie,
    service::{Sessions, StartedSession},
    session::{Device, EndReason, Session, SessionKind, SignIn},
};
