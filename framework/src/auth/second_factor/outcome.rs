//! The results of a sign-in, a confirmation and an enrolment.

use http::HeaderValue;

use super::{challenges::Challenge, recovery::RecoveryCodes};
use crate::auth::{Session, SessionCookie, StartedSession, TokenPair};

/// The next step of a sign-in whose password was right. As the response of a handler it is that of [`NewSession`], or 202 with the [`Challenge`].
/// See [`SecondFactor`](super::SecondFactor) for an example.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one of them for a sign-in, and it is matched on"
)]
pub enum SignInStep<R = ()> {
    /// The person is signed in.
    SignedIn(NewSession<R>),
    /// The account has a second factor, which is asked for.
    Challenge(Challenge),
}

/// A session that has begun in a browser or in another client. As the response of a handler it is the cookie and 204, or 200 with the
/// [body](Self::with) if it has one; for another client it is 200 with the tokens as JSON. See [`SecondFactor`](super::SecondFactor) for an example.
#[derive(Debug)]
#[must_use = "without its credential nobody can use the session"]
pub struct NewSession<R = ()> {
    /// The session.
    pub session: Session,
    /// Its credential, which is shown this once.
    pub credential: NewCredential,
    pub(in crate::auth) cookies: Vec<HeaderValue>,
    pub(in crate::auth) body: R,
}

/// The credential of a new session. See [`SecondFactor`](super::SecondFactor) for an example.
#[derive(Debug)]
pub enum NewCredential {
    /// The cookie of a browser.
    Cookie(SessionCookie),
    /// The tokens of another client.
    Tokens(TokenPair),
}

/// A second factor that counts from now on. As the response of a handler it is 200 with the recovery codes as JSON, and the cookie or the tokens. See
/// [`SecondFactor`](super::SecondFactor) for an example.
#[derive(Debug)]
pub struct Activated {
    /// The session in the place of the one that has confirmed it.
    pub session: NewSession,
    /// The first recovery codes of the account; `None` if it has some.
    pub recovery_codes: Option<RecoveryCodes>,
}

impl<R> SignInStep<R> {
    /// Adds a cookie to the response of a session that has begun, as [`NewSession::cookie`] does. A challenge has none: the person is not known yet.
    #[must_use]
    pub fn cookie(self, cookie: HeaderValue) -> Self {
        match self {
            Self::SignedIn(session) => Self::SignedIn(session.cookie(cookie)),
            Self::Challenge(challenge) => Self::Challenge(challenge),
        }
    }

    /// Sets the body of the response of a session that has begun, as [`NewSession::with`] does.
    #[must_use]
    pub fn with<B>(self, body: B) -> SignInStep<B> {
        match self {
            Self::SignedIn(session) => SignInStep::SignedIn(session.with(body)),
            Self::Challenge(challenge) => SignInStep::Challenge(challenge),
        }
    }
}

impl NewSession {
    pub(super) fn new(session: Session, credential: NewCredential) -> Self {
        Self {
            session,
            credential,
            cookies: Vec::new(),
            body: (),
        }
    }
}

impl<R> NewSession<R> {
    /// Adds a cookie to the response: a value of `Set-Cookie`, such as that of a browser that
    /// [is known](crate::controller::KnownBrowser::remember) from now on.
    pub fn cookie(mut self, cookie: HeaderValue) -> Self {
        self.cookies.push(cookie);
        self
    }

    /// Sets the body of the response to a browser: `Json` of the account, for example.
    pub fn with<B>(self, body: B) -> NewSession<B> {
        NewSession {
            session: self.session,
            credential: self.credential,
            cookies: self.cookies,
            body,
        }
    }
}

impl From<StartedSession> for NewSession {
    fn from(started: StartedSession) -> Self {
        Self::new(started.session, NewCredential::Cookie(started.cookie))
    }
}
