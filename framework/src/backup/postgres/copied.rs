//! The row counts of a script of `pg_restore`.

use std::{collections::BTreeMap, io::BufRead, path::PathBuf};

use crate::backup::BackupError;

/// Counts the rows of each table in `COPY schema.table (…) FROM stdin;` blocks, each of which ends with `\.`. A row is
/// exactly one line, as line breaks in values are escaped.
pub(super) fn rows(mut script: impl BufRead) -> Result<BTreeMap<String, u64>, BackupError> {
    let mut tables = BTreeMap::new();
    let mut current: Option<(String, u64)> = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = script
            .read_until(b'\n', &mut line)
            .map_err(|source| BackupError::File {
                path: PathBuf::from("pg_restore"),
                source,
            })?;
        if length == 0 {
            return Ok(tables);
        }
        match &mut current {
            None => current = table_of(&line).map(|table| (table, 0)),
            Some(_) if line == b"\\.\n" => tables.extend(current.take()),
            Some((_, rows)) => *rows += 1,
        }
    }
}

/// The table of a line that begins a block, as `schema.table` without quotes.
fn table_of(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line).ok()?;
    let rest = line.strip_prefix("COPY ")?.strip_suffix(" FROM stdin;\n")?;
    let (schema, rest) = identifier(rest)?;
    let (table, _) = identifier(rest.strip_prefix('.')?)?;
    Some(format!("{schema}.{table}"))
}

/// Splits a text into the identifier at its start and the rest.
fn identifier(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(['.', ' ']).unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn counts_lines_between_copy_and_its_end() {
        let script = concat!(
            "SET row_security = off;\n",
            "COPY public.posts (id, title) FROM stdin;\n1\tCOPY a.b FROM stdin;\n2\t\\\\.\n\\.\n\n",
            "COPY \"My.Schema\".\"a \"\"b\"\"\" (id) FROM stdin;\n\\.\n",
            "COPY public.bare  FROM stdin;\n\n\\.\n",
            "SELECT pg_catalog.setval('public.posts_id_seq', 2, true);\n",
        );
        let tables = rows(script.as_bytes()).unwrap();
        let tables: Vec<(&str, u64)> = tables
            .iter()
            .map(|(name, rows)| (name.as_str(), *rows))
            .collect();
        assert_eq!(
            tables,
            [
                ("My.Schema.a \"b\"", 0),
                ("public.bare", 1),
                ("public.posts", 2)
            ]
        );
    }
}
