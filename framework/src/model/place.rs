//! The place of a decimal number among those that a column can hold.

use rust_decimal::RoundingStrategy;
use sea_orm::{ColumnType, Value, prelude::Decimal};

use super::value::{self, InvalidValue};
use crate::db::decimal;

/// The place of a number, which may have more digits than a column, among the numbers of the column.
#[derive(Debug, PartialEq)]
pub(super) enum Place {
    At(Value),
    /// After this one and before the next.
    Above(Value),
    BelowAll,
    AboveAll,
}

impl Place {
    /// Reads what a client gives for a column of `precision` digits, `scale` of them after the point.
    pub(super) fn read((precision, scale): (u32, u32), text: &str) -> Result<Self, InvalidValue> {
        let format = value::format(&ColumnType::Decimal(Some((precision, scale))));
        format.check(text).map_err(InvalidValue)?;
        let number: Decimal = text.parse().map_err(|_| InvalidValue(format.to_string()))?;
        let floor = number.round_dp_with_strategy(scale, RoundingStrategy::ToNegativeInfinity);
        let whole = precision.saturating_sub(scale);
        let bound = 10_i128.checked_pow(whole);
        // Columns may have more digits than any number here.
        let bound = bound.and_then(|bound| Decimal::try_from_i128_with_scale(bound, 0).ok());
        Ok(match bound {
            Some(bound) if floor >= bound => Self::AboveAll,
            Some(bound) if floor <= -bound => Self::BelowAll,
            _ if floor == number => Self::At(decimal::value(number, precision, scale)),
            _ => Self::Above(decimal::value(floor, precision, scale)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_a_column_cannot_hold_have_a_place_between_those_that_it_can() {
        let place = |text| Place::read((4, 2), text).unwrap();
        let value = |text: &str| decimal::value(text.parse().unwrap(), 4, 2);
        assert_eq!(place("3.5"), Place::At(value("3.50")));
        assert_eq!(place("-99.99"), Place::At(value("-99.99")));
        assert_eq!(place("3.501"), Place::Above(value("3.50")));
        assert_eq!(place("-3.501"), Place::Above(value("-3.51")));
        assert_eq!(place("99.999"), Place::Above(value("99.99")));
        assert_eq!(place("-99.999"), Place::BelowAll);
        assert_eq!(place("100"), Place::AboveAll);
        assert_eq!(place("-1000000"), Place::BelowAll);
        assert!(Place::read((4, 2), "x").is_err());
    }
}
