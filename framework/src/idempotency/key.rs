//! The header `Idempotency-Key`, with which clients mark a request that they may repeat.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

use crate::error::Error;

/// The header that carries the key.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// The length of the longest key, in characters.
const LONGEST: usize = 255;

/// An idempotency key as it is stored: a hash of the key and its caller, and one of the caller alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IdempotencyKey {
    hash: [u8; 32],
    caller: [u8; 32],
}

impl IdempotencyKey {
    /// The key of a request of `caller`, from an address; `None` if it has none.
    ///
    /// Fails with 400 when it is malformed or given more than once.
    pub(crate) fn of(
        headers: &HeaderMap,
        caller: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<Option<Self>, Error> {
        let mut values = headers.get_all(HEADER).into_iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(invalid(
                "the header `Idempotency-Key` is given more than once",
            ));
        }
        let key = value.to_str().ok().and_then(parse).ok_or_else(|| {
            invalid(
                "`Idempotency-Key` must have 1 to 255 visible ASCII characters, such as a UUID, with or without quotes",
            )
        })?;
        let caller_hash = hash_of_caller(headers, caller);
        let hash = caller_hash.clone().chain_update(key).finalize().into();
        // Unknown callers of different addresses may repeat each other's requests, but do not use up each other's keys.
        let counted = match address {
            Some(address) if caller.is_none() => caller_hash.chain_update(address.to_string()),
            _ => caller_hash,
        };
        Ok(Some(Self {
            hash,
            caller: counted.finalize().into(),
        }))
    }

    /// The hash of the key and its caller.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.hash
    }

    /// The hash of the caller.
    pub(crate) fn caller(&self) -> &[u8] {
        &self.caller
    }

    /// The name of the lock that is held while its first request runs. Two keys with the same name, which is as good as
    /// impossible, would only wait for each other.
    pub(crate) fn lock(&self) -> i64 {
        let mut first = [0; 8];
        first.copy_from_slice(&self.hash[..8]);
        i64::from_be_bytes(first)
    }
}

/// Begins a hash with the caller. Its length comes first, so that no caller and key look like another pair.
fn hash_of_caller(headers: &HeaderMap, caller: Option<&str>) -> Sha256 {
    let mut hash = Sha256::new();
    if let Some(caller) = caller {
        hash.update([1]);
        hash.update((caller.len() as u64).to_be_bytes());
        hash.update(caller);
    } else {
        // The caller is unknown, but these headers may identify it.
        hash.update([0]);
        for name in [header::AUTHORIZATION, header::COOKIE] {
            let value = headers.get(name).map_or(&b""[..], HeaderValue::as_bytes);
            hash.update((value.len() as u64).to_be_bytes());
            hash.update(value);
        }
    }
    hash
}

/// Parses the key: a structured field string ([RFC 8941](https://www.rfc-editor.org/rfc/rfc8941#section-3.3.3)), as in the
/// draft, or without quotes, as most clients send it.
fn parse(value: &str) -> Option<String> {
    let key = match value.strip_prefix('"') {
        Some(rest) => unescape(rest.strip_suffix('"')?)?,
        None if value.contains('"') => return None,
        None => value.to_owned(),
    };
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    ((1..=LONGEST).contains(&key.len()) && visible).then_some(key)
}

fn unescape(quoted: &str) -> Option<String> {
    let mut key = String::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return None,
            '\\' => key.push(chars.next().filter(|c| matches!(c, '"' | '\\'))?),
            c => key.push(c),
        }
    }
    Some(key)
}

fn invalid(detail: &'static str) -> Error {
    Error::new(StatusCode::BAD_REQUEST, "invalid_idempotency_key").detail(detail)
}

/// The error code while the first request with a key is being processed.
pub(crate) const IN_USE: &str = "idempotency_key_in_use";

/// The error (409) while the first request with this key is being processed.
pub(crate) fn in_use() -> Error {
    Error::new(StatusCode::CONFLICT, IN_USE)
        .detail("a request with this `Idempotency-Key` is being worked on")
        .header(header::RETRY_AFTER, HeaderValue::from_static("1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&'static str], caller: Option<&str>) -> Result<Option<IdempotencyKey>, Error> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_static(value));
        }
        IdempotencyKey::of(&headers, caller, None)
    }

    #[test]
    fn a_key_may_be_quoted_or_not() {
        assert_eq!(of(&["a-1"], None).unwrap(), of(&["\"a-1\""], None).unwrap());
        assert_eq!(parse(r#""a\"b\\c""#).as_deref(), Some(r#"a"b\c"#));
        assert_eq!(of(&[], None).unwrap(), None);
    }

    #[test]
    fn malformed_keys_are_refused() {
        let long = "k".repeat(256);
        for value in [
            "",
            "\"\"",
            "\"",
            "a b",
            "\"a b\"",
            "\"a",
            "a\"",
            "\"a\";p=1",
            r#""a\b""#,
            &long,
        ] {
            assert_eq!(parse(value), None, "{value}");
        }
        assert!(parse(&long[1..]).is_some());
        let twice = of(&["a", "a"], None).expect_err("refused");
        assert_eq!(twice.status(), 400);
        assert_eq!(twice.code(), "invalid_idempotency_key");
    }

    #[test]
    fn each_caller_has_keys_of_their_own() {
        let keys =
            [None, Some(""), Some("1"), Some("12")].map(|caller| of(&["2"], caller).unwrap());
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key));
        }
        assert_ne!(
            of(&["23"], Some("1")).unwrap(),
            of(&["3"], Some("12")).unwrap()
        );
    }
}
