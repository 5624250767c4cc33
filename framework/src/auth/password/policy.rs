//! The rules for new passwords (NIST SP 800-63B-4, section 3.1.1.2; ASVS 5.0, 6.2).

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::common;
use crate::error::{Error, FieldError, Result};

/// The longest password, in characters.
const LONGEST: usize = 256;

/// The time that a breach check may take.
const BREACH_TIMEOUT: Duration = Duration::from_secs(2);

/// The circumstances of a new password: whose it is.
///
/// ```
/// use fw::auth::PasswordContext;
///
/// let context = PasswordContext::of(["ada@example.com", "Ada Lovelace"]).with_second_factor(true);
/// # let _ = context;
/// ```
#[derive(Clone, Debug, Default)]
pub struct PasswordContext {
    words: Vec<String>,
    has_second_factor: bool,
}

impl PasswordContext {
    /// The circumstances of an account with these texts, such as its e-mail address and the name of the person: a password that is little
    /// else than one of them is refused.
    pub fn of<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self {
            words: texts
                .into_iter()
                .flat_map(|text| words(text.as_ref()))
                .collect(),
            has_second_factor: false,
        }
    }

    /// Says whether the account has a second factor, with which its password may be shorter. Default false.
    #[must_use]
    pub fn with_second_factor(mut self, has_second_factor: bool) -> Self {
        self.has_second_factor = has_second_factor;
        self
    }
}

/// The reason for which a password is refused. See [`Passwords`](super::Passwords) for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordRefusal {
    /// It is too short.
    #[error("must have at least {least} characters")]
    TooShort {
        /// The shortest length, in characters.
        least: usize,
    },
    /// It is longer than 256 characters.
    #[error("must have at most {LONGEST} characters")]
    TooLong,
    /// It is made of words and sequences that are guessed first.
    #[error("is among the passwords that are guessed first")]
    Common,
    /// It is little else than the name of the application, of the person, or the e-mail address.
    #[error("is too similar to your name, your e-mail address or the name of this site")]
    ContextWord,
    /// It is known from a breach.
    #[error("is known from a data breach")]
    Breached,
}

impl PasswordRefusal {
    /// The stable code: `too_short`, `too_long`, `common_password`, `contains_context_word`, `breached_password`.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
            Self::TooLong => "too_long",
            Self::Common => "common_password",
            Self::ContextWord => "contains_context_word",
            Self::Breached => "breached_password",
        }
    }

    /// The error response (422) that points to the field of the password, such as `/password`.
    #[track_caller]
    pub fn at(self, pointer: &str) -> Error {
        Error::validation(vec![FieldError::new(
            pointer,
            self.code(),
            self.to_string(),
        )])
    }
}

/// A check whether a password is known from a data breach, such as a list on disk or a service that is asked for a prefix of its hash.
///
/// ```
/// use fw::{auth::BreachCheck, error::Result, sea_orm::prelude::async_trait::async_trait};
///
/// /// The passwords of a file.
/// struct Leaked(std::collections::HashSet<String>);
///
/// #[async_trait]
/// impl BreachCheck for Leaked {
///     async fn is_breached(&self, password: &str) -> Result<bool> {
///         Ok(self.0.contains(password))
///     }
/// }
/// ```
#[sea_orm::prelude::async_trait::async_trait]
pub trait BreachCheck: Send + Sync + 'static {
    /// Returns true if the password is known. An error, and a check of more than two seconds, are logged, and the password counts as
    /// unknown: people must be able to change their password while a service is away.
    async fn is_breached(&self, password: &str) -> Result<bool>;
}

/// The rules of an application.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) min_length: usize,
    pub(super) min_length_with_second_factor: usize,
    /// The words of the application.
    pub(super) words: Vec<String>,
}

impl Policy {
    /// Checks a password, all but whether it is known from a breach.
    pub(super) fn check(
        &self,
        password: &str,
        context: &PasswordContext,
    ) -> Result<(), PasswordRefusal> {
        let least = if context.has_second_factor {
            self.min_length_with_second_factor.min(self.min_length)
        } else {
            self.min_length
        };
        // One more than the longest is enough to know.
        let length = password.chars().take(LONGEST + 1).count();
        if length < least {
            return Err(PasswordRefusal::TooShort { least });
        }
        if length > LONGEST {
            return Err(PasswordRefusal::TooLong);
        }
        let own: Vec<&str> = self
            .words
            .iter()
            .chain(&context.words)
            .map(String::as_str)
            .collect();
        match common::guessed_first(password, &own) {
            None => Ok(()),
            Some(common::Guess::Common) => Err(PasswordRefusal::Common),
            Some(common::Guess::Context) => Err(PasswordRefusal::ContextWord),
        }
    }
}

/// Asks a breach check. Whatever fails is logged, and the password counts as unknown.
pub(super) fn is_breached<'a>(
    check: &'a dyn BreachCheck,
    password: &'a str,
) -> BoxFuture<'a, bool> {
    Box::pin(async move {
        match tokio::time::timeout(BREACH_TIMEOUT, check.is_breached(password)).await {
            Ok(Ok(is_breached)) => is_breached,
            Ok(Err(error)) => {
                tracing::warn!(error = %error.chain(), "the breach check has failed: the password is accepted");
                false
            }
            Err(_) => {
                tracing::warn!("the breach check takes too long: the password is accepted");
                false
            }
        }
    })
}

/// A text as words that a guesser tries: the whole, its parts, and its parts without what is between them, in lower case.
pub(super) fn words(text: &str) -> Vec<String> {
    const SHORTEST: usize = 3;

    let whole = text.trim().to_lowercase();
    let parts: Vec<&str> = whole
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    let mut words: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
    words.push(parts.concat());
    if let Some((mailbox, host)) = whole.split_once('@') {
        words.extend([mailbox.to_owned(), host.to_owned()]);
    }
    words.push(whole.clone());
    words.retain(|word| word.chars().count() >= SHORTEST);
    words.sort();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        Policy {
            min_length: 15,
            min_length_with_second_factor: 8,
            words: words("framewright"),
        }
    }

    fn code(password: &str) -> Option<&'static str> {
        let context = PasswordContext::of(["ada.lovelace@example.com", "Ada Lovelace"]);
        policy()
            .check(password, &context)
            .err()
            .map(PasswordRefusal::code)
    }

    #[test]
    fn attack_001_and_002_short_passwords_are_refused() {
        let with_factor = PasswordContext::default().with_second_factor(true);
        let check = |password: &str| policy().check(password, &with_factor);
        assert_eq!(code("kp2-vmq9-xwz7t"), Some("too_short"));
        assert_eq!(code("kp2-vmq9-xwz7tü"), None);
        assert_eq!(
            check("kp2-vmq"),
            Err(PasswordRefusal::TooShort { least: 8 })
        );
        assert_eq!(check("kp2-vmqü"), Ok(()));
    }

    #[test]
    fn attack_003_long_passwords_are_accepted_up_to_256_characters() {
        let long: String = "🔒 quite \0 an \" odd one "
            .chars()
            .cycle()
            .take(257)
            .collect();
        assert_eq!(code(&long), Some("too_long"));
        let longest: String = long.chars().take(256).collect();
        assert_eq!(code(&longest), None);
        assert_eq!(code(&"é".repeat(100_000)), Some("too_long"));
    }

    #[test]
    fn attack_007_context_words_are_refused() {
        for password in [
            "framewrightframewright",
            "framewright2026",
            "Fr4mewright!!!!!",
            "ada.lovelace@example.com",
            "ada.lovelace@example.com1",
            "AdaLovelaceAdaLovelace",
            "lovelacelovelace99",
            "example.comexample.com",
        ] {
            assert_eq!(code(password), Some("contains_context_word"), "{password}");
        }
        assert_eq!(code("my framewright has seven lives"), None);
    }

    #[test]
    fn attack_009_there_are_no_rules_of_composition() {
        for password in ["wqzmvkbtnxrjhgp", "839204715508264", "               "] {
            assert_eq!(code(password), None, "{password}");
        }
    }

    #[test]
    fn a_refusal_points_to_the_field() {
        let error = PasswordRefusal::Common.at("/password");
        assert_eq!(error.status(), 422);
        assert_eq!(error.field_errors()[0].code, "common_password");
    }
}
