//! Values for generated tests and factories: good ones, other ones, and bad ones with the code that refuses them.

use heck::ToUpperCamelCase;
use serde::Serialize;

use super::{Field, Kind};

/// A field in generated tests.
#[derive(Clone, Debug, Serialize)]
pub struct SampleView {
    /// A good value, as a Rust expression inside `json!`. A reference is a row in scope that is called like the field.
    pub json: String,
    /// Another good value, as a literal inside `json!`.
    pub changed: String,
    /// A good value of the entity's type, as a Rust expression. When no two rows may share it, it depends on a number `n` (an `i32`)
    /// in scope.
    pub fake: String,
    /// True if `fake` depends on `n`.
    pub is_numbered: bool,
    /// True if `fake` names the type of a column.
    pub names_type: bool,
    /// True if a row of a factory must have it: it has no default that a test can compare, or no two rows may share it.
    pub is_faked: bool,
    /// Values that are refused in a body that is good otherwise.
    pub bad_values: Vec<BadValue>,
}

/// A bad value of a field.
#[derive(Clone, Debug, Serialize)]
pub struct BadValue {
    /// The column.
    pub column: String,
    /// The value, as a Rust expression inside `json!`.
    pub value: String,
    /// The code of the field error.
    pub code: &'static str,
}

impl Field {
    /// The field in generated tests; a reference to the own table stays empty there.
    pub(super) fn sample_view(&self, class: &str, is_self: bool) -> SampleView {
        let fake = self.fake(class);
        SampleView {
            json: if is_self {
                "null".to_owned()
            } else {
                self.sample()
            },
            changed: self.changed(),
            is_numbered: match self.kind {
                Kind::String { .. } | Kind::Text | Kind::Json => true,
                Kind::Uuid | Kind::Enum { .. } | Kind::References { .. } => false,
                _ => self.unique,
            },
            names_type: ["Date", "Time", "Uuid::", "Numeric::"]
                .iter()
                .any(|name| fake.starts_with(name)),
            fake: if self.required {
                fake
            } else {
                format!("Some({fake})")
            },
            is_faked: !is_self && (self.unique || self.required && !self.has_plain_default()),
            bad_values: self.bad_values(),
        }
    }

    /// Returns whether a row of a factory can have the default. A number of 32 bits, such as 0.1, has other digits as one of 64,
    /// which is what a test compares it with.
    fn has_plain_default(&self) -> bool {
        self.default.is_some() && self.kind != Kind::Float
    }

    fn sample(&self) -> String {
        match &self.kind {
            Kind::String { max } => quoted(&self.text("", *max)),
            Kind::Text => quoted(&self.human()),
            // No number of a factory is below zero, so a unique one is not taken.
            Kind::SmallInt | Kind::Int | Kind::BigInt if self.unique => "-7".to_owned(),
            Kind::Decimal { precision, scale } if self.unique => {
                quoted(&format!("-{}", decimal('1', *precision, *scale)))
            }
            Kind::SmallInt | Kind::Int | Kind::BigInt => "7".to_owned(),
            Kind::Float | Kind::Double => "7.5".to_owned(),
            Kind::Decimal { precision, scale } => quoted(&decimal('1', *precision, *scale)),
            Kind::Bool => "true".to_owned(),
            Kind::Date => quoted("2026-01-31"),
            Kind::Time => quoted("10:30:00"),
            Kind::DateTime => quoted("2026-01-31T10:30:00Z"),
            Kind::Uuid => quoted("0190163d-8694-739b-aea5-966c26f8ad91"),
            Kind::Json => "{ \"key\": \"value\" }".to_owned(),
            Kind::Blob => quoted("AQID"),
            Kind::Enum { values } => quoted(&values[0]),
            Kind::References { .. } => format!("{}.id", self.name),
        }
    }

    /// A good value as a browser sends it, as a Rust expression. A reference is a row in scope that is called like the field; one to the own table
    /// stays empty.
    pub fn form_sample(&self, is_self: bool) -> String {
        let text = match &self.kind {
            Kind::References { .. } if is_self => return "String::new()".to_owned(),
            Kind::References { .. } => return format!("{}.id.to_string()", self.name),
            Kind::Json => "r#\"{ \"key\": \"value\" }\"#".to_owned(),
            Kind::DateTime => quoted("2026-01-31T10:30"),
            _ => {
                let sample = self.sample();
                if sample.starts_with('"') {
                    sample
                } else {
                    quoted(&sample)
                }
            }
        };
        format!("{text}.to_owned()")
    }

    fn changed(&self) -> String {
        match &self.kind {
            Kind::String { max } => quoted(&self.text("another ", *max)),
            Kind::Text => quoted(&format!("another {}", self.human())),
            Kind::SmallInt | Kind::Int | Kind::BigInt => "8".to_owned(),
            Kind::Float | Kind::Double => "8.5".to_owned(),
            Kind::Decimal { precision, scale } => quoted(&decimal('2', *precision, *scale)),
            Kind::Bool => "false".to_owned(),
            Kind::Date => quoted("2026-02-01"),
            Kind::Time => quoted("11:00:00"),
            Kind::DateTime => quoted("2026-02-01T11:00:00Z"),
            Kind::Uuid => quoted("0190163d-8694-739b-aea5-966c26f8ad92"),
            Kind::Json => "{ \"key\": \"another value\" }".to_owned(),
            Kind::Blob => quoted("BAUG"),
            Kind::Enum { values } => quoted(values.last().unwrap_or(&values[0])),
            Kind::References { .. } => "null".to_owned(),
        }
    }

    /// A text that fits; a word of two letters at the least, where that much fits.
    fn text(&self, prefix: &str, max: u32) -> String {
        let text = format!("{prefix}{}", self.human());
        if text.len() <= max as usize {
            return text;
        }
        let letter = if prefix.is_empty() { "a" } else { "b" };
        letter.repeat(2.min(max as usize))
    }

    fn fake(&self, class: &str) -> String {
        let unique = self.unique;
        match &self.kind {
            Kind::String { max } => match (*max as usize).checked_sub(self.human().len()) {
                // The number of a row has five digits at the most.
                Some(6..) => format!("format!(\"{} {{n}}\")", self.human()),
                _ if *max >= 5 => "n.to_string()".to_owned(),
                _ => format!("(n % {}).to_string()", 10_u32.pow((*max).min(4))),
            },
            Kind::Text => format!("format!(\"{} {{n}}\")", self.human()),
            Kind::SmallInt if unique => "n as i16".to_owned(),
            Kind::Int if unique => "n".to_owned(),
            Kind::BigInt | Kind::Double if unique => "n.into()".to_owned(),
            Kind::Float if unique => "n as f32".to_owned(),
            Kind::Bool if unique => "n % 2 == 0".to_owned(),
            Kind::Date if unique => {
                "Date::from_num_days_from_ce_opt(n).expect(\"a date\")".to_owned()
            }
            Kind::Time if unique => {
                "Time::from_num_seconds_from_midnight_opt(n as u32 % 86_400, 0).expect(\"a time\")"
                    .to_owned()
            }
            Kind::DateTime if unique => {
                "DateTimeUtc::from_timestamp(n.into(), 0).expect(\"a time\")".to_owned()
            }
            Kind::Uuid => "Uuid::new_v4()".to_owned(),
            Kind::Decimal { precision, scale } => self.fake_decimal(*precision, *scale),
            Kind::SmallInt | Kind::Int | Kind::BigInt | Kind::Float | Kind::Double | Kind::Bool => {
                self.sample()
            }
            Kind::Date => format!("{}.parse().expect(\"a date\")", self.sample()),
            Kind::Time | Kind::DateTime => format!("{}.parse().expect(\"a time\")", self.sample()),
            Kind::Json => "json!({ \"n\": n })".to_owned(),
            Kind::Blob if unique => "n.to_be_bytes().to_vec()".to_owned(),
            Kind::Blob => "vec![1, 2, 3]".to_owned(),
            Kind::Enum { values } => format!(
                "{}::{}",
                self.enum_name(class),
                values[0].to_upper_camel_case()
            ),
            Kind::References { table } => {
                format!("{table}::ActiveModel::create(db).await.id")
            }
        }
    }

    fn fake_decimal(&self, precision: u32, scale: u32) -> String {
        if !self.unique {
            return format!("Numeric::literal({})", self.sample());
        }
        // Its digits without the point: it has as many values as it has digits.
        let number = if precision < 5 {
            format!("(n % {}).into()", 10_u32.pow(precision))
        } else {
            "n.into()".to_owned()
        };
        format!("Numeric::try_from(Decimal::new({number}, {scale})).expect(\"a number that fits\")")
    }

    /// The values that the rules of this field refuse. What all fields of a type refuse is not the resource's to test.
    fn bad_values(&self) -> Vec<BadValue> {
        let bad = |value: &str, code: &'static str| BadValue {
            column: self.column(),
            value: value.to_owned(),
            code,
        };
        let mut bad_values = match &self.kind {
            Kind::String { max } => vec![bad(&format!("\"x\".repeat({})", max + 1), "too_long")],
            Kind::Text => vec![bad("\"x\".repeat(65_536)", "too_long")],
            Kind::Enum { .. } => vec![bad("\"no such value\"", "invalid_value")],
            _ => Vec::new(),
        };
        if matches!(self.kind, Kind::String { .. } | Kind::Text) && self.required {
            bad_values.insert(0, bad("\"\"", "too_short"));
        }
        bad_values
    }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// A decimal with as many digits after the point as the column has, and one before where there is place.
fn decimal(digit: char, precision: u32, scale: u32) -> String {
    let fraction: String = std::iter::repeat_n(digit, scale as usize).collect();
    match (precision - scale, scale) {
        (_, 0) => digit.to_string(),
        (0, _) => format!("0.{fraction}"),
        _ => format!("{digit}.{fraction}"),
    }
}
