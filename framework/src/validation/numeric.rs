//! Decimal numbers that fit a column.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

#[cfg(feature = "openapi")]
use super::format::decimal_pattern;
use super::format::is_decimal;

/// A number of the SQL type `NUMERIC(PRECISION, SCALE)`: at most `PRECISION` digits, `SCALE` of them after the point.
///
/// JSON carries it as a string, both ways, because many clients read numbers as binary fractions (RFC 8259, section 6);
/// it is always written with `SCALE` digits after the point. Refused are numbers with more digits: `too_large` or `too_small`
/// (below zero) before the point, `invalid` after it.
///
/// ```
/// use fw::validation::Numeric;
///
/// let price: Numeric<10, 2> = serde_json::from_str(r#""9.5""#).unwrap();
/// assert_eq!(serde_json::to_string(&price).unwrap(), r#""9.50""#);
/// assert!(serde_json::from_str::<Numeric<10, 2>>(r#""9.999""#).is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Numeric<const PRECISION: u32, const SCALE: u32>(Decimal);

impl<const PRECISION: u32, const SCALE: u32> Numeric<PRECISION, SCALE> {
    const WHOLE_DIGITS: usize = PRECISION.saturating_sub(SCALE) as usize;

    fn read(text: &str) -> Result<Self, Unfit> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        if !is_decimal(text, u32::MAX, u32::MAX) {
            return Err(Unfit::NoNumber);
        }
        let too_long = whole.len() > Self::WHOLE_DIGITS.max(1);
        if too_long || (Self::WHOLE_DIGITS == 0 && whole != "0") {
            return Err(if negative {
                Unfit::TooSmall
            } else {
                Unfit::TooLarge
            });
        }
        if fraction.is_some_and(|fraction| fraction.len() > SCALE as usize) {
            return Err(Unfit::TooPrecise);
        }
        let number: Decimal = text.parse().map_err(|_| Unfit::NoNumber)?;
        // There is no `-0` in databases.
        Ok(Self(if number.is_zero() {
            number.abs()
        } else {
            number
        }))
    }

    fn explain(unfit: Unfit) -> String {
        let limit = || "1".to_owned() + &"0".repeat(Self::WHOLE_DIGITS);
        match unfit {
            Unfit::NoNumber => "invalid_value: must be a decimal number such as `3.50`".to_owned(),
            Unfit::TooLarge => format!("too_large: must be less than {}", limit()),
            Unfit::TooSmall => format!("too_small: must be greater than -{}", limit()),
            Unfit::TooPrecise => match SCALE {
                0 => "invalid: must be a whole number".to_owned(),
                1 => "invalid: must have at most 1 decimal place".to_owned(),
                scale => format!("invalid: must have at most {scale} decimal places"),
            },
        }
    }
}

/// Why a text is no number of the type.
#[derive(Clone, Copy)]
enum Unfit {
    NoNumber,
    TooLarge,
    TooSmall,
    TooPrecise,
}

/// A number of a database: what it has beyond `SCALE` digits is rounded.
impl<const PRECISION: u32, const SCALE: u32> From<Decimal> for Numeric<PRECISION, SCALE> {
    fn from(number: Decimal) -> Self {
        let mut number =
            number.round_dp_with_strategy(SCALE, RoundingStrategy::MidpointAwayFromZero);
        number.rescale(SCALE);
        Self(number)
    }
}

impl<const PRECISION: u32, const SCALE: u32> From<Numeric<PRECISION, SCALE>> for Decimal {
    fn from(number: Numeric<PRECISION, SCALE>) -> Self {
        number.0
    }
}

impl<const PRECISION: u32, const SCALE: u32> fmt::Display for Numeric<PRECISION, SCALE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.*}", SCALE as usize, self.0)
    }
}

impl<const PRECISION: u32, const SCALE: u32> Serialize for Numeric<PRECISION, SCALE> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const PRECISION: u32, const SCALE: u32> Deserialize<'de> for Numeric<PRECISION, SCALE> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text<const PRECISION: u32, const SCALE: u32>;

        impl<const PRECISION: u32, const SCALE: u32> de::Visitor<'_> for Text<PRECISION, SCALE> {
            type Value = Numeric<PRECISION, SCALE>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(super::wording::QUOTED_DECIMAL)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Numeric::read(text).map_err(|unfit| E::custom(Self::Value::explain(unfit)))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[cfg(feature = "openapi")]
impl<const PRECISION: u32, const SCALE: u32> schemars::JsonSchema for Numeric<PRECISION, SCALE> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Numeric".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let whole = PRECISION.saturating_sub(SCALE);
        let example = Self::from(Decimal::new(123_456_789, 8).trunc_with_scale(SCALE));
        schemars::json_schema!({
            "type": "string",
            "pattern": format!("^{}$", decimal_pattern(whole, SCALE)),
            "examples": [if Self::WHOLE_DIGITS == 0 { Self::default() } else { example }],
        })
    }
}
