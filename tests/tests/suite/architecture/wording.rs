//! The wording of documentation comments.

use std::fs;

use fw_tests::app::repository;

use super::source::rust_files;

const RIDDLES: &[&str] = &["What", "Who", "How", "Whether", "Where"];

#[test]
fn documentation_begins_with_what_a_thing_is() {
    let mut found = Vec::new();
    for folder in ["framework", "cli"] {
        for file in rust_files(&repository().join(folder)) {
            let text = fs::read_to_string(&file).expect("the file can be read");
            let file = file
                .strip_prefix(repository())
                .expect("below the repository");
            let mut before = None;
            let lines: Vec<&str> = text.lines().collect();
            for (index, line) in lines.iter().enumerate() {
                let comment = ["///", "//!"]
                    .iter()
                    .find_map(|mark| Some((*mark, line.trim_start().strip_prefix(*mark)?)));
                if let Some((mark, text)) = comment
                    && before != Some(mark)
                    && RIDDLES.contains(&text.split_whitespace().next().unwrap_or_default())
                    && (mark == "//!" || is_of_an_item(&lines[index..]))
                {
                    found.push(format!("{}:{}:{text}", file.display(), index + 1));
                }
                before = comment.map(|(mark, _)| mark);
            }
        }
    }
    super::assert_none(
        "the first sentence of a comment says what the thing is, in the words that a reader would search for: \
         not `What is kept of …` but `A response that …`",
        &found,
    );
}

/// Whether a documentation comment is of a type, a function and the like, not of a field or a variant.
fn is_of_an_item(comment: &[&str]) -> bool {
    let documented = comment
        .iter()
        .map(|line| line.trim_start())
        .find(|line| !line.starts_with("///") && !line.starts_with("#["));
    documented.is_some_and(|line| {
        let visibility = |word: &&str| word.starts_with("pub") || word.ends_with(')');
        let mut words = line.split_whitespace().skip_while(visibility);
        words.next().is_some_and(|word| ITEMS.contains(&word))
    })
}

const ITEMS: &[&str] = &[
    "async",
    "const",
    "enum",
    "fn",
    "impl",
    "macro_rules!",
    "mod",
    "static",
    "struct",
    "trait",
    "type",
    "unsafe",
    "use",
];
