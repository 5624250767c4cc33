//! SQL of SQLite for decimal columns: see `db::decimal` for the stored form.
//!
//! Such a column has a type of affinity BLOB: SQLite leaves the values of other programs as they come, so that `12.0` and `'12.00'`
//! can be told from 12, which is 0.12 in a column with 2 digits after the point.

use rust_decimal::{Decimal, RoundingStrategy};
use sea_orm::Value;

use crate::{
    count::counted,
    db::decimal::{self, INTEGER_DIGITS},
};

/// The digits of a decimal column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    precision: u32,
    scale: u32,
}

impl Size {
    /// The digits of a column whose values are exact, by its declared type.
    pub(super) fn of_exact(declared: &str) -> Option<Self> {
        Self::in_brackets(declared.strip_prefix("decimal_blob")?)
    }

    /// The digits of a column whose values are floats, by the type that sea-query declares for it.
    pub(super) fn of_float(declared: &str) -> Option<Self> {
        let declared = declared.strip_prefix("real")?;
        Self::in_brackets(declared.strip_prefix("_money").unwrap_or(declared))
    }

    fn in_brackets(text: &str) -> Option<Self> {
        let (precision, scale) = text
            .trim()
            .strip_prefix('(')?
            .strip_suffix(')')?
            .split_once(',')?;
        let size = Self {
            precision: precision.trim().parse().ok()?,
            scale: scale.trim().parse().ok()?,
        };
        (size.scale <= size.precision && size.precision > 0).then_some(size)
    }

    /// The type of a column whose values are exact.
    pub(super) fn declared(self) -> String {
        format!("decimal_blob({}, {})", self.precision, self.scale)
    }

    /// Returns whether values are integers, and not texts.
    pub(super) fn is_integer(self) -> bool {
        self.precision <= INTEGER_DIGITS
    }

    fn whole(self) -> u32 {
        self.precision - self.scale
    }

    /// A description of the values, for messages.
    pub(super) fn description(self) -> String {
        let Self { precision, scale } = self;
        let example = Decimal::new(125, 1);
        let example = match self.literal(example) {
            Some(stored) if scale > 0 => {
                format!(", such as {example}, which is stored as {stored}")
            }
            _ => String::new(),
        };
        format!(
            "a number of at most {}, {scale} of them after the point{example}",
            counted(precision, "digit", "digits")
        )
    }

    /// A number in its stored form, as SQL; `None` when it does not fit.
    pub(super) fn literal(self, number: Decimal) -> Option<String> {
        let number =
            number.round_dp_with_strategy(self.scale, RoundingStrategy::MidpointAwayFromZero);
        let digits = number.trunc().abs().to_string();
        if digits != "0" && digits.len() > self.whole() as usize {
            return None;
        }
        match decimal::for_sqlite(number, self.precision, self.scale) {
            Value::BigInt(Some(units)) => Some(units.to_string()),
            Value::String(Some(text)) => Some(format!("'{text}'")),
            _ => None,
        }
    }

    /// The condition that `value` is in its stored form; never NULL, unless the value is.
    pub(super) fn is_stored_form(self, value: &str) -> String {
        if self.is_integer() {
            let limit = "9".repeat(self.precision as usize);
            return format!("typeof({value}) = 'integer' AND {value} BETWEEN -{limit} AND {limit}");
        }
        let digits =
            |of: &str| of.repeat(self.whole() as usize) + "." + &of.repeat(self.scale as usize);
        let (above, below, zero) = (digits("[0-9]"), digits("[a-j]"), digits("j"));
        format!(
            "typeof({value}) = 'text' AND ({value} GLOB '{above}' OR ({value} GLOB '-{below}' AND {value} <> '-{zero}'))"
        )
    }

    /// `value` in its stored form; NULL when it is no such value.
    ///
    /// A text is a number as people write it. A float is rounded to the digits of the column. An integer is in its stored form where
    /// that is an integer.
    pub(super) fn to_stored_form(self, value: &str) -> String {
        let (whole, scale) = (self.whole(), self.scale);
        let of_integer = if self.is_integer() {
            "NULL"
        } else {
            "CAST(v AS TEXT)"
        };
        // The fewest digits that are this float and no other.
        let shown = (15..=17).map(|digits| {
            let after = format!("min({scale}, max(0, {digits} - length(CAST(abs(v) AS INTEGER))))");
            format!("WHEN CAST(printf('%!.*f', {after}, v) AS REAL) = v THEN printf('%!.*f', {after}, v)")
        });
        let shown: Vec<_> = shown.collect();
        let of_float = format!("CASE {} ELSE printf('%!.{scale}f', v) END", shown.join(" "));
        // The text `t`, its digits and point `m`, what is before the point (`w`) and after it (`f`).
        let text = format!(
            "SELECT v, CASE typeof(v) WHEN 'text' THEN v WHEN 'real' THEN {of_float} WHEN 'integer' THEN {of_integer} END AS t \
             FROM (SELECT {value} AS v)"
        );
        let number = format!(
            "SELECT v, t GLOB '-*' AS n, CASE WHEN t GLOB '-*' THEN substr(t, 2) ELSE t END AS m FROM ({text})"
        );
        let parts = format!(
            "SELECT v, n, m, ltrim(CASE instr(m, '.') WHEN 0 THEN m ELSE substr(m, 1, instr(m, '.') - 1) END, '0') AS w, \
             CASE instr(m, '.') WHEN 0 THEN '' ELSE rtrim(substr(m, instr(m, '.') + 1), '0') END AS f FROM ({number})"
        );
        let fits = format!(
            "m GLOB '*[0-9]*' AND w || f NOT GLOB '*[^0-9]*' AND length(w) <= {whole} AND length(f) <= {scale}"
        );
        let after = format!("substr(f || '{}', 1, {scale})", "0".repeat(scale as usize));
        let is_stored_form = self.is_stored_form("v");
        if self.is_integer() {
            return format!(
                "(SELECT CASE WHEN {is_stored_form} THEN v WHEN {fits} \
                 THEN CAST(CASE WHEN n THEN '-' ELSE '' END || w || {after} AS INTEGER) END FROM ({parts}))"
            );
        }
        let before = format!(
            "substr('{}' || w, length(w) + 1)",
            "0".repeat(whole as usize)
        );
        let below = ('0'..='9').zip(('a'..='j').rev());
        let below = below.fold("d".to_owned(), |text, (digit, letter)| {
            format!("replace({text}, '{digit}', '{letter}')")
        });
        format!(
            "(SELECT CASE WHEN {is_stored_form} THEN v WHEN n AND d GLOB '*[1-9]*' THEN '-' || {below} ELSE d END \
             FROM (SELECT v, n, CASE WHEN {fits} THEN {before} || '.' || {after} END AS d FROM ({parts})))"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::expression::{Kind, tests::stored},
        Size,
    };

    #[test]
    fn decimals_are_integers_or_texts_in_their_order() {
        let decimal = |declared: &str| Kind::Decimal(Size::of_exact(declared).expect("a size"));
        let cases = [
            ("'12.5'", "1250", "'000000000000012.5000'"),
            ("'-12.50'", "-1250", "'-jjjjjjjjjjjjjih.ejjj'"),
            ("12.5", "1250", "'000000000000012.5000'"),
            ("12.0", "1200", "'000000000000012.0000'"),
            ("'12'", "1200", "'000000000000012.0000'"),
            ("'.5'", "50", "'000000000000000.5000'"),
            ("'00012.'", "1200", "'000000000000012.0000'"),
            ("'-0'", "0", "'000000000000000.0000'"),
            ("-0.0", "0", "'000000000000000.0000'"),
            ("0.1 + 0.2", "30", "'000000000000000.3000'"),
            ("99999999.99", "9999999999", "'000000099999999.9900'"),
            ("'-99999999.99'", "-9999999999", "'-jjjjjjjaaaaaaaa.aajj'"),
            ("'100000000'", "NULL", "'000000100000000.0000'"),
            ("1e15", "NULL", "NULL"),
            ("-1e300", "NULL", "NULL"),
            ("'1.00001'", "NULL", "NULL"),
            ("'1e3'", "NULL", "NULL"),
            ("'1.2.3'", "NULL", "NULL"),
            ("'--1'", "NULL", "NULL"),
            ("' 1'", "NULL", "NULL"),
            ("'-'", "NULL", "NULL"),
            ("'.'", "NULL", "NULL"),
            ("''", "NULL", "NULL"),
            ("x'3132'", "NULL", "NULL"),
            ("NULL", "NULL", "NULL"),
            // In an integer column that is the stored form.
            ("1250", "1250", "'000000000001250.0000'"),
            ("-9999999999", "-9999999999", "'-jjjjjaaaaaaaaaa.jjjj'"),
            ("10000000000", "NULL", "'000010000000000.0000'"),
            ("'-jjjjjjjjjjjjjih.ejjj'", "NULL", "'-jjjjjjjjjjjjjih.ejjj'"),
            ("'-jjjjjjjjjjjjjjj.jjjj'", "NULL", "NULL"),
        ];
        for (given, integer, text) in cases {
            assert_eq!(
                stored(decimal("decimal_blob(10, 2)"), given),
                integer,
                "{given}"
            );
            assert_eq!(
                stored(decimal("decimal_blob(19, 4)"), given),
                text,
                "{given}"
            );
        }
        for (declared, given, expected) in [
            ("decimal_blob(1, 0)", "'-9'", "-9"),
            ("decimal_blob(1, 0)", "2.6", "3"),
            (
                "decimal_blob(18, 18)",
                "'.123456789012345678'",
                "123456789012345678",
            ),
            ("decimal_blob(18, 18)", "0.1", "100000000000000000"),
            (
                "decimal_blob(18, 4)",
                "123456789012.3456",
                "1234567890123456",
            ),
            (
                "decimal_blob(28, 28)",
                "'-0.5'",
                &format!("'-.e{}'", "j".repeat(27)),
            ),
            (
                "decimal_blob(28, 28)",
                "0.25",
                &format!("'.25{}'", "0".repeat(26)),
            ),
            (
                "decimal_blob(28, 0)",
                "7",
                &format!("'{}7.'", "0".repeat(27)),
            ),
            ("decimal_blob(28, 28)", "'1'", "NULL"),
        ] {
            assert_eq!(
                stored(decimal(declared), given),
                expected,
                "{declared} {given}"
            );
        }
    }
}
