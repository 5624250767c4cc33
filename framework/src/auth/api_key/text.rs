//! The text of an API key: `fwk_`, its prefix, its secret and a check sum.

use std::fmt;

use crate::{
    auth::TokenHash,
    error::{Error, Result},
};

/// The beginning of every key, by which scanners of repositories and logs find keys that were made public.
const TAG: &str = "fwk_";

/// The length of the prefix, by which people tell keys apart.
const PREFIX_LENGTH: usize = 8;

/// The length of the secret: 43 characters of 62 have 256 bits.
const SECRET_LENGTH: usize = 43;

/// The length of the check sum: 6 characters of 62 have more than 32 bits.
const CHECK_LENGTH: usize = 6;

const LENGTH: usize = TAG.len() + PREFIX_LENGTH + 1 + SECRET_LENGTH + CHECK_LENGTH;

/// The characters, all of which a double click selects.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The text of an API key that is well-formed, `fwk_3kTMd9Qx_…`: 62 characters. `Debug` does not show it.
#[derive(Clone)]
pub(in crate::auth) struct ApiKeyText(String);

impl ApiKeyText {
    /// A new key, from the generator of the operating system.
    ///
    /// Fails if that has no random numbers.
    pub(in crate::auth) fn generate() -> Result<Self> {
        let mut text = TAG.to_owned();
        push_random(&mut text, PREFIX_LENGTH)?;
        text.push('_');
        push_random(&mut text, SECRET_LENGTH)?;
        let check = check_sum(&text);
        Ok(Self(text + &check))
    }

    /// Returns true if a credential is an API key, or meant to be one.
    pub(in crate::auth) fn is_meant(text: &str) -> bool {
        text.starts_with(TAG)
    }

    /// Reads the text of a key. `None` if it is malformed or its check sum is wrong: no query is needed to refuse a key that was cut off,
    /// misspelt or made up.
    pub(in crate::auth) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(TAG)?;
        let is_whole = text.len() == LENGTH
            && rest.bytes().enumerate().all(|(index, byte)| match index {
                PREFIX_LENGTH => byte == b'_',
                _ => byte.is_ascii_alphanumeric(),
            });
        if !is_whole {
            return None;
        }
        let (checked, check) = text.split_at(LENGTH - CHECK_LENGTH);
        (check_sum(checked) == check).then(|| Self(text.to_owned()))
    }

    /// The part that is no secret.
    pub(in crate::auth) fn prefix(&self) -> &str {
        &self.0[TAG.len()..TAG.len() + PREFIX_LENGTH]
    }

    /// The hash that is stored. A secret of 256 random bits needs no slow one.
    pub(in crate::auth) fn hash(&self) -> TokenHash {
        TokenHash::of(self.0.as_bytes())
    }

    /// The whole text. The caller is responsible for keeping it secret.
    pub(in crate::auth) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeyText({TAG}{}_[secret])", self.prefix())
    }
}

/// Adds random characters. Each is as likely as any other: a number that is none of the 62 is drawn again.
fn push_random(text: &mut String, length: usize) -> Result<()> {
    let end = text.len() + length;
    let mut bytes = [0; 64];
    while text.len() < end {
        getrandom::fill(&mut bytes).map_err(Error::internal)?;
        let characters = bytes
            .iter()
            .filter_map(|byte| ALPHABET.get(usize::from(byte & 63)));
        let missing = end - text.len();
        text.extend(characters.take(missing).map(|byte| char::from(*byte)));
    }
    Ok(())
}

/// The CRC-32 of a text, in six characters.
fn check_sum(text: &str) -> String {
    let mut rest = crc32(text.as_bytes());
    let mut digits = [b'0'; CHECK_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|byte| char::from(*byte)).collect()
}

/// CRC-32 as of ISO-HDLC, Ethernet and ZIP.
fn crc32(bytes: &[u8]) -> u32 {
    let of_bit = |crc: u32| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| of_bit(crc))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_check_sum_is_that_of_everybody() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn attack_135_a_key_with_a_mistake_is_none() {
        let key = ApiKeyText::generate().expect("random numbers");
        let text = key.expose();
        assert_eq!(text.len(), 62);
        let parsed = ApiKeyText::parse(text).expect("a key");
        assert_eq!((parsed.hash(), parsed.prefix()), (key.hash(), key.prefix()));
        for index in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[index] = if bytes[index] == b'x' { b'y' } else { b'x' };
            let other = String::from_utf8(bytes).expect("text");
            assert!(ApiKeyText::parse(&other).is_none(), "{index}");
        }
        let longer = format!("{text}0");
        for other in [
            &longer,
            &text[1..],
            &text[..61],
            &format!(" {text}"),
            "fwk_",
            "",
            "ä",
        ] {
            assert!(ApiKeyText::parse(other).is_none(), "{other}");
        }
        assert!(ApiKeyText::parse(&"é".repeat(31)).is_none());
    }

    #[test]
    fn attack_060_secrets_are_random() {
        let mut seen = HashSet::new();
        let mut counts = [0_u32; 62];
        for _ in 0..2_000 {
            let key = ApiKeyText::generate().expect("random numbers");
            for byte in &key.expose().as_bytes()[13..56] {
                let index = ALPHABET.iter().position(|one| one == byte);
                counts[index.expect("one of the alphabet")] += 1;
            }
            assert!(seen.insert(key.expose().to_owned()));
        }
        // Each is expected 1387 times.
        assert!(
            counts.iter().all(|count| (1_150..1_650).contains(count)),
            "{counts:?}"
        );
    }

    #[test]
    fn attack_048_secrets_are_not_shown() {
        let key = ApiKeyText::generate().expect("random numbers");
        let shown = format!("{key:?}");
        assert_eq!(shown, format!("ApiKeyText(fwk_{}_[secret])", key.prefix()));
    }
}
