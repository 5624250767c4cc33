//! A check of HTML templates for values in places where escaping does not protect (ASVS 5.0, 1.2.1–1.2.3): attributes without quotes,
//! scripts, styles, handlers of events, and links whose scheme a value decides.

use super::Fault;

/// The attributes whose value is a URL.
const LINKS: [&str; 6] = ["action", "formaction", "href", "ping", "poster", "src"];

/// The functions whose result is a path or URL of this site, and the comment of a value that was looked at.
const SAFE: [&str; 3] = ["path(", "url(", "asset("];

/// The words of a comment that accepts the next value of the same line.
const ACCEPTED: &str = "{# safe";

/// The place in HTML.
enum Place {
    Text,
    /// In a tag, outside of values of attributes.
    Tag {
        name: String,
    },
    /// In a value of an attribute.
    Value {
        tag: String,
        attribute: String,
        quote: Option<char>,
        is_empty: bool,
    },
    Comment,
    /// In the content of `script` or `style`.
    Raw {
        name: String,
    },
}

/// Finds the values of a template that are in unsafe places.
pub(super) fn lint(name: &str, text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut place = Place::Text;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("{#") {
            at += rest.find("#}").map_or(rest.len(), |end| end + 2);
            continue;
        }
        if rest.starts_with("{%") {
            at += rest.find("%}").map_or(rest.len(), |end| end + 2);
            continue;
        }
        if rest.starts_with("{{") {
            let end = rest.find("}}").map_or(rest.len(), |end| end + 2);
            let expression = rest[2..end].trim_start_matches('-').trim();
            if let Some(message) = complaint(&place, expression)
                && !is_accepted(text, at)
            {
                let before = &text[..at];
                faults.push(Fault {
                    file: name.to_owned(),
                    line: before.matches('\n').count() + 1,
                    column: before.chars().rev().take_while(|c| *c != '\n').count() + 1,
                    message,
                });
            }
            if let Place::Value { is_empty, .. } = &mut place {
                *is_empty = false;
            }
            at += end;
            continue;
        }
        let (next, length) = step(place, rest);
        place = next;
        at += length;
    }
    faults
}

/// Returns whether a comment before a value, on its line, accepts it.
fn is_accepted(text: &str, at: usize) -> bool {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[line..at].contains(ACCEPTED)
}

fn complaint(place: &Place, expression: &str) -> Option<String> {
    let hint = "if it cannot come from outside, write `{# safe: why #}` before it on its line";
    // A component writes HTML of its own.
    if expression.starts_with('<') {
        return None;
    }
    match place {
        Place::Raw { name } => Some(format!(
            "a value in `<{name}>` is not escaped for it\nhint: put it in an attribute such as `data-value`, and read it from there; {hint}"
        )),
        Place::Tag { .. } => Some(format!(
            "a value within a tag, outside of an attribute\nhint: write it as the value of an attribute, in quotes; {hint}"
        )),
        Place::Value {
            attribute,
            quote: None,
            ..
        } => Some(format!(
            "the value of `{attribute}` has no quotes, so a space in it begins another attribute\nhint: write `{attribute}=\"{{{{ {expression} }}}}\"`"
        )),
        Place::Value { attribute, .. }
            if attribute.starts_with("on") || attribute.contains("hx-on") =>
        {
            Some(format!(
                "a value in the script of `{attribute}` is not escaped for it\nhint: put it in an attribute such as `data-value`; {hint}"
            ))
        }
        Place::Value { attribute, .. } if attribute == "style" => Some(format!(
            "a value in `style` is not escaped for it\nhint: use a class; {hint}"
        )),
        Place::Value {
            tag,
            attribute,
            is_empty: true,
            ..
        } if LINKS.contains(&attribute.as_str())
            && !(tag == "img" && attribute == "src")
            && !SAFE.iter().any(|function| expression.starts_with(function)) =>
        {
            Some(format!(
                "the value of `{attribute}` decides the scheme of the link, which may be `javascript:`\nhint: use `path(…)` or `url(…)`, or begin it with the \
                 text `https://` or `/`; {hint}"
            ))
        }
        _ => None,
    }
}

/// The place after some characters, and how many they are.
fn step(place: Place, rest: &str) -> (Place, usize) {
    let first = rest.chars().next().unwrap_or_default();
    let length = first.len_utf8();
    match place {
        Place::Text if rest.starts_with("<!--") => (Place::Comment, 4),
        Place::Text if first == '<' => {
            let name = rest[1..].trim_start_matches('/');
            let end = name
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
                .unwrap_or(name.len());
            if end == 0 {
                return (Place::Text, 1);
            }
            let is_end = rest[1..].starts_with('/');
            let name = name[..end].to_ascii_lowercase();
            let length = 1 + usize::from(is_end) + end;
            (
                Place::Tag {
                    name: if is_end { String::new() } else { name },
                },
                length,
            )
        }
        Place::Text => (Place::Text, length),
        Place::Comment if rest.starts_with("-->") => (Place::Text, 3),
        Place::Comment => (Place::Comment, length),
        Place::Raw { name } => {
            let is_end = rest
                .get(..2 + name.len())
                .is_some_and(|end| end.eq_ignore_ascii_case(&format!("</{name}")));
            if is_end {
                (
                    Place::Tag {
                        name: String::new(),
                    },
                    2 + name.len(),
                )
            } else {
                (Place::Raw { name }, length)
            }
        }
        Place::Tag { name } if first == '>' => {
            let is_raw = name == "script" || name == "style";
            (
                if is_raw {
                    Place::Raw { name }
                } else {
                    Place::Text
                },
                1,
            )
        }
        Place::Tag { name } if first.is_ascii_alphabetic() || first == '@' || first == ':' => {
            let end = rest
                .find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/' | '{'))
                .unwrap_or(rest.len());
            let attribute = rest[..end].to_ascii_lowercase();
            let Some(value) = rest[end..].strip_prefix('=') else {
                return (Place::Tag { name }, end.max(1));
            };
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            let length = end + 1 + usize::from(quote.is_some());
            (
                Place::Value {
                    tag: name,
                    attribute,
                    quote,
                    is_empty: true,
                },
                length,
            )
        }
        Place::Tag { name } => (Place::Tag { name }, length),
        Place::Value {
            tag,
            quote: Some(quote),
            ..
        } if first == quote => (Place::Tag { name: tag }, 1),
        Place::Value {
            tag, quote: None, ..
        } if first.is_whitespace() => (Place::Tag { name: tag }, length),
        // The tag ends, which is for the next step.
        Place::Value {
            tag, quote: None, ..
        } if first == '>' => (Place::Tag { name: tag }, 0),
        Place::Value {
            tag,
            attribute,
            quote,
            ..
        } => (
            Place::Value {
                tag,
                attribute,
                quote,
                is_empty: false,
            },
            length,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::lint;

    #[test]
    fn values_in_unsafe_places_are_found() {
        for (text, expected) in [
            ("<a href={{ x }}>", "no quotes"),
            ("<p class=a{{ x }}>", "no quotes"),
            ("<a href=\"{{ x }}\">", "`javascript:`"),
            ("<form action='{{ x }}'>", "`javascript:`"),
            ("<iframe src=\"{{ x }}\">", "`javascript:`"),
            ("<script>let a = \"{{ x }}\";</script>", "`<script>`"),
            ("<style>p { color: {{ x }} }</style>", "`<style>`"),
            ("<p onclick=\"f('{{ x }}')\">", "`onclick`"),
            ("<p hx-on:click=\"f('{{ x }}')\">", "`hx-on:click`"),
            ("<p style=\"color: {{ x }}\">", "`style`"),
            ("<p {{ x }}>", "within a tag"),
        ] {
            let faults = lint("a.html", &format!("<p>\n{text}"));
            assert_eq!(faults.len(), 1, "{text}: {faults:?}");
            assert!(faults[0].message.contains(expected), "{text}: {faults:?}");
            assert_eq!(faults[0].line, 2);
        }
    }

    #[test]
    fn values_in_safe_places_are_left_alone() {
        for text in [
            "<p title=\"{{ x }}\">{{ x }}</p>",
            "<a href=\"{{ path(to='a') }}\" class='b {{ x }}'>",
            "<a href=\"/posts/{{ x }}\">",
            "<a href=\"https://example.com/{{ x }}\">",
            "<img src=\"{{ x }}\" alt=\"\">",
            "<input value=\"{{ x }}\"{% if y %} disabled{% endif %}>",
            "<script src=\"{{ asset(name='a.js') }}\"></script>{{ x }}",
            "<!-- <script> -->{{ x }}",
            "<p>1 < 2 {{ x }}</p>",
            "<a href=\"{# safe: it was checked #}{{ x }}\">",
            "<input{% if y %} checked{% endif %} name='{{ x }}'/>{{ x }}",
            "{{ <field of={form.title} /> }}",
        ] {
            assert_eq!(lint("a.html", text), [], "{text}");
        }
    }
}
