//! The links in mails to those who have an account: each is for one purpose, works once, and not for long.

use std::time::Duration;

use fw::auth::{EmailAddress, OneTimeToken};
use serde::{Deserialize, Serialize};

/// Chooses a new password.
#[derive(Serialize, Deserialize)]
pub struct PasswordReset;

impl OneTimeToken for PasswordReset {
    const PURPOSE: &'static str = "reset";
    const LIFETIME: Duration = Duration::from_mins(30);
}

/// Confirms a new address of an account.
#[derive(Serialize, Deserialize)]
pub struct EmailChange {
    pub email: EmailAddress,
}

impl OneTimeToken for EmailChange {
    const PURPOSE: &'static str = "email";
    const LIFETIME: Duration = Duration::from_hours(24);
}

/// Gives an account its former address back: somebody else may have changed it.
#[derive(Serialize, Deserialize)]
pub struct EmailRevert {
    pub email: EmailAddress,
}

impl OneTimeToken for EmailRevert {
    const PURPOSE: &'static str = "revert";
    const LIFETIME: Duration = Duration::from_hours(7 * 24);
    // A thief of the account cannot make it useless with further changes.
    const REPLACES: bool = false;
}
