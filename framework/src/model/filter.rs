//! Filters: conditions on one column that clients may request.

use sea_orm::{
    ActiveEnum, ColumnTrait, ColumnType, Condition, DbBackend, EntityTrait, IdenStatic, Iterable,
    RelationTrait, Value,
    sea_query::{Expr, ExprTrait, LikeExpr},
};
use serde_json::json;

use super::{
    place::Place,
    value::{self, InvalidValue},
};
use crate::validation::Format;

/// The most values of [`Operator::In`].
const MAX_VALUES: usize = 50;

/// The most characters of a text to search for; SQLite refuses very long patterns.
const MAX_PATTERN: usize = 255;

/// A comparison of a column with the value that a client gives: `name=value`, or `name[gte]=value`. See
/// [`ListColumns`](super::ListColumns) for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operator {
    /// `name=value`: rows with this value; `null` for those without one, except in columns of text.
    Equal,
    /// `[ne]`: all other rows, also those without a value.
    NotEqual,
    /// `[gt]`: rows with a greater value.
    Greater,
    /// `[gte]`: rows with this value or a greater one.
    GreaterOrEqual,
    /// `[lt]`: rows with a smaller value.
    Less,
    /// `[lte]`: rows with this value or a smaller one.
    LessOrEqual,
    /// `[in]`: rows with one of 1 to 50 values, separated by commas.
    In,
    /// `[contains]`: rows whose text contains these 1 to 255 characters. The letters `a` to `z` match their capitals.
    Contains,
    /// `[starts_with]`: rows whose text starts with these 1 to 255 characters. The letters `a` to `z` match their capitals.
    StartsWith,
    /// `[null]`: `true` for rows without a value, `false` for those with one.
    Null,
}

/// A column by which clients may filter, an element of [`ListColumns::filters`](super::ListColumns::filters). See
/// [`ListColumns`](super::ListColumns) for an example.
pub struct Filter<E: EntityTrait> {
    column: E::Column,
    /// The only possible values, as clients write them.
    variants: Option<Vec<(String, Value)>>,
}

/// A condition that a client requests on a column.
pub(crate) struct Predicate<E: EntityTrait> {
    column: E::Column,
    test: Test,
}

enum Test {
    Compare(Operator, Value),
    In(Vec<Value>),
    Null(bool),
    Always,
    /// A pattern of `LIKE` with `!` as its escape character.
    Like(String),
}

impl Operator {
    /// The text between the brackets: `gte`; `None` for [`Equal`](Self::Equal).
    pub fn suffix(self) -> Option<&'static str> {
        Some(match self {
            Self::Equal => return None,
            Self::NotEqual => "ne",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "gte",
            Self::Less => "lt",
            Self::LessOrEqual => "lte",
            Self::In => "in",
            Self::Contains => "contains",
            Self::StartsWith => "starts_with",
            Self::Null => "null",
        })
    }

    /// The parameter of a column with this name: `created_at[gte]`.
    pub fn parameter(self, name: &str) -> String {
        match self.suffix() {
            Some(suffix) => format!("{name}[{suffix}]"),
            None => name.to_owned(),
        }
    }
}

impl<E: EntityTrait> Filter<E> {
    pub(super) fn new(column: E::Column) -> Self {
        let definition = column.def();
        let variants = match definition.get_column_type() {
            // An enum of the database itself has a list of its values.
            ColumnType::Enum { variants, .. } => {
                let names = variants.iter().map(ToString::to_string);
                Some(names.map(|name| (name.clone(), name.into())).collect())
            }
            _ => None,
        };
        Self { column, variants }
    }

    pub(super) fn of_enum<A: ActiveEnum>(column: E::Column) -> Self {
        let values = A::values().into_iter().map(Into::<Value>::into);
        let variants = values.filter_map(|value| Some((value::write(&value)?, value)));
        Self {
            column,
            variants: Some(variants.collect()),
        }
    }

    /// The name of the column.
    pub fn name(&self) -> &'static str {
        self.column.as_str()
    }

    /// The names of the only possible values, if the column holds an enum.
    fn variants(&self) -> Option<Vec<&str>> {
        let variants = self.variants.as_ref()?;
        Some(variants.iter().map(|(name, _)| name.as_str()).collect())
    }

    /// Returns true if rows may have no value.
    pub fn is_nullable(&self) -> bool {
        self.column.def().is_null()
    }

    /// The operators of the column: equality; order, if its values have one that means something; a part of a text.
    pub fn operators(&self) -> Vec<Operator> {
        use Operator::{
            Contains, Equal, Greater, GreaterOrEqual, In, Less, LessOrEqual, NotEqual, Null,
            StartsWith,
        };
        let format = self.format();
        let mut operators = Vec::new();
        if format != Format::Opaque {
            operators.extend([Equal, NotEqual]);
        }
        if format.is_ordered() && self.variants.is_none() && !self.refers() {
            operators.extend([Greater, GreaterOrEqual, Less, LessOrEqual]);
        }
        if format != Format::Opaque {
            operators.push(In);
        }
        if format == Format::Text && self.variants.is_none() {
            operators.extend([Contains, StartsWith]);
        }
        if self.is_nullable() {
            operators.push(Null);
        }
        operators
    }

    /// Parses the value that a client gives.
    ///
    /// # Errors
    ///
    /// When the operator does not take `given`.
    pub(crate) fn read(
        &self,
        operator: Operator,
        given: &str,
    ) -> Result<Predicate<E>, InvalidValue> {
        let test = match operator {
            Operator::Null => Test::Null(read_bool(given)?),
            Operator::Equal if self.takes_null() && given == "null" => Test::Null(true),
            Operator::In => Test::In(self.read_values(given)?),
            Operator::Contains => Test::Like(format!("%{}%", escape(given)?)),
            Operator::StartsWith => Test::Like(format!("{}%", escape(given)?)),
            _ => match self.decimal_size() {
                Some(size) => compare_decimal(operator, Place::read(size, given)?),
                None => Test::Compare(operator, self.read_value(given)?),
            },
        };
        Ok(Predicate {
            column: self.column,
            test,
        })
    }

    /// The JSON schema (2020-12) of the values that the operator takes; every value that it allows is accepted.
    pub fn schema(&self, operator: Operator) -> serde_json::Value {
        let value = || match &self.variants {
            Some(_) => json!({"type": "string", "enum": self.variants()}),
            None => self.format().schema(),
        };
        match operator {
            Operator::Null => Format::Boolean.schema(),
            Operator::Equal if self.takes_null() => {
                json!({"anyOf": [value(), {"type": "string", "const": "null"}]})
            }
            Operator::In => {
                let mut item = value();
                if self.variants.is_none() && self.format() == Format::Text {
                    item["pattern"] = json!(r"^[^,\u0000]*$");
                }
                json!({"type": "array", "items": item, "minItems": 1, "maxItems": MAX_VALUES})
            }
            Operator::Contains | Operator::StartsWith => {
                let mut text = value();
                text["minLength"] = json!(1);
                text["maxLength"] = json!(MAX_PATTERN);
                text
            }
            _ => value(),
        }
    }

    fn format(&self) -> Format {
        value::format(self.column.def().get_column_type())
    }

    /// The digits of a decimal column, and those of them that are after the point.
    fn decimal_size(&self) -> Option<(u32, u32)> {
        match self.column.def().get_column_type() {
            ColumnType::Decimal(size) => *size,
            _ => None,
        }
    }

    /// Returns whether `null` stands for no value: in a column of text it is a text like any other.
    fn takes_null(&self) -> bool {
        let is_value = match &self.variants {
            Some(variants) => variants.iter().any(|(name, _)| name == "null"),
            None => self.format() == Format::Text,
        };
        self.is_nullable() && !is_value
    }

    /// Returns whether it refers to a row of a table: the order of keys means nothing to clients.
    fn refers(&self) -> bool {
        E::Relation::iter().any(|relation| {
            let relation = relation.def();
            let mut columns = relation.from_col.iter();
            !relation.is_owner && columns.any(|column| column.to_string() == self.name())
        })
    }

    fn read_value(&self, text: &str) -> Result<Value, InvalidValue> {
        if let Some(variants) = &self.variants {
            let found = variants.iter().find(|(name, _)| name == text);
            return found.map(|(_, value)| value.clone()).ok_or_else(|| {
                let names = variants.iter().map(|(name, _)| format!("`{name}`"));
                InvalidValue(format!("one of {}", names.collect::<Vec<_>>().join(", ")))
            });
        }
        value::read(self.column.def().get_column_type(), text)
    }

    fn read_values(&self, text: &str) -> Result<Vec<Value>, InvalidValue> {
        if text.split(',').count() > MAX_VALUES {
            return Err(InvalidValue(format!(
                "at most {MAX_VALUES} values, separated by commas"
            )));
        }
        let values = text.split(',').map(|text| match self.decimal_size() {
            // What the column cannot hold is in no row.
            Some(size) => Ok(match Place::read(size, text)? {
                Place::At(value) => Some(value),
                _ => None,
            }),
            None => self.read_value(text).map(Some),
        });
        let values = values.filter_map(Result::transpose);
        values.collect::<Result<_, _>>().map_err(|error| {
            InvalidValue(format!(
                "a list, separated by commas, of which each must be {}",
                error.0
            ))
        })
    }
}

impl<E: EntityTrait> Predicate<E> {
    /// The condition in SQL.
    pub(crate) fn condition(&self, backend: DbBackend) -> Condition {
        let column = &self.column;
        let all = Condition::all();
        match &self.test {
            Test::Always => all,
            Test::Null(true) => all.add(column.is_null()),
            Test::Null(false) => all.add(column.is_not_null()),
            Test::In(values) => all.add(column.is_in(values.iter().cloned())),
            Test::Like(pattern) => {
                all.add(like(Expr::col(column.as_column_ref()), pattern, backend))
            }
            Test::Compare(operator, value) => {
                let value = value.clone();
                match operator {
                    Operator::NotEqual if column.def().is_null() => {
                        Condition::any().add(column.ne(value)).add(column.is_null())
                    }
                    Operator::NotEqual => all.add(column.ne(value)),
                    Operator::Greater => all.add(column.gt(value)),
                    Operator::GreaterOrEqual => all.add(column.gte(value)),
                    Operator::Less => all.add(column.lt(value)),
                    Operator::LessOrEqual => all.add(column.lte(value)),
                    _ => all.add(column.eq(value)),
                }
            }
        }
    }
}

/// The comparison of a column with a number that need not be one that the column can hold.
fn compare_decimal(operator: Operator, place: Place) -> Test {
    let never = || Test::In(Vec::new());
    let is_greater = matches!(operator, Operator::Greater | Operator::GreaterOrEqual);
    match (operator, place) {
        (_, Place::At(value)) => Test::Compare(operator, value),
        (Operator::Equal, _) => never(),
        (Operator::NotEqual, _) => Test::Always,
        (_, Place::Above(value)) if is_greater => Test::Compare(Operator::Greater, value),
        (_, Place::Above(value)) => Test::Compare(Operator::LessOrEqual, value),
        (_, Place::AboveAll) if is_greater => never(),
        (_, Place::BelowAll) if !is_greater => never(),
        (_, Place::AboveAll | Place::BelowAll) => Test::Null(false),
    }
}

/// A `LIKE` condition that ignores the case of ASCII letters, and of no others, as SQLite's does.
fn like(column: Expr, pattern: &str, backend: DbBackend) -> Expr {
    if backend == DbBackend::Postgres {
        // In this collation only the letters of ASCII have a lower case.
        let lower = Expr::cust_with_exprs("lower($1 COLLATE \"C\")", [column]);
        return lower.like(LikeExpr::new(pattern.to_ascii_lowercase()).escape('!'));
    }
    column.like(LikeExpr::new(pattern).escape('!'))
}

/// Escapes a search text, so that `%` and `_` stand for themselves.
fn escape(text: &str) -> Result<String, InvalidValue> {
    if !(1..=MAX_PATTERN).contains(&text.chars().count()) {
        return Err(InvalidValue(format!(
            "a text of 1 to {MAX_PATTERN} characters"
        )));
    }
    Format::Text.check(text).map_err(InvalidValue)?;
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    Ok(pattern)
}

fn read_bool(text: &str) -> Result<bool, InvalidValue> {
    Format::Boolean.check(text).map_err(InvalidValue)?;
    Ok(text == "true")
}
