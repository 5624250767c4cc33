//! Access types: the first parameter of a handler says who may call it.

mod caller;
mod can;
mod context;
mod credential;
mod device;
mod either;
mod issued;
mod key_can;
mod one_factor;
mod own;
mod own_sessions;
mod problem;
mod recent;
mod scheme;
mod sign_in_client;
mod signed_in;

pub use self::{
    caller::Caller,
    can::Can,
    context::AuthContext,
    either::Either,
    issued::Issued,
    key_can::KeyCan,
    one_factor::OneFactor,
    own::Own,
    own_sessions::SessionView,
    problem::invalid_credential,
    recent::{Recent, Timed},
    sign_in_client::{CheckedPassword, SignInClient},
    signed_in::SignedIn,
};
