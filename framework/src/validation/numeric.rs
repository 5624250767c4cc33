//! Decimal numbers that fit a column.

use std::{cmp::Ordering, fmt, ops::Deref, str::FromStr};

use garde::rules::range::{Bounds, OutOfBounds};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

#[cfg(feature = "openapi")]
use super::format::decimal_pattern;
use super::format::is_decimal;
use crate::count::counted;

/// A number of the SQL type `NUMERIC(PRECISION, SCALE)`: at most `PRECISION` digits (1 to 28), `SCALE` of them after the point.
///
/// It is the type of a column in an entity, which says the type of the column, too, and of a field in requests and responses. What
/// does not fit is refused wherever such a number is made, so every one of them is stored and read again exactly, on every database.
/// Computing is done with [`Decimal`], to which it dereferences; the result becomes a `Numeric` again with `try_from` or
/// [`rounded`](Self::rounded).
///
/// JSON carries it as a string, both ways, because many clients read numbers as binary fractions (RFC 8259, section 6);
/// it is always written with `SCALE` digits after the point. Refused are numbers with more digits: `too_large` or `too_small`
/// (below zero) before the point, `invalid` after it. The bounds of garde's `range` are numbers of the same type:
///
/// ```
/// use fw::dto::prelude::*;
///
/// const LEAST: Numeric<10, 2> = Numeric::literal("0.01");
///
/// #[derive(Deserialize, JsonSchema, Validate)]
/// struct Offer {
///     #[garde(range(min = LEAST))]
///     price: Numeric<10, 2>,
/// }
/// ```
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
///
/// ```
/// use fw::validation::{Numeric, Unfit};
///
/// let error = "9.999".parse::<Numeric<10, 2>>().unwrap_err();
/// assert_eq!(error, Unfit::TooPrecise { scale: 2 });
/// assert_eq!(error.to_string(), "must have at most 2 decimal places");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfit {
    /// The text is no decimal number.
    NoNumber,
    /// There are more digits before the point.
    TooLarge {
        /// The most digits before the point.
        whole: u32,
    },
    /// There are more digits before the point of a number below zero.
    TooSmall {
        /// The most digits before the point.
        whole: u32,
    },
    /// There are more digits after the point.
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

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zeros = |digits: u32| "0".repeat(digits as usize);
        match *self {
            Self::NoNumber => f.write_str("must be a decimal number such as `3.50`"),
            Self::TooLarge { whole } => write!(f, "must be less than 1{}", zeros(whole)),
            Self::TooSmall { whole } => write!(f, "must be greater than -1{}", zeros(whole)),
            Self::TooPrecise { scale: 0 } => f.write_str("must be a whole number"),
            Self::TooPrecise { scale } => write!(
                f,
                "must have at most {}",
                counted(scale, "decimal place", "decimal places")
            ),
        }
    }
}

impl std::error::Error for Unfit {}

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
    pub const MIN: Self = Self(Self::of_units(Self::LIMIT - 1, true));

    /// The greatest number of the type.
    pub const MAX: Self = Self(Self::of_units(Self::LIMIT - 1, false));

    /// 0.
    pub const ZERO: Self = Self(Self::of_units(0, false));

    /// A number that is written in the program: `const LEAST: Numeric<10, 2> = Numeric::literal("0.01")`.
    ///
    /// # Panics
    ///
    /// When the text is no number of the type. The compiler says so for a constant; texts of others are read with `parse`.
    pub const fn literal(text: &str) -> Self {
        let digits = text.as_bytes();
        let negative = matches!(digits, [b'-', ..]);
        let mut place = if negative { 1 } else { 0 };
        let (mut units, mut after_point) = (0_u128, None);
        while place < digits.len() {
            match (digits[place], after_point) {
                (b'.', None) => after_point = Some(0),
                (digit @ b'0'..=b'9', after) => {
                    units = units * 10 + (digit - b'0') as u128;
                    if let Some(count) = after {
                        after_point = Some(count + 1);
                    }
                }
                _ => panic!("a number is written as `-12.50`"),
            }
            assert!(units < Self::LIMIT, "the number has too many digits");
            place += 1;
        }
        let mut scale = match after_point {
            Some(scale) => scale,
            None => 0,
        };
        assert!(
            scale <= SCALE,
            "the number has too many digits after the point"
        );
        while scale < SCALE {
            units *= 10;
            scale += 1;
        }
        assert!(units < Self::LIMIT, "the number has too many digits");
        Self(Self::of_units(units, negative))
    }

    /// One unit of the last digit more than the greatest number has.
    const LIMIT: u128 = {
        let _ = Self::WHOLE_DIGITS;
        10_u128.pow(PRECISION)
    };

    #[expect(clippy::cast_possible_truncation, reason = "it is cut into parts")]
    const fn of_units(units: u128, negative: bool) -> Decimal {
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
    type Size = Self;

    const MIN: Self = Self::MIN;
    const MAX: Self = Self::MAX;

    fn validate_bounds(&self, min: Self, max: Self) -> Result<(), OutOfBounds> {
        if *self < min {
            Err(OutOfBounds::Lower)
        } else if *self > max {
            Err(OutOfBounds::Upper)
        } else {
            Ok(())
        }
    }
}

/// The JSON form, a string; the schemas of rules are made with it.
impl<const PRECISION: u32, const SCALE: u32> From<Numeric<PRECISION, SCALE>> for serde_json::Value {
    fn from(number: Numeric<PRECISION, SCALE>) -> Self {
        number.to_string().into()
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

#[cfg(test)]
mod tests {
    use super::*;

    type Price = Numeric<10, 2>;

    fn of(text: &str) -> Result<String, Unfit> {
        let number: Decimal = text.parse().expect("a number");
        Price::try_from(number).map(|number| number.to_string())
    }

    #[test]
    fn what_fits_has_all_digits_of_the_column() {
        for (text, written) in [
            ("9.5", "9.50"),
            ("9.5000", "9.50"),
            ("-0.000", "0.00"),
            ("99999999.99", "99999999.99"),
            ("-99999999.99", "-99999999.99"),
        ] {
            assert_eq!(of(text).as_deref(), Ok(written));
        }
        assert_eq!(Price::literal("-0.5"), "-0.50".parse::<Price>().unwrap());
        assert_eq!(Numeric::<28, 0>::MAX.to_string(), "9".repeat(28));
        assert_eq!(
            Numeric::<28, 28>::MIN.to_string(),
            format!("-0.{}", "9".repeat(28))
        );
        assert_eq!(Numeric::<1, 0>::literal("-0"), Numeric::ZERO);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_reason() {
        assert_eq!(of("0.001"), Err(Unfit::TooPrecise { scale: 2 }));
        assert_eq!(of("99999999.999"), Err(Unfit::TooPrecise { scale: 2 }));
        assert_eq!(of("100000000"), Err(Unfit::TooLarge { whole: 8 }));
        assert_eq!(of("-100000000.00"), Err(Unfit::TooSmall { whole: 8 }));
        assert_eq!("x".parse::<Price>(), Err(Unfit::NoNumber));
        assert_eq!(
            Price::rounded(Decimal::new(-12_345, 3)).map(|number| number.to_string()),
            Ok("-12.35".to_owned())
        );
        assert_eq!(
            Price::rounded(Decimal::new(99_999_999_995, 3)),
            Err(Unfit::TooLarge { whole: 8 })
        );
        assert_eq!(
            Unfit::TooSmall { whole: 1 }.to_string(),
            "must be greater than -10"
        );
    }

    #[test]
    fn it_compares_and_computes_as_the_number_that_it_is() {
        let price = Price::literal("9.50");
        assert!(price > Decimal::from(9) && price == Decimal::new(95, 1));
        assert_eq!(*price * Decimal::from(2) - *price, Decimal::from(price));
        assert!(price.is_sign_positive());
    }

    #[test]
    #[should_panic(expected = "too many digits after the point")]
    fn a_literal_that_does_not_fit_is_refused() {
        Price::literal("0.001");
    }
}
