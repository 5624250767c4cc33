//! The imports for handlers of accounts: `use fw::auth::prelude::*;`. The access types are not among them: an application has its own of those.

pub use sea_orm::prelude::Uuid;

pub use super::{
    AuthContext, CheckedPassword, CurrentSession, Invitation, Issued, ProvenMailbox, Registration,
    SecurityAlert, SecurityAlerts, SessionView, SignInClient, refresh_tokens,
};
pub use crate::auth::{
    AccountKey, Activated, ApiKey, CreatedApiKey, EmailAddress, Enrolment, Factor, Grants,
    NewSession, OneTime, OneTimeToken, OpaqueToken, PasswordContext, RecoveryCodes, Role,
    SessionKind, SignIn, SignInStep, TokenPair, dto::*,
};
