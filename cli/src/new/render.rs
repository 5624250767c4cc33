//! Renders a file of a starter for a new app: names are replaced, comment regions chosen.
//!
//! A region is marked by two lines that hold nothing but a comment, in whatever syntax the file has:
//!
//! ```toml
//! # fw:if sqlite
//! url = "sqlite://data/starter_app_development.db"
//! # fw:end
//! # fw:if postgres
//! #| url = "postgres://localhost:5432/starter_app_development"
//! # fw:end
//! ```
//!
//! The conditions are `new` (always true), `sqlite` and `postgres`. A line that the starter itself must not have in effect
//! begins with `#|`, which is taken away.

use super::{
    name::AppName,
    starter::{Database, RESERVED_NAME},
};

/// The values that a starter is rendered with.
pub(super) struct Renderer<'a> {
    pub(super) database: Database,
    pub(super) name: &'a AppName,
}

impl Renderer<'_> {
    /// The rendered text.
    pub(super) fn render(&self, text: &str) -> String {
        self.rename(&self.choose(text))
    }

    /// Keeps the regions whose condition holds, without their markers.
    fn choose(&self, text: &str) -> String {
        let mut chosen = String::with_capacity(text.len());
        let mut region: Option<bool> = None;
        for line in text.split_inclusive('\n') {
            match (marker(line), region) {
                (Some(Marker::If(condition)), _) => region = Some(self.holds(condition)),
                (Some(Marker::End), _) => region = None,
                (None, Some(true)) => chosen.push_str(&uncommented(line)),
                (None, None) => chosen.push_str(line),
                (None, Some(false)) => {}
            }
        }
        chosen
    }

    fn holds(&self, condition: &str) -> bool {
        condition == "new" || condition == self.database.name()
    }

    /// Replaces the reserved name in each of its forms.
    fn rename(&self, text: &str) -> String {
        let Ok(reserved) = AppName::parse(RESERVED_NAME) else {
            return text.to_owned();
        };
        text.replace(reserved.package(), self.name.package())
            .replace(&reserved.library(), &self.name.library())
            .replace(&reserved.camel(), &self.name.camel())
    }
}

enum Marker<'a> {
    If(&'a str),
    End,
}

/// Reads a line such as `# fw:if sqlite` or `<!-- fw:end -->`.
fn marker(line: &str) -> Option<Marker<'_>> {
    let comment = line.trim().trim_start_matches(['#', '/', '<', '!', '-']);
    let words = comment
        .trim_end_matches(['-', '>'])
        .trim()
        .strip_prefix("fw:")?;
    match words.strip_prefix("if ") {
        Some(condition) => Some(Marker::If(condition)),
        None => (words == "end").then_some(Marker::End),
    }
}

/// A line without its `#|`, at the same depth.
fn uncommented(line: &str) -> String {
    let content = line.trim_start_matches(' ');
    let indent = &line[..line.len() - content.len()];
    match content.strip_prefix("#|") {
        Some(blank) if blank.trim().is_empty() => "\n".to_owned(),
        Some(content) => format!("{indent}{}", content.strip_prefix(' ').unwrap_or(content)),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::Renderer;
    use crate::new::{
        name::AppName,
        starter::{Database, Starter},
    };

    fn render(database: Database, text: &str) -> String {
        let name = AppName::parse("my-blog").unwrap();
        Renderer {
            database,
            name: &name,
        }
        .render(text)
    }

    #[test]
    fn every_form_of_the_name_is_replaced() {
        let text = "name = \"starter-app\"\nstarter_app::StarterApp\n";
        let expected = "name = \"my-blog\"\nmy_blog::MyBlog\n";
        assert_eq!(render(Database::Sqlite, text), expected);
    }

    #[test]
    fn regions_are_chosen_and_uncommented() {
        let text = "a\n  # fw:if sqlite\n  b\n  # fw:end\n# fw:if postgres\n  #| c:\n  #|   d\n  #|\n# fw:end\n\
                    <!-- fw:if new -->\ne\n<!-- fw:end -->\n";
        assert_eq!(render(Database::Sqlite, text), "a\n  b\ne\n");
        assert_eq!(render(Database::Postgres, text), "a\n  c:\n    d\n\ne\n");
    }

    #[test]
    fn nothing_of_a_starter_is_left() {
        for template in Starter::value_variants() {
            for database in [Database::Sqlite, Database::Postgres] {
                let name = AppName::parse("blog").unwrap();
                let renderer = Renderer {
                    database,
                    name: &name,
                };
                for file in template.files() {
                    let text = renderer.render(file.content);
                    for remainder in ["starter", "Starter", "fw:if", "fw:end", "#|"] {
                        assert!(
                            !text.contains(remainder),
                            "{remainder} in {}:\n{text}",
                            file.path
                        );
                    }
                }
            }
        }
    }
}
