//! Addresses of mails, parsed: of what is accepted here a header can be made.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The length of the longest display name, in characters.
const MAX_NAME: usize = 200;

/// The characters for which a name is written in quotes (RFC 5322, section 3.2.3).
const SPECIALS: [char; 13] = [
    '(', ')', '<', '>', '[', ']', ':', ';', '@', '\\', ',', '.', '"',
];

/// An email address, such as `ada@example.com` (RFC 5321, section 4.1.2; RFC 6531 for other scripts).
///
/// ```
/// use fw::mailer::Address;
///
/// let address: Address = "ada@example.com".parse()?;
/// assert_eq!(address.domain(), "example.com");
/// assert!("ada@example.com\r\nBcc: eve@example.com".parse::<Address>().is_err());
/// # Ok::<(), fw::mailer::InvalidMailbox>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(lettre::Address);

/// The name of a person or an organization that mail programs show instead of the address, 1 to 200 characters. It has no control
/// characters, with which a name could add headers or deceive a terminal.
///
/// ```
/// use fw::mailer::DisplayName;
///
/// let name: DisplayName = "Ada Lovelace".parse()?;
/// assert_eq!(name.as_str(), "Ada Lovelace");
/// assert!("Ada\r\nBcc: eve@example.com".parse::<DisplayName>().is_err());
/// # Ok::<(), fw::mailer::InvalidMailbox>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayName(String);

/// An address with or without a name: `Ada Lovelace <ada@example.com>` (RFC 5322, section 3.4).
///
/// ```
/// use fw::mailer::{Address, DisplayName, Mailbox};
///
/// let address: Address = "ada@example.com".parse()?;
/// let name: DisplayName = "Ada Lovelace".parse()?;
/// let mailbox = Mailbox::new(name, address.clone());
/// assert_eq!(mailbox.to_string(), "Ada Lovelace <ada@example.com>");
/// assert_eq!(mailbox, mailbox.to_string().parse()?);
/// assert_eq!(Mailbox::from(address).to_string(), "ada@example.com");
/// # Ok::<(), fw::mailer::InvalidMailbox>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mailbox {
    name: Option<DisplayName>,
    address: Address,
}

/// The error of a text that is no address, name or mailbox. See [`Address`] for an example.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMailbox {
    /// A text that is no address.
    #[error("`{}` is not an email address", .0.escape_debug())]
    Address(String),
    /// A name with a control character, such as the end of a line.
    #[error("the name `{}` has a control character", .0.escape_debug())]
    ControlCharacter(String),
    /// A name that is empty or longer than 200 characters.
    #[error("a name has 1 to 200 characters, and this one {0}")]
    Length(usize),
}

impl Address {
    /// The part after the `@`.
    pub fn domain(&self) -> &str {
        self.0.domain()
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }
}

impl DisplayName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Mailbox {
    /// An address with a name.
    pub fn new(name: DisplayName, address: Address) -> Self {
        Self {
            name: Some(name),
            address,
        }
    }

    /// The address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The name, if there is one.
    pub fn name(&self) -> Option<&DisplayName> {
        self.name.as_ref()
    }

    /// The mailbox as the library that writes mails has it.
    pub(crate) fn to_lettre(&self) -> lettre::message::Mailbox {
        let name = self.name.as_ref().map(|name| name.0.clone());
        lettre::message::Mailbox::new(name, self.address.0.clone())
    }
}

impl FromStr for Address {
    type Err = InvalidMailbox;

    fn from_str(text: &str) -> Result<Self, InvalidMailbox> {
        let invalid = || InvalidMailbox::Address(text.to_owned());
        // In quotes a local part may have nearly anything.
        if text.chars().any(char::is_control) {
            return Err(invalid());
        }
        text.parse().map(Self).map_err(|_| invalid())
    }
}

impl FromStr for DisplayName {
    type Err = InvalidMailbox;

    fn from_str(text: &str) -> Result<Self, InvalidMailbox> {
        let text = text.trim_matches(' ');
        if text.chars().any(char::is_control) {
            return Err(InvalidMailbox::ControlCharacter(text.to_owned()));
        }
        match text.chars().count() {
            1..=MAX_NAME => Ok(Self(text.to_owned())),
            length => Err(InvalidMailbox::Length(length)),
        }
    }
}

impl FromStr for Mailbox {
    type Err = InvalidMailbox;

    fn from_str(text: &str) -> Result<Self, InvalidMailbox> {
        let text = text.trim_matches(' ');
        let Some((name, address)) = text
            .strip_suffix('>')
            .and_then(|rest| rest.rsplit_once('<'))
        else {
            return text.parse::<Address>().map(Self::from);
        };
        let address = address.parse()?;
        let name = unquoted(name.trim_matches(' '));
        if name.is_empty() {
            return Ok(Self::from(address));
        }
        Ok(Self::new(name.parse()?, address))
    }
}

/// The content of a quoted string (RFC 5322, section 3.2.4); another text as it is.
fn unquoted(text: &str) -> String {
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = inner else {
        return text.to_owned();
    };
    let mut is_escaped = false;
    let characters = inner.chars().filter(|c| {
        is_escaped = *c == '\\' && !is_escaped;
        !is_escaped
    });
    characters.collect()
}

impl From<Address> for Mailbox {
    fn from(address: Address) -> Self {
        Self {
            name: None,
            address,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(DisplayName(name)) => {
                if name.contains(SPECIALS) {
                    let name = name.replace('\\', "\\\\").replace('"', "\\\"");
                    write!(f, "\"{name}\" <{}>", self.address)
                } else {
                    write!(f, "{name} <{}>", self.address)
                }
            }
            None => self.address.fmt(f),
        }
    }
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = InvalidMailbox;

            fn try_from(text: String) -> Result<Self, InvalidMailbox> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    )*};
}

as_text!(Address, DisplayName, Mailbox);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_with_control_characters_are_refused() {
        for wrong in [
            "",
            "ada",
            "@example.com",
            "a b@example.com",
            "\"a\r\nb\"@example.com",
        ] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong:?}");
        }
        for wrong in [
            "",
            "  ",
            "Ada\r\nBcc: eve@example.com",
            "Ada\n",
            "\u{1b}[1m",
            &"a".repeat(201),
        ] {
            assert!(wrong.parse::<DisplayName>().is_err(), "{wrong:?}");
        }
        let said = "Ada\nB <ada@example.com>".parse::<Mailbox>().unwrap_err();
        assert_eq!(
            said.to_string(),
            r"the name `Ada\nB` has a control character"
        );
    }

    #[test]
    fn a_mailbox_is_read_as_it_is_written() {
        for (text, name, address) in [
            ("ada@example.com", None, "ada@example.com"),
            ("<ada@example.com>", None, "ada@example.com"),
            (
                "Ada Lovelace <ada@example.com>",
                Some("Ada Lovelace"),
                "ada@example.com",
            ),
            (
                r#""Ada \"A\" \\ L., Dr." <ada@example.com>"#,
                Some(r#"Ada "A" \ L., Dr."#),
                "ada@example.com",
            ),
            ("Zoë <zoë@exämple.com>", Some("Zoë"), "zoë@exämple.com"),
        ] {
            let mailbox: Mailbox = text.parse().expect("it is one");
            assert_eq!(mailbox.name().map(DisplayName::as_str), name, "{text}");
            assert_eq!(mailbox.address().as_str(), address, "{text}");
            assert_eq!(
                mailbox.to_string().parse::<Mailbox>().as_ref(),
                Ok(&mailbox)
            );
        }
        let text = serde_json::to_string(&"Ada <ada@example.com>".parse::<Mailbox>().unwrap());
        assert_eq!(text.unwrap(), r#""Ada <ada@example.com>""#);
    }
}
