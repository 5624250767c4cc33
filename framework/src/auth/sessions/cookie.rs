//! The session cookie of browsers.

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue};

use crate::{auth::OpaqueToken, cookie, env::Environment};

/// A change of the session cookie, to be added to a response: the cookie of a new session, or its removal.
///
/// It is `HttpOnly`, `SameSite=Lax`, for all paths of this host alone, and outside of development and tests `Secure` with the prefix
/// `__Host-`. See [`SignIn`](super::SignIn) for an example.
#[derive(Debug)]
#[must_use = "a cookie takes effect with the response that it is added to"]
pub struct SessionCookie {
    pub(in crate::auth) header: HeaderValue,
}

impl SessionCookie {
    /// The pair of name and value, as a browser sends it back.
    pub(crate) fn pair(&self) -> &[u8] {
        let header = self.header.as_bytes();
        header
            .split(|byte| *byte == b';')
            .next()
            .unwrap_or_default()
    }

    /// The cookie of a session; `until` is its end, if it is to survive that of the browser.
    pub(super) fn of(
        environment: &Environment,
        token: &OpaqueToken,
        until: Option<DateTime<Utc>>,
    ) -> Self {
        let max_age = until.map(|until| (until - Utc::now()).num_seconds().max(0));
        Self::new(environment, &token.to_text(), max_age)
    }

    /// The removal of the cookie.
    pub(super) fn removal(environment: &Environment) -> Self {
        Self::new(environment, "", Some(0))
    }

    fn new(environment: &Environment, value: &str, max_age: Option<i64>) -> Self {
        let name = name(environment);
        let max_age = max_age
            .map(|seconds| format!("; Max-Age={seconds}"))
            .unwrap_or_default();
        let secure = if is_plain(environment) {
            ""
        } else {
            "; Secure"
        };
        let cookie = format!("{name}={value}; Path=/{max_age}; HttpOnly; SameSite=Lax{secure}");
        let Ok(mut header) = HeaderValue::try_from(cookie) else {
            unreachable!("a token has letters, digits, `-` and `_` alone");
        };
        header.set_sensitive(true);
        Self { header }
    }
}

/// The token in the session cookie of a request.
pub(in crate::auth) enum Received {
    /// There is no session cookie.
    None,
    /// There is one, which is malformed, or there are several, of which none can be trusted.
    Unusable,
    /// There is one.
    Token(OpaqueToken),
}

/// Reads the session cookie of a request.
pub(in crate::auth) fn received(headers: &HeaderMap, environment: &Environment) -> Received {
    let name = name(environment);
    let mut values = cookie::values(headers, name);
    match (values.next(), values.next()) {
        (None, _) => Received::None,
        (Some(value), None) => std::str::from_utf8(value)
            .ok()
            .and_then(OpaqueToken::parse)
            .map_or(Received::Unusable, Received::Token),
        (Some(_), Some(_)) => Received::Unusable,
    }
}

/// Returns whether a browser shows a session, which may have ended.
#[cfg(feature = "views")]
pub(crate) fn shows_session(headers: &HeaderMap, environment: &Environment) -> bool {
    matches!(received(headers, environment), Received::Token(_))
}

/// The name of the cookie. Outside of development and tests it is tied to HTTPS and this host.
fn name(environment: &Environment) -> &'static str {
    if is_plain(environment) {
        "session"
    } else {
        "__Host-session"
    }
}

/// Returns whether the application is served over HTTP.
fn is_plain(environment: &Environment) -> bool {
    environment.is_development() || environment.is_test()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn token() -> OpaqueToken {
        OpaqueToken::from_bytes([7; 32])
    }

    #[test]
    fn attack_057_attributes_of_the_cookie() {
        let text = token().to_text();
        let cookie = SessionCookie::of(&Environment::Production, &token(), None).header;
        let expected = format!("__Host-session={text}; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(cookie, expected);
        let until = Utc::now() + TimeDelta::days(30);
        let remembered = SessionCookie::of(&Environment::Production, &token(), Some(until)).header;
        assert!(
            remembered
                .to_str()
                .is_ok_and(|cookie| cookie.contains("; Max-Age=259"))
        );
        let plain = SessionCookie::removal(&Environment::Development).header;
        assert_eq!(plain, "session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn a_cookie_is_read_if_it_is_the_only_one() {
        let read = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(
                    "cookie",
                    HeaderValue::from_bytes(line.as_bytes()).expect("a line"),
                );
            }
            received(&headers, &Environment::Production)
        };
        let good = format!("__Host-session={}", token().to_text());
        for lines in [
            &[good.as_str()][..],
            &[&format!("a=b; {good}; c=d=e")],
            &["x=ü", &good],
        ] {
            assert!(matches!(read(lines), Received::Token(_)), "{lines:?}");
        }
        // `session` is a name that any host of the domain can set.
        let plain = good.replace("__Host-", "");
        for lines in [&[][..], &["a=b"], &[plain.as_str()], &["__host-session=x"]] {
            assert!(matches!(read(lines), Received::None), "{lines:?}");
        }
        let twice = format!("{good}; {good}");
        for lines in [
            &["__Host-session="][..],
            &["__Host-session=guessed"],
            &[&twice],
            &[&good, &good],
        ] {
            assert!(matches!(read(lines), Received::Unusable), "{lines:?}");
        }
    }
}
