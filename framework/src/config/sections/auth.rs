//! The section `[auth]`: passwords, second factors, sessions and tokens of accounts.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Checks, Section};
use crate::{config::duration, env::Environment};

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

/// The section `[auth]`: passwords, second factors, sessions and tokens of accounts. It has an effect with the Cargo feature `auth`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// The time without a request after which a session of a browser ends, `10m` to `30d`. Remembered sessions have no such limit. Default
    /// `12h`.
    #[serde(with = "duration")]
    pub idle_timeout: Duration,
    /// The time after which a session of a browser ends however it is used, `10m` to `365d`. Default `7d`.
    #[serde(with = "duration")]
    pub max_age: Duration,
    /// The same for a session that the browser was asked to remember, `10m` to `365d`. Default `30d`.
    #[serde(with = "duration")]
    pub remember_for: Duration,
    /// The path of the page that signs people in, such as `/sign-in`: a browser that may not see a page without a sign-in is led there, with the
    /// path of the page as `next`. Default none: it gets the error page of status 401.
    pub sign_in_path: Option<String>,
    /// The same for the page that asks people who are signed in for their password once more, before what only a recent sign-in may do, such as
    /// `/confirm`. Default `auth.sign_in_path`.
    pub confirm_path: Option<String>,
    /// The same for the page that adds a second factor, for accounts that need one and have none yet, such as `/settings/second-factor`. Default
    /// none: they get the error page of status 403.
    pub second_factor_path: Option<String>,
    /// The rules for passwords, and the cost of their hashes.
    pub password: PasswordConfig,
    /// The second factor.
    pub second_factor: SecondFactorConfig,
    /// Access and refresh tokens.
    pub tokens: TokensConfig,
}

/// The section `[auth.password]`: the rules for passwords, and the cost of their hashes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordConfig {
    /// The shortest password, in characters, 8–64. Default 15, as NIST SP 800-63B-4 asks for where a password is the only factor.
    pub min_length: usize,
    /// The shortest password of an account with a second factor, in characters, 8–64. Default 8.
    pub min_length_with_second_factor: usize,
    /// The cost of bcrypt, 4–16: each step doubles the time of a hash, which is 0.2 s at 12. A server in production refuses less than 10.
    /// Default 12; in tests 4.
    pub bcrypt_cost: u32,
    /// Words that are guessed first for this application, such as its nickname: a password that is little else is refused. The name of the
    /// application and the host of `server.public_url` are among them anyway. Default none.
    pub context_words: Vec<String>,
}

/// The section `[auth.second_factor]`: the codes of apps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecondFactorConfig {
    /// The name of this application in the apps that make codes, such as `Ada's Books`. Default: the name of the
    /// application.
    pub issuer: Option<String>,
}

/// The section `[auth.tokens]`: access and refresh tokens, for clients that are no browsers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokensConfig {
    /// The time for which an access token is valid, `1m` to `1h`. Default `15m`.
    #[serde(with = "duration")]
    pub access: Duration,
    /// The time after which the session of a client ends, however often its tokens were refreshed, `1h` to `365d`. Default `30d`.
    #[serde(with = "duration")]
    pub refresh: Duration,
    /// The time for which a refresh token that was used may be used again, as by a client that has lost the response: the answer is the same
    /// token as before. `0s` to `5m`. Default `30s`.
    #[serde(with = "duration")]
    pub refresh_grace: Duration,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            idle_timeout: Duration::from_hours(12),
            max_age: 7 * DAY,
            remember_for: 30 * DAY,
            sign_in_path: None,
            confirm_path: None,
            second_factor_path: None,
            password: PasswordConfig::default(),
            second_factor: SecondFactorConfig::default(),
            tokens: TokensConfig::default(),
        }
    }
}

impl Default for PasswordConfig {
    fn default() -> Self {
        Self {
            min_length: 15,
            min_length_with_second_factor: 8,
            bcrypt_cost: 12,
            context_words: Vec::new(),
        }
    }
}

impl Default for TokensConfig {
    fn default() -> Self {
        Self {
            access: 15 * MINUTE,
            refresh: 30 * DAY,
            refresh_grace: Duration::from_secs(30),
        }
    }
}

impl Section for AuthConfig {
    fn defaults(environment: &Environment) -> Self {
        let mut config = Self::default();
        if environment.is_test() {
            config.password.bcrypt_cost = 4;
        }
        config
    }

    fn check(&self, checks: &mut Checks) {
        checks.time_within(
            "auth.idle_timeout",
            self.idle_timeout,
            10 * MINUTE..=30 * DAY,
        );
        checks.time_within("auth.max_age", self.max_age, 10 * MINUTE..=365 * DAY);
        checks.time_within(
            "auth.remember_for",
            self.remember_for,
            10 * MINUTE..=365 * DAY,
        );
        for (name, path) in [
            ("auth.sign_in_path", &self.sign_in_path),
            ("auth.confirm_path", &self.confirm_path),
            ("auth.second_factor_path", &self.second_factor_path),
        ] {
            if let Some(path) = path.as_deref().filter(|path| !is_path(path)) {
                let expected = "a path of this application, such as `/sign-in`";
                checks.wrong(name, expected, format!("`{path}`"));
            }
        }
        let PasswordConfig {
            min_length,
            min_length_with_second_factor,
            bcrypt_cost,
            ..
        } = &self.password;
        checks.range("auth.password.min_length", min_length, 8..=64);
        checks.range(
            "auth.password.min_length_with_second_factor",
            min_length_with_second_factor,
            8..=64,
        );
        checks.range("auth.password.bcrypt_cost", bcrypt_cost, 4..=16);
        checks.time_within(
            "auth.tokens.access",
            self.tokens.access,
            MINUTE..=60 * MINUTE,
        );
        checks.time_within(
            "auth.tokens.refresh",
            self.tokens.refresh,
            60 * MINUTE..=365 * DAY,
        );
        checks.time_or_zero(
            "auth.tokens.refresh_grace",
            self.tokens.refresh_grace,
            5 * MINUTE,
        );
    }
}

/// Returns whether a text is the path of a page of this application, without a query, and with nothing that would have to be encoded.
fn is_path(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    path.starts_with('/') && !path.starts_with("//") && path.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::is_path;

    #[test]
    fn the_sign_in_is_a_page_of_this_application() {
        assert!(
            ["/sign-in", "/", "/accounts/sign_in"]
                .into_iter()
                .all(is_path)
        );
        for wrong in [
            "",
            "sign-in",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/sign-in?next=/",
            "/a b",
        ] {
            assert!(!is_path(wrong), "{wrong}");
        }
    }
}
