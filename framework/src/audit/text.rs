//! Texts from outside, so that they can be stored and shown without harm.

use serde_json::Value;

/// The longest text that is kept, in characters.
const LONGEST: usize = 512;

/// A text without control characters, which are escaped (`\u{1b}`), and cut at 512 characters.
pub(super) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len().min(LONGEST));
    for (index, character) in text.chars().enumerate() {
        if index == LONGEST {
            clean.push('…');
            break;
        }
        if is_harmful(character) {
            clean.extend(character.escape_unicode());
        } else {
            clean.push(character);
        }
    }
    clean
}

/// A value whose texts are clean. A list or an object that is long is kept as the beginning of its text.
pub(super) fn clean_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean(&text)),
        Value::Array(_) | Value::Object(_) => {
            let text = value.to_string();
            if text.len() > LONGEST || text.contains(is_harmful) {
                Value::String(clean(&text))
            } else {
                value
            }
        }
        value => value,
    }
}

/// Returns whether a character changes how a terminal or a page shows others: control characters, and marks of the direction.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn attack_145_control_characters_are_escaped_and_long_texts_are_cut() {
        assert_eq!(clean("Mozilla/5.0 (ä)"), "Mozilla/5.0 (ä)");
        assert_eq!(clean("a\r\nb\u{1b}[31m\0"), r"a\u{d}\u{a}b\u{1b}[31m\u{0}");
        assert_eq!(clean("ab\u{202e}cd"), r"ab\u{202e}cd");
        let long = clean(&"ü".repeat(1_000_000));
        assert_eq!(long, "ü".repeat(512) + "…");
        assert_eq!(clean_value(json!("a\nb")), json!(r"a\u{a}b"));
        assert_eq!(
            clean_value(json!({ "a": [1, null] })),
            json!({ "a": [1, null] })
        );
        let long = clean_value(json!(vec!["x"; 1000]));
        assert!(
            long.as_str()
                .is_some_and(|text| text.chars().count() == 513)
        );
    }
}
