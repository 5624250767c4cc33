//! The names of a resource, from any form that was typed: `role`, `roles`, `Role`, `box-office`.

use heck::{ToSnakeCase, ToUpperCamelCase};

use crate::{
    error::CliError,
    field::is_keyword,
    inflection::{plural, singular},
};

/// The forms of the name of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The singular in `snake_case`: `box_office`.
    pub singular: String,
    /// The plural in `snake_case`, also the name of the table, the folder and the path: `box_offices`.
    pub plural: String,
    /// The singular as a type: `BoxOffice`.
    pub class: String,
    /// The plural as a type: `BoxOffices`.
    pub entity: String,
    /// The singular in prose: `box office`.
    pub human: String,
    /// The plural in prose: `box offices`.
    pub humans: String,
    /// The article in prose: `a` or `an`.
    pub article: &'static str,
}

/// Modules that every app has or may get, crates that it depends on, and names that generated code uses.
const RESERVED: [&str; 36] = [
    "alloc",
    "app",
    "apps",
    "auth",
    "backups",
    "bin",
    "clap",
    "config",
    "core",
    "ctx",
    "framewright",
    "fw",
    "fw_testing",
    "garde",
    "health",
    "id",
    "ids",
    "jobs",
    "lib",
    "log",
    "mailers",
    "main",
    "middleware",
    "middlewares",
    "migration",
    "migrations",
    "mod",
    "sea_orm",
    "serde",
    "serde_json",
    "std",
    "tasks",
    "test",
    "tests",
    "tokio",
    "uploads",
];

impl Names {
    /// The names of a resource to generate.
    pub fn resource(input: &str) -> Result<Self, CliError> {
        let names = Self::of(&checked(input, "resource")?);
        // The singular of `s` is nothing.
        if names.singular.is_empty() || names.singular.ends_with('_') {
            return Err(
                CliError::usage(format!("`{input}` cannot be the name of a resource"))
                    .hint("use a noun"),
            );
        }
        check_table(&names.plural)?;
        for name in [&names.singular, &names.plural] {
            if is_keyword(name) {
                return Err(CliError::usage(format!(
                    "a resource cannot be called `{input}`: `{name}` is a keyword of Rust"
                ))
                .hint(format!("try `{}_item`", names.singular)));
            }
            if RESERVED.contains(&name.as_str()) {
                return Err(CliError::usage(format!(
                    "a resource cannot be called `{input}`: the name `{name}` is taken"
                ))
                .hint(format!("try `{}_item`", names.singular)));
            }
        }
        Ok(names)
    }

    /// The names of the resource in a table.
    pub fn of_table(table: &str) -> Self {
        Self {
            plural: table.to_owned(),
            entity: table.to_upper_camel_case(),
            ..Self::of(table)
        }
    }

    fn of(word: &str) -> Self {
        let singular = singular(word);
        let plural = plural(&singular);
        Self {
            class: singular.to_upper_camel_case(),
            entity: plural.to_upper_camel_case(),
            human: singular.replace('_', " "),
            humans: plural.replace('_', " "),
            article: article(&singular),
            singular,
            plural,
        }
    }

    /// Returns whether a word that was typed is one of the two forms, so that nobody is surprised by the name of the table.
    pub fn has_form(&self, typed: &str) -> bool {
        let typed = typed.to_snake_case();
        typed == self.singular || typed == self.plural
    }

    /// The singular in prose with its article: `a post`, `an author`.
    pub fn a(&self) -> String {
        format!("{} {}", self.article, self.human)
    }
}

/// The name of a module that is no resource (a controller, a task, a middleware) in `snake_case`.
pub fn module_name(input: &str, what: &str) -> Result<String, CliError> {
    let name = checked(input, what)?;
    if is_keyword(&name) || RESERVED.contains(&name.as_str()) {
        return Err(CliError::usage(format!(
            "a {what} cannot be called `{input}`: the name is taken"
        ))
        .hint(format!("try `{name}_{what}`")));
    }
    Ok(name)
}

/// The tables that the framework makes in every database.
const TABLES: [&str; 3] = ["audit_events", "idempotency_keys", "seaql_migrations"];

/// The beginnings of the names of tables that are not the app's, each with those who keep them.
const PREFIXES: [(&str, &str); 3] = [
    ("fw_", "the framework"),
    ("pg_", "PostgreSQL"),
    ("sqlite_", "SQLite"),
];

/// The greatest length of the name of a table: PostgreSQL cuts off what is longer.
const MAX_TABLE: usize = 63;

/// Checks that a table of the app can have this name: it begins with a letter, is not one of the framework's or of a database, and
/// every database keeps it as it is.
pub fn check_table(name: &str) -> Result<(), CliError> {
    if name.len() > MAX_TABLE {
        return Err(CliError::usage(format!(
            "the name of the table `{name}` is longer than {MAX_TABLE} characters"
        ))
        .hint("PostgreSQL cuts off the rest: use a shorter one"));
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(
            CliError::usage(format!("a table cannot be called `{name}`"))
                .hint("begin its name with a letter"),
        );
    }
    let problem = if TABLES.contains(&name) {
        "the framework has one of that name".to_owned()
    } else if let Some((prefix, keeper)) =
        PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix))
    {
        format!("{keeper} keeps names that begin with `{prefix}` for itself")
    } else {
        return Ok(());
    };
    Err(
        CliError::usage(format!("a table cannot be called `{name}`: {problem}"))
            .hint("choose another name"),
    )
}

fn checked(input: &str, what: &str) -> Result<String, CliError> {
    let name = input.to_snake_case();
    let good = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && input
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if !good {
        return Err(
            CliError::usage(format!("`{input}` cannot be the name of a {what}"))
                .hint("use the letters a to z, digits and `_`, starting with a letter"),
        );
    }
    // PostgreSQL cuts the names of tables and indexes off at 63 bytes.
    if name.len() > 40 {
        return Err(
            CliError::usage(format!("the name `{input}` is longer than 40 characters"))
                .hint("use a shorter one"),
        );
    }
    Ok(name)
}

fn article(word: &str) -> &'static str {
    let sounds_like_you = ["uni", "use", "usa", "uti", "eu", "one"]
        .iter()
        .any(|start| word.starts_with(start));
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) && !sounds_like_you {
        "an"
    } else {
        "a"
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn any_form_of_a_word_names_the_same_resource() {
        for (inputs, singular, plural, class) in [
            (["role", "roles", "Role"], "role", "roles", "Role"),
            (
                ["box_office", "box-offices", "BoxOffice"],
                "box_office",
                "box_offices",
                "BoxOffice",
            ),
            (["person", "people", "People"], "person", "people", "Person"),
            (
                ["status", "statuses", "Status"],
                "status",
                "statuses",
                "Status",
            ),
            (["news", "News", "NEWS"], "news", "news", "News"),
            (
                ["user_id", "user_ids", "UserId"],
                "user_id",
                "user_ids",
                "UserId",
            ),
            (
                ["address", "addresses", "Address"],
                "address",
                "addresses",
                "Address",
            ),
            (["data", "Data", "data"], "data", "data", "Data"),
            (["order", "orders", "Order"], "order", "orders", "Order"),
            (["cache", "caches", "Cache"], "cache", "caches", "Cache"),
            (["bonus", "bonuses", "Bonus"], "bonus", "bonuses", "Bonus"),
            (
                ["line_child", "line_children", "LineChild"],
                "line_child",
                "line_children",
                "LineChild",
            ),
        ] {
            for input in inputs {
                let names = Names::resource(input).unwrap();
                let found = [names.singular.as_str(), &names.plural, &names.class];
                assert_eq!(found, [singular, plural, class], "{input}");
            }
        }
    }

    #[test]
    fn names_that_cannot_be_used_are_refused_with_another() {
        let reports: Vec<String> = [
            "type",
            "app",
            "migration",
            "task",
            "std",
            "1st",
            "a b",
            "a.b",
            "",
            "match",
            "sqlite_page",
            "pg_index",
            "fw_job",
            "idempotency_key",
            "SeaqlMigration",
        ]
        .into_iter()
        .map(|input| Names::resource(input).unwrap_err().report())
        .collect();
        insta::assert_snapshot!(reports.join("\n"));
    }
}
