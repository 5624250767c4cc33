//! Lines of HTML at the end of an element of a page: links in its navigation, scripts in its head.

use super::MissingAnchor;
use crate::file::Text;

/// The end of a navigation. A page's own text has no such tag but there.
pub(super) const END_OF_NAVIGATION: &str = "</nav>";
/// The end of a head.
pub(super) const END_OF_HEAD: &str = "</head>";

/// Returns whether a page has a navigation whose end is on a line of its own.
pub(crate) fn has_navigation(page: &str) -> bool {
    end(page, END_OF_NAVIGATION).is_some()
}

/// The text with a line before the first end of an element; `None` if it has it already.
pub(super) fn apply(
    text: &Text,
    added: &str,
    end_tag: &str,
) -> Result<Option<Text>, MissingAnchor> {
    let page = text.plain();
    if page.lines().any(|line| line.trim() == added) {
        return Ok(None);
    }
    let (at, indent) = end(page, end_tag)
        .ok_or_else(|| MissingAnchor(format!("it has no `{end_tag}` on a line of its own")))?;
    Ok(Some(text.splice(at..at, &format!("{indent}  {added}\n"))))
}

/// The text without the line; `None` if it does not have it.
pub(super) fn revert(text: &Text, added: &str) -> Option<Text> {
    let mut at = 0;
    for line in text.plain().split_inclusive('\n') {
        if line.trim() == added {
            return Some(text.splice(at..at + line.len(), ""));
        }
        at += line.len();
    }
    None
}

/// The place of the line with the first end of an element, and its indentation.
fn end<'a>(page: &'a str, tag: &str) -> Option<(usize, &'a str)> {
    let tag = page.find(tag)?;
    let start = page[..tag].rfind('\n').map_or(0, |newline| newline + 1);
    let indent = &page[start..tag];
    indent.trim().is_empty().then_some((start, indent))
}

#[cfg(test)]
mod tests {
    use super::{END_OF_HEAD, END_OF_NAVIGATION, apply, has_navigation, revert};
    use crate::file::Text;

    const LINK: &str = "<a href=\"{{ path(to=\"posts.index\") }}\">{{ t(key=\"posts\") }}</a>";

    #[test]
    fn a_link_is_the_last_one_and_can_be_taken_back() {
        let page = Text::new("<nav>\n  <a href=\"/\">Home</a>\n  </nav>\n<nav>\n</nav>\n");
        let with = apply(&page, LINK, END_OF_NAVIGATION)
            .unwrap()
            .expect("it is new");
        assert_eq!(
            with.plain(),
            format!("<nav>\n  <a href=\"/\">Home</a>\n    {LINK}\n  </nav>\n<nav>\n</nav>\n")
        );
        assert_eq!(apply(&with, LINK, END_OF_NAVIGATION), Ok(None));
        assert_eq!(revert(&with, LINK).as_ref(), Some(&page));
        assert_eq!(revert(&page, LINK), None);
    }

    #[test]
    fn a_script_is_the_last_element_of_the_head() {
        let page = Text::new("<head>\n  <title>A</title>\n</head>\n");
        let with = apply(&page, "<script></script>", END_OF_HEAD).unwrap();
        assert_eq!(
            with.as_ref().map(Text::plain),
            Some("<head>\n  <title>A</title>\n  <script></script>\n</head>\n")
        );
    }

    #[test]
    fn a_page_without_navigation_is_left_alone() {
        for page in ["<main></main>\n", "<nav></nav>\n"] {
            assert!(!has_navigation(page));
            assert!(apply(&Text::new(page), LINK, END_OF_NAVIGATION).is_err());
        }
    }
}
