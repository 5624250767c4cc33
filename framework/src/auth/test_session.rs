//! Sessions that tests begin without a sign-in.

use chrono::{TimeDelta, Utc};

use super::{
    AccountKey, ApiKey, Grants, SecondFactor, Session, SessionCookie, SessionKind, Sessions,
    SignIn, TokenPair, Tokens,
    api_key::{self, ApiKeyText},
    sessions::{Given, new_session},
};
use crate::{
    db::Db,
    error::{Error, Result},
};

/// The age of a sign-in that is not recent.
const HOUR: TimeDelta = TimeDelta::hours(1);

/// A session for a test, or an API key.
#[derive(Clone)]
pub(crate) struct TestSession {
    pub(crate) account: AccountKey,
    /// Permissions besides those of the account.
    pub(crate) grants: Grants,
    /// False if the sign-in was an hour ago.
    pub(crate) is_recent: bool,
    pub(crate) has_second_factor: bool,
}

/// A code of a secret for a test, which was not used before: the time of the codes moves on.
///
/// Fails outside of tests, and for a text that is no secret.
pub(crate) fn next_code(
    second_factor: &SecondFactor,
    sessions: &Sessions,
    secret: &str,
) -> Result<String> {
    check(sessions)?;
    let code = second_factor.next_code(secret);
    code.ok_or_else(|| Error::internal("this is no secret of a second factor"))
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

    /// Creates an API key with its permissions, which its owner is given too. Returns its text.
    pub(crate) async fn with_api_key(self, sessions: &Sessions, db: &Db) -> Result<String> {
        check(sessions)?;
        let text = ApiKeyText::generate()?;
        let key = ApiKey {
            id: 0,
            account: self.account,
            name: "test".to_owned(),
            prefix: text.prefix().to_owned(),
            permissions: self.grants.clone(),
            created_at: Utc::now(),
            expires_at: None,
            used_at: None,
            rotated_at: None,
        };
        let key = api_key::store::insert(db, key, &text).await?;
        sessions.give(Given::ApiKey(key.id), self.grants);
        Ok(text.expose().to_owned())
    }

    /// The session, which is given its permissions.
    fn session(self, kind: SessionKind, sessions: &Sessions) -> Result<Session> {
        check(sessions)?;
        let factors = if self.has_second_factor {
            "password totp"
        } else {
            "password"
        };
        let sign_in = SignIn::of(self.account, factors);
        let mut session = new_session(kind, sign_in, sessions.config().max_age);
        if !self.is_recent {
            session.authenticated_at -= HOUR;
        }
        sessions.give(Given::Session(session.id), self.grants);
        Ok(session)
    }
}

/// Fails outside of tests: there nobody has a permission that the account has not.
fn check(sessions: &Sessions) -> Result<()> {
    if sessions.environment().is_test() {
        return Ok(());
    }
    Err(Error::internal(
        "only a test can sign in without a credential",
    ))
}
