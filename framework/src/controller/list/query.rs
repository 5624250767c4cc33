//! Parsing of the query parameters of a list, which reports every problem at once.

use std::collections::HashSet;

use sea_orm::{Condition, EntityTrait, IdenStatic};

use super::{
    checks::{check, read_names},
    include::Include,
    parameters::{DEFAULT_LIMIT, MAX_LIMIT},
};
use crate::{
    error::{Error, Result},
    model::{Direction, Filter, Keyset, ListColumns, Listing, Operator, Predicate},
    validation::{MAX_PROBLEMS, Problem, not_one_of},
};

/// The parameters that every list has, besides its filters.
const COMMON: [&str; 6] = ["limit", "cursor", "page", "sort", "fields", "include"];

/// The columns of an order, in turn.
type Sort<E> = Vec<(<E as EntityTrait>::Column, Direction)>;

/// The parsed parameters: the page of a list that a client requests.
pub(super) struct Query<E: Listing> {
    pub(super) limit: u64,
    pub(super) start: Start,
    pub(super) keyset: Keyset<E>,
    pub(super) predicates: Vec<Predicate<E>>,
    pub(super) include: Include<E>,
    /// The names of the members that each element is limited to, if the client has chosen some.
    pub(super) fields: Option<Vec<&'static str>>,
}

/// The position at which a page begins.
pub(super) enum Start {
    First,
    /// After a cursor: the page has the rows for which this condition is true.
    After(Condition),
    Page(u64),
}

pub(super) fn read<E: Listing>(pairs: &[(String, String)]) -> Result<Query<E>> {
    let columns = E::columns();
    let mut problems = Vec::new();
    let mut given = HashSet::new();
    let (mut limit, mut cursor, mut page) = (DEFAULT_LIMIT, None, None);
    let mut sort = Sort::<E>::new();
    let mut predicates = Vec::new();
    let (mut fields, mut include) = (None, Vec::new());
    for (name, text) in pairs {
        if problems.len() == MAX_PROBLEMS {
            break;
        }
        let outcome = check(name, text, &mut given).and_then(|()| {
            match name.as_str() {
                "limit" => limit = read_number(text, Some(MAX_LIMIT))?,
                "page" => page = Some(read_number(text, None)?),
                "sort" => sort = read_sort(text, &columns)?,
                "cursor" => cursor = Some(text.clone()),
                "fields" => {
                    fields = Some(read_names(text, columns.field_names())?);
                }
                "include" => {
                    include = read_names(text, &columns.inclusion_names())?;
                }
                _ => predicates.push(read_filter(name, text, &columns)?),
            }
            Ok(())
        });
        problems.extend(outcome.err().map(|problem| problem.at(format!("?{name}"))));
    }
    if cursor.is_some() && given.contains("page") {
        let problem = Problem::new("invalid_value", "must not be given together with `cursor`");
        problems.push(problem.at("?page"));
    }
    let keyset = Keyset::new(sort);
    let mut start = page.map_or(Start::First, Start::Page);
    // Without a known order, the cursor cannot be checked.
    if let Some(cursor) = cursor
        && problems.iter().all(|problem| problem.pointer != "?sort")
    {
        match keyset.after(&cursor) {
            Ok(condition) => start = Start::After(condition),
            Err(error) => {
                problems.push(Problem::new("invalid_value", error.to_string()).at("?cursor"));
            }
        }
    }
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    Ok(Query {
        limit,
        start,
        keyset,
        predicates,
        // Included relations are always part of the response.
        fields: fields.map(|mut names| {
            names.extend(ListColumns::<E>::key_names());
            names.extend(&include);
            names
        }),
        include: Include::new(columns, &include),
    })
}

/// Reads an integer from 1. Without a maximum, one that is larger than 64 bits is taken as the largest that fits.
fn read_number(text: &str, max: Option<u64>) -> Result<u64, Problem> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_integer = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    if !is_integer {
        return Err(Problem::new("invalid_type", "must be an integer"));
    }
    if text.starts_with('-') || digits == "0" {
        return Err(Problem::new("too_small", "must be at least 1"));
    }
    let number = text.parse().unwrap_or(u64::MAX);
    match max {
        Some(max) if number > max => {
            Err(Problem::new("too_large", format!("must be at most {max}")))
        }
        _ => Ok(number),
    }
}

/// Reads the columns to sort by. A column that is repeated, in whichever direction, has no further effect and is left out.
fn read_sort<E: Listing>(text: &str, columns: &ListColumns<E>) -> Result<Sort<E>, Problem> {
    let mut sort = Sort::<E>::new();
    for part in text.split(',') {
        let (name, direction) = match part.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (part, Direction::Ascending),
        };
        let Some(column) = columns.sortable(name) else {
            let mut problem = not_one_of(columns.sortable_names());
            problem
                .message
                .push_str(", each with or without a `-` before it");
            return Err(problem);
        };
        if sort.iter().all(|(other, _)| other.as_str() != name) {
            sort.push((column, direction));
        }
    }
    Ok(sort)
}

/// Reads a filter: `status` or `created_at[gte]`.
fn read_filter<E: Listing>(
    name: &str,
    text: &str,
    columns: &ListColumns<E>,
) -> Result<Predicate<E>, Problem> {
    let (column, suffix) = match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
        Some((column, suffix)) => (column, Some(suffix)),
        None => (name, None),
    };
    let filter = columns
        .filter_named(column)
        .ok_or_else(|| unknown_filter(name, column, columns))?;
    let mut operators = filter.operators().into_iter();
    let operator = operators
        .find(|operator| operator.suffix() == suffix)
        .ok_or_else(|| unknown_operator(filter))?;
    filter
        .read(operator, text)
        .map_err(|error| Problem::new("invalid_value", error.to_string()))
}

fn unknown_filter<E: Listing>(name: &str, column: &str, columns: &ListColumns<E>) -> Problem {
    let filters: Vec<_> = columns.filters().iter().map(Filter::name).collect();
    let listed = || {
        let names: Vec<_> = filters.iter().map(|name| format!("`{name}`")).collect();
        if names.is_empty() {
            "there are none".to_owned()
        } else {
            format!("the filters are {}", names.join(", "))
        }
    };
    if columns.field_names().contains(&column) {
        let message = format!("is no filter of this list; {}", listed());
        return Problem::new("unknown_field", message);
    }
    let known: Vec<_> = COMMON.into_iter().chain(filters.iter().copied()).collect();
    let mut problem = Problem::unknown(name, &known);
    if !problem.message.ends_with('?') {
        problem.message = format!("is not known; {}", listed());
    }
    problem
}

fn unknown_operator<E: Listing>(filter: &Filter<E>) -> Problem {
    let parameters = filter.operators().into_iter();
    let parameters: Vec<_> = parameters
        .map(|operator: Operator| format!("`{}`", operator.parameter(filter.name())))
        .collect();
    Problem::new(
        "unknown_field",
        format!("is not known; this column has {}", parameters.join(", ")),
    )
}
