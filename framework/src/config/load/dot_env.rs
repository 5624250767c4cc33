//! The parser of `.env` files.
//!
//! A value is the text as it is written: `$NAME` is not substituted. The crates for such files substitute, and none of them
//! reports the line of a mistake.

/// A variable in `.env`.
#[derive(Debug, PartialEq)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) value: String,
    /// The line of its name, from 1.
    pub(super) line: usize,
}

/// A malformed line. The text itself is not part of it, since it may be a secret.
#[derive(Debug, PartialEq)]
pub(super) struct Malformed {
    /// The line, from 1.
    pub(super) line: usize,
    pub(super) message: &'static str,
    pub(super) hint: &'static str,
}

/// Parses the text of a `.env` file: its variables, and its malformed lines.
///
/// A line is `NAME=value`, with or without `export ` before it, or empty, or a comment that begins with `#`. Blanks around
/// the name and the value do not count. A value is
///
/// - bare: the text to the end of the line or to a `#` after a blank, without blanks within;
/// - in single quotes: the text between them;
/// - in double quotes: the same, in which `\n`, `\r`, `\t`, `\\`, `\"`, `\'` and `\$` stand for one character.
///
/// A value in quotes may have several lines, whose ends are `\n`. A byte order mark at the beginning does not count.
pub(super) fn parse(source: &str) -> (Vec<Entry<'_>>, Vec<Malformed>) {
    let mut cursor = Cursor {
        rest: source.strip_prefix('\u{feff}').unwrap_or(source),
        line: 1,
    };
    let (mut entries, mut malformed) = (Vec::new(), Vec::new());
    while !cursor.rest.is_empty() {
        match cursor.entry() {
            Ok(entry) => entries.extend(entry),
            Err(error) => malformed.push(error),
        }
        cursor.end_line();
    }
    (entries, malformed)
}

struct Cursor<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Cursor<'a> {
    /// Parses the variable of the line, if it has one. The rest of the line is a comment.
    fn entry(&mut self) -> Result<Option<Entry<'a>>, Malformed> {
        self.skip_blanks();
        if self.is_at_end() || self.rest.starts_with('#') {
            return Ok(None);
        }
        let mut name = self.name();
        if name == "export" && self.skip_blanks() && !self.rest.starts_with('=') {
            name = self.name();
        }
        self.skip_blanks();
        let line = self.line;
        if name.is_empty() || !self.skip('=') {
            return Err(malformed(line, NOT_A_VARIABLE));
        }
        let after_blank = self.skip_blanks();
        let value = if self.skip('"') {
            self.quoted('"')?
        } else if self.skip('\'') {
            self.quoted('\'')?
        } else {
            self.bare(after_blank)?
        };
        Ok(Some(Entry { name, value, line }))
    }

    fn name(&mut self) -> &'a str {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        name
    }

    fn bare(&mut self, after_blank: bool) -> Result<String, Malformed> {
        let line = self.rest_of_line();
        let comment = line
            .char_indices()
            .find(|&(at, c)| c == '#' && (at == 0 && after_blank || line[..at].ends_with(BLANKS)));
        let end = comment.map_or(line.len(), |(at, _)| at);
        let value = line[..end].trim_end_matches(BLANKS);
        if value.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(malformed(self.line, NOT_A_VARIABLE));
        }
        Ok(value.to_owned())
    }

    /// Parses a value up to its closing quote, after which only a comment may follow.
    fn quoted(&mut self, quote: char) -> Result<String, Malformed> {
        let start = self.line;
        let mut value = String::new();
        loop {
            if self.rest.is_empty() {
                return Err(malformed(start, NOT_CLOSED));
            }
            if self.skip(quote) {
                break;
            }
            if self.is_at_end() {
                self.end_line();
                value.push('\n');
            } else if quote == '"' && self.skip('\\') {
                value.push(self.escaped()?);
            } else {
                value.extend(self.take());
            }
        }
        let after_blank = self.skip_blanks();
        if self.is_at_end() || after_blank && self.rest.starts_with('#') {
            Ok(value)
        } else if self.line == start {
            Err(malformed(start, AFTER_QUOTE))
        } else {
            // More likely it was closed by the opening quote of another value.
            Err(malformed(start, NOT_CLOSED))
        }
    }

    fn escaped(&mut self) -> Result<char, Malformed> {
        match self.take() {
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some(c @ ('\\' | '"' | '\'' | '$')) => Ok(c),
            _ => {
                let line = self.line;
                if !self.rest_of_line().contains('"') {
                    // The value goes on in lines that would be taken for variables.
                    self.rest = "";
                }
                Err(malformed(line, UNKNOWN_ESCAPE))
            }
        }
    }

    fn take(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn skip(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn skip_blanks(&mut self) -> bool {
        let rest = self.rest.trim_start_matches(BLANKS);
        let skipped = rest.len() < self.rest.len();
        self.rest = rest;
        skipped
    }

    fn rest_of_line(&self) -> &'a str {
        let line = self.rest.split('\n').next().unwrap_or_default();
        line.strip_suffix('\r').unwrap_or(line)
    }

    fn is_at_end(&self) -> bool {
        self.rest_of_line().is_empty()
    }

    /// Moves to the next line.
    fn end_line(&mut self) {
        self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        self.line += 1;
    }
}

const BLANKS: [char; 2] = [' ', '\t'];

const NOT_A_VARIABLE: (&str, &str) = (
    "malformed line",
    "write `NAME=value`, and quotes around a value with spaces: `NAME=\"a b\"`",
);
const NOT_CLOSED: (&str, &str) = (
    "a quote that is not closed",
    "close it, or put a value with a quote in it between quotes of the other kind",
);
const AFTER_QUOTE: (&str, &str) = (
    "text after the closing quote",
    "put the whole value in quotes, and a blank before the `#` of a comment",
);
const UNKNOWN_ESCAPE: (&str, &str) = (
    "an escape that is not known",
    "in double quotes write `\\\\` for a backslash, or use single quotes, in which everything stays as it is",
);

fn malformed(line: usize, (message, hint): (&'static str, &'static str)) -> Malformed {
    Malformed {
        line,
        message,
        hint,
    }
}

#[cfg(test)]
mod tests;
