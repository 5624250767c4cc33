//! HTML that is written in Rust: literals are markup, and everything else is text, which is escaped.

mod frame;

use std::fmt::{self, Display, Write};

pub(crate) use self::frame::{Frame, Link, base_style};

/// A piece of HTML. [`put`] adds to it.
#[derive(Default)]
pub(crate) struct Html(String);

impl Html {
    /// Adds markup, which only literals can be.
    pub(crate) fn markup(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// Adds text, also within an attribute in double quotes.
    pub(crate) fn text(&mut self, text: &dyn Display) {
        // Writing to a string cannot fail.
        let _ = write!(Escape(&mut self.0), "{text}");
    }

    /// Adds another piece.
    pub(crate) fn append(&mut self, other: &Self) {
        self.0.push_str(&other.0);
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

/// Adds to a piece of HTML: literals as markup, other values as text.
macro_rules! put {
    ($html:expr $(,)?) => {};
    ($html:expr, $markup:literal $(, $($rest:tt)*)?) => {
        $html.markup($markup);
        $crate::markup::put!($html $(, $($rest)*)?);
    };
    ($html:expr, $text:expr $(, $($rest:tt)*)?) => {
        $html.text(&$text);
        $crate::markup::put!($html $(, $($rest)*)?);
    };
}
pub(crate) use put;

/// Escapes what is written to it.
struct Escape<'a>(&'a mut String);

impl Write for Escape<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // They have no place in HTML, and a terminal that shows the source would obey them.
                character if character.is_control() && !"\n\r\t".contains(character) => {
                    self.0.push('\u{fffd}');
                }
                character => self.0.push(character),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_literals_is_escaped() {
        let mut html = Html::default();
        let name = String::from("<b title='\"'>&\u{1b}[1m\n");
        let number = 7;
        put!(html, "<p class=\"name\">", name, "</p>", number, "<br>");
        assert_eq!(
            html.into_string(),
            "<p class=\"name\">&lt;b title=&#39;&quot;&#39;&gt;&amp;\u{fffd}[1m\n</p>7<br>"
        );
    }
}
