//! A column's type and default in the text of its `CREATE TABLE`, which is all that SQLite knows of a table.

/// A table whose column cannot be declared anew; says why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unchangeable(pub(super) String);

/// The words that begin a part of a column's definition other than its type.
const CONSTRAINTS: [&str; 11] = [
    "CONSTRAINT",
    "PRIMARY",
    "NOT",
    "NULL",
    "UNIQUE",
    "CHECK",
    "DEFAULT",
    "COLLATE",
    "REFERENCES",
    "GENERATED",
    "AS",
];

/// The statement with another type of a column; `default` gives its default value in the form that the new type needs.
///
/// # Errors
///
/// When the column is not there; when its default is an expression; when a check compares it with a number for which `may_compare` is
/// false, since that would mean something else then.
pub(super) fn redeclare(
    sql: &str,
    column: &str,
    declared: &str,
    default: impl Fn(&str) -> Option<String>,
    may_compare: impl Fn(&str) -> bool,
) -> Result<String, Unchangeable> {
    let tokens = tokens(sql);
    let open = tokens.iter().position(|token| token.is("("));
    let body = open.map_or(&[][..], |open| &tokens[open + 1..]);
    let definitions = definitions(body);
    for checked in definitions.iter().copied().flat_map(checks) {
        let names_it = checked.iter().any(|token| token.names(column));
        let number = checked
            .iter()
            .find(|token| token.is_number() && !may_compare(token.text));
        if let (true, Some(number)) = (names_it, number) {
            return Err(Unchangeable(format!(
                "a check compares it with {}, which would mean another number then",
                number.text
            )));
        }
    }
    let definition = definitions
        .into_iter()
        .find(|tokens| tokens.first().is_some_and(|token| token.names(column)))
        .ok_or_else(|| Unchangeable("there is no such column".to_owned()))?;
    let mut edits = vec![(type_of(definition), declared.to_owned())];
    if let Some(place) = definition.iter().position(|token| token.is("DEFAULT")) {
        let value = default_of(&definition[place + 1..]);
        let given = value.map(|(start, end)| &sql[start..end]);
        let unquoted = given.map(|given| given.trim_matches('\''));
        if unquoted.is_none_or(|value| !value.eq_ignore_ascii_case("NULL")) {
            let new = unquoted.and_then(default);
            let (Some(place), Some(new)) = (value, new) else {
                return Err(Unchangeable(
                    "its default is no number of the column".to_owned(),
                ));
            };
            edits.push((place, new));
        }
    }
    let mut sql = sql.to_owned();
    for ((start, end), text) in edits.into_iter().rev() {
        sql.replace_range(start..end, &text);
    }
    Ok(sql)
}

/// The definitions of columns and constraints, up to the bracket that closes the list.
fn definitions<'a, 'b>(tokens: &'b [Token<'a>]) -> Vec<&'b [Token<'a>]> {
    let mut definitions = Vec::new();
    let (mut start, mut depth) = (0, 0);
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "(" => depth += 1,
            ")" if depth == 0 => {
                definitions.push(&tokens[start..index]);
                break;
            }
            ")" => depth -= 1,
            "," if depth == 0 => {
                definitions.push(&tokens[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    definitions
}

/// The expressions of each `CHECK`.
fn checks<'a, 'b>(definition: &'b [Token<'a>]) -> Vec<&'b [Token<'a>]> {
    let places = definition.iter().enumerate();
    let places = places.filter(|(_, token)| token.is("CHECK"));
    places
        .map(|(place, _)| &definition[place + 1..])
        .map(|after| &after[..end_of_brackets(after)])
        .collect()
}

/// The number of tokens of an expression in brackets.
fn end_of_brackets(tokens: &[Token]) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

/// The place of the type in the definition of a column.
fn type_of(definition: &[Token]) -> (usize, usize) {
    let after_name = definition[0].end();
    let is_constraint = |token: &Token| CONSTRAINTS.iter().any(|word| token.is(word));
    let rest = &definition[1..];
    let words = rest
        .iter()
        .take_while(|token| !token.is("(") && !is_constraint(token));
    let words = words.count();
    let brackets = match rest.get(words) {
        Some(token) if token.is("(") => end_of_brackets(&rest[words..]),
        _ => 0,
    };
    match &rest[..words + brackets] {
        [first, .., last] => (first.start, last.end()),
        [only] => (only.start, only.end()),
        [] => (after_name, after_name),
    }
}

/// The place of a default that is a literal, by what follows `DEFAULT`.
fn default_of(tokens: &[Token]) -> Option<(usize, usize)> {
    let signs = usize::from(tokens.first()?.is("-") || tokens.first()?.is("+"));
    let value = tokens.get(signs)?;
    let is_literal = value.is_number() || value.text.starts_with('\'') || value.is("NULL");
    is_literal.then_some((tokens[0].start, value.end()))
}

/// A word, a name, a literal or a sign of SQL.
#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    text: &'a str,
    start: usize,
}

impl Token<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }

    fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    fn is_number(&self) -> bool {
        let digits = self.text.trim_start_matches('.');
        digits.starts_with(|c: char| c.is_ascii_digit())
    }

    fn names(&self, column: &str) -> bool {
        let name = match self.text.as_bytes() {
            [quote @ (b'"' | b'`'), .., _] => {
                let quote = char::from(*quote);
                let inner = &self.text[1..self.text.len() - 1];
                inner.replace(&format!("{quote}{quote}"), &quote.to_string())
            }
            [b'[', .., _] => self.text[1..self.text.len() - 1].to_owned(),
            _ => self.text.to_owned(),
        };
        name.eq_ignore_ascii_case(column)
    }
}

fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(first) = sql[start..].chars().next() {
        let rest = &sql[start..];
        let in_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii();
        let length = match first {
            '"' | '`' | '\'' => end_of_quoted(rest, first),
            '[' => rest.find(']').map_or(rest.len(), |end| end + 1),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            c if c.is_ascii_digit() || c == '.' => rest
                .find(|c: char| !in_word(c) && c != '.')
                .unwrap_or(rest.len()),
            c if in_word(c) => rest.find(|c| !in_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let text = &rest[..length];
        let is_comment = text.starts_with("--") || text.starts_with("/*");
        if !first.is_whitespace() && !is_comment {
            tokens.push(Token { text, start });
        }
        start += length;
    }
    tokens
}

/// A quote within is written twice.
fn end_of_quoted(text: &str, quote: char) -> usize {
    let mut end = 1;
    while let Some(next) = text[end..].find(quote) {
        end += next + 1;
        if !text[end..].starts_with(quote) {
            return end;
        }
        end += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(sql: &str, column: &str) -> Result<String, String> {
        redeclare(
            sql,
            column,
            "new(1)",
            |value| {
                value
                    .parse::<f64>()
                    .ok()
                    .map(|number| format!("{}", number * 100.0))
            },
            |number| number == "0",
        )
        .map_err(|error| error.0)
    }

    #[test]
    fn only_the_type_and_the_default_of_the_column_are_changed() {
        for (before, column, after) in [
            (
                r#"CREATE TABLE "a" ( "id" integer, "price" real(10, 2) NOT NULL DEFAULT 9.5, "x" real(10, 2) )"#,
                "price",
                r#"CREATE TABLE "a" ( "id" integer, "price" new(1) NOT NULL DEFAULT 950, "x" real(10, 2) )"#,
            ),
            (
                "CREATE TABLE a(x real(10, 2) CHECK (x >= 0), price REAL (10,2)DEFAULT '-0.05' UNIQUE)",
                "PRICE",
                "CREATE TABLE a(x real(10, 2) CHECK (x >= 0), price new(1)DEFAULT -5 UNIQUE)",
            ),
            (
                "CREATE TABLE a(note text DEFAULT 'price real, (', /* price, */ [price] real(3, 2) -- price\n, b int)",
                "price",
                "CREATE TABLE a(note text DEFAULT 'price real, (', /* price, */ [price] new(1) -- price\n, b int)",
            ),
            (
                r#"CREATE TABLE "it's" ("the ""price""" real(3, 2) DEFAULT NULL, CHECK ("the ""price""" > other))"#,
                r#"the "price""#,
                r#"CREATE TABLE "it's" ("the ""price""" new(1) DEFAULT NULL, CHECK ("the ""price""" > other))"#,
            ),
            (
                "CREATE TABLE a (price real(10, 2) CHECK (price >= 0))",
                "price",
                "CREATE TABLE a (price new(1) CHECK (price >= 0))",
            ),
        ] {
            assert_eq!(change(before, column).as_deref(), Ok(after));
        }
    }

    #[test]
    fn what_would_mean_something_else_is_refused() {
        for (sql, why) in [
            ("CREATE TABLE a (b real(10, 2))", "there is no such column"),
            (
                "CREATE TABLE a (price real(10, 2) DEFAULT (1 + 1))",
                "its default is no number of the column",
            ),
            (
                "CREATE TABLE a (price real(10, 2) CHECK (price < 100))",
                "a check compares it with 100, which would mean another number then",
            ),
            (
                "CREATE TABLE a (price real(10, 2), CONSTRAINT c CHECK (b OR price <> 1.5))",
                "a check compares it with 1.5, which would mean another number then",
            ),
        ] {
            assert_eq!(change(sql, "price"), Err(why.to_owned()), "{sql}");
        }
    }
}
