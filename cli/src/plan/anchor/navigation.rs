//! Links in the navigation of a page: a line of HTML before the end of the first `<nav>`.

use super::MissingAnchor;
use crate::file::Text;

/// The end of a navigation. A page's own text has no such tag but there.
const END: &str = "</nav>";

/// Returns whether a page has a navigation whose end is on a line of its own.
pub(crate) fn has_navigation(page: &str) -> bool {
    end(page).is_some()
}

/// The text with the link; `None` if it has it already.
pub(super) fn apply(text: &Text, link: &str) -> Result<Option<Text>, MissingAnchor> {
    let page = text.plain();
    if page.lines().any(|line| line.trim() == link) {
        return Ok(None);
    }
    let (at, indent) = end(page)
        .ok_or_else(|| MissingAnchor("it has no `</nav>` on a line of its own".to_owned()))?;
    Ok(Some(text.splice(at..at, &format!("{indent}  {link}\n"))))
}

/// The text without the link; `None` if it does not have it.
pub(super) fn revert(text: &Text, link: &str) -> Option<Text> {
    let mut at = 0;
    for line in text.plain().split_inclusive('\n') {
        if line.trim() == link {
            return Some(text.splice(at..at + line.len(), ""));
        }
        at += line.len();
    }
    None
}

/// The place of the line with the end of the first navigation, and its indentation.
fn end(page: &str) -> Option<(usize, &str)> {
    let tag = page.find(END)?;
    let start = page[..tag].rfind('\n').map_or(0, |newline| newline + 1);
    let indent = &page[start..tag];
    indent.trim().is_empty().then_some((start, indent))
}

#[cfg(test)]
mod tests {
    use super::{apply, has_navigation, revert};
    use crate::file::Text;

    const LINK: &str = "<a href=\"{{ path(to=\"posts.index\") }}\">{{ t(key=\"posts\") }}</a>";

    #[test]
    fn a_link_is_the_last_one_and_can_be_taken_back() {
        let page = Text::new("<nav>\n  <a href=\"/\">Home</a>\n  </nav>\n<nav>\n</nav>\n");
        let with = apply(&page, LINK).unwrap().expect("it is new");
        assert_eq!(
            with.plain(),
            format!("<nav>\n  <a href=\"/\">Home</a>\n    {LINK}\n  </nav>\n<nav>\n</nav>\n")
        );
        assert_eq!(apply(&with, LINK), Ok(None));
        assert_eq!(revert(&with, LINK).as_ref(), Some(&page));
        assert_eq!(revert(&page, LINK), None);
    }

    #[test]
    fn a_page_without_navigation_is_left_alone() {
        for page in ["<main></main>\n", "<nav></nav>\n"] {
            assert!(!has_navigation(page));
            assert!(apply(&Text::new(page), LINK).is_err());
        }
    }
}
