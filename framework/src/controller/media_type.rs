//! Parsing of media types and of headers that are lists (RFC 9110, sections 5.6 and 8.3).

use http::{HeaderMap, HeaderName};

/// A media type, or a range of them, with its parameters: `application/json; charset="utf-8"`.
pub(super) struct MediaType<'a> {
    /// Type and subtype, `application/json`, as written.
    pub(super) essence: &'a str,
    parameters: Vec<(&'a str, String)>,
}

impl<'a> MediaType<'a> {
    /// Parses a media type; `None` if it does not match the grammar.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (essence, parameters) = text.find(';').map_or((text, ""), |at| text.split_at(at));
        let essence = essence.trim_matches(is_space);
        let (kind, subtype) = essence.split_once('/')?;
        (is_token(kind) && is_token(subtype)).then_some(())?;
        Some(Self {
            essence,
            parameters: read_parameters(parameters)?,
        })
    }

    /// The values of a parameter; its name is not case-sensitive.
    pub(super) fn parameter(&self, name: &str) -> impl Iterator<Item = &str> {
        self.parameters
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// The elements of a list header, from all of its lines, without empty ones. A comma in quotes does not separate.
/// Lines that are not ASCII are left out.
pub(super) fn elements(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| {
            let (mut quoted, mut escaped) = (false, false);
            line.split(move |c| {
                match c {
                    _ if escaped => escaped = false,
                    '\\' if quoted => escaped = true,
                    '"' => quoted = !quoted,
                    _ => {}
                }
                c == ',' && !quoted
            })
        })
        .map(|element| element.trim_matches(is_space))
        .filter(|element| !element.is_empty())
}

/// Parses a weight (RFC 9110, section 12.4.2) into thousandths: 500 for `q=0.5`. `None` if it does not match the grammar.
pub(super) fn weight(text: &str) -> Option<u16> {
    let value = text.strip_prefix(['q', 'Q'])?.strip_prefix('=')?;
    let (integer, fraction) = value.split_once('.').unwrap_or((value, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match integer {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

/// Parses parameters, `;name=value;name="value"`, with white space around each `;`.
fn read_parameters(mut text: &str) -> Option<Vec<(&str, String)>> {
    let mut parameters = Vec::new();
    loop {
        text = text.trim_start_matches(is_space);
        if text.is_empty() {
            return Some(parameters);
        }
        text = text.strip_prefix(';')?.trim_start_matches(is_space);
        if text.is_empty() || text.starts_with(';') {
            continue;
        }
        let (name, rest) = text.split_once('=')?;
        is_token(name).then_some(())?;
        let (value, rest) = if let Some(quoted) = rest.strip_prefix('"') {
            read_quoted(quoted)?
        } else {
            let end = rest.find(|c| c == ';' || is_space(c));
            let (value, rest) = rest.split_at(end.unwrap_or(rest.len()));
            is_token(value).then_some(())?;
            (value.to_owned(), rest)
        };
        parameters.push((name, value));
        text = rest;
    }
}

/// Parses a quoted string, and returns it with the rest of the text.
fn read_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, c)) = letters.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(letters.next()?.1),
            c => value.push(c),
        }
    }
    None
}

fn is_token(text: &str) -> bool {
    let is_token_char =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token_char)
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

#[cfg(test)]
mod tests {
    use super::{MediaType, weight};

    #[test]
    fn parameters_are_tokens_or_quoted() {
        for (text, charset) in [
            ("application/json", None),
            ("application/json;charset=utf-8", Some("utf-8")),
            (
                "application/json ; a=1 ; CharSet=\"UTF\\-8\"",
                Some("UTF-8"),
            ),
            ("application/json;;charset=a;", Some("a")),
        ] {
            let media_type = MediaType::parse(text).expect("it is well-formed");
            assert_eq!(media_type.essence, "application/json", "{text}");
            assert_eq!(media_type.parameter("charset").next(), charset, "{text}");
        }
        for text in [
            "",
            "application",
            "application/",
            "application/json charset=utf-8",
            "application/json;charset",
            "application/json;charset=",
            "application/json;charset =utf-8",
            "application/json;charset= utf-8",
            "application/json;charset=\"utf-8",
            "application/json;charset=\"utf-8\"x",
        ] {
            assert!(MediaType::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn weights_have_at_most_three_digits() {
        for (text, expected) in [
            ("q=0", Some(0)),
            ("Q=0.5", Some(500)),
            ("q=0.025", Some(25)),
            ("q=1", Some(1000)),
            ("q=1.000", Some(1000)),
            ("q=1.", Some(1000)),
            ("q=1.1", None),
            ("q=.5", None),
            ("q=0.1234", None),
            ("q=-1", None),
            ("q= 1", None),
            ("q", None),
        ] {
            assert_eq!(weight(text), expected, "{text}");
        }
    }
}
