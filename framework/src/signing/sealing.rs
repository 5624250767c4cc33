//! Encryption of what is stored and must be read back.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use sha2::{Digest, Sha256};

use super::SigningKeys;
use crate::error::{Error, Result};

/// The label with which the keys of purposes are made. Another one makes everything that is sealed unreadable.
const DERIVATION: &[u8] = b"fw:sealing:1:";

/// The first byte of what is sealed: its format.
const FORMAT: u8 = 1;

/// The length of the id of a key, and of a nonce.
const KEY_ID: usize = 4;
const NONCE: usize = 24;

/// A secret that was sealed, opened again.
///
/// `Debug` does not show it. See [`SigningKeys::seal`] for an example.
pub struct Sealed {
    /// The secret.
    pub secret: Vec<u8>,
    /// False if it was sealed with a key that is not the first one any more: it should be [sealed](SigningKeys::seal) again, before that key
    /// is taken out of the configuration.
    pub is_current: bool,
}

/// Sealing, with the feature `auth`: nobody without the keys can read what is stored, or put something else in its place.
impl SigningKeys {
    /// Encrypts a secret that is to be stored, with the first key (XChaCha20-Poly1305).
    ///
    /// The purpose is a constant of the code that seals, such as `totp`. The place names the row that the secret is for: what was sealed for
    /// one cannot be opened for another, so nobody who writes to the database can give a secret to somebody else.
    ///
    /// ```
    /// use fw::{config::{Environment, SigningConfig}, signing::SigningKeys};
    ///
    /// # fn main() -> fw::Result<()> {
    /// let config = SigningConfig { keys: vec!["9S0MZKdsfTQBzBY8rxJdTHZQmGJTGAHhHmFuOrAsLUE=".into()] };
    /// let keys = SigningKeys::of(&config, &Environment::Production, "blog").expect("there is a key");
    /// let sealed = keys.seal("webhook", "account 7", b"a secret of ours and theirs")?;
    /// let opened = keys.open("webhook", "account 7", &sealed).expect("it was sealed so");
    /// assert_eq!(opened.secret, b"a secret of ours and theirs");
    /// assert!(keys.open("webhook", "account 8", &sealed).is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the operating system has no random numbers.
    pub fn seal(&self, purpose: &str, place: &str, secret: &[u8]) -> Result<Vec<u8>> {
        let keys = self.derived(DERIVATION, purpose);
        let key = keys
            .first()
            .ok_or_else(|| Error::internal("there is no key to seal with"))?;
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(Error::internal)?;
        let payload = Payload {
            msg: secret,
            aad: place.as_bytes(),
        };
        let sealed = cipher(key)
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Error::internal("a secret is too long to be sealed"))?;
        Ok([&[FORMAT][..], &key_id(key), &nonce, &sealed].concat())
    }

    /// Decrypts what was [sealed](Self::seal) for the same purpose and place with one of the keys; `None` for anything else.
    pub fn open(&self, purpose: &str, place: &str, sealed: &[u8]) -> Option<Sealed> {
        let sealed = sealed.strip_prefix(&[FORMAT])?;
        let (id, sealed) = sealed.split_first_chunk::<KEY_ID>()?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let keys = self.derived(DERIVATION, purpose);
        let (index, key) = keys
            .iter()
            .enumerate()
            .find(|(_, key)| key_id(key) == *id)?;
        let payload = Payload {
            msg: sealed,
            aad: place.as_bytes(),
        };
        let secret = cipher(key).decrypt(&XNonce::from(*nonce), payload).ok()?;
        Some(Sealed {
            secret,
            is_current: index == 0,
        })
    }
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.into())
}

/// The id of a key, by which it is found. It does not tell the key.
fn key_id(key: &[u8; 32]) -> [u8; KEY_ID] {
    let digest = Sha256::new_with_prefix(b"fw:sealing:id:").chain_update(key);
    let [a, b, c, d, ..] = <[u8; 32]>::from(digest.finalize());
    [a, b, c, d]
}

/// Without the secret.
impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealed")
            .field("is_current", &self.is_current)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::SigningConfig, env::Environment};

    const FIRST: &str = "9S0MZKdsfTQBzBY8rxJdTHZQmGJTGAHhHmFuOrAsLUE=";
    const SECOND: &str = "mYq3t6w9z$C&F)J@NcRfUjXn2r5u8x/A";

    fn keys(keys: &[&str]) -> SigningKeys {
        let config = SigningConfig {
            keys: keys.iter().map(|key| (*key).into()).collect(),
        };
        SigningKeys::of(&config, &Environment::Production, "blog").expect("there are keys")
    }

    fn opened(keys: &SigningKeys, sealed: &[u8]) -> Option<(Vec<u8>, bool)> {
        let opened = keys.open("totp", "7", sealed)?;
        Some((opened.secret, opened.is_current))
    }

    #[test]
    fn a_secret_is_opened_for_its_purpose_and_place_alone() {
        let keys = keys(&[FIRST]);
        let sealed = keys.seal("totp", "7", b"secret").expect("sealed");
        assert_eq!(opened(&keys, &sealed), Some((b"secret".to_vec(), true)));
        assert!(keys.open("totp", "8", &sealed).is_none());
        assert!(keys.open("totp2", "7", &sealed).is_none());
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        let again = keys.seal("totp", "7", b"secret").expect("sealed");
        assert_ne!(sealed, again, "the same secret is sealed in another way");
    }

    #[test]
    fn every_change_of_a_byte_is_noticed() {
        let keys = keys(&[FIRST]);
        let sealed = keys.seal("totp", "7", b"secret").expect("sealed");
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(opened(&keys, &changed).is_none(), "{index}");
            assert!(opened(&keys, &sealed[..index]).is_none(), "{index}");
        }
        assert!(opened(&keys, &[sealed.as_slice(), &[0]].concat()).is_none());
    }

    #[test]
    fn a_key_is_replaced_by_putting_another_before_it() {
        let old = keys(&[FIRST]).seal("totp", "7", b"secret").expect("sealed");
        let both = keys(&[SECOND, FIRST]);
        assert_eq!(opened(&both, &old), Some((b"secret".to_vec(), false)));
        let new = both.seal("totp", "7", b"secret").expect("sealed");
        assert_eq!(opened(&both, &new), Some((b"secret".to_vec(), true)));
        assert!(opened(&keys(&[SECOND]), &new).is_some());
        assert!(opened(&keys(&[SECOND]), &old).is_none());
        assert!(opened(&keys(&[FIRST]), &new).is_none());
    }

    #[test]
    fn attack_104_a_secret_is_not_shown() {
        let keys = keys(&[FIRST]);
        let sealed = keys.seal("totp", "7", b"secret").expect("sealed");
        let opened = keys.open("totp", "7", &sealed);
        let shown = format!("{opened:?}");
        assert_eq!(shown, "Some(Sealed { is_current: true, .. })");
    }
}
