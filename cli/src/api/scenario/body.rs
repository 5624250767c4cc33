//! Writes the body of a request as Python: the example of the description, in which texts and numbers are new each time, as their
//! columns may be unique.

use super::super::{
    json::Json,
    node::{Defect, Node},
};

/// The longest line of the file.
const WIDTH: usize = 100;
/// The column in which the call begins that the body is an argument of.
const INDENT: usize = 8;
/// The digits of `unique()`.
const DIGITS: u64 = 12;

/// Finds the expression for a member that refers to another row.
type Reference<'a> = dyn FnMut(&str) -> Result<Option<String>, Defect> + 'a;

/// Writes the body as the value of a variable.
pub(super) fn write(
    example: &Json,
    schema: Option<&Node<'_>>,
    reference: &mut Reference<'_>,
) -> Result<String, Defect> {
    Ok(value(example, schema, reference)?.laid_out(INDENT))
}

/// An expression of Python.
enum Expression {
    Plain(String),
    List(Vec<Expression>),
    Dict(Vec<(String, Expression)>),
}

impl Expression {
    fn inline(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(Self::inline).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Dict(members) => {
                let members = members.iter();
                let members = members.map(|(key, value)| format!("{key}: {}", value.inline()));
                format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// The expression on one line if it is short, otherwise each member on its own.
    fn laid_out(&self, indent: usize) -> String {
        let inline = self.inline();
        if indent + inline.len() + "body = ".len() <= WIDTH {
            return inline;
        }
        let inner = indent + 4;
        let (open, close, lines): (_, _, Vec<String>) = match self {
            Self::Plain(_) => return inline,
            Self::List(items) => {
                let lines = items.iter().map(|item| item.laid_out(inner));
                ('[', ']', lines.collect())
            }
            Self::Dict(members) => {
                let lines = members
                    .iter()
                    .map(|(key, value)| format!("{key}: {}", value.laid_out(inner)));
                ('{', '}', lines.collect())
            }
        };
        let lines: Vec<_> = lines
            .iter()
            .map(|line| format!("{:inner$}{line},\n", ""))
            .collect();
        format!("{open}\n{}{:indent$}{close}", lines.concat(), "")
    }
}

fn value(
    example: &Json,
    schema: Option<&Node<'_>>,
    reference: &mut Reference<'_>,
) -> Result<Expression, Defect> {
    let schema = schema.map(present).transpose()?;
    let text = match example {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::Number(number) => {
            let known = schema.filter(is_integer);
            known.map_or_else(|| number.to_string(), |schema| integer(&schema))
        }
        Json::String(text) => string(text, schema.as_ref()),
        Json::Array(items) => {
            // Items such as tags are mostly the same ones again.
            let items = items.iter().map(|item| value(item, None, reference));
            return Ok(Expression::List(items.collect::<Result<_, _>>()?));
        }
        Json::Object(members) => {
            let mut written = Vec::new();
            for (key, member) in members {
                let expression = if let Some(expression) = reference(key)? {
                    Expression::Plain(expression)
                } else {
                    let schema = schema.as_ref().map(|schema| property(schema, key));
                    value(member, schema.transpose()?.flatten().as_ref(), reference)?
                };
                written.push((quoted(key), expression));
            }
            return Ok(Expression::Dict(written));
        }
    };
    Ok(Expression::Plain(text))
}

/// The schema of a value that is not null.
fn present<'a>(schema: &Node<'a>) -> Result<Node<'a>, Defect> {
    let schema = schema.resolved()?;
    let alternatives = schema.get("oneOf").or_else(|| schema.get("anyOf"));
    let first = alternatives.and_then(|all| {
        let mut all = all.items().into_iter();
        all.find(|one| one.text("type") != Some("null"))
    });
    first.map_or(Ok(schema), |first| present(&first))
}

/// The schema of a member of an object, which may have several parts.
fn property<'a>(schema: &Node<'a>, key: &str) -> Result<Option<Node<'a>>, Defect> {
    if let Some(own) = schema.path(&["properties", key]) {
        return Ok(Some(own));
    }
    for part in schema
        .get("allOf")
        .map(|all| all.items())
        .unwrap_or_default()
    {
        if let Some(found) = property(&present(&part)?, key)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn is_integer(schema: &Node<'_>) -> bool {
    let is = |json: &Json| json.text() == Some("integer");
    let is_free = ["enum", "const"]
        .iter()
        .all(|key| schema.get(key).is_none());
    is_free
        && schema
            .json
            .get("type")
            .is_some_and(|json| is(json) || json.items().iter().any(is))
}

/// A number within the limits of its schema, of many.
fn integer(schema: &Node<'_>) -> String {
    let limit = |key: &str| match schema.json.get(key) {
        Some(Json::Number(number)) => number.as_i64(),
        _ => None,
    };
    let least = limit("minimum").or_else(|| limit("exclusiveMinimum").map(|least| least + 1));
    let most = limit("maximum").or_else(|| limit("exclusiveMaximum").map(|most| most - 1));
    let most = most.unwrap_or(i64::MAX).min(1_000_000_000);
    // Counts and amounts are rarely negative.
    let usual = if most < 1 { i64::MIN } else { 1 };
    let least = least.map_or(1.min(most), |least| least.max(usual));
    format!("randrange({}, {})", grouped(least), grouped(most + 1))
}

/// A number with a line between its thousands.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

fn string(example: &str, schema: Option<&Node<'_>>) -> String {
    let Some(schema) = schema else {
        return quoted(example);
    };
    if is_uuid(example) {
        return "str(uuid4())".to_owned();
    }
    if ["enum", "const", "pattern", "contentEncoding"]
        .iter()
        .any(|key| schema.get(key).is_some())
    {
        return quoted(example);
    }
    match schema.text("format") {
        Some("email") => return "f\"{unique()}@example.com\"".to_owned(),
        Some(_) => return quoted(example),
        None => {}
    }
    let limit = |key: &str| match schema.json.get(key) {
        Some(Json::Number(number)) => number.as_u64(),
        _ => None,
    };
    let most = limit("maxLength").unwrap_or(u64::MAX);
    // The example of a text is its name and a number.
    let stem = example.trim_end_matches(" 1");
    let length = stem.chars().count() as u64 + 1 + DIGITS;
    let least = limit("minLength").unwrap_or(0);
    if (least..=most).contains(&length) {
        let stem = quoted(stem).replace('{', "{{").replace('}', "}}");
        format!("f{} {{unique()}}\"", stem.trim_end_matches('"'))
    } else if least <= DIGITS && most >= DIGITS {
        "unique()".to_owned()
    } else if least <= most && most < DIGITS {
        format!("unique()[:{most}]")
    } else {
        quoted(example)
    }
}

/// Returns whether a text has the form of a UUID, which descriptions have by its format or by its pattern.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let has_digits = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(has_digits)
}

/// A text in quotes: a string of JSON is one of Python.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
