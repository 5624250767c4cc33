//! The imports for handlers of accounts: `use fw::auth::prelude::*;`. The access types are not among them: an application has its own of those.

pub use sea_orm::prelude::Uuid;

pub use super::{
    AccountKey, Activated, AuthContext, CheckedPassword, CurrentSession, EmailAddress, Enrolment,
    Factor, Grants, Issued, NewSession, OneTime, OneTimeToken, PasswordContext, RecoveryCodes,
    SecurityAlert, SecurityAlerts, SessionKind, SessionView, SignIn, SignInClient, SignInStep,
    TokenPair, dto::*, refresh_tokens,
};
