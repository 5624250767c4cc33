//! E-mail addresses of accounts, in a form in which each mailbox has one name.

use std::{fmt, str::FromStr};

use sea_orm::DeriveValueType;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The most characters of an address (RFC 5321, section 4.5.3.1).
const LONGEST: usize = 254;

/// The most characters before the `@`.
const LONGEST_LOCAL_PART: usize = 64;

/// The e-mail address of an account, parsed: `ada@example.com`. White space around it is left out.
///
/// It has letters, digits and signs of ASCII alone, so that no address looks like another one: a domain in another script is written in its
/// ASCII form (`xn--…`). Upper and lower case is kept for the mail and makes no difference for the account: [`key`](Self::key) is the one
/// name of the mailbox.
///
/// In a request, text that is no address is refused with the code `invalid_email`, and one with other characters with `not_ascii`.
///
/// ```
/// use fw::auth::EmailAddress;
///
/// let email: EmailAddress = " Ada+news@Example.COM ".parse()?;
/// assert_eq!(email.as_str(), "Ada+news@Example.COM");
/// assert_eq!(email.key(), "ada+news@example.com");
/// assert_eq!(email.mailbox(), "ada@example.com");
/// assert!("ada@example.com\r\nBcc: eve@example.com".parse::<EmailAddress>().is_err());
/// // A Cyrillic letter.
/// assert!("аda@example.com".parse::<EmailAddress>().is_err());
/// # Ok::<(), fw::auth::InvalidEmail>(())
/// ```
///
/// It can be the type of a column.
#[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveValueType)]
#[sea_orm(value_type = "String")]
pub struct EmailAddress(String);

/// The reason for which a text is no [`EmailAddress`]. See [`EmailAddress`] for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidEmail {
    /// It has characters beyond ASCII.
    #[error("must have ASCII characters only")]
    NotAscii,
    /// It is no address.
    #[error("must be an email address")]
    Malformed,
}

impl InvalidEmail {
    /// The stable code: `not_ascii`, `invalid_email`.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAscii => "not_ascii",
            Self::Malformed => "invalid_email",
        }
    }
}

impl EmailAddress {
    /// The address as it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one name of the mailbox, in lower case: what is looked up, and unique.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The key without what stands after a `+`, which many servers deliver to the same mailbox: the subject of a limit of mails, so that a
    /// series of such addresses does not flood it.
    pub fn mailbox(&self) -> String {
        let key = self.key();
        match key.split_once('@') {
            Some((local, domain)) => match local.split_once('+') {
                Some((name, _)) if !name.is_empty() => format!("{name}@{domain}"),
                _ => key,
            },
            None => key,
        }
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim();
        if !text.is_ascii() {
            return Err(InvalidEmail::NotAscii);
        }
        let parts = text.rsplit_once('@').filter(|(local, domain)| {
            text.len() <= LONGEST && is_local_part(local) && is_domain(domain)
        });
        parts
            .map(|_| Self(text.to_owned()))
            .ok_or(InvalidEmail::Malformed)
    }
}

/// Words separated by dots (RFC 5322, `dot-atom`); the quoted form, which nobody has, is refused.
fn is_local_part(text: &str) -> bool {
    let is_word = |word: &str| {
        let mut bytes = word.bytes();
        !word.is_empty()
            && bytes
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
    };
    text.len() <= LONGEST_LOCAL_PART && text.split('.').all(is_word)
}

/// The name of a host (RFC 1123, section 2.1).
fn is_domain(text: &str) -> bool {
    text.split('.').all(|label| {
        let mut bytes = label.bytes();
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for EmailAddress {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<EmailAddress> for String {
    fn from(email: EmailAddress) -> Self {
        email.0
    }
}

impl Serialize for EmailAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl de::Visitor<'_> for Text {
            type Value = EmailAddress;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an email address")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<EmailAddress, E> {
                let refusal = |error: InvalidEmail| E::custom(format!("{}: {error}", error.code()));
                text.parse().map_err(refusal)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for EmailAddress {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EmailAddress".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "email",
            "maxLength": LONGEST,
            "examples": ["ada@example.com"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_042_one_mailbox_has_one_key() {
        for text in [
            "Victim@Example.COM",
            " victim@example.com ",
            "victim@example.com\n",
        ] {
            let email: EmailAddress = text.parse().expect("an address");
            assert_eq!(email.key(), "victim@example.com", "{text:?}");
        }
        for text in [
            "victim＠example.com",
            "victim@exam\u{ad}ple.com",
            "victim@exämple.com",
        ] {
            assert_eq!(
                text.parse::<EmailAddress>(),
                Err(InvalidEmail::NotAscii),
                "{text:?}"
            );
        }
        assert!("victim@xn--exmple-cua.com".parse::<EmailAddress>().is_ok());
    }

    #[test]
    fn attack_043_letters_that_look_like_others_are_refused() {
        for text in [
            "аdmin@example.com",
            "ad\u{200b}min@example.com",
            "\u{202e}admin@example.com",
        ] {
            assert_eq!(
                text.parse::<EmailAddress>(),
                Err(InvalidEmail::NotAscii),
                "{text:?}"
            );
        }
    }

    #[test]
    fn attack_035_what_is_no_address_is_refused() {
        let long_local_part = format!("{}@example.com", "a".repeat(65));
        let long = format!("ada@{}.com", ["a"; 130].join("."));
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a b@example.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "\"a\r\nb\"@example.com",
            "ada..b@example.com",
            ".ada@example.com",
            "ada@-example.com",
            "ada@example..com",
            "ada@[127.0.0.1]",
            "ada@ex_ample.com",
            "Ada <ada@example.com>",
            &long_local_part,
            &long,
        ] {
            assert_eq!(
                text.parse::<EmailAddress>(),
                Err(InvalidEmail::Malformed),
                "{text:?}"
            );
        }
        for text in [
            "o'brien+x@example.co.uk",
            "a@localhost",
            "a.b-c_d@1.example",
        ] {
            assert!(text.parse::<EmailAddress>().is_ok(), "{text}");
        }
    }

    #[test]
    fn attack_044_the_mailbox_of_a_series_is_one() {
        let mailbox = |text: &str| text.parse::<EmailAddress>().expect("an address").mailbox();
        assert_eq!(
            mailbox("user+1@example.com"),
            mailbox("User+999@example.com")
        );
        assert_eq!(mailbox("+a@example.com"), "+a@example.com");
        assert_ne!(mailbox("user@example.com"), mailbox("user@example.org"));
    }
}
