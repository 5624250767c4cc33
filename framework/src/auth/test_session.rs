//! Sessions that tests begin without a sign-in.

use chrono::TimeDelta;

use super::{
    AccountKey, Grants, Session, SessionCookie, SessionKind, Sessions, SignIn, TokenPair, Tokens,
    sessions::new_session,
};
use crate::{
    db::Db,
    error::{Error, Result},
};

/// The age of a sign-in that is not recent.
const HOUR: TimeDelta = TimeDelta::hours(1);

/// A session for a test.
pub(crate) struct TestSession {
    pub(crate) account: AccountKey,
    /// Permissions besides those of the account.
    pub(crate) grants: Grants,
    /// False if the sign-in was an hour ago.
    pub(crate) is_recent: bool,
}

impl TestSession {
    /// Begins it in a browser.
    pub(crate) async fn in_browser(self, sessions: &Sessions, db: &Db) -> Result<SessionCookie> {
        let session = self.session(SessionKind::Browser, sessions)?;
        Ok(sessions.begin(db, session).await?.cookie)
    }

    /// Begins it in another client.
    pub(crate) async fn in_client(
        self,
        sessions: &Sessions,
        tokens: &Tokens,
        db: &Db,
    ) -> Result<TokenPair> {
        let session = self.session(SessionKind::Token, sessions)?;
        db.transact(async |tx| tokens.begin(tx, session).await)
            .await
    }

    /// The session, which is given its permissions.
    ///
    /// Fails outside of tests: there nobody has a permission that the account has not.
    fn session(self, kind: SessionKind, sessions: &Sessions) -> Result<Session> {
        if !sessions.environment().is_test() {
            return Err(Error::internal(
                "only a test can sign in without a credential",
            ));
        }
        let sign_in = SignIn::of(self.account, "password");
        let mut session = new_session(kind, sign_in, sessions.config().max_age);
        if !self.is_recent {
            session.authenticated_at -= HOUR;
        }
        sessions.give(session.id, self.grants);
        Ok(session)
    }
}
