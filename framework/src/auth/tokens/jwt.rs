//! Access tokens: JWTs of the profile of [RFC 9068](https://www.rfc-editor.org/rfc/rfc9068), signed with HS256.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use sea_orm::prelude::Uuid;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::hs256;
use crate::{
    error::{Error, Result},
    signing::SigningKeys,
};

/// The purpose of the signatures.
const PURPOSE: &str = "fw:auth:access-token";

/// The type of the tokens: no other kind of JWT is taken for one.
const TYPE: &str = "at+jwt";

/// The longest token that is looked at, in bytes. Ours have about 400.
const LONGEST: usize = 2_048;

/// The makers and checkers of access tokens.
pub(super) struct AccessTokens {
    keys: Vec<Key>,
    /// The issuer, which is the audience as well.
    issuer: String,
    lifetime: Duration,
    validation: Validation,
}

struct Key {
    id: String,
    signs: EncodingKey,
    verifies: DecodingKey,
}

/// The claims of a token. There are no others.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: Uuid,
    iat: u64,
    exp: u64,
}

/// The session and the account that a token speaks for.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::auth) struct Bearer {
    pub(in crate::auth) session: Uuid,
    pub(in crate::auth) subject: String,
}

impl AccessTokens {
    pub(super) fn new(keys: &SigningKeys, issuer: &str, lifetime: Duration) -> Result<Self> {
        hs256::install();
        let keys = keys.of_purpose(PURPOSE).into_iter().map(|key| {
            Ok(Key {
                id: key_id(&key),
                signs: EncodingKey::from_secret(&key).map_err(Error::internal)?,
                verifies: DecodingKey::from_secret(&key).map_err(Error::internal)?,
            })
        });
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[issuer]);
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = 0;
        Ok(Self {
            keys: keys.collect::<Result<_>>()?,
            issuer: issuer.to_owned(),
            lifetime,
            validation,
        })
    }

    /// A token of a session.
    pub(super) fn issue(&self, bearer: &Bearer, now: DateTime<Utc>) -> Result<String> {
        let Some(key) = self.keys.first() else {
            return Err(Error::internal("there is no key to sign with"));
        };
        let iat = now.timestamp().cast_unsigned();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.issuer.clone(),
            sub: bearer.subject.clone(),
            sid: bearer.session,
            iat,
            exp: iat + self.lifetime.as_secs(),
        };
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key.id.clone());
        jsonwebtoken::encode(&header, &claims, &key.signs).map_err(Error::internal)
    }

    /// The session of a token that is valid now; `None` for any other text.
    pub(super) fn verify(&self, token: &str) -> Option<Bearer> {
        if token.len() > LONGEST {
            return None;
        }
        let header = jsonwebtoken::decode_header(token).ok()?;
        // The library takes any type.
        if header.typ.as_deref() != Some(TYPE) || header.alg != Algorithm::HS256 {
            return None;
        }
        let id = header.kid?;
        let key = self.keys.iter().find(|key| key.id == id)?;
        let decoded =
            jsonwebtoken::decode::<Claims>(token, &key.verifies, &self.validation).ok()?;
        // It takes one audience of several, which cannot be ours; the type of the claim has one.
        Some(Bearer {
            session: decoded.claims.sid,
            subject: decoded.claims.sub,
        })
    }
}

/// The id of a key, which does not give it away.
pub(super) fn key_id(key: &[u8; 32]) -> String {
    BASE64.encode(&Sha256::digest(key)[..8])
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use serde_json::{Value, json};

    use super::*;
    use crate::{config::SigningConfig, env::Environment};

    const FIRST: &str = "9S0MZKdsfTQBzBY8rxJdTHZQmGJTGAHhHmFuOrAsLUE=";
    const SECOND: &str = "mYq3t6w9z$C&F)J@NcRfUjXn2r5u8x/A";
    const ISSUER: &str = "https://blog.example.com";

    fn keys(keys: &[&str]) -> SigningKeys {
        let config = SigningConfig {
            keys: keys.iter().map(|key| (*key).into()).collect(),
        };
        SigningKeys::of(&config, &Environment::Production, "blog").expect("there are keys")
    }

    fn tokens(of: &[&str]) -> AccessTokens {
        AccessTokens::new(&keys(of), ISSUER, Duration::from_mins(15)).expect("keys")
    }

    fn bearer() -> Bearer {
        Bearer {
            session: Uuid::from_u128(7),
            subject: "7".to_owned(),
        }
    }

    fn now() -> i64 {
        Utc::now().timestamp()
    }

    fn header() -> Value {
        let key = keys(&[FIRST]).of_purpose(PURPOSE)[0];
        json!({ "alg": "HS256", "typ": "at+jwt", "kid": key_id(&key) })
    }

    fn claims() -> Value {
        json!({
            "iss": ISSUER, "aud": ISSUER, "sub": "7", "sid": Uuid::from_u128(7),
            "iat": now(), "exp": now() + 900,
        })
    }

    /// A token that is signed with the right key, whatever is in it.
    fn signed(header: &str, claims: &str) -> String {
        hs256::install();
        let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
        let key = EncodingKey::from_secret(&keys(&[FIRST]).of_purpose(PURPOSE)[0]).expect("a key");
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256);
        format!("{message}.{}", signature.expect("signed"))
    }

    fn is_valid(header: &Value, claims: &Value) -> bool {
        tokens(&[FIRST])
            .verify(&signed(&header.to_string(), &claims.to_string()))
            .is_some()
    }

    fn with(mut object: Value, name: &str, value: Value) -> Value {
        object[name] = value;
        object
    }

    fn without(mut object: Value, name: &str) -> Value {
        object.as_object_mut().expect("an object").remove(name);
        object
    }

    #[test]
    fn a_token_is_read_back_until_it_expires() {
        let tokens = tokens(&[FIRST]);
        let token = tokens.issue(&bearer(), Utc::now()).expect("issued");
        assert_eq!(tokens.verify(&token), Some(bearer()));
        assert!(is_valid(&header(), &claims()));
        let old = Utc::now() - Duration::from_mins(15) - Duration::from_secs(1);
        let old = tokens.issue(&bearer(), old).expect("issued");
        assert_eq!(tokens.verify(&old), None);
    }

    #[test]
    fn attack_074_and_075_other_algorithms_are_refused() {
        for alg in [
            "none", "None", "nOnE", "HS384", "HS512", "RS256", "ES256", "EdDSA", "PS256", "",
        ] {
            assert!(
                !is_valid(&with(header(), "alg", alg.into()), &claims()),
                "{alg}"
            );
        }
        let token = signed(
            &with(header(), "alg", "none".into()).to_string(),
            &claims().to_string(),
        );
        let (message, _) = token.rsplit_once('.').expect("a signature");
        for unsigned in [message.to_owned(), format!("{message}.")] {
            assert_eq!(tokens(&[FIRST]).verify(&unsigned), None);
        }
    }

    #[test]
    fn attack_077_every_change_is_noticed() {
        let tokens = tokens(&[FIRST]);
        let token = tokens.issue(&bearer(), Utc::now()).expect("issued");
        for index in 0..token.len() {
            for other in ['A', 'Q', '.', '=', '+'] {
                let mut changed = token.clone();
                changed.replace_range(index..=index, &other.to_string());
                assert!(
                    changed == token || tokens.verify(&changed).is_none(),
                    "{changed}"
                );
            }
        }
        let later = tokens.issue(
            &Bearer {
                subject: "8".to_owned(),
                ..bearer()
            },
            Utc::now(),
        );
        let later = later.expect("issued");
        let (message, _) = token.rsplit_once('.').expect("a signature");
        let (_, signature) = later.rsplit_once('.').expect("a signature");
        assert_eq!(tokens.verify(&format!("{message}.{signature}")), None);
        assert_eq!(tokens.verify(&format!("{token}=")), None);
    }

    #[test]
    fn attack_078_times_are_checked() {
        for exp in [
            json!(now() - 1),
            json!("4000000000"),
            json!(-1),
            json!(1e30),
            json!(null),
            json!([now() + 900]),
        ] {
            assert!(
                !is_valid(&header(), &with(claims(), "exp", exp.clone())),
                "{exp}"
            );
        }
        assert!(!is_valid(&header(), &without(claims(), "exp")));
        assert!(!is_valid(
            &header(),
            &with(claims(), "nbf", json!(now() + 60))
        ));
    }

    #[test]
    fn attack_079_issuer_and_audience_are_ours_alone() {
        for name in ["iss", "aud"] {
            let others = [
                json!("https://other.example.com"),
                json!([ISSUER, "https://other.example.com"]),
                json!([ISSUER]),
                json!(""),
                json!(null),
                json!(format!("{ISSUER}/")),
            ];
            for other in others {
                assert!(
                    !is_valid(&header(), &with(claims(), name, other.clone())),
                    "{name} {other}"
                );
            }
            assert!(!is_valid(&header(), &without(claims(), name)), "{name}");
        }
    }

    #[test]
    fn attack_080_another_type_is_refused() {
        for typ in [
            json!("JWT"),
            json!("rt+jwt"),
            json!("AT+JWT"),
            json!(""),
            json!(null),
        ] {
            assert!(
                !is_valid(&with(header(), "typ", typ.clone()), &claims()),
                "{typ}"
            );
        }
        assert!(!is_valid(&without(header(), "typ"), &claims()));
        assert!(!is_valid(&without(header(), "kid"), &claims()));
    }

    #[test]
    fn attack_081_a_retired_key_verifies_until_it_is_removed() {
        let old = tokens(&[FIRST])
            .issue(&bearer(), Utc::now())
            .expect("issued");
        assert!(tokens(&[SECOND, FIRST]).verify(&old).is_some());
        assert_eq!(tokens(&[SECOND]).verify(&old), None);
        let new = tokens(&[SECOND, FIRST])
            .issue(&bearer(), Utc::now())
            .expect("issued");
        assert!(tokens(&[SECOND]).verify(&new).is_some());
    }

    #[test]
    fn attack_082_odd_tokens_are_refused_quickly() {
        let begin = Instant::now();
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let duplicate = format!("{{\"sub\":\"8\",{}", &claims().to_string()[1..]);
        let mut odd = vec![
            signed(&header().to_string(), &duplicate),
            signed(&header().to_string(), &deep),
            signed(&deep, &claims().to_string()),
            "x".repeat(1024 * 1024),
            format!("{}.{}.{}", BASE64.encode([255, 254]), "AA", "AA"),
        ];
        odd.extend(["", ".", "..", "...", "a.b.c", " "].map(str::to_owned));
        let tokens = tokens(&[FIRST]);
        for token in odd {
            assert_eq!(
                tokens.verify(&token),
                None,
                "{}",
                &token[..token.len().min(80)]
            );
        }
        assert!(begin.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn attack_084_there_are_no_permissions_in_tokens() {
        for name in ["roles", "permissions", "scope", "admin"] {
            assert!(
                !is_valid(&header(), &with(claims(), name, json!("posts:update"))),
                "{name}"
            );
        }
    }
}
