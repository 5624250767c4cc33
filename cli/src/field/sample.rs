//! Values for generated tests: good ones, different ones, and bad ones with the code that refuses them.

use super::{Field, Kind};

/// A bad value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The value, as a Rust expression inside `json!`.
    pub value: String,
    /// The code of the field error.
    pub code: &'static str,
}

impl Field {
    /// Good value number `n` (a `u8` in scope, 1–9) as a Rust expression inside `json!`. It is different for each `n`
    /// unless the type has too few values. A reference is a variable with the name of its column.
    pub fn sample(&self) -> String {
        match self.shape() {
            Shape::Text { before, after } if before.is_empty() && after.is_empty() => {
                "n.to_string()".to_owned()
            }
            Shape::Text { before, after } => format!("format!(\"{before}{{n}}{after}\")"),
            Shape::Number => "n".to_owned(),
            Shape::Half => "f64::from(n) + 0.5".to_owned(),
            Shape::Odd => "n % 2 == 1".to_owned(),
            Shape::Object => "{ \"n\": n }".to_owned(),
            Shape::Same(value) => value,
        }
    }

    /// Good value number `n` as a literal.
    pub fn sample_literal(&self, n: u32) -> String {
        match self.shape() {
            Shape::Text { before, after } => format!("\"{before}{n}{after}\""),
            Shape::Number => n.to_string(),
            Shape::Half => format!("{n}.5"),
            Shape::Odd => (n % 2 == 1).to_string(),
            Shape::Object => format!("{{ \"n\": {n} }}"),
            Shape::Same(value) => value,
        }
    }

    /// Whether two samples of different numbers are different values.
    pub fn samples_differ(&self) -> bool {
        !matches!(self.shape(), Shape::Same(_) | Shape::Odd)
    }

    /// Whether a sample depends on its number.
    pub fn sample_is_numbered(&self) -> bool {
        !matches!(self.shape(), Shape::Same(_))
    }

    /// Good value number `n` (a `u8` in scope) as a Rust expression of the entity's type.
    pub fn entity_sample(&self, class: &str) -> String {
        let json = self.sample();
        let value = match &self.kind {
            Kind::SmallInt => "i16::from(n)".to_owned(),
            Kind::Int => "i32::from(n)".to_owned(),
            Kind::BigInt => "i64::from(n)".to_owned(),
            Kind::Float => "f32::from(n) + 0.5".to_owned(),
            Kind::String { .. }
            | Kind::Text
            | Kind::Double
            | Kind::Bool
            | Kind::References { .. } => json,
            Kind::Decimal { .. } | Kind::Date | Kind::Time | Kind::DateTime | Kind::Uuid => {
                format!("{json}.parse().expect(\"a sample\")")
            }
            Kind::Json => format!("json!({json})"),
            Kind::Blob => "vec![1, 2, 3]".to_owned(),
            Kind::Enum { values } => {
                format!(
                    "{}::{}",
                    self.enum_name(class),
                    heck::ToUpperCamelCase::to_upper_camel_case(values[0].as_str())
                )
            }
        };
        if self.required {
            value
        } else {
            format!("Some({value})")
        }
    }

    fn shape(&self) -> Shape {
        let text = |before: &str, after: &str| Shape::Text {
            before: before.to_owned(),
            after: after.to_owned(),
        };
        match &self.kind {
            Kind::String { max } if self.name.len() + 2 > *max as usize => text("", ""),
            Kind::String { .. } | Kind::Text => text(&format!("{} ", self.human()), ""),
            Kind::SmallInt | Kind::Int | Kind::BigInt => Shape::Number,
            Kind::Float | Kind::Double => Shape::Half,
            Kind::Decimal { precision, scale } => decimal(*precision, *scale),
            Kind::Bool => Shape::Odd,
            Kind::Date => text("2026-01-0", ""),
            Kind::Time => text("10:00:0", ""),
            Kind::DateTime => text("2026-01-0", "T10:00:00Z"),
            Kind::Uuid => text("00000000-0000-4000-8000-00000000000", ""),
            Kind::Json => Shape::Object,
            Kind::Blob => Shape::Same("\"AQID\"".to_owned()),
            Kind::Enum { values } => Shape::Same(format!("\"{}\"", values[0])),
            Kind::References { .. } => Shape::Same(self.column()),
        }
    }

    /// Bad values, with the code that each gets in a body that is good otherwise.
    pub fn invalid(&self) -> Vec<Invalid> {
        let bad = |value: &str, code: &'static str| Invalid {
            value: value.to_owned(),
            code,
        };
        let mut cases = match &self.kind {
            Kind::String { max } => {
                vec![
                    bad(&format!("\"x\".repeat({})", max + 1), "too_long"),
                    bad("1", "invalid_type"),
                ]
            }
            Kind::Text => vec![
                bad("\"x\".repeat(65_536)", "too_long"),
                bad("1", "invalid_type"),
            ],
            Kind::SmallInt
            | Kind::Int
            | Kind::BigInt
            | Kind::Float
            | Kind::Double
            | Kind::Bool
            | Kind::References { .. } => {
                vec![bad("\"x\"", "invalid_type")]
            }
            Kind::Decimal { .. } | Kind::Date | Kind::Time | Kind::DateTime | Kind::Uuid => {
                vec![bad("\"x\"", "invalid_value")]
            }
            Kind::Blob => vec![bad("\"?\"", "invalid_value")],
            Kind::Enum { .. } => vec![bad("\"no such value\"", "invalid_value")],
            Kind::Json => Vec::new(),
        };
        let is_text = matches!(self.kind, Kind::String { .. } | Kind::Text);
        if is_text && self.required {
            cases.insert(0, bad("\"\"", "too_short"));
        }
        if self.required {
            cases.push(bad("null", "null"));
        }
        cases
    }
}

/// How a sample depends on its number.
enum Shape {
    Text { before: String, after: String },
    Number,
    Half,
    Odd,
    Object,
    Same(String),
}

/// A decimal with as many digits after the point as the column has: others are filled up with zeros.
fn decimal(precision: u32, scale: u32) -> Shape {
    let fraction: String = "123456789".chars().cycle().take(scale as usize).collect();
    let (before, after) = match (precision - scale, scale) {
        (_, 0) => (String::new(), String::new()),
        (0, _) => ("0.".to_owned(), fraction[1..].to_owned()),
        _ => (String::new(), format!(".{fraction}")),
    };
    Shape::Text { before, after }
}
