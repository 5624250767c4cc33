//! The second factor: codes of an app (TOTP, RFC 6238), and recovery codes for the day on which the app is lost.
//!
//! A sign-in to an account with a second factor gets a [`Challenge`] for its password, and a session for the answer. A challenge is no
//! credential: it has ten minutes, a few tries and one use. No session of such an account counts that has not shown the second factor, so nothing
//! else that signs people in can leave it out.

mod answer;
mod base32;
mod challenges;
mod enrolment;
mod factors;
mod outcome;
mod recovery;
mod service;
mod totp;

pub use self::{
    answer::Answer,
    challenges::Challenge,
    factors::{Enrolment, Factor},
    outcome::{Activated, NewCredential, NewSession, SignInStep},
    recovery::RecoveryCodes,
    service::SecondFactor,
};
