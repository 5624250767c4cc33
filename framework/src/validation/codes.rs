//! Stable codes and messages for garde's rules.
//!
//! garde's errors are plain text. Ours are written `code: message`, see [`super::rules::error`].

use std::{borrow::Cow, fmt::Display};

use garde::{
    error::Kind,
    i18n::{I18n, InvalidCreditCard, InvalidEmail, InvalidPhoneNumber, InvalidUrl, IpKind},
};

use super::tree::{Content, Node};
use crate::error::FieldError;

/// A placeholder for "characters" or "items" until it is known which.
const UNIT: &str = "{unit}";

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
    let (code, message) = split(text).unwrap_or(("invalid", text));
    let code = code.to_owned();
    let singular = message.contains(&format!(" 1 {UNIT}"));
    FieldError::new(pointer, code, message.replace(UNIT, unit(node, singular)))
}

/// Splits a text into its code and its message, if it has both.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    text.split_once(": ").filter(|(code, _)| is_code(code))
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
        match min {
            1 => "too_short: must not be empty".into(),
            min => format!("too_short: must have at least {min} {UNIT}").into(),
        }
    }

    fn length_greater_than(&self, max: usize) -> Cow<'static, str> {
        format!("too_long: must have at most {max} {UNIT}").into()
    }

    fn range_lower_than(&self, min: &dyn Display) -> Cow<'static, str> {
        format!("too_small: must be at least {min}").into()
    }

    fn range_greater_than(&self, max: &dyn Display) -> Cow<'static, str> {
        format!("too_large: must be at most {max}").into()
    }

    fn credit_card_invalid(&self, _: InvalidCreditCard) -> Cow<'static, str> {
        "invalid_credit_card: must be a credit card number".into()
    }

    fn pattern_no_match(&self, pattern: &dyn Display) -> Cow<'static, str> {
        format!("invalid_pattern: must match `{pattern}`").into()
    }

    fn contains_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        format!("invalid_pattern: must contain `{pattern}`").into()
    }

    fn url_invalid(&self, _: InvalidUrl) -> Cow<'static, str> {
        "invalid_url: must be a URL".into()
    }

    fn prefix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        format!("invalid_pattern: must begin with `{pattern}`").into()
    }

    fn suffix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        format!("invalid_pattern: must end with `{pattern}`").into()
    }

    fn phone_number_invalid(&self, _: InvalidPhoneNumber) -> Cow<'static, str> {
        "invalid_phone_number: must be a phone number".into()
    }

    fn ip_invalid(&self, kind: IpKind) -> Cow<'static, str> {
        format!("invalid_ip: must be an {kind} address").into()
    }

    fn matches_field_mismatch(&self, field: &dyn Display) -> Cow<'static, str> {
        format!("mismatch: must be the same as `{field}`").into()
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
