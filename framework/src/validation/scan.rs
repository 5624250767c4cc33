//! A scanner of JSON text for values that a parser accepts but does not keep exactly.

use super::{
    format::Format,
    number::{is_exact, is_integral},
};

/// Returns whether a JSON text means the same to every type that it can be decoded into: no text that a lenient parser might take
/// for a date, a UUID or a number, no number that is rounded, no repeated key, no NUL character. A wrong `false` costs the time of
/// reading the text again; the tree then decides.
///
/// The text must be JSON.
pub(super) fn is_plain(json: &[u8]) -> bool {
    let mut keys: Vec<&[u8]> = Vec::new();
    // The number of keys that belong to the objects around the present one.
    let mut outer: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => {
                let text = string(&json[at + 1..]);
                at += text.len() + 2;
                if json[at..].trim_ascii_start().starts_with(b":") {
                    if text.contains(&b'\\') {
                        return false;
                    }
                    keys.push(text);
                } else if !is_plain_text(text) {
                    return false;
                }
                continue;
            }
            b'-' | b'0'..=b'9' => {
                let token = number(&json[at..]);
                if !is_plain_number(token) {
                    return false;
                }
                at += token.len();
                continue;
            }
            b'{' => outer.push(keys.len()),
            b'}' => {
                let start = outer.pop().unwrap_or_default();
                if repeats(&mut keys[start..]) {
                    return false;
                }
                keys.truncate(start);
            }
            _ => {}
        }
        at += 1;
    }
    true
}

/// Returns for each number of a JSON text, in order, whether [`serde_json::Number`] keeps it exactly.
pub(super) fn exact_numbers(json: &[u8]) -> Vec<bool> {
    let mut exact = Vec::new();
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        at += match byte {
            b'"' => string(&json[at + 1..]).len() + 2,
            b'-' | b'0'..=b'9' => {
                let token = number(&json[at..]);
                exact
                    .push(as_text(token).is_none_or(|token| is_integral(token) || is_exact(token)));
                token.len()
            }
            _ => 1,
        };
    }
    exact
}

/// The raw text of a string, with its escapes, up to the quotation mark.
fn string(rest: &[u8]) -> &[u8] {
    let mut escaped = false;
    let end = rest.iter().position(|byte| match byte {
        _ if escaped => {
            escaped = false;
            false
        }
        b'\\' => {
            escaped = true;
            false
        }
        byte => *byte == b'"',
    });
    &rest[..end.unwrap_or(rest.len())]
}

fn number(rest: &[u8]) -> &[u8] {
    let end = rest
        .iter()
        .position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
    &rest[..end.unwrap_or(rest.len())]
}

fn as_text(token: &[u8]) -> Option<&str> {
    std::str::from_utf8(token).ok()
}

fn repeats(keys: &mut [&[u8]]) -> bool {
    const FEW: usize = 16;
    if keys.len() <= FEW {
        let mut rest = &*keys;
        while let Some((key, others)) = rest.split_first() {
            if others.contains(key) {
                return true;
            }
            rest = others;
        }
        return false;
    }
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

/// Returns whether a number is the same as an integer of 64 bits and as a float of either size, as far as that holds it at all.
fn is_plain_number(token: &[u8]) -> bool {
    /// The number of digits that every float of 64 bits keeps.
    const SURE: usize = 15;
    let has_exponent = || token.iter().any(|byte| matches!(byte, b'e' | b'E'));
    if token.len() <= SURE && !has_exponent() {
        return true;
    }
    as_text(token).is_some_and(|token| {
        let fits = |number: f64| number.abs() <= f32::MAX.into();
        is_exact(token) && token.parse().is_ok_and(fits)
    })
}

/// Returns whether a text is either written as its [`Format`] requires, or surely no date, time, UUID or decimal number in another
/// spelling.
fn is_plain_text(text: &[u8]) -> bool {
    const FORMATS: [Format; 6] = [
        Format::Instant,
        Format::Date,
        Format::AnyDecimal,
        Format::Uuid,
        Format::Time,
        Format::DateTime,
    ];
    // Other spellings have a digit, white space, which can be escaped, and the letters of `UTC`, `urn:uuid:` and hexadecimal numbers;
    // beyond ASCII there are other spaces and signs.
    let is_of_value = |byte: &u8| {
        !byte.is_ascii()
            || byte.is_ascii_hexdigit()
            || matches!(
                byte,
                b' ' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b'\\' | b'_' | b'{' | b'}'
            )
            || matches!(
                byte.to_ascii_lowercase(),
                b'i' | b'n' | b'r' | b't' | b'u' | b'z'
            )
    };
    if !text.iter().any(u8::is_ascii_digit) {
        return true;
    }
    if text.iter().all(is_of_value) {
        return as_text(text)
            .is_some_and(|text| FORMATS.iter().any(|format| format.check(text).is_ok()));
    }
    // An escape of which the backslash is itself escaped looks the same: then the tree decides.
    !text.contains(&b'\\') || !text.windows(6).any(|window| window == b"\\u0000")
}
