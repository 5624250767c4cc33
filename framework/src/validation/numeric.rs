//! Decimal numbers that fit a column.

use std::{cmp::Ordering, fmt, ops::Deref, str::FromStr};

use garde::rules::range::{Bounds, OutOfBounds};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

#[cfg(feature = "openapi")]
use super::format::decimal_pattern;
use super::format::is_decimal;

/// A number of the SQL type `NUMERIC(PRECISION, SCALE)`: at most `PRECISION` digits (1 to 28), `SCALE` of them after the point.
///
/// It is the type of a column in an entity, which says the type of the column, too, and of a field in requests and responses. What
/// does not fit is refused wherever such a number is made, so every one of them is stored and read again exactly, on every database.
/// Computing is done with [`Decimal`], to which it dereferences; the result becomes a `Numeric` again with `try_from` or
/// [`rounded`](Self::rounded).
///
/// JSON carries it as a string, both ways, because many clients read numbers as binary fractions (RFC 8259, section 6);
/// it is always written with `SCALE` digits after the point. Refused are numbers with more digits: `too_large` or `too_small`
/// (below zero) before the point, `invalid` after it. garde's `range` takes a [`Decimal`] for each bound:
/// `#[garde(range(min = Decimal::ZERO))]`.
///
/// ```
/// use fw::validation::Numeric;
/// use rust_decimal::Decimal;
///
/// let price: Numeric<10, 2> = serde_json::from_str(r#""9.5""#).unwrap();
/// assert_eq!(serde_json::to_string(&price).unwrap(), r#""9.50""#);
/// assert!(serde_json::from_str::<Numeric<10, 2>>(r#""9.999""#).is_err());
///
/// let total = *price * Decimal::from(3);
/// assert_eq!(Numeric::<10, 2>::try_from(total).unwrap().to_string(), "28.50");
/// let third = *price / Decimal::from(3);
/// assert!(Numeric::<10, 2>::try_from(third).is_err());
/// assert_eq!(Numeric::<10, 2>::rounded(third).unwrap().to_string(), "3.17");
/// ```
// Its number always has `SCALE` digits after the point, and is never `-0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Numeric<const PRECISION: u32, const SCALE: u32>(Decimal);

/// A number that does not fit the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// The text is no decimal number.
    #[error("must be a decimal number such as `3.50`")]
    NoNumber,
    /// There are more digits before the point.
    #[error("must be less than 1{}", zeros(.whole))]
    TooLarge {
        /// The most digits before the point.
        whole: u32,
    },
    /// There are more digits before the point of a number below zero.
    #[error("must be greater than -1{}", zeros(.whole))]
    TooSmall {
        /// The most digits before the point.
        whole: u32,
    },
    /// There are more digits after the point.
    #[error("must {}", decimal_places(.scale))]
    TooPrecise {
        /// The most digits after the point.
        scale: u32,
    },
}

impl Unfit {
    fn code(self) -> &'static str {
        match self {
            Self::NoNumber => "invalid_value",
            Self::TooLarge { .. } => "too_large",
            Self::TooSmall { .. } => "too_small",
            Self::TooPrecise { .. } => "invalid",
        }
    }
}

fn zeros(number: &u32) -> String {
    "0".repeat(*number as usize)
}

fn decimal_places(scale: &u32) -> String {
    match scale {
        0 => "be a whole number".to_owned(),
        1 => "have at most 1 decimal place".to_owned(),
        scale => format!("have at most {scale} decimal places"),
    }
}

impl<const PRECISION: u32, const SCALE: u32> Numeric<PRECISION, SCALE> {
    const WHOLE_DIGITS: u32 = {
        assert!(
            PRECISION >= 1 && PRECISION <= 28,
            "a decimal number has 1 to 28 digits"
        );
        assert!(
            SCALE <= PRECISION,
            "a decimal number cannot have more digits after the point than digits"
        );
        PRECISION - SCALE
    };

    /// The least number of the type.
    pub const MIN: Self = Self(Self::limit(true));

    /// The greatest number of the type.
    pub const MAX: Self = Self(Self::limit(false));

    /// 0.
    pub const ZERO: Self = Self(Decimal::from_parts(0, 0, 0, false, SCALE));

    /// As many nines as there are digits.
    #[expect(clippy::cast_possible_truncation, reason = "it is cut into parts")]
    const fn limit(negative: bool) -> Decimal {
        let _ = Self::WHOLE_DIGITS;
        let units = 10_u128.pow(PRECISION) - 1;
        let (low, middle, high) = (units as u32, (units >> 32) as u32, (units >> 64) as u32);
        Decimal::from_parts(low, middle, high, negative, SCALE)
    }

    /// The number with `SCALE` digits after the point, rounded half away from zero where it has more.
    ///
    /// # Errors
    ///
    /// When it has too many digits before the point.
    pub fn rounded(number: Decimal) -> Result<Self, Unfit> {
        number
            .round_dp_with_strategy(SCALE, RoundingStrategy::MidpointAwayFromZero)
            .try_into()
    }

    /// The number itself.
    pub fn get(self) -> Decimal {
        self.0
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        if !is_decimal(text, u32::MAX, u32::MAX) {
            return Err(Unfit::NoNumber);
        }
        let digits = text.strip_prefix('-');
        let (whole, fraction) = {
            let digits = digits.unwrap_or(text);
            digits.split_once('.').unwrap_or((digits, ""))
        };
        let whole = if whole == "0" { "" } else { whole };
        if whole.len() > Self::WHOLE_DIGITS as usize {
            return Err(Self::too_far(digits.is_some()));
        }
        // Also zeros: they say that the number is meant to be finer.
        if fraction.len() > SCALE as usize {
            return Err(Unfit::TooPrecise { scale: SCALE });
        }
        let number: Decimal = text.parse().map_err(|_| Unfit::NoNumber)?;
        number.try_into()
    }

    fn too_far(negative: bool) -> Unfit {
        let whole = Self::WHOLE_DIGITS;
        if negative {
            Unfit::TooSmall { whole }
        } else {
            Unfit::TooLarge { whole }
        }
    }
}

impl<const PRECISION: u32, const SCALE: u32> Default for Numeric<PRECISION, SCALE> {
    fn default() -> Self {
        Self::ZERO
    }
}

/// Refuses a number that does not fit, also one with more digits than `SCALE` after the point, but for zeros.
impl<const PRECISION: u32, const SCALE: u32> TryFrom<Decimal> for Numeric<PRECISION, SCALE> {
    type Error = Unfit;

    fn try_from(mut number: Decimal) -> Result<Self, Unfit> {
        if number < Self::MIN.0 || number > Self::MAX.0 {
            // The greatest numbers of 28 digits have no room for what is between them and the next one.
            let whole = number.trunc();
            return Err(if whole < Self::MIN.0 || whole > Self::MAX.0 {
                Self::too_far(number.is_sign_negative())
            } else {
                Unfit::TooPrecise { scale: SCALE }
            });
        }
        if number.scale() > SCALE {
            let exact = number;
            number = number.trunc_with_scale(SCALE);
            if number != exact {
                return Err(Unfit::TooPrecise { scale: SCALE });
            }
        }
        number.rescale(SCALE);
        // There is no `-0` in databases.
        Ok(if number.is_zero() {
            Self::ZERO
        } else {
            Self(number)
        })
    }
}

impl<const PRECISION: u32, const SCALE: u32> FromStr for Numeric<PRECISION, SCALE> {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        Self::read(text)
    }
}

impl<const PRECISION: u32, const SCALE: u32> From<Numeric<PRECISION, SCALE>> for Decimal {
    fn from(number: Numeric<PRECISION, SCALE>) -> Self {
        number.0
    }
}

impl<const PRECISION: u32, const SCALE: u32> Deref for Numeric<PRECISION, SCALE> {
    type Target = Decimal;

    fn deref(&self) -> &Decimal {
        &self.0
    }
}

impl<const PRECISION: u32, const SCALE: u32> PartialEq<Decimal> for Numeric<PRECISION, SCALE> {
    fn eq(&self, other: &Decimal) -> bool {
        self.0 == *other
    }
}

impl<const PRECISION: u32, const SCALE: u32> PartialOrd<Decimal> for Numeric<PRECISION, SCALE> {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        self.0.partial_cmp(other)
    }
}

impl<const PRECISION: u32, const SCALE: u32> Bounds for Numeric<PRECISION, SCALE> {
    type Size = Decimal;

    const MIN: Decimal = Self::MIN.0;
    const MAX: Decimal = Self::MAX.0;

    fn validate_bounds(&self, min: Decimal, max: Decimal) -> Result<(), OutOfBounds> {
        if *self < min {
            Err(OutOfBounds::Lower)
        } else if *self > max {
            Err(OutOfBounds::Upper)
        } else {
            Ok(())
        }
    }
}

impl<const PRECISION: u32, const SCALE: u32> fmt::Display for Numeric<PRECISION, SCALE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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
                Numeric::read(text).map_err(|unfit| E::custom(format!("{}: {unfit}", unfit.code())))
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
        let example = Decimal::new(123_456_789, 8).trunc_with_scale(SCALE);
        let example = Self::try_from(example).unwrap_or_default();
        schemars::json_schema!({
            "type": "string",
            "pattern": format!("^{}$", decimal_pattern(Self::WHOLE_DIGITS, SCALE)),
            "examples": [example],
        })
    }
}
