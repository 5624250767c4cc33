//! Browsers that have signed in to an account before, by a signed cookie: no stranger can lock their owners out.

use std::{
    convert::Infallible,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::extract::FromRequestParts;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use http::{HeaderMap, HeaderValue, request::Parts};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    context::AppContext,
    cookie,
    env::Environment,
    openapi::Input,
    signing::{MissingKey, SigningKeys},
};

/// The purpose of the signature.
const PURPOSE: &str = "known-browser/2";

/// The length of an id, and of the mark of an account.
const LENGTH: usize = 16;

/// The length of a time, in seconds since 1970.
const TIME: usize = 8;

/// The most accounts of one browser; the first one is forgotten for a further one.
const MOST_ACCOUNTS: usize = 8;

/// The seconds for which a browser is known for an account after a proof, and keeps the cookie: 400 days, the longest that browsers take.
const MAX_AGE: u64 = 400 * 24 * 60 * 60;

/// The browser of a request, an extractor: it knows the accounts that were signed in to with it before, by a signed cookie.
///
/// Failures with a known browser are counted apart from those of everybody else, so that a stranger who tries passwords does not lock
/// the owner of an account out of it. [Remember](Self::remember) it at every proof of who they are: a sign-in, and each link in a mail, such as
/// those that confirm an address or reset a password.
///
/// ```
/// use fw::{
///     axum::response::{IntoResponse, Response},
///     controller::KnownBrowser,
///     dto::prelude::*,
///     http::header::SET_COOKIE,
///     limits::Lockout,
///     prelude::*,
/// };
///
/// const SIGN_IN: Lockout = Lockout::after("sign-in", 5);
///
/// #[derive(Deserialize, JsonSchema, Validate)]
/// struct SignIn {
///     #[garde(length(max = 254))]
///     email: String,
///     #[garde(length(max = 256))]
///     password: String,
/// }
///
/// async fn sign_in(
///     _: Anyone,
///     State(ctx): State<AppContext>,
///     browser: KnownBrowser,
///     ValidJson(body): ValidJson<SignIn>,
/// ) -> Result<Response> {
///     let account = body.email.trim().to_lowercase();
///     let attempt = ctx.limits.attempt(&SIGN_IN, &browser.subject(&account)).await?;
///     // A real one checks the hash of a password.
///     if body.password != "correct horse" {
///         return Err(Error::unauthorized());
///     }
///     attempt.succeeded().await;
///     let cookie = browser.remember(&account)?;
///     Ok(([(SET_COOKIE, cookie)], NoContent).into_response())
/// }
///
/// Routes::at("/session").with([post("/", sign_in)]);
/// ```
#[derive(Clone, Debug)]
pub struct KnownBrowser {
    /// Empty for one that is not known.
    id: Vec<u8>,
    /// The marks of its accounts, the latest first, each with the time of the last proof.
    accounts: Vec<(Vec<u8>, u64)>,
    keys: Option<SigningKeys>,
    cookie: &'static str,
}

impl KnownBrowser {
    fn of(
        headers: &HeaderMap,
        keys: Option<&SigningKeys>,
        environment: &Environment,
        now: u64,
    ) -> Self {
        let name = if environment.is_development() || environment.is_test() {
            "known-browser"
        } else {
            "__Host-known-browser"
        };
        let message = keys.and_then(|keys| keys.verify(PURPOSE, cookie::text(headers, name)?));
        let message = message.unwrap_or_default();
        let (id, accounts) = message.split_at_checked(LENGTH).unwrap_or_default();
        let accounts = accounts.chunks_exact(LENGTH + TIME).filter_map(|account| {
            let (mark, time) = account.split_last_chunk()?;
            let time = u64::from_be_bytes(*time);
            // A copy of the cookie that somebody keeps is of no use for ever.
            let is_valid = now.saturating_sub(time) < MAX_AGE;
            is_valid.then(|| (mark.to_vec(), time))
        });
        Self {
            id: id.to_vec(),
            accounts: accounts.collect(),
            keys: keys.cloned(),
            cookie: name,
        }
    }

    /// The subject of a lock-out: this browser, if the account was signed in to with it before, else the account.
    #[must_use]
    pub fn subject(&self, account: &str) -> String {
        let mark = mark(&self.id, account);
        if self.accounts.iter().any(|(known, _)| *known == mark) {
            let id = BASE64.encode(&self.id);
            format!("browser:{id}:{account}")
        } else {
            Self::account_subject(account)
        }
    }

    /// The subject of a lock-out of an account, for all browsers that are not known for it: what a reset of the password forgives, too.
    ///
    /// ```
    /// use fw::{controller::KnownBrowser, limits::Lockout, prelude::*};
    ///
    /// const SIGN_IN: Lockout = Lockout::after("sign-in", 5);
    ///
    /// async fn forgive(ctx: &AppContext, browser: &KnownBrowser, account: &str) {
    ///     for subject in [browser.subject(account), KnownBrowser::account_subject(account)] {
    ///         ctx.limits.forgive(&SIGN_IN, &subject).await;
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn account_subject(account: &str) -> String {
        format!("account:{account}")
    }

    /// The value of `Set-Cookie` with which this browser is known for an account as well, after a proof of its owner.
    ///
    /// # Errors
    ///
    /// When there is no key to sign with, as in production without `FW_KEYS`.
    pub fn remember(&self, account: &str) -> Result<HeaderValue, MissingKey> {
        self.remember_at(account, now())
    }

    fn remember_at(&self, account: &str, now: u64) -> Result<HeaderValue, MissingKey> {
        let missing = MissingKey {
            signed: "cookies of known browsers",
        };
        let keys = self.keys.as_ref().ok_or(missing)?;
        let id = match self.id.as_slice() {
            [] => Uuid::new_v4().into_bytes().to_vec(),
            id => id.to_vec(),
        };
        let mark = mark(&id, account);
        let others = self.accounts.iter().filter(|(other, _)| *other != mark);
        let others = others.take(MOST_ACCOUNTS - 1).cloned();
        let mut message = id;
        for (mark, time) in [(mark.clone(), now)].into_iter().chain(others) {
            message.extend(mark);
            message.extend(time.to_be_bytes());
        }
        let value = keys.sign(PURPOSE, &message);
        let name = self.cookie;
        let secure = if name.starts_with("__Host-") {
            "; Secure"
        } else {
            ""
        };
        let cookie =
            format!("{name}={value}; Path=/; Max-Age={MAX_AGE}; HttpOnly; SameSite=Lax{secure}");
        let mut header = HeaderValue::try_from(cookie).map_err(|_| missing)?;
        header.set_sensitive(true);
        Ok(header)
    }
}

/// The seconds since 1970.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}

/// The mark of an account in the cookie of one browser, which does not show the account.
fn mark(id: &[u8], account: &str) -> Vec<u8> {
    let digest = Sha256::new().chain_update(id).chain_update(account);
    digest.finalize()[..LENGTH].to_vec()
}

impl FromRequestParts<AppContext> for KnownBrowser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self, Infallible> {
        let keys = ctx.get::<SigningKeys>();
        Ok(Self::of(&parts.headers, keys, ctx.environment(), now()))
    }
}

impl Input for KnownBrowser {
    const READS_QUERY: bool = false;
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;
    use crate::config::SigningConfig;

    fn keys() -> SigningKeys {
        let (config, environment) = (SigningConfig::default(), Environment::Test);
        SigningKeys::of(&config, &environment, "blog").expect("tests have a key")
    }

    fn browser(cookie: &str) -> KnownBrowser {
        browser_at(cookie, now())
    }

    fn browser_at(cookie: &str, now: u64) -> KnownBrowser {
        let mut headers = HeaderMap::new();
        // One of another application, which is no text.
        let cookies = [b"name=\xfc; ", cookie.as_bytes()].concat();
        let cookies = HeaderValue::from_bytes(&cookies).expect("a header");
        headers.insert(header::COOKIE, cookies);
        KnownBrowser::of(&headers, Some(&keys()), &Environment::Test, now)
    }

    fn signed_in(browser: &KnownBrowser, account: &str) -> KnownBrowser {
        let cookie = browser.remember(account).expect("there is a key");
        let cookie = cookie.to_str().expect("ASCII").split(';').next();
        self::browser(cookie.expect("a pair"))
    }

    #[test]
    fn a_browser_is_known_for_the_accounts_that_were_signed_in_to_with_it() {
        let stranger = browser("");
        assert_eq!(stranger.subject("ada"), "account:ada");
        let known = signed_in(&stranger, "ada");
        let ada = known.subject("ada");
        assert!(ada.starts_with("browser:"), "{ada}");
        assert_eq!(known.subject("bob"), "account:bob");
        let both = signed_in(&known, "bob");
        assert_eq!(both.subject("ada"), ada, "it stays the same browser");
        assert!(both.subject("bob").starts_with("browser:"));
        assert_ne!(
            signed_in(&stranger, "ada").subject("ada"),
            ada,
            "another browser"
        );
        let many = (0..MOST_ACCOUNTS).fold(both, |browser, number| {
            signed_in(&browser, &number.to_string())
        });
        assert_eq!(many.subject("ada"), "account:ada", "the first is forgotten");
        assert!(many.subject("0").starts_with("browser:"));
    }

    /// Whoever keeps a copy of the cookie would be spared the lock-out of the account for ever.
    #[test]
    fn a_browser_is_known_for_400_days_after_the_last_proof_of_each_account() {
        let pair = |header: HeaderValue| {
            let text = header.to_str().expect("ASCII").to_owned();
            text.split(';').next().expect("a pair").to_owned()
        };
        let begin = now();
        let cookie = pair(browser("").remember_at("ada", begin).expect("a key"));
        let is_known = |cookie: &str, account: &str, now| {
            let subject = browser_at(cookie, now).subject(account);
            subject.starts_with("browser:")
        };
        assert!(is_known(&cookie, "ada", begin + MAX_AGE - 1));
        assert!(!is_known(&cookie, "ada", begin + MAX_AGE));
        // The proof of another account does not count for this one.
        let later = begin + MAX_AGE / 2;
        let both = browser_at(&cookie, later).remember_at("bob", later);
        let both = pair(both.expect("a key"));
        assert!(is_known(&both, "ada", later) && is_known(&both, "bob", later));
        assert!(!is_known(&both, "ada", begin + MAX_AGE));
        assert!(is_known(&both, "bob", begin + MAX_AGE));
    }

    #[test]
    fn a_cookie_that_was_not_signed_here_makes_no_browser_known() {
        let forged = keys().sign("another-purpose", &[7; 32]);
        for cookie in ["", "x", ".", &forged] {
            let browser = browser(&format!("known-browser={cookie}"));
            assert_eq!(browser.subject("ada"), "account:ada", "{cookie}");
        }
        // One that names no account.
        let empty = keys().sign(PURPOSE, b"");
        assert_eq!(
            browser(&format!("known-browser={empty}")).subject("ada"),
            "account:ada"
        );
    }

    #[test]
    fn in_production_the_cookie_is_tied_to_https_and_needs_a_key() {
        let production =
            |keys| KnownBrowser::of(&HeaderMap::new(), keys, &Environment::Production, now());
        let keys = keys();
        let cookie = production(Some(&keys)).remember("ada").expect("a key");
        assert!(cookie.is_sensitive(), "it is in no log");
        let cookie = cookie.to_str().expect("ASCII");
        assert!(cookie.starts_with("__Host-known-browser="), "{cookie}");
        assert!(
            cookie.contains("; Path=/;") && cookie.ends_with("; HttpOnly; SameSite=Lax; Secure")
        );
        assert!(cookie.len() < 4096 && !cookie.contains("Domain"));
        assert!(production(None).remember("ada").is_err());
    }
}
