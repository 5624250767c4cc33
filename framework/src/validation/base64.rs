//! Bytes as base64 in JSON.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bytes, written in JSON as standard base64 with padding (RFC 4648, section 4). More than `MAX_BYTES` bytes are refused as
/// `too_long`; without a number there is no limit but that of the body.
///
/// ```
/// use fw::validation::Base64;
///
/// let bytes: Base64<4> = serde_json::from_str(r#""AQID""#).unwrap();
/// assert_eq!(bytes.as_ref(), [1, 2, 3]);
/// assert!(serde_json::from_str::<Base64<2>>(r#""AQID""#).is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Base64<const MAX_BYTES: usize = { usize::MAX }>(Vec<u8>);

impl<const MAX_BYTES: usize> AsRef<[u8]> for Base64<MAX_BYTES> {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl<const MAX_BYTES: usize> From<Vec<u8>> for Base64<MAX_BYTES> {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl<const MAX_BYTES: usize> From<Base64<MAX_BYTES>> for Vec<u8> {
    fn from(bytes: Base64<MAX_BYTES>) -> Self {
        bytes.0
    }
}

impl<const MAX_BYTES: usize> Serialize for Base64<MAX_BYTES> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de, const MAX_BYTES: usize> Deserialize<'de> for Base64<MAX_BYTES> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text<const MAX_BYTES: usize>;

        impl<const MAX_BYTES: usize> de::Visitor<'_> for Text<MAX_BYTES> {
            type Value = Base64<MAX_BYTES>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a base64 string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                let bytes = STANDARD
                    .decode(text)
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))?;
                if bytes.len() > MAX_BYTES {
                    let message = format!("too_long: must have at most {MAX_BYTES} bytes");
                    return Err(E::custom(message));
                }
                Ok(Base64(bytes))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[cfg(feature = "openapi")]
impl<const MAX_BYTES: usize> schemars::JsonSchema for Base64<MAX_BYTES> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Base64".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = schemars::json_schema!({
            "type": "string",
            "contentEncoding": "base64",
            "pattern": PATTERN,
            "examples": ["AQID"],
        });
        if MAX_BYTES < usize::MAX {
            let max = MAX_BYTES.div_ceil(3).saturating_mul(4);
            schema.insert("maxLength".to_owned(), max.into());
        }
        schema
    }
}

/// Groups of four letters; in the last one, the bits beyond the bytes are zero.
#[cfg(feature = "openapi")]
const PATTERN: &str =
    "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";
