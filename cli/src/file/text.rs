//! The text of a file with its byte order mark and its line ends.

use std::{fs, io::ErrorKind, ops::Range, path::Path};

use crate::error::CliError;

/// The character that some editors begin UTF-8 files with.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The text of a file. It is read as [`plain`](Text::plain) text, without a byte order mark and with `
/// ` at the end of each line, as the compiler reads it; changes go into the [`raw`](Text::raw) text, which keeps its
/// mark and line ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    raw: String,
    /// The plain text; `None` if the raw text is plain.
    plain: Option<String>,
}

impl Text {
    /// The text of a file with the content `raw`.
    pub fn new(raw: impl Into<String>) -> Self {
        let raw = raw.into();
        let is_plain = !raw.starts_with(BYTE_ORDER_MARK) && !raw.contains("\r\n");
        let plain = (!is_plain).then(|| without_mark(&raw).replace("\r\n", "\n"));
        Self { raw, plain }
    }

    /// The text as it is on disk.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The text without its byte order mark, each line ending in `\n`.
    pub fn plain(&self) -> &str {
        self.plain.as_deref().unwrap_or(&self.raw)
    }

    /// The text with some bytes of the plain text replaced. The new lines end as the one that they are put into.
    #[must_use]
    pub fn splice(&self, range: Range<usize>, text: &str) -> Self {
        let (start, end) = (self.in_raw(range.start), self.in_raw(range.end));
        let text = text.replace('\n', self.line_end_at(start));
        Self::new([&self.raw[..start], &text, &self.raw[end..]].concat())
    }

    /// A replacement for the text, with the byte order mark and the line ends of this one.
    #[must_use]
    pub fn rewritten(&self, plain: &str) -> Self {
        let mark = if self.raw.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK
        } else {
            ""
        };
        let windows = self.raw.matches("\r\n").count();
        let line_end = if windows * 2 > self.raw.matches('\n').count() {
            "\r\n"
        } else {
            "\n"
        };
        let plain = Self::new(plain);
        Self::new(mark.to_owned() + &plain.plain().replace('\n', line_end))
    }

    /// Returns whether all lines end in the same way.
    pub fn is_uniform(&self) -> bool {
        let windows = self.raw.matches("\r\n").count();
        windows == 0 || windows == self.raw.matches('\n').count()
    }

    /// The offset in the raw text of a byte of the plain text.
    fn in_raw(&self, plain: usize) -> usize {
        if self.plain.is_none() {
            return plain;
        }
        let mark = self.raw.len() - without_mark(&self.raw).len();
        let bytes = self.raw.as_bytes();
        let mut at = mark;
        for _ in 0..plain {
            let pair = bytes[at..].starts_with(b"\r\n");
            at += if pair { 2 } else { 1 };
        }
        at
    }

    /// The line end of the line that a byte of the raw text is on; that of the line before where the text ends without
    /// one.
    fn line_end_at(&self, at: usize) -> &'static str {
        let newline = self.raw[at..]
            .find('\n')
            .map(|length| at + length)
            .or_else(|| self.raw.rfind('\n'));
        match newline {
            Some(newline) if self.raw[..newline].ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// Reads the text of a file; `None` if there is none.
pub(crate) fn read_optional(path: &Path) -> Result<Option<Text>, CliError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(Text::new(text))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CliError::io("cannot read", path, &error)),
    }
}

/// Reads the plain text of a file that must exist.
pub(crate) fn read_plain(path: &Path) -> Result<String, CliError> {
    let text =
        fs::read_to_string(path).map_err(|error| CliError::io("cannot read", path, &error))?;
    Ok(Text::new(text).plain().to_owned())
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn changes_keep_the_mark_and_the_line_ends() {
        for (before, after) in [
            ("a\nb\n", "a\nx\nb\n"),
            ("a\r\nb\r\n", "a\r\nx\r\nb\r\n"),
            ("\u{feff}a\r\nb", "\u{feff}a\r\nx\r\nb"),
            ("\u{feff}a\nb\r\n", "\u{feff}a\nx\r\nb\r\n"),
            ("a\r\nb\n", "a\r\nx\nb\n"),
        ] {
            let text = Text::new(before);
            assert_eq!(text.plain().trim_end(), "a\nb");
            let changed = text.splice(2..2, "x\n");
            assert_eq!(changed.raw(), after, "{before:?}");
            let back = changed.splice(2..4, "");
            assert_eq!(back.raw(), before);
        }
    }

    #[test]
    fn a_text_that_is_written_anew_looks_like_the_one_before() {
        let rewritten = |before: &str| Text::new(before).rewritten("x\ny\n").raw().to_owned();
        assert_eq!(rewritten("a\n"), "x\ny\n");
        assert_eq!(rewritten("a\r\n"), "x\r\ny\r\n");
        assert_eq!(rewritten("\u{feff}a"), "\u{feff}x\ny\n");
        assert!(Text::new("a\r\nb\r\n").is_uniform());
        assert!(!Text::new("a\r\nb\n").is_uniform());
    }

    #[test]
    fn letters_of_several_bytes_do_not_shift_anything() {
        let text = Text::new("\u{feff}// é €\r\nb\r\n");
        let at = text.plain().find('b').unwrap();
        assert_eq!(
            text.splice(at..at + 1, "c").raw(),
            "\u{feff}// é €\r\nc\r\n"
        );
    }
}
