//! The starters: real apps, embedded when this program is built.

use std::fmt;

use clap::ValueEnum;

use crate::starters::{File, in_folder};

/// The package name of the starters, which is replaced by the name of the new app wherever it occurs.
pub(super) const RESERVED_NAME: &str = "starter-app";

/// The starter that a new app is copied from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Starter {
    /// A JSON API whose `GET /` names the app
    Api,
    /// No routes but the health checks
    Minimal,
    /// `api --auth`: a JSON API with accounts
    Saas,
    /// Pages from templates, with assets and languages
    Web,
}

/// The database of a new app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    /// Embedded in the app: no server to run
    #[value(alias = "sqlite3")]
    Sqlite,
    /// A server, version 13 or newer
    #[value(aliases = ["postgresql", "pg", "psql"])]
    Postgres,
}

impl Starter {
    /// The name of the template's folder, which `--template` takes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Minimal => "minimal",
            Self::Saas => "saas",
            Self::Web => "web",
        }
    }

    /// The files of the template in the order of their paths: those of its folder, and those of `api` that the folder
    /// neither replaces nor lists as left out.
    pub(super) fn files(self) -> impl Iterator<Item = File> {
        // The accounts are generated.
        let folder = match self {
            Self::Saas => Self::Api.name(),
            other => other.name(),
        };
        let own: Vec<File> = in_folder(folder).collect();
        let left_out = own.iter().find(|file| file.path == WITHOUT);
        let left_out: Vec<&str> =
            left_out.map_or_else(Vec::new, |file| file.content.lines().collect());
        let is_below = |path: &str, folder: &str| {
            path.strip_prefix(folder)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut files: Vec<File> = in_folder(Self::Api.name())
            .filter(|file| !own.iter().any(|other| other.path == file.path))
            .filter(|file| !left_out.iter().any(|path| is_below(file.path, path)))
            .collect();
        files.extend(own.into_iter().filter(|file| file.path != WITHOUT));
        files.sort_by_key(|file| file.path);
        files.into_iter()
    }
}

/// The file in a starter's folder that lists the paths of `api` to leave out, one on each line.
const WITHOUT: &str = ".without";

impl Database {
    /// The name of the Cargo feature, which `--db` takes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

impl fmt::Display for Starter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Api => "api: a JSON API",
            Self::Minimal => "minimal: no routes but the health checks",
            Self::Saas => "saas: a JSON API with accounts",
            Self::Web => "web: pages from templates",
        })
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite: embedded, no server to run",
            Self::Postgres => "PostgreSQL 13 or newer",
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::Starter;
    use crate::starters::lock_file;

    #[test]
    fn each_starter_has_what_an_app_needs() {
        for template in Starter::value_variants() {
            let paths: Vec<_> = template.files().map(|file| file.path).collect();
            for path in [
                ".env.example",
                ".github/workflows/ci.yml",
                ".gitignore",
                "AGENTS.md",
                "Cargo.toml",
                "README.md",
                "config/default.toml",
                "config/development.toml",
                "config/production.toml",
                "config/test.toml",
                "src/app.rs",
                "src/lib.rs",
                "src/main.rs",
                "src/migrations/mod.rs",
            ] {
                assert!(paths.contains(&path), "{} has no {path}", template.name());
            }
        }
        let home = |template: Starter| {
            template
                .files()
                .any(|file| file.path.starts_with("src/home/"))
        };
        assert!(home(Starter::Api) && !home(Starter::Minimal));
        assert!(Starter::Minimal.files().all(|file| file.path != ".without"));
        assert!(lock_file().is_some());
    }

    #[test]
    fn the_agents_file_is_short() {
        for template in Starter::value_variants() {
            let file = template
                .files()
                .find(|file| file.path == "AGENTS.md")
                .unwrap();
            assert!(file.content.lines().count() <= 80);
        }
    }
}
