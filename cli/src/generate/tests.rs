//! Tests of generators and their inverses on a small app, without compiling anything.

mod auth;
mod conflicts;
mod edits;
mod mails;
mod migrations;
mod records;
mod schema;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use clap::Parser;
use tempfile::TempDir;

use crate::{
    destroy,
    error::CliError,
    generate,
    plan::{OutputOptions, Report, Verbosity, execute},
    project::Project,
};

const LIB: &str = "//! The app.\n\npub mod app;\npub mod migrations;\n\npub use app::App;\n";
const APP: &str = "use fw::prelude::*;

/// The application.
pub struct App;

impl Hooks for App {
    type Settings = ();

    fn routes() -> Routes {
        Routes::new()
    }

    fn tasks() -> Tasks {
        Tasks::new()
    }
}
";
const MIGRATIONS: &str = "use fw::migration::Migration;

/// The migrations in the order in which they are applied.
pub fn all() -> Vec<Migration> {
    vec![]
}
";

struct App(TempDir);

impl App {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("src/migrations")).unwrap();
        let manifest = "[package]\nname = \"blog\"\n\n[dependencies]\nframewright = { version = \"0.1\", features = [\"sqlite\"] }\n";
        for (path, text) in [
            ("Cargo.toml", manifest),
            ("src/lib.rs", LIB),
            ("src/app.rs", APP),
            ("src/migrations/mod.rs", MIGRATIONS),
        ] {
            fs::write(folder.path().join(path), text).unwrap();
        }
        Self(folder)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn generate(&self, args: &str) -> Result<Report, CliError> {
        self.generate_with(args, &OutputOptions::default())
    }

    fn generate_with(&self, args: &str, output: &OutputOptions) -> Result<Report, CliError> {
        let project = Project::find(self.0.path()).unwrap();
        let args = shlex::split(args).unwrap();
        let command = generate::Command::of(&args).unwrap();
        execute(&project, command.plan(&project)?, output, Verbosity::Quiet)
    }

    fn destroy(&self, args: &str) -> Result<Report, CliError> {
        self.destroy_with(args, &OutputOptions::default())
    }

    fn destroy_with(&self, args: &str, output: &OutputOptions) -> Result<Report, CliError> {
        #[derive(Parser)]
        #[command(no_binary_name = true)]
        struct CommandLine {
            #[command(subcommand)]
            command: destroy::Command,
        }
        let project = Project::find(self.0.path()).unwrap();
        let args = CommandLine::try_parse_from(args.split(' ')).unwrap();
        execute(
            &project,
            args.command.plan(&project)?,
            output,
            Verbosity::Quiet,
        )
    }

    /// Changes the text of every file, as git and editors do.
    fn rewrite(&self, change: impl Fn(&str) -> String) {
        for (path, text) in self.tree() {
            if path.is_file() {
                fs::write(path, change(&text)).unwrap();
            }
        }
    }

    /// The texts of all files, with the folders.
    fn tree(&self) -> BTreeMap<PathBuf, String> {
        fn add(folder: &Path, tree: &mut BTreeMap<PathBuf, String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    tree.insert(path.clone(), String::new());
                    add(&path, tree);
                } else {
                    tree.insert(path.clone(), fs::read_to_string(&path).unwrap());
                }
            }
        }
        let mut tree = BTreeMap::new();
        add(self.0.path(), &mut tree);
        tree
    }
}

const AUTHOR: &str = "scaffold author name:string!";
const FOLDER: &str = "scaffold folder name:string! --lock";
const POST: &str = "scaffold post title:string! slug:string^ content:text status:enum(draft,published)=draft \
                    author:references? rating:decimal(3,2)";

#[test]
fn what_is_generated_twice_changes_nothing_and_what_is_destroyed_leaves_no_trace() {
    let app = App::new();
    for (generate, destroy) in [
        (AUTHOR, "scaffold author"),
        (POST, "scaffold posts"),
        (
            "scaffold node parent:references(nodes)? author:references^",
            "scaffold node",
        ),
        (
            "scaffold match_day author:references editor:references(authors)?",
            "scaffold match_day",
        ),
        ("model tag name:string^", "model tag"),
        (FOLDER, "scaffold folder"),
        (
            "model leaf folder:references text:text! --lock",
            "model leaf",
        ),
        (
            "migration create_join_table_posts_tags",
            "migration create_join_table_posts_tags",
        ),
        (
            "migration add_views_and_note_to_posts views:int=0 note:text",
            "migration add_views_and_note_to_posts",
        ),
        (
            "migration add_ref_tag_to_posts",
            "migration add_ref_tag_to_posts",
        ),
        (
            "migration rename_slug_to_handle_on_posts",
            "migration rename_slug_to_handle_on_posts",
        ),
        (
            "migration remove_handle_from_posts",
            "migration remove_handle_from_posts",
        ),
        ("migration backfill", "migration backfill"),
        ("migration drop_match_days", "migration drop_match_days"),
        ("controller pages index about_us", "controller pages"),
        ("task drafts:prune", "task drafts:prune"),
        ("task cleanup", "task cleanup"),
        ("job send_welcome", "job send_welcome"),
        (
            "schedule nightly_report --cron '30 2 * * *'",
            "schedule nightly_report",
        ),
        ("schedule poll --every 1h30m", "schedule poll"),
        ("middleware tenant", "middleware tenant"),
        ("middleware second", "middleware second"),
    ] {
        let before = app.tree();
        app.generate(generate).unwrap();
        let after = app.tree();
        let again = app.generate(generate).unwrap();
        assert_eq!(app.tree(), after, "{generate} again");
        assert!(
            again
                .rows
                .iter()
                .all(|row| matches!(row.action, "identical" | "present")),
            "{again:#?}"
        );
        app.destroy(destroy).unwrap();
        assert_eq!(app.tree(), before, "{destroy}");
        app.generate(generate).unwrap();
    }
    // What later resources added to its model does not make the first one different.
    for first in [AUTHOR, FOLDER] {
        let report = app.generate(first).unwrap();
        assert!(
            report
                .rows
                .iter()
                .all(|row| matches!(row.action, "identical" | "present")),
            "{report:#?}"
        );
    }
}

#[test]
fn other_fields_are_refused_with_the_migration_to_make() {
    let app = App::new();
    app.generate("scaffold post title:string! note:text")
        .unwrap();
    let before = app.tree();
    let reports: Vec<String> = [
        "scaffold post title:string! note:text rating:decimal(3,2) slug:string^",
        "scaffold post title:string!",
        "scaffold post title:string(80)! note:text",
        "scaffold post title:string!+ note:text",
    ]
    .into_iter()
    .map(|args| {
        let report = app
            .generate_with(
                args,
                &OutputOptions {
                    force: true,
                    ..OutputOptions::default()
                },
            )
            .unwrap_err()
            .report();
        // The time in the name of the migration.
        let at = report.find("/m2").expect("the migration is named");
        format!("{}m[time]{}", &report[..=at], &report[at + 17..])
    })
    .collect();
    insta::assert_snapshot!(reports.join("\n"));
    assert_eq!(app.tree(), before);
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_written() {
    let app = App::new();
    app.generate(AUTHOR).unwrap();
    let before = app.tree();
    let reports: Vec<String> = [
        "scaffold post autor:references",
        "scaffold post writer:references(autors)",
        "scaffold node parent:references(nodes)",
        "scaffold post author:string author:references",
        "migration add_age_to_authors",
        "migration add_name_to_authors name:string",
        "migration add_age_to_autors age:int",
        "migration remove_age_from_authors",
        "migration rename_age_to_years_on_authors",
        "migration remove_created_at_from_authors",
        "migration rename_id_to_key_on_authors",
        "migration create_idempotency_keys",
        "migration create_pg_indexes",
        "migration create_sqlite_stat",
        "model fw_setting",
        "migration create_join_table_authors_tags",
        "migration drop_tags",
        "migration create_authors name:string! age:int",
        "migration backfill age:int",
        "task db:check",
        "controller std",
        "scaffold post title:string! lock_version:int",
        "scaffold author name:string! --lock",
        "middleware timeout",
        "schedule nightly_report --cron '0 2 * *'",
        "schedule nightly_report --cron '0 9 * * MON#2'",
        "schedule nightly_report --cron '0 2 * * *' --zone Berlin)",
        "schedule nightly_report --cron '0 2 * * *' --zone Europe/Berlin",
        "schedule nightly_report --every often",
    ]
    .into_iter()
    .map(|args| {
        let report = app.generate(args).unwrap_err().report();
        match report.find("/m2") {
            Some(at) => format!("{args}\n{}m[time]{}", &report[..=at], &report[at + 17..]),
            None => format!("{args}\n{report}"),
        }
    })
    .collect();
    insta::assert_snapshot!(reports.join("\n\n"));
    assert_eq!(app.tree(), before);
}

#[test]
fn without_its_anchor_nothing_is_written_and_the_snippet_is_given() {
    let app = App::new();
    fs::write(
        app.path("src/app.rs"),
        APP.replace("Routes::new()", "match 1 { _ => Routes::new() }"),
    )
    .unwrap();
    let before = app.tree();
    insta::assert_snapshot!(app.generate(AUTHOR).unwrap_err().report());
    assert_eq!(app.tree(), before);
}

#[test]
fn a_file_that_is_in_the_way_stops_everything_unless_told_otherwise() {
    let app = App::new();
    fs::create_dir(app.path("src/authors")).unwrap();
    fs::write(app.path("src/authors/dto.rs"), "// mine\n").unwrap();
    let before = app.tree();
    insta::assert_snapshot!(app.generate(AUTHOR).unwrap_err().report());
    assert_eq!(app.tree(), before);

    app.generate_with(
        AUTHOR,
        &OutputOptions {
            dry_run: true,
            ..OutputOptions::default()
        },
    )
    .unwrap();
    assert_eq!(app.tree(), before);

    app.generate_with(
        AUTHOR,
        &OutputOptions {
            skip: true,
            ..OutputOptions::default()
        },
    )
    .unwrap();
    assert_eq!(app.read("src/authors/dto.rs"), "// mine\n");
    assert!(app.path("src/authors/model.rs").exists());

    app.generate_with(
        AUTHOR,
        &OutputOptions {
            force: true,
            ..OutputOptions::default()
        },
    )
    .unwrap();
    assert!(
        app.read("src/authors/dto.rs")
            .contains("pub struct AuthorBody")
    );
}

#[test]
fn what_was_edited_since_is_not_destroyed() {
    let app = App::new();
    app.generate(AUTHOR).unwrap();
    fs::write(
        app.path("src/authors/dto.rs"),
        app.read("src/authors/dto.rs") + "// mine\n",
    )
    .unwrap();
    let before = app.tree();
    insta::assert_snapshot!(app.destroy("scaffold author").unwrap_err().report());
    assert_eq!(app.tree(), before);
}

#[test]
fn what_others_build_on_is_not_destroyed() {
    let app = App::new();
    app.generate(AUTHOR).unwrap();
    app.generate(POST).unwrap();
    let report = app.destroy("scaffold author").unwrap_err().report();
    assert_eq!(
        report,
        "error: the table `posts` refers to `authors`\nhint: cargo fw destroy scaffold post"
    );

    app.generate("migration add_age_to_authors age:int")
        .unwrap();
    app.destroy("scaffold post").unwrap();
    let report = app.destroy("scaffold author").unwrap();
    assert!(!app.path("src/authors").exists());
    assert!(
        report
            .rows
            .iter()
            .all(|row| !row.path.starts_with("src/migrations/"))
    );
    assert!(
        report.notes[0].contains("cargo fw generate migration drop_authors"),
        "{:?}",
        report.notes
    );
}

#[test]
fn the_down_of_a_migration_restores_what_earlier_ones_made() {
    let app = App::new();
    app.generate("scaffold post title:string! slug:string(80)^ price:decimal(10,2)=9.5")
        .unwrap();
    app.generate("migration add_note_to_posts note:text")
        .unwrap();
    app.generate("migration rename_slug_to_handle_on_posts")
        .unwrap();
    app.generate("migration remove_handle_from_posts").unwrap();
    app.generate("migration drop_posts").unwrap();
    let project = Project::find(app.0.path()).unwrap();
    let bodies: Vec<String> = project
        .migrations
        .iter()
        .map(|migration| {
            let body = migration
                .source
                .split("use fw::migration::prelude::*;")
                .nth(1)
                .unwrap();
            format!("{}\n{}", migration.name(), body.trim())
        })
        .collect();
    insta::assert_snapshot!(bodies.join("\n\n"));
}
