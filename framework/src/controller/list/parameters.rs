//! Descriptions of the query parameters of a list: names, meanings and JSON schemas.

use serde_json::{Value, json};

use crate::{
    model::{Filter, ListColumns, Listing, Operator},
    openapi::{Location, Parameter},
};

pub(super) const DEFAULT_LIMIT: u64 = 20;
pub(super) const MAX_LIMIT: u64 = 100;

/// A query parameter.
fn query_parameter(
    name: impl Into<String>,
    description: impl Into<String>,
    schema: Value,
) -> Parameter {
    Parameter::new(Location::Query, name, schema).description(description)
}

/// A query parameter that is a list of names, any number of them and in any order.
fn names_parameter<'a>(
    name: &str,
    description: &str,
    names: impl Iterator<Item = &'a str>,
) -> Parameter {
    let names: Vec<_> = names.collect();
    let items = json!({"type": "string", "enum": names});
    query_parameter(
        name,
        description,
        json!({"type": "array", "items": items, "minItems": 1}),
    )
    .comma_separated()
}

pub(super) fn all<E: Listing>(columns: &ListColumns<E>) -> Vec<Parameter> {
    let sortable: Vec<_> = columns
        .sortable_names()
        .flat_map(|name| [name.to_owned(), format!("-{name}")])
        .collect();
    let mut parameters = vec![
        query_parameter(
            "limit",
            "How many rows a page has",
            json!({"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
        ),
        query_parameter(
            "cursor",
            "The `next_cursor` of the page before, for the same `sort`; not together with `page`",
            json!({"type": "string"}),
        ),
        query_parameter(
            "page",
            "The number of the page, instead of `cursor`; the response then has the `total` number of rows",
            json!({"type": "integer", "minimum": 1}),
        ),
        names_parameter(
            "sort",
            "The columns to sort by, with `-` before one for the largest first; rows without a value come last",
            sortable.iter().map(String::as_str),
        ),
    ];
    for filter in columns.filters() {
        let operators = filter.operators().into_iter();
        parameters.extend(operators.map(|operator| describe(filter, operator)));
    }
    if !columns.field_names().is_empty() {
        parameters.push(names_parameter(
            "fields",
            "The fields of each row in the response; the key and the included relations are always there",
            columns.field_names().iter().copied(),
        ));
    }
    parameters.extend(include(columns));
    parameters
}

/// The parameter `include`, if there is anything to include.
pub(super) fn include<E: Listing>(columns: &ListColumns<E>) -> Option<Parameter> {
    let known = columns.inclusion_names();
    let description = "The relations in the response besides the fields";
    (!known.is_empty()).then(|| names_parameter("include", description, known.iter().copied()))
}

fn describe<E: Listing>(filter: &Filter<E>, operator: Operator) -> Parameter {
    let name = filter.name();
    let description = match operator {
        Operator::Equal => format!("Only rows with this `{name}`"),
        Operator::NotEqual => format!("Only rows with another `{name}`, or none"),
        Operator::Greater => format!("Only rows with a greater `{name}`"),
        Operator::GreaterOrEqual => format!("Only rows with this `{name}` or a greater one"),
        Operator::Less => format!("Only rows with a smaller `{name}`"),
        Operator::LessOrEqual => format!("Only rows with this `{name}` or a smaller one"),
        Operator::In => format!("Only rows with one of these `{name}`"),
        Operator::Contains => {
            format!("Only rows whose `{name}` contains this text, in capitals (A to Z) or not")
        }
        Operator::StartsWith => {
            format!("Only rows whose `{name}` starts with this text, in capitals (A to Z) or not")
        }
        Operator::Null => format!("Only rows without a `{name}` (`true`) or with one (`false`)"),
    };
    let parameter = query_parameter(
        operator.parameter(name),
        description,
        filter.schema(operator),
    );
    if operator == Operator::In {
        parameter.comma_separated()
    } else {
        parameter
    }
}
