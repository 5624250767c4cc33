//! Edits of TOML files: a feature of the framework in the manifest, and tables. Comments and layout of the file survive.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use toml_edit::{Array, Document, Table as TomlTable};

use super::MissingAnchor;
use crate::file::Text;

/// Tables of a TOML file, as their lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The header of the table behind which they go, such as `dependencies`; without such a table they go to the end of the file.
    pub after: String,
    /// The lines, with headers and comments.
    pub lines: String,
}

/// The text with a feature of `framewright`; `None` if it has it already.
pub(super) fn add_feature(text: &Text, name: &str) -> Result<Option<Text>, MissingAnchor> {
    let document = parse(text.plain())?;
    let features = features(&document)?;
    let listed = elements(features);
    if listed.iter().any(|(listed, _)| *listed == name) {
        return Ok(None);
    }
    let is_sorted = listed.is_sorted_by_key(|(listed, _)| *listed);
    let next = listed
        .iter()
        .position(|(listed, _)| is_sorted && *listed > name);
    let item = format!("\"{name}\"");
    let (at, item) = match (next, listed.as_slice()) {
        (Some(next), _) => {
            let start = listed[next].1.start;
            let space = space_before(text.plain(), start, next == 0);
            (start, format!("{item},{space}"))
        }
        (None, [.., (_, last)]) => {
            let space = space_before(text.plain(), last.start, listed.len() == 1);
            (last.end, format!(",{space}{item}"))
        }
        (None, []) => {
            let array = features.span().unwrap_or_default();
            (array.start + 1, item)
        }
    };
    Ok(Some(text.splice(at..at, &item)))
}

/// The text without a feature of `framewright`; `None` if it does not have it.
pub(super) fn remove_feature(text: &Text, name: &str) -> Result<Option<Text>, MissingAnchor> {
    let document = parse(text.plain())?;
    let Ok(features) = features(&document) else {
        return Ok(None);
    };
    let listed = elements(features);
    let Some(index) = listed.iter().position(|(listed, _)| *listed == name) else {
        return Ok(None);
    };
    let own = listed[index].1.clone();
    let range = match (listed.get(index + 1), index.checked_sub(1)) {
        (Some((_, next)), _) => own.start..next.start,
        (None, Some(before)) => listed[before].1.end..own.end,
        (None, None) => own,
    };
    Ok(Some(text.splice(range, "")))
}

/// The features of the framework that a manifest lists.
fn features<'a>(document: &'a Document<&str>) -> Result<&'a Array, MissingAnchor> {
    let dependency = document
        .as_table()
        .get("dependencies")
        .and_then(|all| all.get("framewright"));
    dependency
        .and_then(|framework| framework.get("features")?.as_array())
        .ok_or_else(|| MissingAnchor("its `framewright` has no list of `features`".to_owned()))
}

/// The texts of an array and their places.
fn elements(array: &Array) -> Vec<(&str, Range<usize>)> {
    let elements = array.iter();
    elements
        .filter_map(|value| Some((value.as_str()?, value.span()?)))
        .collect()
}

/// The white space before an element; that of the first one counts only if it is a line break.
fn space_before(text: &str, start: usize, is_first: bool) -> &str {
    let before = &text[..start];
    let space = &before[before.trim_end().len()..];
    if is_first && !space.contains('\n') {
        " "
    } else {
        space
    }
}

/// The text with tables; `None` if it has them already.
pub(super) fn add_table(text: &Text, table: &Table) -> Result<Option<Text>, MissingAnchor> {
    let plain = text.plain();
    parse(plain)?;
    if has_lines(plain, &table.lines) {
        return Ok(None);
    }
    if let Some(mark) = own_mark(plain, &table.lines) {
        return Err(MissingAnchor(format!("it has another `{mark}`")));
    }
    let at = end_of_section(plain, &table.after).unwrap_or(plain.trim_end().len());
    let added = format!("\n\n{}", table.lines.trim_end());
    let after = text.splice(at..at, &added);
    parse(after.plain())?;
    Ok(Some(after))
}

/// The text without tables; `None` if it does not have them.
pub(super) fn remove_table(text: &Text, table: &Table) -> Result<Option<Text>, MissingAnchor> {
    let plain = text.plain();
    let lines = table.lines.trim_end();
    if !has_lines(plain, lines) {
        return match own_mark(plain, lines) {
            Some(mark) => Err(MissingAnchor(format!("its `{mark}` was edited"))),
            None => Ok(None),
        };
    }
    let start = plain.find(lines).unwrap_or_default();
    let end = start + lines.len();
    let range = match plain[..start].strip_suffix("\n\n") {
        Some(before) => before.len()..end,
        None => start..end,
    };
    Ok(Some(text.splice(range, "")))
}

/// Returns whether a text has these lines, and no others between them.
fn has_lines(plain: &str, lines: &str) -> bool {
    let lines = lines.trim_end();
    plain.match_indices(lines).any(|(at, _)| {
        let before = &plain[..at];
        let after = &plain[at + lines.len()..];
        (before.is_empty() || before.ends_with('\n'))
            && (after.is_empty() || after.starts_with('\n'))
    })
}

/// The line of the file by which somebody else has one of the tables: a header, or the name of a table in an array.
fn own_mark<'a>(plain: &str, lines: &'a str) -> Option<&'a str> {
    let mut marks = lines.lines().filter(|line| {
        let is_header = line.starts_with('[') && !line.starts_with("[[");
        is_header || line.starts_with("name = ")
    });
    marks.find(|mark| plain.lines().any(|line| line.trim() == *mark))
}

/// The end of what belongs to a table: before the comments of the next one, and the empty lines before those.
fn end_of_section(plain: &str, header: &str) -> Option<usize> {
    let header = format!("[{header}]");
    let mut at = 0;
    let mut lines = plain.split_inclusive('\n').map(|line| {
        let start = at;
        at += line.len();
        (start, line)
    });
    lines.find(|(_, line)| line.trim_end() == header)?;
    let rest: Vec<_> = lines.collect();
    let next = rest.iter().position(|(_, line)| line.starts_with('['));
    let Some(next) = next else {
        return Some(plain.trim_end().len());
    };
    let comments = rest[..next]
        .iter()
        .rev()
        .take_while(|(_, line)| line.starts_with('#'))
        .count();
    // All of it may be comments: then they are of this table.
    let end = if comments == next {
        next
    } else {
        next - comments
    };
    Some(plain[..rest[end].0].trim_end().len())
}

fn parse(text: &str) -> Result<Document<&str>, MissingAnchor> {
    let document = Document::parse(text)
        .map_err(|error| MissingAnchor(format!("it is no valid TOML: {}", error.message())))?;
    let _: &TomlTable = document.as_table();
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::{Table, add_feature, add_table, remove_feature, remove_table};
    use crate::file::Text;

    fn manifest(features: &str) -> Text {
        Text::new(format!(
            "[package]\nname = \"blog\"\n\n[dependencies]\nclap = \"4\"\nframewright = {{ path = \"x\", features = {features} }} # mine\n"
        ))
    }

    #[test]
    fn a_feature_takes_its_place_and_is_taken_back() {
        for (before, after) in [
            (
                "[\"openapi\", \"sqlite\"]",
                "[\"auth\", \"openapi\", \"sqlite\"]",
            ),
            (
                "[\"alpha\", \"sqlite\"]",
                "[\"alpha\", \"auth\", \"sqlite\"]",
            ),
            ("[\"alpha\"]", "[\"alpha\", \"auth\"]"),
            (
                "[\"sqlite\", \"openapi\"]",
                "[\"sqlite\", \"openapi\", \"auth\"]",
            ),
            ("[]", "[\"auth\"]"),
            (
                "[\n  \"alpha\",\n  \"sqlite\",\n]",
                "[\n  \"alpha\",\n  \"auth\",\n  \"sqlite\",\n]",
            ),
            (
                "[\n  \"sqlite\", # embedded\n]",
                "[\n  \"auth\",\n  \"sqlite\", # embedded\n]",
            ),
        ] {
            let before = manifest(before);
            let with = add_feature(&before, "auth").unwrap().expect("it is new");
            assert_eq!(with, manifest(after));
            assert_eq!(add_feature(&with, "auth"), Ok(None));
            assert_eq!(remove_feature(&with, "auth"), Ok(Some(before.clone())));
            assert_eq!(remove_feature(&before, "auth"), Ok(None));
        }
    }

    #[test]
    fn a_manifest_without_a_list_of_features_is_left_alone() {
        let manifest = Text::new("[dependencies]\nframewright = \"0.1\"\n");
        assert!(add_feature(&manifest, "auth").is_err());
        assert_eq!(remove_feature(&manifest, "auth"), Ok(None));
    }

    fn table(after: &str, lines: &str) -> Table {
        Table {
            after: after.to_owned(),
            lines: lines.to_owned(),
        }
    }

    #[test]
    fn a_table_goes_behind_another_one_and_is_taken_back() {
        for (after, before, expected) in [
            // Before the comment of the next one.
            (
                "a",
                "[a]\nx = 1\n\n# About b.\n[b]\ny = 1\n",
                "[a]\nx = 1\n\n[new]\nz = 1\n\n# About b.\n[b]\ny = 1\n",
            ),
            // Comments of its own stay with it.
            (
                "a",
                "[a]\n#x = 1\n\n#y = 1\n\n[b]\n",
                "[a]\n#x = 1\n\n#y = 1\n\n[new]\nz = 1\n\n[b]\n",
            ),
            ("a", "[a]\nx = 1\n", "[a]\nx = 1\n\n[new]\nz = 1\n"),
            ("missing", "[a]\nx = 1\n", "[a]\nx = 1\n\n[new]\nz = 1\n"),
            (
                "a",
                "\u{feff}[a]\r\nx = 1\r\n\r\n[b]\r\n",
                "\u{feff}[a]\r\nx = 1\r\n\r\n[new]\r\nz = 1\r\n\r\n[b]\r\n",
            ),
        ] {
            let edit = table(after, "[new]\nz = 1\n");
            let before = Text::new(before);
            let with = add_table(&before, &edit).unwrap().expect("it is new");
            assert_eq!(with.raw(), expected);
            assert_eq!(add_table(&with, &edit), Ok(None));
            assert_eq!(remove_table(&with, &edit), Ok(Some(before.clone())));
            assert_eq!(remove_table(&before, &edit), Ok(None));
        }
    }

    #[test]
    fn a_table_of_somebody_else_is_left_alone() {
        let edit = table("a", "[new]\nz = 1\n");
        let own = Text::new("[a]\n\n[new]\nz = 2\n");
        assert!(add_table(&own, &edit).is_err());
        assert!(remove_table(&own, &edit).is_err());
        let rule = table("a", "[[rules]]\nname = \"sign-in\"\nrequests = 10\n");
        let own = Text::new("[a]\n\n[[rules]]\nname = \"sign-in\"\nrequests = 20\n");
        assert!(add_table(&own, &rule).is_err());
        assert!(remove_table(&own, &rule).is_err());
    }
}
