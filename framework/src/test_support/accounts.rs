//! Accounts under test: sessions without a sign-in.

use std::fmt::Display;

use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue};

use crate::{context::AppContext, error::Result};

/// The accounts of an application, for its tests: how one is created.
///
/// ```
/// use fw::{context::AppContext, error::Result, sea_orm::ConnectionTrait, test_support::TestAccounts};
/// # struct Users;
///
/// impl TestAccounts for Users {
///     type Id = i64;
///
///     async fn create(ctx: &AppContext) -> Result<i64> {
///         ctx.db.execute_unprepared("INSERT INTO users (id, email) VALUES (1, 'ada@example.com')").await?;
///         Ok(1)
///     }
/// }
/// ```
pub trait TestAccounts: Send + Sync + 'static {
    /// The type of the ids, as that of `Accounts`.
    type Id: Display;

    /// Creates an account. It may do nothing but what the test gives it.
    fn create(ctx: &AppContext) -> impl Future<Output = Result<Self::Id>> + Send;
}

/// A permission of an application: every `fw::auth::Permission` is one.
///
/// ```
/// # use fw::test_support::TestPermission;
/// fn name<P: TestPermission>() -> &'static str {
///     P::name()
/// }
/// ```
pub trait TestPermission {
    /// The name.
    fn name() -> &'static str;
}

#[cfg(feature = "auth")]
impl<P: crate::auth::Permission> TestPermission for P {
    fn name() -> &'static str {
        P::NAME
    }
}

/// A session for a test. See [`sign_in`] for an example.
#[derive(Clone, Debug, Default)]
pub struct SignInOptions {
    /// The id of the account.
    pub account: String,
    /// Permissions besides those of the account.
    pub permissions: Vec<String>,
    /// True if the sign-in is recent; otherwise it was an hour ago.
    pub is_recent: bool,
    /// True if a second factor was shown, too.
    pub has_second_factor: bool,
    /// What the requests show.
    pub credential: TestCredential,
}

/// The credential of requests under test. See [`sign_in`] for an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TestCredential {
    /// The session cookie of a browser.
    #[default]
    Cookie,
    /// An access token.
    Token,
    /// An API key.
    ApiKey,
}

/// Signs an account in without a password, and returns the headers of its requests.
///
/// ```
/// # use fw::{context::AppContext, error::Result, test_support::{SignInOptions, sign_in}};
/// async fn headers(ctx: &AppContext) -> Result<usize> {
///     let options = SignInOptions { account: "1".to_owned(), ..SignInOptions::default() };
///     Ok(sign_in(ctx, options).await?.len())
/// }
/// ```
#[cfg(feature = "auth")]
pub fn sign_in(
    ctx: &AppContext,
    options: SignInOptions,
) -> BoxFuture<'_, Result<Vec<(HeaderName, HeaderValue)>>> {
    use http::header::{AUTHORIZATION, COOKIE};

    use crate::{
        auth::{AuthContext, Grants, TestSession},
        error::Error,
    };

    Box::pin(async move {
        let account = match options.account.parse::<i64>() {
            Ok(number) => number.into(),
            Err(_) => options
                .account
                .parse::<uuid::Uuid>()
                .map_err(Error::internal)?
                .into(),
        };
        let session = TestSession {
            account,
            grants: Grants::of(options.permissions),
            is_recent: options.is_recent,
            has_second_factor: options.has_second_factor,
        };
        let (sessions, db) = (ctx.sessions(), &ctx.db);
        let bearer = match options.credential {
            TestCredential::Cookie => None,
            TestCredential::Token => {
                let tokens = session
                    .clone()
                    .in_client(sessions, ctx.tokens(), db)
                    .await?;
                Some(tokens.access_token)
            }
            TestCredential::ApiKey => Some(session.clone().with_api_key(sessions, db).await?),
        };
        if let Some(bearer) = bearer {
            let value = HeaderValue::try_from(format!("Bearer {bearer}"));
            return Ok(vec![(AUTHORIZATION, value.map_err(Error::internal)?)]);
        }
        let cookie = session.in_browser(sessions, db).await?;
        let value = HeaderValue::from_bytes(cookie.pair()).map_err(Error::internal)?;
        // As a browser does for a page of the application.
        let same_origin = HeaderValue::from_static("same-origin");
        let sec_fetch_site = HeaderName::from_static("sec-fetch-site");
        Ok(vec![(COOKIE, value), (sec_fetch_site, same_origin)])
    })
}

/// Fails: there are no accounts without the feature `auth`.
#[cfg(not(feature = "auth"))]
pub fn sign_in(
    _: &AppContext,
    _: SignInOptions,
) -> BoxFuture<'_, Result<Vec<(HeaderName, HeaderValue)>>> {
    let error = "the feature `auth` of `framewright` is off, so nobody can sign in";
    Box::pin(std::future::ready(Err(crate::error::Error::internal(
        error,
    ))))
}

/// A code of the secret of a second factor that was not used before: for each one the time of the codes moves on by 30 seconds.
///
/// ```
/// # use fw::{context::AppContext, error::Result, test_support::totp_code};
/// fn code(ctx: &AppContext) -> Result<String> {
///     totp_code(ctx, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
/// }
/// ```
#[cfg(feature = "auth")]
pub fn totp_code(ctx: &AppContext, secret: &str) -> Result<String> {
    use crate::auth::{AuthContext, next_code};

    next_code(ctx.second_factor(), ctx.sessions(), secret)
}

/// Fails: there are no accounts without the feature `auth`.
#[cfg(not(feature = "auth"))]
pub fn totp_code(_: &AppContext, _: &str) -> Result<String> {
    let error = "the feature `auth` of `framewright` is off, so there are no codes";
    Err(crate::error::Error::internal(error))
}
