//! The starters: real apps, embedded when this program is built.

use std::fmt;

use clap::ValueEnum;

/// Every file of every starter; `build.rs` describes the form.
const PACK: &str = include_str!(concat!(env!("OUT_DIR"), "/starters.pack"));

/// Which starter a new app is copied from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// A JSON API whose `GET /` says what runs
    Api,
    /// No routes but the health checks
    Minimal,
}

/// Where a new app keeps its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    /// Embedded in the app: no server to run
    Sqlite,
    /// A server, version 13 or newer
    Postgres,
}

/// One file of a starter, its path with `/` relative to the app's root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: &'static str,
    pub(super) content: &'static str,
}

impl Template {
    /// What the template's folder is called, and `--template` takes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Minimal => "minimal",
        }
    }

    /// The package name of the starter, which stands for the name of the new app wherever it occurs.
    pub(super) fn reserved_name(self) -> &'static str {
        match self {
            Self::Api => "starter-app",
            Self::Minimal => "starter-minimal-app",
        }
    }

    /// The files of the template, in the order of their paths.
    pub(super) fn files(self) -> impl Iterator<Item = File> {
        packed(PACK).filter_map(move |file| {
            let path = file.path.strip_prefix(self.name())?.strip_prefix('/')?;
            Some(File { path, ..file })
        })
    }
}

impl Database {
    /// The name of the Cargo feature, and what `--db` takes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Api => "api: a JSON API",
            Self::Minimal => "minimal: no routes but the health checks",
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

/// The lock file of the versions that the starters were tested with; `None` when it was not packed.
pub(super) fn lock_file() -> Option<&'static str> {
    packed(PACK)
        .find(|file| file.path == "Cargo.lock")
        .map(|file| file.content)
}

/// Reads a pack, file by file; ends at the first line that is none of a pack.
fn packed(pack: &'static str) -> impl Iterator<Item = File> {
    let mut rest = pack;
    std::iter::from_fn(move || {
        let (head, tail) = rest.split_once('\n')?;
        let (length, path) = head.split_once(' ')?;
        let (content, tail) = tail.split_at_checked(length.parse().ok()?)?;
        rest = tail.strip_prefix('\n')?;
        Some(File { path, content })
    })
}

#[cfg(test)]
mod tests {
    use super::{File, Template, lock_file, packed};

    #[test]
    fn a_pack_is_read_back_file_by_file() {
        let files: Vec<File> = packed("3 a/b.rs\nx\ny\n0 empty\n\n2 c\nz\n\n").collect();
        let expected = [("a/b.rs", "x\ny"), ("empty", ""), ("c", "z\n")];
        assert_eq!(
            files,
            expected.map(|(path, content)| File { path, content })
        );
    }

    #[test]
    fn each_starter_has_what_an_app_needs() {
        for template in [Template::Api, Template::Minimal] {
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
        assert!(lock_file().is_some());
    }

    #[test]
    fn the_agents_file_is_short() {
        for template in [Template::Api, Template::Minimal] {
            let file = template
                .files()
                .find(|file| file.path == "AGENTS.md")
                .unwrap();
            assert!(file.content.lines().count() <= 80);
        }
    }
}
