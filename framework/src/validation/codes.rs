//! Stable codes and messages for garde's rules.
//!
//! garde's errors are plain text. Ours are written `code: message`, see [`super::rules::error`]; the values in the message follow it, behind
//! characters that no message has.

use std::{
    borrow::Cow,
    fmt::{Display, Write},
};

use garde::{
    error::Kind,
    i18n::{I18n, InvalidCreditCard, InvalidEmail, InvalidPhoneNumber, InvalidUrl, IpKind},
};

use super::{
    problem::Problem,
    tree::{Content, Node},
};
use crate::error::FieldError;

/// A placeholder for "characters" or "items" until it is known which.
const UNIT: &str = "{unit}";

/// The character before the name of a value, and before the value.
const SEPARATOR: char = '\u{1f}';

/// The keys and indices of a garde path, outermost first.
pub(super) fn tokens(path: &garde::Path) -> Vec<String> {
    path.__iter()
        .rev()
        .filter(|(kind, _)| *kind != Kind::None)
        .map(|(_, name)| name.trim_start_matches("r#").to_owned())
        .collect()
}

/// Makes the error for clients from garde's message about `node`.
pub(super) fn field_error(pointer: String, text: &str, node: Option<&Node>) -> FieldError {
    let mut problem = parse(text).unwrap_or_else(|| Problem::new("invalid", text));
    let singular = problem.message.contains(&format!(" 1 {UNIT}"));
    problem.message = problem.message.replace(UNIT, unit(node, singular));
    problem.at(pointer)
}

/// A problem as a text.
pub(super) fn encode(code: &str, message: &str, parameters: &[(&str, &dyn Display)]) -> String {
    let mut text = format!("{code}: {message}");
    for (name, value) in parameters {
        // A text takes everything.
        let _ = write!(text, "{SEPARATOR}{name}{SEPARATOR}{value}");
    }
    text
}

/// The problem that a text describes, if it has a code.
pub(super) fn parse(text: &str) -> Option<Problem> {
    let (code, rest) = text.split_once(": ").filter(|(code, _)| is_code(code))?;
    let mut parts = rest.split(SEPARATOR);
    let mut problem = Problem::new(code.to_owned(), parts.next().unwrap_or_default());
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        problem = problem.with(name.to_owned(), &value);
    }
    Some(problem)
}

fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn unit(node: Option<&Node>, singular: bool) -> &'static str {
    match (node.map(|node| &node.content), singular) {
        (Some(Content::Array(_) | Content::Repeated(_)), true) => "item",
        (Some(Content::Array(_) | Content::Repeated(_)), false) => "items",
        (Some(Content::Object(_)), true) => "entry",
        (Some(Content::Object(_)), false) => "entries",
        (_, true) => "character",
        (_, false) => "characters",
    }
}

/// The codes and messages of garde's own rules, as an implementation of garde's messages.
pub(super) struct Codes;

impl I18n for Codes {
    fn length_lower_than(&self, min: usize) -> Cow<'static, str> {
        let message = match min {
            1 => "must not be empty".to_owned(),
            min => format!("must have at least {min} {UNIT}"),
        };
        encode("too_short", &message, &[("min", &min)]).into()
    }

    fn length_greater_than(&self, max: usize) -> Cow<'static, str> {
        let message = format!("must have at most {max} {UNIT}");
        encode("too_long", &message, &[("max", &max)]).into()
    }

    fn range_lower_than(&self, min: &dyn Display) -> Cow<'static, str> {
        let message = format!("must be at least {min}");
        encode("too_small", &message, &[("min", min)]).into()
    }

    fn range_greater_than(&self, max: &dyn Display) -> Cow<'static, str> {
        let message = format!("must be at most {max}");
        encode("too_large", &message, &[("max", max)]).into()
    }

    fn credit_card_invalid(&self, _: InvalidCreditCard) -> Cow<'static, str> {
        "invalid_credit_card: must be a credit card number".into()
    }

    fn pattern_no_match(&self, pattern: &dyn Display) -> Cow<'static, str> {
        let message = format!("must match `{pattern}`");
        encode("invalid_pattern", &message, &[("pattern", pattern)]).into()
    }

    fn contains_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        let message = format!("must contain `{pattern}`");
        encode("invalid_pattern", &message, &[("pattern", pattern)]).into()
    }

    fn url_invalid(&self, _: InvalidUrl) -> Cow<'static, str> {
        "invalid_url: must be a URL".into()
    }

    fn prefix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        let message = format!("must begin with `{pattern}`");
        encode("invalid_pattern", &message, &[("pattern", pattern)]).into()
    }

    fn suffix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        let message = format!("must end with `{pattern}`");
        encode("invalid_pattern", &message, &[("pattern", pattern)]).into()
    }

    fn phone_number_invalid(&self, _: InvalidPhoneNumber) -> Cow<'static, str> {
        "invalid_phone_number: must be a phone number".into()
    }

    fn ip_invalid(&self, kind: IpKind) -> Cow<'static, str> {
        format!("invalid_ip: must be an {kind} address").into()
    }

    fn matches_field_mismatch(&self, field: &dyn Display) -> Cow<'static, str> {
        let message = format!("must be the same as `{field}`");
        encode("mismatch", &message, &[("field", field)]).into()
    }

    fn email_invalid(&self, _: InvalidEmail) -> Cow<'static, str> {
        "invalid_email: must be an email address".into()
    }

    fn ascii_invalid(&self) -> Cow<'static, str> {
        "invalid_characters: must have ASCII characters only".into()
    }

    fn alphanumeric_invalid(&self) -> Cow<'static, str> {
        "invalid_characters: must have letters and digits only".into()
    }

    fn required_not_set(&self) -> Cow<'static, str> {
        "required: must be given".into()
    }
}
