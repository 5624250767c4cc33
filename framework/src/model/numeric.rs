//! [`Numeric`] as the type of a column.

use sea_orm::{
    ActiveValue, ColIdx, ColumnType, DbErr, IntoActiveValue, QueryResult, TryGetError, TryGetable,
    Value,
    prelude::Decimal,
    sea_query::{ArrayType, Nullable, NumericValue, ValueType, ValueTypeErr},
};

use crate::{db::decimal, validation::Numeric};

impl<const PRECISION: u32, const SCALE: u32> From<Numeric<PRECISION, SCALE>> for Value {
    fn from(number: Numeric<PRECISION, SCALE>) -> Self {
        decimal::value(number.get(), PRECISION, SCALE)
    }
}

impl<const PRECISION: u32, const SCALE: u32> Nullable for Numeric<PRECISION, SCALE> {
    fn null() -> Value {
        decimal::null()
    }
}

impl<const PRECISION: u32, const SCALE: u32> ValueType for Numeric<PRECISION, SCALE> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        let number = decimal::number(&value).ok_or(ValueTypeErr)?;
        number.try_into().map_err(|_| ValueTypeErr)
    }

    fn type_name() -> String {
        format!("Numeric<{PRECISION}, {SCALE}>")
    }

    fn array_type() -> ArrayType {
        ArrayType::Enum(Box::new(decimal::NUMERIC.into()))
    }

    fn column_type() -> ColumnType {
        ColumnType::Decimal(Some((PRECISION, SCALE)))
    }
}

impl<const PRECISION: u32, const SCALE: u32> NumericValue for Numeric<PRECISION, SCALE> {}

impl<const PRECISION: u32, const SCALE: u32> IntoActiveValue<Self> for Numeric<PRECISION, SCALE> {
    fn into_active_value(self) -> ActiveValue<Self> {
        ActiveValue::Set(self)
    }
}

/// Refuses what does not fit, as an average has more digits than the column: nothing is rounded on the way.
impl<const PRECISION: u32, const SCALE: u32> TryGetable for Numeric<PRECISION, SCALE> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let number = number(row, index, SCALE)?;
        number.try_into().map_err(|unfit| {
            TryGetError::DbErr(DbErr::Type(format!(
                "{index:?}: {number} is no number of `NUMERIC({PRECISION}, {SCALE})`: {unfit}"
            )))
        })
    }
}

fn number<I: ColIdx>(row: &QueryResult, index: I, scale: u32) -> Result<Decimal, TryGetError> {
    #[cfg(feature = "sqlite")]
    if let Some(row) = row.try_as_sqlite_row() {
        let number = decimal::of_sqlite(row, &index.as_sqlx_sqlite_index(), scale)?;
        return number.ok_or_else(|| TryGetError::Null(format!("{index:?}")));
    }
    #[cfg(not(feature = "sqlite"))]
    let _ = scale;
    Decimal::try_get_by(row, index)
}
