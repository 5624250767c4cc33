//! Reads the parameters of a list, and notes everything that is wrong with them.

use std::collections::HashSet;

use sea_orm::{EntityTrait, IdenStatic, sea_query::Condition};

use super::params::{ListParams, Start};
use crate::{
    error::{Error, Result},
    model::{Direction, Keyset, ListColumns, Listing},
    validation::{Problem, not_one_of},
};

const DEFAULT_LIMIT: u64 = 20;
const MAX_LIMIT: u64 = 100;

/// The parameters that every list has.
const COMMON: [&str; 4] = ["limit", "cursor", "page", "sort"];

/// The columns of an order, in turn.
type Sort<E> = Vec<(<E as EntityTrait>::Column, Direction)>;

pub(super) fn read<E: Listing>(pairs: &[(String, String)]) -> Result<ListParams<E>> {
    let columns = E::columns();
    let mut problems = Vec::new();
    let mut given = HashSet::new();
    let (mut limit, mut cursor, mut page) = (DEFAULT_LIMIT, None, None);
    let mut sort = Sort::<E>::new();
    let mut filter = Condition::all();
    for (name, text) in pairs {
        let outcome = if !given.insert(name.as_str()) {
            Err(Problem::repeated())
        } else if text.contains('\0') {
            Err(Problem::new(
                "invalid_characters",
                "must not contain the character U+0000",
            ))
        } else {
            match name.as_str() {
                "limit" => read_number(text, MAX_LIMIT).map(|number| limit = number),
                "page" => read_number(text, u64::MAX).map(|number| page = Some(number)),
                "sort" => read_sort(text, &columns).map(|columns| sort = columns),
                "cursor" => {
                    cursor = Some(text.clone());
                    Ok(())
                }
                _ => {
                    read_filter(name, text, &columns).map(|expr| filter = filter.clone().add(expr))
                }
            }
        };
        problems.extend(outcome.err().map(|problem| problem.at(format!("?{name}"))));
    }
    if cursor.is_some() && given.contains("page") {
        let problem = Problem::new("invalid_value", "must not be given together with `cursor`");
        problems.push(problem.at("?page"));
    }
    let keyset = Keyset::new(sort);
    // Without a known order, nothing can be said about the cursor.
    if let Some(cursor) = &cursor
        && problems.iter().all(|problem| problem.pointer != "?sort")
        && let Err(error) = keyset.after(E::find(), cursor)
    {
        problems.push(Problem::new("invalid_value", error.to_string()).at("?cursor"));
    }
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    let start = match (cursor, page) {
        (Some(cursor), _) => Start::Cursor(cursor),
        (None, Some(page)) => Start::Page(page),
        (None, None) => Start::First,
    };
    Ok(ListParams {
        limit,
        start,
        keyset,
        filter,
    })
}

fn read_number(text: &str, max: u64) -> Result<u64, Problem> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::new("invalid_type", "must be an integer"));
    }
    match text.parse::<u64>() {
        Ok(number) if number > max => {
            Err(Problem::new("too_large", format!("must be at most {max}")))
        }
        Ok(number) if number > 0 => Ok(number),
        Err(_) if !text.starts_with('-') && max < u64::MAX => {
            Err(Problem::new("too_large", format!("must be at most {max}")))
        }
        // A page beyond all pages is empty like any other beyond the last.
        Err(_) if !text.starts_with('-') => Ok(u64::MAX),
        _ => Err(Problem::new("too_small", "must be at least 1")),
    }
}

fn read_sort<E: Listing>(text: &str, columns: &ListColumns<E>) -> Result<Sort<E>, Problem> {
    let mut sort = Sort::<E>::new();
    for part in text.split(',') {
        let (name, direction) = match part.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (part, Direction::Ascending),
        };
        let Some(column) = columns.sortable(name) else {
            let Problem { code, message } = not_one_of(columns.sortable_names());
            return Err(Problem {
                code,
                message: format!("{message}, each with or without a `-` before it"),
            });
        };
        if sort.iter().any(|(other, _)| other.as_str() == name) {
            return Err(Problem::new(
                "invalid_value",
                format!("must not name `{name}` twice"),
            ));
        }
        sort.push((column, direction));
    }
    Ok(sort)
}

fn read_filter<E: Listing>(
    name: &str,
    text: &str,
    columns: &ListColumns<E>,
) -> Result<sea_orm::sea_query::Expr, Problem> {
    let Some(filter) = columns.filter_named(name) else {
        let known: Vec<_> = COMMON.into_iter().chain(columns.filter_names()).collect();
        return Err(Problem::unknown(name, &known));
    };
    filter
        .equals(text)
        .map_err(|error| Problem::new("invalid_value", error.to_string()))
}
