//! Rewriting of templates, so that every branch of them is rendered.

/// A template whose branches are all rendered.
#[derive(Debug)]
pub(super) struct Forced {
    pub(super) text: String,
    original: String,
    /// The places from which on the text is that of the original: in the text, and there.
    same: Vec<(usize, usize)>,
}

impl Forced {
    /// The line and column in the original, from 1, of a place in the text.
    pub(super) fn place(&self, at: usize) -> (usize, usize) {
        let before = self.same.iter().rev().find(|(here, _)| *here <= at);
        let (here, there) = before.copied().unwrap_or_default();
        let at = (there + (at - here)).min(self.original.len());
        let before = self.original.get(..at).unwrap_or(&self.original);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        (line, column)
    }

    /// The same for a line and a column in the text.
    pub(super) fn place_of(&self, line: usize, column: usize) -> (usize, usize) {
        let lines = self.text.split_inclusive('\n');
        let before: usize = lines.take(line - 1).map(str::len).sum();
        let of_line = self.text[before..].chars().take(column - 1);
        self.place(before + of_line.map(char::len_utf8).sum::<usize>())
    }

    /// Adds text of the original, which begins there at `from`.
    fn keep(&mut self, text: &str, from: usize) {
        self.same.push((self.text.len(), from));
        self.text.push_str(text);
    }
}

/// A block that is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    If,
    For,
    /// The part of a `for` for an empty list, which has become an `if`.
    ForElse,
}

/// Makes each branch of each `if` one that is rendered, after its condition was, and so the part of each `for` for an empty list.
pub(super) fn force(source: &str) -> Forced {
    let mut forced = Forced {
        text: String::with_capacity(source.len() + source.len() / 4),
        original: source.to_owned(),
        same: Vec::new(),
    };
    let mut open = Vec::new();
    let mut at = 0;
    while let Some((start, end, word, body)) = next_tag(source, at) {
        forced.keep(&source[at..start], at);
        let tag = &source[start..end];
        let condition =
            || start + (tag.len() - tag.trim_start_matches("{%-").trim_start_matches("{%").len());
        match word {
            "raw" => {
                let end_of_raw = source[end..].find("endraw").map_or(source.len(), |found| {
                    let rest = &source[end + found..];
                    end + found + rest.find("%}").map_or(rest.len(), |close| close + 2)
                });
                forced.keep(&source[start..end_of_raw], start);
                at = end_of_raw;
                continue;
            }
            "if" | "elif" => {
                if word == "if" {
                    open.push(Open::If);
                } else {
                    forced.text.push_str("{% endif %}");
                }
                forced.text.push_str("{% if (");
                let inner = &body[word.len()..];
                forced.keep(inner, condition() + offset(tag, inner, condition() - start));
                forced.text.push_str(") or true %}");
            }
            "else" if open.last() == Some(&Open::For) => {
                open.pop();
                open.push(Open::ForElse);
                forced.text.push_str("{% endfor %}{% if true %}");
            }
            "else" => forced.text.push_str("{% endif %}{% if true %}"),
            "endif" => {
                open.pop();
                forced.text.push_str("{% endif %}");
            }
            "for" => {
                open.push(Open::For);
                forced.keep(tag, start);
            }
            "endfor" => match open.pop() {
                Some(Open::ForElse) => forced.text.push_str("{% endif %}"),
                _ => forced.keep(tag, start),
            },
            _ => forced.keep(tag, start),
        }
        at = end;
    }
    forced.keep(&source[at..], at);
    forced
}

/// The distance of a part of a tag from `from`, a place in it.
fn offset(tag: &str, part: &str, from: usize) -> usize {
    tag[from..].find(part).unwrap_or_default()
}

/// The next tag from a place on: where it starts and ends, its first word, and what is in it. Comments and expressions are passed over.
fn next_tag(source: &str, from: usize) -> Option<(usize, usize, &str, &str)> {
    let mut at = from;
    loop {
        let start = at + source[at..].find('{')?;
        match source.as_bytes().get(start + 1) {
            Some(b'#') => at = start + source[start..].find("#}").map(|end| end + 2)?,
            Some(b'{') => at = end_of(source, start + 2, "}}")?,
            Some(b'%') => {
                let end = end_of(source, start + 2, "%}")?;
                let body = source[start + 2..end - 2]
                    .trim_matches(|c: char| c == '-' || c.is_whitespace());
                let word = body
                    .split(|c: char| !c.is_ascii_alphanumeric())
                    .next()
                    .unwrap_or("");
                return Some((start, end, word, body));
            }
            _ => at = start + 1,
        }
    }
}

/// The place after the end of a tag, which is not one within a text in quotes.
fn end_of(source: &str, from: usize, close: &str) -> Option<usize> {
    let mut quote = None;
    for (offset, c) in source[from..].char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None if source[from + offset..].starts_with(close) => {
                return Some(from + offset + close.len());
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_branch_is_rendered() {
        for (source, expected) in [
            (
                "a{% if x %}b{% endif %}c",
                "a{% if ( x) or true %}b{% endif %}c",
            ),
            (
                "{% if x == '%}' %}a{% elif y %}b{% else %}c{% endif %}",
                "{% if ( x == '%}') or true %}a{% endif %}{% if ( y) or true %}b{% endif %}{% if true %}c{% endif %}",
            ),
            (
                "{% for p in ps %}a{% else %}{% if q %}b{% endif %}{% endfor %}",
                "{% for p in ps %}a{% endfor %}{% if true %}{% if ( q) or true %}b{% endif %}{% endif %}",
            ),
            (
                "{# {% if x %} #}{% raw %}{% if x %}{% endraw %}",
                "{# {% if x %} #}{% raw %}{% if x %}{% endraw %}",
            ),
            (
                "{{ '{% if x %}' }}{%- for p in ps -%}{%- endfor -%}",
                "{{ '{% if x %}' }}{%- for p in ps -%}{%- endfor -%}",
            ),
        ] {
            assert_eq!(force(source).text, expected);
        }
    }

    #[test]
    fn a_place_is_that_of_the_original() {
        let source = "{% if x %}\n  {{ titel }}\n{% else %}{{ other }}{% endif %}";
        let forced = force(source);
        let place = |what: &str| forced.place(forced.text.find(what).expect("it is there"));
        assert_eq!(place("titel"), (2, 6));
        assert_eq!(place("other"), (3, 14));
        assert_eq!(place("x) or"), (1, 7));
    }
}
