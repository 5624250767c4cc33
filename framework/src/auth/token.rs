//! Secrets that a bearer shows: session cookies, refresh tokens, links in mails.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The length of a secret in bytes: 256 bits.
const LENGTH: usize = 32;

/// The length of its text.
const TEXT_LENGTH: usize = 43;

/// A secret that whoever has it may use: 32 random bytes, as 43 characters that fit into a cookie and a URL. The database has only its
/// [hash](Self::hash). `Debug` does not show it.
///
/// ```
/// use fw::auth::OpaqueToken;
///
/// # fn main() -> fw::Result<()> {
/// let token = OpaqueToken::generate()?;
/// let text = token.to_text();
/// assert_eq!(text.len(), 43);
/// assert_eq!(OpaqueToken::parse(&text).map(|same| same.hash()), Some(token.hash()));
/// assert!(OpaqueToken::parse("guessed").is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct OpaqueToken([u8; LENGTH]);

/// The hash of an [`OpaqueToken`] (SHA-256), as it is stored. A secret of 256 random bits needs no slow hash, and is found by it: to look
/// it up takes the same time for every guess. See [`OpaqueToken`] for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; LENGTH]);

impl OpaqueToken {
    /// A new secret, from the generator of the operating system.
    ///
    /// Fails if that has no random numbers.
    pub fn generate() -> Result<Self> {
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes).map_err(Error::internal)?;
        Ok(Self(bytes))
    }

    /// The secret with these bytes, which must be as good as random.
    pub(crate) fn from_bytes(bytes: [u8; LENGTH]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads the text of a secret. `None` for any other text; each secret has one only.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != TEXT_LENGTH {
            return None;
        }
        let bytes = BASE64.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// The secret as text. The caller is responsible for keeping it secret.
    pub fn to_text(&self) -> String {
        BASE64.encode(self.0)
    }

    /// The hash that is stored.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

impl TokenHash {
    /// The hash of a secret of another form.
    pub(super) fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// The bytes that are stored.
    pub fn to_bytes(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl fmt::Debug for OpaqueToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpaqueToken([secret])")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn attack_060_secrets_have_256_bits_and_none_is_like_another() {
        let texts: HashSet<String> = (0..10_000)
            .map(|_| OpaqueToken::generate().expect("random numbers").to_text())
            .collect();
        assert_eq!(texts.len(), 10_000);
        // Each bit is set in about a half of them.
        let mut ones = [0_u32; 8 * LENGTH];
        for text in &texts {
            let token = OpaqueToken::parse(text).expect("a token");
            for (index, ones) in ones.iter_mut().enumerate() {
                *ones += u32::from(token.0[index / 8] >> (index % 8) & 1);
            }
        }
        assert!(
            ones.iter().all(|ones| (4_500..5_500).contains(ones)),
            "{ones:?}"
        );
    }

    #[test]
    fn attack_077_a_secret_has_one_text() {
        let text = OpaqueToken::from_bytes([255; LENGTH]).to_text();
        assert!(OpaqueToken::parse(&text).is_some());
        let standard = text.replace('_', "/");
        let mut trailing_bits = text.clone();
        trailing_bits.replace_range(42.., "9");
        for other in [
            &standard,
            &format!("{text}="),
            &trailing_bits,
            &text[1..],
            "",
        ] {
            assert!(OpaqueToken::parse(other).is_none(), "{other}");
        }
    }

    #[test]
    fn attack_048_secrets_are_not_shown() {
        let token = OpaqueToken::generate().expect("random numbers");
        assert_eq!(format!("{token:?}"), "OpaqueToken([secret])");
    }
}
