//! A strict parser of `application/x-www-form-urlencoded`, the format of query strings and forms: it refuses invalid UTF-8.

use crate::error::FieldError;

/// Parses names and values, in order.
///
/// # Errors
///
/// One error for each name that is not UTF-8, or has such a value; `point` makes the pointer of a name.
pub(super) fn parse(
    bytes: &[u8],
    point: impl Fn(&str) -> String,
) -> Result<Vec<(String, String)>, Vec<FieldError>> {
    let mut pairs = Vec::new();
    let mut invalid = Vec::new();
    for pair in bytes
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
    {
        let middle = pair
            .iter()
            .position(|byte| *byte == b'=')
            .unwrap_or(pair.len());
        let (name, value) = (
            decode(&pair[..middle]),
            decode(pair.get(middle + 1..).unwrap_or_default()),
        );
        match (String::from_utf8(name), String::from_utf8(value)) {
            (Ok(name), Ok(value)) => pairs.push((name, value)),
            (name, _) => {
                let name = name
                    .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
                invalid.push(FieldError::new(
                    point(&name),
                    "invalid_characters",
                    "must be UTF-8",
                ));
            }
        }
    }
    if invalid.is_empty() {
        Ok(pairs)
    } else {
        Err(invalid)
    }
}

/// Decodes `+` and `%20`; a `%` that does not begin an escape stands for itself.
fn decode(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        rest = match rest {
            [] => return text,
            [b'+', rest @ ..] => {
                text.push(b' ');
                rest
            }
            [b'%', high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                text.push(hex(*high) << 4 | hex(*low));
                rest
            }
            [byte, rest @ ..] => {
                text.push(*byte);
                rest
            }
        };
    }
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}
