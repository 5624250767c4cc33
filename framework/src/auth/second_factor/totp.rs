//! Time-based one-time passwords (RFC 6238): SHA-1, six digits, a new one every 30 seconds, as all apps have them.

use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use sha1::Sha1;

use super::base32;
use crate::error::{Error, Result};

/// The seconds for which a code is that of the time.
pub(super) const STEP: i64 = 30;

/// The length of a secret in bytes, which RFC 4226 recommends: that of the hash.
const LENGTH: usize = 20;

/// The number of codes.
const CODES: u32 = 1_000_000;

/// The secret that an app and the server share. `Debug` is not implemented, so that it is in no log.
pub(super) struct Secret([u8; LENGTH]);

impl Secret {
    pub(super) fn generate() -> Result<Self> {
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes).map_err(Error::internal)?;
        Ok(Self(bytes))
    }

    pub(super) fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    /// Reads the text that a person has typed into an app.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::from_bytes(base32::decode(text)?)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text for people who cannot scan.
    pub(super) fn to_text(&self) -> String {
        base32::encode(&self.0)
    }

    /// The step of a code, if it is that of the time or of the step before.
    ///
    /// A clock of the person's device that is ahead is none of ours: the next code is refused.
    pub(super) fn step_of(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let code = parse(code)?;
        let current = step_at(now);
        [current, current - 1]
            .into_iter()
            .find(|step| self.code(*step) == code)
    }

    /// The code of a step as text.
    pub(super) fn text_of(&self, step: i64) -> String {
        format!("{:06}", self.code(step))
    }

    fn code(&self, step: i64) -> u32 {
        let Ok(mut code) = Hmac::<Sha1>::new_from_slice(&self.0) else {
            unreachable!("a key of HMAC may have any length");
        };
        code.update(&step.to_be_bytes());
        let digest = code.finalize().into_bytes();
        // RFC 4226, section 5.3: the last four bits say where the number is.
        let offset = usize::from(digest[digest.len() - 1] & 15);
        let number = digest[offset..offset + 4]
            .iter()
            .fold(0, |number, byte| number << 8 | u32::from(*byte));
        (number & 0x7fff_ffff) % CODES
    }
}

/// The step of a time.
pub(super) fn step_at(now: DateTime<Utc>) -> i64 {
    now.timestamp().div_euclid(STEP)
}

/// Returns whether a text has the form of a code: six digits, as apps show them also in two groups.
pub(super) fn is_code(text: &str) -> bool {
    parse(text).is_some()
}

fn parse(text: &str) -> Option<u32> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    if digits.len() != 6 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(
        digits
            .iter()
            .fold(0, |code, digit| code * 10 + u32::from(digit - b'0')),
    )
}

/// The address of a secret for the camera of an app (`otpauth:`), with the name of the application and that of the account.
pub(super) fn uri(issuer: &str, label: &str, secret: &Secret) -> String {
    let (issuer, label) = (encoded(issuer), encoded(label));
    format!(
        "otpauth://totp/{issuer}:{label}?secret={}&issuer={issuer}",
        secret.to_text()
    )
}

/// A text within a URI (RFC 3986). Apps show the `+` of forms as it is.
fn encoded(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' => {
                encoded.push(char::from(byte));
            }
            _ => {
                let digits =
                    [byte >> 4, byte & 15].map(|digit| char::from(HEX[usize::from(digit)]));
                encoded.push('%');
                encoded.extend(digits);
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        Secret::from_bytes(b"12345678901234567890".to_vec()).expect("a secret")
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a time")
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, of which the last six digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret().text_of(step_at(at(seconds))), code);
            assert_eq!(secret().step_of(code, at(seconds)), Some(seconds / STEP));
        }
    }

    #[test]
    fn attack_096_this_and_the_last_step_count() {
        let now = at(1_111_111_111);
        let step = step_at(now);
        let found = |step| secret().step_of(&secret().text_of(step), now);
        assert_eq!(found(step), Some(step));
        assert_eq!(found(step - 1), Some(step - 1));
        for wrong in [step + 1, step + 2, step - 2, step - 3] {
            assert_eq!(found(wrong), None);
        }
    }

    #[test]
    fn a_code_has_six_digits() {
        let now = at(1_111_111_109);
        assert!(secret().step_of("081 804", now).is_some());
        for wrong in [
            "", "81804", "0081804", "08180４", "+81804", "08180x", "081804\n",
        ] {
            assert_eq!(secret().step_of(wrong, now), None, "{wrong}");
            assert!(!is_code(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_address_names_the_application_and_the_account() {
        assert_eq!(
            uri("Ada & Co", "ada+1@example.com", &secret()),
            "otpauth://totp/Ada%20%26%20Co:ada%2B1@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ada%20%26%20Co"
        );
        let same = Secret::parse(&secret().to_text()).expect("a secret");
        assert_eq!(same.bytes(), secret().bytes());
    }
}
