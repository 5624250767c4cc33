//! The field of the bodies that clients send and get.

use serde::Serialize;

use super::{DefaultValue, Field, Kind};

/// A field in what clients send and get. Types have `Option` where the field may be empty.
#[derive(Clone, Debug, Serialize)]
pub struct DtoView {
    /// The Rust type in the body of `POST` and `PUT`; `PATCH` has a `Patch` of it.
    pub body_type: String,
    /// The rule in `#[garde(…)]` there.
    pub body_rule: String,
    /// The rule in `#[garde(…)]` in the body of `PATCH`.
    pub patch_rule: String,
    /// The attribute in `#[serde(…)]` of a field with a default.
    pub default: Option<String>,
    /// The function that gives the default, where serde needs one.
    pub default_function: Option<DefaultFunction>,
    /// The Rust type in what clients get.
    pub view_type: String,
    /// The call that makes what was sent what the column holds.
    pub into_column: &'static str,
    /// The call that makes what the column holds what clients get.
    pub into_view: &'static str,
}

/// A function that gives the default of a field.
#[derive(Clone, Debug, Serialize)]
pub struct DefaultFunction {
    /// Its name.
    pub name: String,
    /// The expression that it returns.
    pub value: String,
}

impl Field {
    /// The Rust type of the value in what clients send, without `Option`.
    fn sent_type(&self, class: &str) -> String {
        match self.kind {
            Kind::Json => "JsonDocument<65_535>".to_owned(),
            Kind::Blob => "Base64<1_048_576>".to_owned(),
            _ => self.given_type(class),
        }
    }

    /// The Rust type of the value in what clients get, without `Option`.
    fn given_type(&self, class: &str) -> String {
        match self.kind {
            Kind::Json => "JsonValue".to_owned(),
            Kind::Blob => "Base64".to_owned(),
            _ => self.entity_type(class),
        }
    }

    /// The field in what clients send and get.
    pub(super) fn dto_view(&self, class: &str) -> DtoView {
        let rule = self.rule();
        let patch_rule = match &rule {
            Some(rule) if rule.starts_with("custom(") => format!("inner({rule})"),
            Some(rule) => rule.clone(),
            None => "skip".to_owned(),
        };
        let is_sent_otherwise = matches!(self.kind, Kind::Blob | Kind::Json);
        let is_got_otherwise = matches!(self.kind, Kind::Blob);
        let default_function = self.default_function();
        DtoView {
            body_type: self.optional(&self.sent_type(class)),
            body_rule: rule.unwrap_or_else(|| "skip".to_owned()),
            patch_rule,
            default: self.default.as_ref().map(|_| match &default_function {
                Some(function) => format!("default = \"{}\"", function.name),
                None => "default".to_owned(),
            }),
            default_function,
            view_type: self.optional(&self.given_type(class)),
            into_column: self.conversion(is_sent_otherwise),
            into_view: self.conversion(is_got_otherwise),
        }
    }

    /// The call that makes a value one of another type.
    fn conversion(&self, is_needed: bool) -> &'static str {
        match (is_needed, self.required) {
            (false, _) => "",
            (true, true) => ".into()",
            (true, false) => ".map(Into::into)",
        }
    }

    /// The function that gives the default, where serde needs one.
    fn default_function(&self) -> Option<DefaultFunction> {
        let default = self
            .default
            .as_ref()
            .filter(|default| !default.is_type_default())?;
        let value = match (default, &self.kind) {
            (DefaultValue::Text(text), _) => format!("{text:?}.to_owned()"),
            (DefaultValue::Number(_), Kind::Decimal { .. }) => {
                format!("Numeric::literal({})", self.default_literal()?)
            }
            (DefaultValue::Number(number), _) => grouped(number),
            (DefaultValue::Bool(value), _) => value.to_string(),
            (DefaultValue::EnumValue(_), _) => return None,
        };
        Some(DefaultFunction {
            name: format!("default_{}", self.column()),
            value,
        })
    }

    /// The default as a literal of Rust. A decimal is a text, since a float has fewer digits; an integer that needs 64 bits says
    /// so, since the column takes integers of any type.
    pub(super) fn default_literal(&self) -> Option<String> {
        Some(match (self.default.as_ref()?, &self.kind) {
            (DefaultValue::Number(number), Kind::Decimal { scale, .. }) => {
                format!("\"{}\"", with_scale(number, *scale as usize))
            }
            (DefaultValue::Number(number), Kind::BigInt) if number.parse::<i32>().is_err() => {
                format!("{number}_i64")
            }
            (default, _) => default.column_literal(),
        })
    }

    /// The validation that garde runs; `None` where the type says it all.
    fn rule(&self) -> Option<String> {
        let length = |max: &str| {
            if self.required {
                format!("length(chars, min = 1, max = {max})")
            } else {
                format!("length(chars, max = {max})")
            }
        };
        match &self.kind {
            Kind::String { max } => Some(length(&grouped(&max.to_string()))),
            Kind::Text => Some(length("65_535")),
            _ => None,
        }
    }
}

/// `9.50` for `9.5`: a decimal with all digits that its column has after the point.
fn with_scale(number: &str, scale: usize) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if scale == 0 {
        return whole.to_owned();
    }
    let fraction = fraction.get(..scale).unwrap_or(fraction);
    format!("{whole}.{fraction:0<scale$}")
}

/// A number with `_` between groups of three digits, as clippy wants long ones.
pub(super) fn grouped(number: &str) -> String {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number),
    };
    if digits.len() < 5 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut out = sign.to_owned();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}
