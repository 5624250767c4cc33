//! The name of an app: one that cargo, Rust, a database and the generated code all accept.

use heck::{ToKebabCase, ToSnakeCase, ToUpperCamelCase};

use crate::error::CliError;

/// The greatest length in bytes: database servers cut the names of databases at 63 bytes, and ours end with the
/// environment.
const MAX_LENGTH: usize = 48;

/// The keywords of Rust.
const KEYWORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern false final \
    fn for gen if impl in let loop macro macro_rules match mod move mut override priv pub raw ref return self static struct \
    super trait true try type typeof union unsafe unsized use virtual where while yield";

/// Crates that every app sees already, and words that cargo gives another meaning.
const TAKEN: &str = "test core std alloc proc_macro fw fw_testing framewright framewright_testing framewright_build fw_build cargo cargo_fw \
    clap garde sea_orm serde serde_json tokio build deps examples incremental target debug release";

/// Devices that Windows finds in every folder.
const DEVICES: &str = "aux com1 com2 com3 com4 com5 com6 com7 com8 com9 con lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9 nul prn";

/// A name such as `my-blog`: lower case letters, digits and single hyphens or underscores, a letter first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AppName(String);

impl AppName {
    /// Checks a name; the error proposes one that would be accepted.
    pub(crate) fn parse(name: &str) -> Result<Self, CliError> {
        match objection(name) {
            None => Ok(Self(name.to_owned())),
            Some(objection) => Err(CliError::usage(format!("the name `{name}` {objection}"))
                .hint(format!("`--name {}` would do", proposal(name)))),
        }
    }

    /// The name of the package and of the binary: `my-blog`.
    pub(crate) fn package(&self) -> &str {
        &self.0
    }

    /// The name of the library in Rust code, and the beginning of the names of databases: `my_blog`.
    pub(crate) fn library(&self) -> String {
        self.0.replace('-', "_")
    }

    /// The name of a type: `MyBlog`.
    pub(crate) fn camel(&self) -> String {
        self.0.to_upper_camel_case()
    }
}

/// The reason why a name is not acceptable; `None` if it is.
fn objection(name: &str) -> Option<String> {
    let library = name.replace('-', "_");
    let is_in = |words: &str| words.split_whitespace().any(|word| word == library);
    if name.is_empty() {
        Some("is empty".to_owned())
    } else if name.len() > MAX_LENGTH {
        Some(format!("is longer than {MAX_LENGTH} characters"))
    } else if let Some(wrong) = name.chars().find(|&c| !allowed(c)) {
        Some(match wrong {
            'A'..='Z' => format!("has the capital letter `{wrong}`"),
            _ if wrong.is_alphabetic() => {
                format!("has the letter `{wrong}`: only a to z may be in the name of a crate")
            }
            _ => format!("has the character `{wrong}`, which no crate may have"),
        })
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        Some("does not start with a letter".to_owned())
    } else if name.split(['-', '_']).any(str::is_empty) {
        Some("has a hyphen or an underscore at its end or next to another".to_owned())
    } else if is_in(KEYWORDS) {
        Some("is a word that Rust keeps for itself".to_owned())
    } else if is_in(TAKEN) {
        Some("is the name of something that every app has already".to_owned())
    } else if is_in(DEVICES) {
        Some("is the name of a device on Windows".to_owned())
    } else {
        None
    }
}

fn allowed(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'
}

/// An acceptable name that is similar to one that is not. Without its letters of other alphabets a name is none that anybody wants.
fn proposal(name: &str) -> String {
    if name.chars().any(|c| c.is_alphabetic() && !c.is_ascii()) {
        return "my-app".to_owned();
    }
    let cleaned: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                '-'
            }
        })
        .collect();
    let mut proposal = if cleaned.contains('_') && !cleaned.contains('-') {
        cleaned.to_snake_case()
    } else {
        cleaned.to_kebab_case()
    };
    proposal.truncate(MAX_LENGTH - "app-".len());
    let proposal = proposal.trim_end_matches(['-', '_']);
    if proposal.is_empty() {
        return "my-app".to_owned();
    }
    [
        proposal.to_owned(),
        format!("{proposal}-app"),
        format!("app-{proposal}"),
    ]
    .into_iter()
    .find(|proposal| objection(proposal).is_none())
    .unwrap_or_else(|| "my-app".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{AppName, objection, proposal};

    #[test]
    fn names_in_their_three_forms() {
        for (name, library, camel) in [
            ("blog", "blog", "Blog"),
            ("my-blog", "my_blog", "MyBlog"),
            ("my_blog2", "my_blog2", "MyBlog2"),
            ("a1-2b", "a1_2b", "A12b"),
        ] {
            let parsed = AppName::parse(name).unwrap();
            assert_eq!(
                (parsed.package(), parsed.library().as_str()),
                (name, library)
            );
            assert_eq!(parsed.camel(), camel);
        }
    }

    #[test]
    fn a_refused_name_comes_with_one_that_is_accepted() {
        for (name, expected) in [
            ("", "my-app"),
            ("Blog", "blog"),
            ("MyBlog", "my-blog"),
            ("My_Blog", "my_blog"),
            ("2048", "app-2048"),
            ("-x", "x"),
            ("blog-", "blog"),
            ("my--app", "my-app"),
            ("my blog", "my-blog"),
            ("my.blog", "my-blog"),
            ("café", "my-app"),
            ("日本", "my-app"),
            ("match", "match-app"),
            ("async", "async-app"),
            ("gen", "gen-app"),
            ("test", "test-app"),
            ("core", "core-app"),
            ("std", "std-app"),
            ("fw", "fw-app"),
            ("framewright", "framewright-app"),
            ("proc-macro", "proc-macro-app"),
            ("sea-orm", "sea-orm-app"),
            ("serde", "serde-app"),
            ("con", "con-app"),
            ("con_", "con-app"),
        ] {
            assert!(objection(name).is_some(), "`{name}` is accepted");
            assert_eq!(proposal(name), expected, "for `{name}`");
        }
        let long = "a".repeat(200);
        assert!(objection(&long).is_some() && objection(&proposal(&long)).is_none());
    }
}
