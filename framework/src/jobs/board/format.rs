//! Times, ages and parts of a whole, as people read them.

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::IgnoredAny;

/// A time to the second. The foot of each page says that it is UTC.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A duration in its greatest unit: `5 s`, `3 min`, `2 h`, `9 d`.
pub(super) fn age(age: TimeDelta) -> String {
    let seconds = age.num_seconds().max(0);
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// JSON with an indentation; text that is none as it is. Nothing else is changed: not the order of keys, and no digit of a number.
pub(super) fn json(text: &str) -> String {
    // It refuses deep nesting as well, whose indentation would be many times the text.
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        return text.to_owned();
    }
    let mut indented = String::with_capacity(text.len() * 2);
    let new_line = |indented: &mut String, depth: usize| {
        indented.push('\n');
        indented.extend(std::iter::repeat_n("  ", depth));
    };
    let mut depth: usize = 0;
    let mut characters = text.chars().filter(outside_of_strings()).peekable();
    let mut is_string = false;
    while let Some(character) = characters.next() {
        match character {
            '"' => is_string = !is_string,
            '\\' if is_string => {
                indented.push(character);
                indented.extend(characters.next());
                continue;
            }
            _ => {}
        }
        if is_string {
            indented.push(character);
            continue;
        }
        match character {
            '{' | '[' => {
                indented.push(character);
                if let Some(end) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    indented.push(end);
                } else {
                    depth += 1;
                    new_line(&mut indented, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut indented, depth);
                indented.push(character);
            }
            ',' => {
                indented.push(character);
                new_line(&mut indented, depth);
            }
            ':' => indented.push_str(": "),
            _ => indented.push(character),
        }
    }
    indented
}

/// A filter of the characters of JSON that leaves white space out, but for that in strings.
fn outside_of_strings() -> impl FnMut(&char) -> bool {
    let (mut is_string, mut is_escaped) = (false, false);
    move |character| {
        if is_string {
            is_string = is_escaped || *character != '"';
            is_escaped = !is_escaped && *character == '\\';
            return true;
        }
        is_string = *character == '"';
        !character.is_ascii_whitespace()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_one_unit() {
        for (seconds, text) in [
            (-3, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7199, "119 min"),
            (7200, "2 h"),
            (172_799, "47 h"),
            (172_800, "2 d"),
        ] {
            assert_eq!(age(TimeDelta::seconds(seconds)), text);
        }
    }

    #[test]
    fn json_is_indented_and_nothing_else() {
        for (text, indented) in [
            ("null", "null"),
            ("{}", "{}"),
            ("[ ]", "[]"),
            ("no { json", "no { json"),
            (
                r#"{"z":1e400,"a": [ 18446744073709551616 ,"b, \\\"{ :" ],"c":{}}"#,
                "{\n  \"z\": 1e400,\n  \"a\": [\n    18446744073709551616,\n    \"b, \\\\\\\"{ :\"\n  ],\n  \"c\": {}\n}",
            ),
        ] {
            assert_eq!(json(text), indented);
        }
    }
}
