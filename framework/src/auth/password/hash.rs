//! Hashes of passwords: bcrypt over a keyed hash of fixed length.
//!
//! bcrypt reads 72 bytes and stops at a NUL. So it is given an HMAC-SHA-384 in base64, which is 64 characters long and has the whole
//! password in it. The prefix of a stored hash names this scheme, so that others can be told from it later.

use std::str::FromStr;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use bcrypt::{BcryptError, HashParts};
use hmac::{Hmac, Mac};
use sha2::Sha384;

/// The prefix of stored hashes, before that of bcrypt.
const SCHEME: &str = "fw1";

/// The key of the HMAC. It is no secret: it keeps these hashes apart from those of others, so that a list of SHA-384 hashes which has
/// leaked elsewhere is of no use here.
const LABEL: &[u8] = b"fw:password:1";

/// The salt and the hash of nobody's password: all zero, which no password has.
const NOBODY: &str = ".....................................................";

/// The hash of a password, as it is stored.
pub(super) fn hash(password: &str, cost: u32) -> Result<String, BcryptError> {
    let hash = bcrypt::non_truncating_hash(digest(password), cost)?;
    Ok(format!("{SCHEME}{hash}"))
}

/// Returns whether a password is that of a stored hash, and the cost of the hash.
///
/// The work is that of a hash of the given cost, at least: without a stored hash, or with one that cannot be read, a password is compared
/// with nobody's; and a wrong password for a hash of a lower cost is hashed on until the work is the same. So the time does not tell whether
/// there is an account, nor how old its password is.
pub(super) fn verify(password: &str, stored: Option<&str>, cost: u32) -> (bool, u32) {
    let digest = digest(password);
    let parts = stored.and_then(|stored| {
        let bcrypt = stored.strip_prefix(SCHEME)?;
        Some((bcrypt, HashParts::from_str(bcrypt).ok()?.get_cost()))
    });
    let Some((bcrypt, own_cost)) = parts else {
        if stored.is_some() {
            tracing::error!("a stored password hash cannot be read, so nobody can sign in with it");
        }
        spend(&digest, cost);
        return (false, cost);
    };
    let matches = bcrypt::non_truncating_verify(&digest, bcrypt).unwrap_or(false);
    if !matches {
        // 2ⁿ rounds are done; 2ⁿ + 2ⁿ⁺¹ + … are what is left to 2ᵐ.
        (own_cost..cost).for_each(|cost| spend(&digest, cost));
    }
    (matches, own_cost)
}

/// Does the work of a comparison.
fn spend(digest: &str, cost: u32) {
    let nobody = format!("$2b${cost:02}${NOBODY}");
    let _ = std::hint::black_box(bcrypt::non_truncating_verify(digest, &nobody));
}

fn digest(password: &str) -> String {
    let Ok(mut code) = Hmac::<Sha384>::new_from_slice(LABEL) else {
        unreachable!("a key of HMAC may have any length");
    };
    code.update(password.as_bytes());
    BASE64.encode(code.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_003_and_005_every_character_counts() {
        let long = "a b\0🔒\"".repeat(40);
        let longest: String = long.chars().take(256).collect();
        for password in ["pass phrase of 64 characters".repeat(2).as_str(), &longest] {
            let stored = hash(password, 4).expect("hashed");
            assert!(verify(password, Some(&stored), 4).0);
            let mut changed = password.to_owned();
            changed.pop();
            assert!(!verify(&changed, Some(&stored), 4).0);
            changed.push('~');
            assert!(!verify(&changed, Some(&stored), 4).0);
        }
        // bcrypt alone stops at byte 72, and at a NUL.
        let base = "x".repeat(72);
        let stored = hash(&format!("{base}1{base}"), 4).expect("hashed");
        assert!(!verify(&format!("{base}2{base}"), Some(&stored), 4).0);
        let stored = hash("secret\0one", 4).expect("hashed");
        assert!(!verify("secret\0two", Some(&stored), 4).0);
    }

    #[test]
    fn a_stored_hash_names_its_scheme_and_its_cost() {
        let stored = hash("correct horse battery staple", 5).expect("hashed");
        assert!(stored.starts_with("fw1$2b$05$"), "{stored}");
        assert_eq!(
            verify("correct horse battery staple", Some(&stored), 4),
            (true, 5)
        );
    }

    #[test]
    fn nobody_signs_in_without_a_hash_or_with_one_that_cannot_be_read() {
        let plain = bcrypt::hash("password", 4).expect("hashed");
        for stored in [
            None,
            Some(""),
            Some("fw1"),
            Some("fw1$2b$04$short"),
            Some(plain.as_str()),
        ] {
            assert_eq!(verify("password", stored, 4), (false, 4), "{stored:?}");
        }
    }

    #[test]
    fn nobodys_hash_is_well_formed_so_that_the_work_is_done() {
        for cost in [4, 12] {
            let nobody = format!("$2b${cost:02}${NOBODY}");
            assert_eq!(
                HashParts::from_str(&nobody)
                    .expect("well-formed")
                    .get_cost(),
                cost
            );
        }
    }
}
