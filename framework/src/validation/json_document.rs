//! JSON of any shape.

use std::io;

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;

/// Any JSON but `null`, of at most `MAX_BYTES` bytes without white space. Refused are longer ones as `too_long`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JsonDocument<const MAX_BYTES: usize>(Value);

impl<const MAX_BYTES: usize> From<JsonDocument<MAX_BYTES>> for Value {
    fn from(document: JsonDocument<MAX_BYTES>) -> Self {
        document.0
    }
}

impl<'de, const MAX_BYTES: usize> Deserialize<'de> for JsonDocument<MAX_BYTES> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if value.is_null() {
            return Err(D::Error::custom("null: must not be null"));
        }
        let mut count = Count(0);
        let written = serde_json::to_writer(&mut count, &value);
        if written.is_err() || count.0 > MAX_BYTES {
            return Err(D::Error::custom(format!(
                "too_long: must take at most {MAX_BYTES} bytes as JSON"
            )));
        }
        Ok(Self(value))
    }
}

/// Counts what is written.
struct Count(usize);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(feature = "openapi")]
impl<const MAX_BYTES: usize> schemars::JsonSchema for JsonDocument<MAX_BYTES> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "JsonDocument".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["object", "array", "string", "number", "boolean"] })
    }
}
