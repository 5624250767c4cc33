//! Access types: the first parameter of a handler says who may call it.

mod alert;
mod caller;
mod can;
mod context;
mod credential;
mod device;
mod either;
mod invitation;
mod issued;
mod key_can;
mod log;
mod one_factor;
mod own;
mod own_api_keys;
mod own_factors;
mod own_sessions;
pub mod prelude;
mod problem;
mod recent;
mod refresh;
mod scheme;
mod sign_in_client;
mod signed_in;

pub use self::{
    alert::{SecurityAlert, SecurityAlerts},
    caller::Caller,
    can::Can,
    context::AuthContext,
    either::Either,
    invitation::{Invitation, ProvenMailbox, Registration},
    issued::Issued,
    key_can::KeyCan,
    one_factor::OneFactor,
    own::Own,
    own_sessions::{CurrentSession, SessionView},
    problem::invalid_credential,
    recent::{Recent, Timed},
    refresh::refresh_tokens,
    sign_in_client::{CheckedPassword, SignInClient},
    signed_in::SignedIn,
};
