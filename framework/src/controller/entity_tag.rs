//! Entity tags (RFC 9110, section 8.8.3) and the lists of them in conditions.

/// An entity tag: `"1"`, or `W/"1"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EntityTag<'a> {
    /// True if it says that two representations mean the same, not that they are the same byte for byte.
    pub(crate) weak: bool,
    /// The text between the quotes.
    pub(crate) opaque: &'a [u8],
}

impl<'a> EntityTag<'a> {
    /// Reads the tag at the start of a value, and returns it with the rest of the value.
    fn read(value: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (weak, rest) = match value.strip_prefix(b"W/") {
            Some(rest) => (true, rest),
            None => (false, value),
        };
        let rest = rest.strip_prefix(b"\"")?;
        let end = rest.iter().position(|byte| *byte == b'"')?;
        let opaque = &rest[..end];
        let is_allowed = |byte: &u8| *byte > b' ' && *byte != 0x7f;
        let tag = Self { weak, opaque };
        opaque
            .iter()
            .all(is_allowed)
            .then_some((tag, &rest[end + 1..]))
    }
}

/// The tags of one line of `If-Match` or `If-None-Match`; ends with `None` at the first malformed one.
pub(crate) fn tags(mut line: &[u8]) -> impl Iterator<Item = Option<EntityTag<'_>>> {
    std::iter::from_fn(move || {
        while let [b' ' | b'\t' | b',', rest @ ..] = line {
            line = rest;
        }
        if line.is_empty() {
            return None;
        }
        let read = EntityTag::read(line).filter(|(_, rest)| {
            let next = rest.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
            next.is_none_or(|byte| *byte == b',')
        });
        line = read.map_or(&[], |(_, rest)| rest);
        Some(read.map(|(tag, _)| tag))
    })
}

/// Returns whether a line of `If-None-Match` names a tag, or any (`*`). Weak and strong tags are compared alike (RFC 9110,
/// section 13.1.2). A malformed line matches nothing.
pub(crate) fn matches_weakly(line: &[u8], tag: &[u8]) -> bool {
    if line.trim_ascii() == b"*" {
        return true;
    }
    let Some((tag, _)) = EntityTag::read(tag) else {
        return false;
    };
    tags(line)
        .map_while(|listed| listed)
        .any(|listed| listed.opaque == tag.opaque)
}

#[cfg(test)]
mod tests {
    use super::{EntityTag, matches_weakly, tags};

    fn tag(weak: bool, opaque: &str) -> EntityTag<'_> {
        let opaque = opaque.as_bytes();
        EntityTag { weak, opaque }
    }

    #[test]
    fn lists_of_tags_are_read() {
        for (line, expected) in [
            ("", &[][..]),
            (" , ", &[]),
            (r#""1""#, &[Some(tag(false, "1"))]),
            (
                r#"W/"a,b" ,, "" "#,
                &[Some(tag(true, "a,b")), Some(tag(false, ""))],
            ),
            (
                r#""\", "2""#,
                &[Some(tag(false, "\\")), Some(tag(false, "2"))],
            ),
            ("1", &[None]),
            (r#""1"#, &[None]),
            (r#""a b""#, &[None]),
            (r#"w/"1""#, &[None]),
            (r#""1" "2""#, &[None]),
            (r#""1", 2, "3""#, &[Some(tag(false, "1")), None]),
        ] {
            let found: Vec<_> = tags(line.as_bytes()).collect();
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn weak_tags_match_strong_ones() {
        for (line, expected) in [
            (r#"W/"1""#, true),
            (r#""0", "1""#, true),
            (" * ", true),
            (r#""*""#, false),
            (r#""11""#, false),
            ("1", false),
            ("", false),
        ] {
            for tag in [r#""1""#, r#"W/"1""#] {
                assert_eq!(
                    matches_weakly(line.as_bytes(), tag.as_bytes()),
                    expected,
                    "{line}"
                );
            }
        }
    }
}
