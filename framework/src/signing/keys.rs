//! The keys of signatures.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{config::SigningConfig, env::Environment, error::Error};

type HmacSha256 = Hmac<Sha256>;

/// The label with which the keys of purposes are made. Another one makes every signature invalid.
const DERIVATION: &[u8] = b"fw:signing:1:";

/// The label of the key that development and tests have.
const DEVELOPMENT: &[u8] = b"fw:signing:development:";

/// The keys with which the application signs what it sends out and takes back: the first one signs, and the signatures of all are
/// accepted.
///
/// They are those of `[signing]` (`FW_KEYS`) and a handle of the [context](crate::context::AppContext): `ctx.get::<SigningKeys>()`.
/// Signatures are HMAC-SHA-256 with a key of its own for each purpose, and compared in constant time. See [the module](super) for an
/// example.
#[derive(Clone)]
pub struct SigningKeys {
    keys: Vec<Vec<u8>>,
}

/// The error of an application that signs and has no key for it, which stops its start.
///
/// ```
/// use fw::{config::{Environment, SigningConfig}, signing::{MissingKey, SigningKeys}};
///
/// let keys = SigningKeys::of(&SigningConfig::default(), &Environment::Production, "blog");
/// let error = keys.ok_or(MissingKey { signed: "flash messages" }).unwrap_err();
/// assert!(error.to_string().contains("openssl rand -base64 32"));
/// ```
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "{signed} are signed, and there is no key for it\nhint: make one with `openssl rand -base64 32` and set the variable `FW_KEYS` to it, or `FW_KEYS_FILE` to a file that holds it; all servers of the application need the same one"
)]
pub struct MissingKey {
    /// The things that are signed, for the message: `flash messages`.
    pub signed: &'static str,
}

impl From<MissingKey> for Error {
    #[track_caller]
    fn from(error: MissingKey) -> Self {
        Self::internal(error)
    }
}

impl SigningKeys {
    /// The keys of a configuration. In development and in tests an application without any has one that is made from its name: it protects
    /// nothing, and no other environment accepts it. `None` elsewhere.
    pub fn of(config: &SigningConfig, environment: &Environment, app: &str) -> Option<Self> {
        let mut keys: Vec<Vec<u8>> = config
            .keys
            .iter()
            .map(|key| key.expose().as_bytes().to_vec())
            .collect();
        if keys.is_empty() {
            if !(environment.is_development() || environment.is_test()) {
                return None;
            }
            keys.push(
                code(DEVELOPMENT, &[app.as_bytes()])
                    .finalize()
                    .into_bytes()
                    .to_vec(),
            );
        }
        Some(Self { keys })
    }

    /// A text that holds a message and its signature: letters, digits, `-`, `_` and a dot. The message can be read by anybody.
    ///
    /// The purpose is a constant of the code that signs, such as `unsubscribe`; it must not come from outside.
    pub fn sign(&self, purpose: &str, message: &[u8]) -> String {
        let key = self.keys.first().map_or(&[][..], Vec::as_slice);
        let signature = signature(key, purpose, message).finalize().into_bytes();
        format!("{}.{}", BASE64.encode(message), BASE64.encode(signature))
    }

    /// A keyed hash of a message, by the key that signs: the same for the same message, and nobody without the key can try messages out. The
    /// purpose is a constant, as for [`sign`](Self::sign).
    pub fn keyed_hash(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        let key = self.keys.first().map_or(&[][..], Vec::as_slice);
        signature(key, purpose, message)
            .finalize()
            .into_bytes()
            .into()
    }

    /// The message of a text that [`sign`](Self::sign) has made for the same purpose with one of the keys; `None` for any other text.
    pub fn verify(&self, purpose: &str, signed: &str) -> Option<Vec<u8>> {
        let (message, given) = signed.split_once('.')?;
        let message = BASE64.decode(message).ok()?;
        let given = BASE64.decode(given).ok()?;
        let mut keys = self.keys.iter();
        keys.any(|key| {
            signature(key, purpose, &message)
                .verify_slice(&given)
                .is_ok()
        })
        .then_some(message)
    }
}

#[cfg(feature = "auth")]
impl SigningKeys {
    /// The keys of a purpose, the one that signs first: for signatures of a form of their own.
    pub(crate) fn of_purpose(&self, purpose: &str) -> Vec<[u8; 32]> {
        self.derived(DERIVATION, purpose)
    }

    /// The keys of a label and a purpose, the one that signs first.
    pub(super) fn derived(&self, label: &[u8], purpose: &str) -> Vec<[u8; 32]> {
        let derived = |key: &Vec<u8>| code(key, &[label, purpose.as_bytes()]).finalize();
        self.keys
            .iter()
            .map(|key| derived(key).into_bytes().into())
            .collect()
    }
}

/// Without the keys.
impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeys").finish_non_exhaustive()
    }
}

/// The code of a message, with the key of a purpose.
fn signature(key: &[u8], purpose: &str, message: &[u8]) -> HmacSha256 {
    let key = code(key, &[DERIVATION, purpose.as_bytes()]);
    code(&key.finalize().into_bytes(), &[message])
}

fn code(key: &[u8], parts: &[&[u8]]) -> HmacSha256 {
    let Ok(mut code) = HmacSha256::new_from_slice(key) else {
        unreachable!("a key of HMAC may have any length");
    };
    for part in parts {
        code.update(part);
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "9S0MZKdsfTQBzBY8rxJdTHZQmGJTGAHhHmFuOrAsLUE=";
    const SECOND: &str = "mYq3t6w9z$C&F)J@NcRfUjXn2r5u8x/A";

    fn keys(keys: &[&str]) -> SigningKeys {
        let config = SigningConfig {
            keys: keys.iter().map(|key| (*key).into()).collect(),
        };
        SigningKeys::of(&config, &Environment::Production, "blog").expect("there are keys")
    }

    #[test]
    fn a_signature_is_that_of_rfc_2104_with_the_key_of_its_purpose() {
        // python3: hmac(hmac(key, b"fw:signing:1:flash"), b"saved"), SHA-256, in URL-safe base64
        assert_eq!(
            keys(&[FIRST]).sign("flash", b"saved"),
            "c2F2ZWQ.hKsfim95Cgr2YAt3wBAtIbJnwgQcx1VKUK5KpypTZl4"
        );
    }

    #[test]
    fn what_was_signed_is_read_back_for_its_purpose_alone() {
        let keys = keys(&[FIRST]);
        for message in [&b""[..], b"saved", &[0, 255, 46]] {
            let signed = keys.sign("flash", message);
            assert_eq!(keys.verify("flash", &signed).as_deref(), Some(message));
            assert_eq!(keys.verify("flash2", &signed), None);
            assert_eq!(keys.verify("", &signed), None);
        }
    }

    #[test]
    fn every_change_of_a_character_is_noticed() {
        let keys = keys(&[FIRST]);
        let signed = keys.sign("flash", b"saved");
        for index in 0..signed.len() {
            for other in ['A', 'B', '.', '~'] {
                let mut changed: Vec<char> = signed.chars().collect();
                changed[index] = other;
                let changed: String = changed.into_iter().collect();
                if changed != signed {
                    assert_eq!(keys.verify("flash", &changed), None, "{changed}");
                }
            }
            assert_eq!(keys.verify("flash", &signed[..index]), None);
        }
        assert_eq!(keys.verify("flash", &format!("{signed}A")), None);
    }

    #[test]
    fn a_key_is_replaced_by_putting_another_before_it() {
        let old = keys(&[FIRST]).sign("flash", b"saved");
        let both = keys(&[SECOND, FIRST]);
        assert!(both.verify("flash", &old).is_some());
        let new = both.sign("flash", b"saved");
        assert!(keys(&[SECOND]).verify("flash", &new).is_some());
        assert_eq!(keys(&[SECOND]).verify("flash", &old), None);
        assert_eq!(keys(&[FIRST]).verify("flash", &new), None);
    }

    #[test]
    fn only_development_and_tests_have_a_key_without_any_setting() {
        let none = SigningConfig::default();
        let of = |environment: &str, app| {
            let environment = environment.parse().expect("it is an environment");
            SigningKeys::of(&none, &environment, app)
        };
        assert!(of("production", "blog").is_none());
        assert!(of("staging", "blog").is_none());
        let blog = of("development", "blog").expect("there is one");
        let signed = blog.sign("flash", b"saved");
        assert!(of("test", "blog").is_some_and(|keys| keys.verify("flash", &signed).is_some()));
        assert!(of("test", "shop").is_some_and(|keys| keys.verify("flash", &signed).is_none()));
    }

    #[test]
    fn a_keyed_hash_depends_on_the_key_the_purpose_and_the_message() {
        let hash =
            |key, purpose, message: &str| keys(&[key]).keyed_hash(purpose, message.as_bytes());
        let first = hash(FIRST, "audit", "ada");
        assert_eq!(first, hash(FIRST, "audit", "ada"));
        assert_eq!(first, keys(&[FIRST, SECOND]).keyed_hash("audit", b"ada"));
        for other in [
            hash(SECOND, "audit", "ada"),
            hash(FIRST, "flash", "ada"),
            hash(FIRST, "audit", "bob"),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn keys_are_not_shown() {
        assert_eq!(format!("{:?}", keys(&[FIRST])), "SigningKeys { .. }");
    }
}
