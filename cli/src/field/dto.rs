//! The field of the bodies that clients send and get.

use super::{DefaultValue, Field, Kind};

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

    /// The lines of the field in the body of `POST` and `PUT`.
    pub fn body_field(&self, class: &str) -> String {
        let mut lines = format!(
            "    #[garde({})]\n",
            self.rule().unwrap_or("skip".to_owned())
        );
        if let Some(default) = &self.default {
            lines += &if default.is_type_default() {
                "    #[serde(default)]\n".to_owned()
            } else {
                format!(
                    "    #[serde(default = \"{}\")]\n",
                    self.default_function_name()
                )
            };
        }
        lines += &format!(
            "    pub {}: {},\n",
            self.column(),
            self.optional(&self.sent_type(class))
        );
        lines
    }

    /// The lines of the field in the body of `PATCH`.
    pub fn patch_field(&self, class: &str) -> String {
        let rule = match self.rule() {
            Some(rule) if rule.starts_with("custom(") => format!("inner({rule})"),
            Some(rule) => rule,
            None => "skip".to_owned(),
        };
        let rust_type = self.optional(&self.sent_type(class));
        format!(
            "    #[garde({rule})]\n    pub {}: Patch<{rust_type}>,\n",
            self.column()
        )
    }

    /// The line of the field in what clients get.
    pub fn view_field(&self, class: &str) -> String {
        format!(
            "    pub {}: {},\n",
            self.column(),
            self.optional(&self.given_type(class))
        )
    }

    /// The value of the column from a body called `self`.
    pub fn body_to_column(&self) -> String {
        let column = self.column();
        let stored_otherwise = matches!(self.kind, Kind::Blob | Kind::Json);
        match (stored_otherwise, self.required) {
            (true, true) => format!("{column}: Set(self.{column}.into()),\n"),
            (true, false) => format!("{column}: Set(self.{column}.map(Into::into)),\n"),
            _ => format!("{column}: Set(self.{column}),\n"),
        }
    }

    /// The value of the column from a patch called `self`.
    pub fn patch_to_column(&self) -> String {
        let column = self.column();
        format!("{column}: self.{column}.into(),\n")
    }

    /// The value of the field from a row called `row`.
    pub fn row_to_view(&self, row: &str) -> String {
        let column = self.column();
        let given_otherwise = matches!(self.kind, Kind::Blob);
        match (given_otherwise, self.required) {
            (true, true) => format!("{column}: {row}.{column}.into(),\n"),
            (true, false) => format!("{column}: {row}.{column}.map(Into::into),\n"),
            _ => format!("{column}: {row}.{column},\n"),
        }
    }

    /// The function that gives the default, where serde needs one.
    pub fn default_function(&self, class: &str) -> Option<String> {
        let default = self
            .default
            .as_ref()
            .filter(|default| !default.is_type_default())?;
        let value = match (default, &self.kind) {
            (DefaultValue::Text(text), _) => format!("{text:?}.to_owned()"),
            (DefaultValue::Number(_), Kind::Decimal { .. }) => {
                format!("Numeric::literal({})", self.default_json())
            }
            (DefaultValue::Number(number), _) => grouped(number),
            (DefaultValue::Bool(value), _) => value.to_string(),
            (DefaultValue::EnumValue(_), _) => return None,
        };
        Some(format!(
            "fn {}() -> {} {{\n    {value}\n}}\n",
            self.default_function_name(),
            self.sent_type(class)
        ))
    }

    /// What a client gets when it leaves the field out, as Rust inside `json!`.
    pub fn default_json(&self) -> String {
        match (&self.default, &self.kind) {
            (None, _) => "null".to_owned(),
            (Some(DefaultValue::Number(number)), Kind::Decimal { scale, .. }) => {
                format!("\"{}\"", with_scale(number, *scale as usize))
            }
            (Some(default), _) => default.column_literal(),
        }
    }

    fn default_function_name(&self) -> String {
        format!("default_{}", self.column())
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
