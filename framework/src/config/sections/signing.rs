//! The section `[signing]`: the keys with which the application signs what it sends out and takes back.

use serde::{Deserialize, Serialize};

use super::{Checks, Section};
use crate::config::Secret;

/// The length from which on a key is accepted, in bytes: that of the signatures, as [RFC 2104](https://www.rfc-editor.org/info/rfc2104#section-3) asks for.
const LEAST: usize = 32;

/// The largest number of keys: each is tried for each signature.
const MOST: usize = 5;

/// The section `[signing]`: the keys with which the application signs what it sends out and takes back, such as cookies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SigningConfig {
    /// The secret keys, at most 5, each of at least 32 bytes: the first one signs, and the signatures of all are accepted, so that a key can be
    /// replaced. From the variable `FW_KEYS`, separated by commas; production refuses them in a TOML file. Default: none, and one made from
    /// the name of the application in development and tests.
    pub keys: Vec<Secret>,
}

impl Section for SigningConfig {
    fn check(&self, checks: &mut Checks) {
        const KEYS: &str = "signing.keys";

        let short = |key: &&Secret| key.expose().len() < LEAST;
        if let Some(key) = self.keys.iter().find(short) {
            let message = format!(
                "a key of {} bytes, and the shortest that is safe has {LEAST}",
                key.expose().len()
            );
            let hint = "make one with `openssl rand -base64 32`".to_owned();
            checks.refused(KEYS, message, Some(hint));
        }
        if self.keys.len() > MOST {
            checks.wrong(
                KEYS,
                format!("at most {MOST} keys"),
                self.keys.len().to_string(),
            );
        }
    }
}
