//! JSON documents of any shape.

use std::io;

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{Number, Value};

/// Any JSON but `null`, of at most `MAX_BYTES` bytes without white space. Longer documents are refused as `too_long`, and so is
/// everything that would be stored differently: numbers with more digits than an integer or a float of 64 bits keeps as
/// `too_precise`, repeated keys as `duplicate_field`.
///
/// ```
/// use fw::validation::JsonDocument;
///
/// let document: JsonDocument<16> = serde_json::from_str(r#"{"tags": []}"#).unwrap();
/// assert_eq!(serde_json::Value::from(document), serde_json::json!({ "tags": [] }));
/// assert!(serde_json::from_str::<JsonDocument<4>>(r#"{"tags": []}"#).is_err());
/// assert!(serde_json::from_str::<JsonDocument<4>>("null").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JsonDocument<const MAX_BYTES: usize>(Value);

impl<const MAX_BYTES: usize> From<JsonDocument<MAX_BYTES>> for Value {
    fn from(document: JsonDocument<MAX_BYTES>) -> Self {
        document.0
    }
}

impl<'de, const MAX_BYTES: usize> Deserialize<'de> for JsonDocument<MAX_BYTES> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(deserializer)?;
        normalize_numbers(&mut value);
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

/// Normalizes numbers to the form in which every database returns them: PostgreSQL knows no `-0`, and writes integers with all digits.
fn normalize_numbers(value: &mut Value) {
    const TWO_TO_THE_64: f64 = 18_446_744_073_709_551_616.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            let float = number.as_f64().unwrap_or_default();
            if float == 0.0 {
                *number = Number::from_f64(0.0).unwrap_or_else(|| 0.into());
            } else if float.abs() >= 1e16 && float.abs() < TWO_TO_THE_64 {
                let digits = format!("{float:.0}");
                let integer = digits.parse::<u64>().map(Number::from);
                *number = integer
                    .or_else(|_| digits.parse::<i64>().map(Number::from))
                    .unwrap_or_else(|_| number.clone());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(normalize_numbers),
        Value::Object(entries) => entries.values_mut().for_each(normalize_numbers),
        _ => {}
    }
}

/// A writer that counts the bytes.
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
