//! Generators and their inverses on a small app, without compiling anything.

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
    plan::{Mode, Output, Report, execute, open},
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
const MIGRATIONS: &str = "use fw::migration::MigrationTrait;

/// The migrations in the order in which they are applied.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
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

    fn generate(&self, words: &str) -> Result<Report, CliError> {
        self.generate_with(words, &Output::default())
    }

    fn generate_with(&self, words: &str, output: &Output) -> Result<Report, CliError> {
        #[derive(Parser)]
        #[command(no_binary_name = true)]
        struct Words {
            #[command(subcommand)]
            command: generate::Command,
        }
        let project = Project::find(self.0.path()).unwrap();
        let words = Words::try_parse_from(words.split(' ')).unwrap();
        execute(&project, words.command.plan(&project)?, output, Mode::Quiet)
    }

    fn destroy(&self, words: &str) -> Result<Report, CliError> {
        #[derive(Parser)]
        #[command(no_binary_name = true)]
        struct Words {
            #[command(subcommand)]
            command: destroy::Command,
        }
        let project = Project::find(self.0.path()).unwrap();
        let words = Words::try_parse_from(words.split(' ')).unwrap();
        execute(
            &project,
            words.command.plan(&project)?,
            &Output::default(),
            Mode::Quiet,
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

    /// Every file and folder.
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
    .map(|words| {
        let report = app
            .generate_with(
                words,
                &Output {
                    force: true,
                    ..Output::default()
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
        "migration create_join_table_authors_tags",
        "migration drop_tags",
        "migration create_authors name:string! age:int",
        "migration backfill age:int",
        "task db:check",
        "controller std",
        "scaffold post title:string! lock_version:int",
        "scaffold author name:string! --lock",
        "middleware timeout",
    ]
    .into_iter()
    .map(|words| {
        let report = app.generate(words).unwrap_err().report();
        match report.find("/m2") {
            Some(at) => format!("{words}\n{}m[time]{}", &report[..=at], &report[at + 17..]),
            None => format!("{words}\n{report}"),
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
        &Output {
            dry_run: true,
            ..Output::default()
        },
    )
    .unwrap();
    assert_eq!(app.tree(), before);

    app.generate_with(
        AUTHOR,
        &Output {
            skip: true,
            ..Output::default()
        },
    )
    .unwrap();
    assert_eq!(app.read("src/authors/dto.rs"), "// mine\n");
    assert!(app.path("src/authors/model.rs").exists());

    app.generate_with(
        AUTHOR,
        &Output {
            force: true,
            ..Output::default()
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
                .split("impl MigrationTrait for Migration {")
                .nth(1)
                .unwrap();
            format!("{}\n{}", migration.name(), body.trim_end())
        })
        .collect();
    insta::assert_snapshot!(bodies.join("\n\n"));
}

#[test]
fn line_ends_and_byte_order_marks_stay_as_they_are() {
    let form = |text: &str| {
        let plain = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        format!("\u{feff}{}", plain.replace('\n', "\r\n"))
    };
    let app = App::new();
    app.rewrite(form);
    for (generate, destroy) in [
        (AUTHOR, "scaffold author"),
        (POST, "scaffold posts"),
        (
            "model leaf post:references editor:references(authors) owner:references(authors)?",
            "model leaf",
        ),
        (
            "migration add_views_to_posts views:int=0",
            "migration add_views_to_posts",
        ),
        (
            "migration remove_slug_from_posts",
            "migration remove_slug_from_posts",
        ),
        ("controller pages index", "controller pages"),
        ("task cleanup", "task cleanup"),
        ("middleware tenant", "middleware tenant"),
    ] {
        let before = app.tree();
        app.generate(generate).unwrap();
        for (path, text) in app.tree() {
            let old = before.get(&path).is_some_and(|old| !old.is_empty());
            assert!(!old || text == form(&text), "{}: {text:?}", path.display());
        }
        // As git checks them out.
        app.rewrite(form);
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
        app.rewrite(form);
    }
}

#[test]
fn a_relation_does_not_take_the_name_of_a_field() {
    let app = App::new();
    app.generate("scaffold post title:string! comments:int=0 profile:string")
        .unwrap();
    let before = app.tree();
    let report = app
        .generate("scaffold comment post:references body:text!")
        .unwrap();
    let model = app.read("src/posts/model.rs");
    assert!(
        model.contains("    pub comments: i32,\n")
            && model.contains("    pub post_comments: HasMany<comments::Entity>,\n"),
        "{model}"
    );
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains("`post_comments`")),
        "{:?}",
        report.notes
    );
    let row = report.rows.iter().find(|row| {
        row.action == "insert"
            && row
                .lines
                .as_ref()
                .is_some_and(|lines| lines.contains("HasMany"))
    });
    assert!(
        row.unwrap()
            .lines
            .as_ref()
            .unwrap()
            .contains("post_comments")
    );
    // Neither the child nor the parent is different because of that.
    for words in [
        "scaffold comment post:references body:text!",
        "scaffold post title:string! comments:int=0 profile:string",
    ] {
        let again = app.generate(words).unwrap();
        assert!(
            again
                .rows
                .iter()
                .all(|row| matches!(row.action, "identical" | "present")),
            "{again:#?}"
        );
    }
    app.destroy("scaffold comment").unwrap();
    assert_eq!(app.tree(), before);

    app.generate("model profile post:references^").unwrap();
    let model = app.read("src/posts/model.rs");
    assert!(
        model.contains("pub post_profile: HasOne<profiles::Entity>"),
        "{model}"
    );
    app.destroy("model profile").unwrap();
    assert_eq!(app.tree(), before);
}

#[test]
fn a_relation_without_a_free_name_is_refused_before_anything_is_written() {
    let app = App::new();
    app.generate("scaffold post title:string! comments:int=0 post_comments:int=0")
        .unwrap();
    let before = app.tree();
    let report = app
        .generate("scaffold comment post:references")
        .unwrap_err()
        .report();
    assert!(
        report.contains("cannot edit `src/posts/model.rs`") && report.contains("`comments`"),
        "{report}"
    );
    assert_eq!(app.tree(), before);
    // By hand, as the hint says; then it is there.
    let own = "    #[sea_orm(has_many)]\n    pub remarks: HasMany<comments::Entity>,\n}\n\nfw::";
    let model = app.read("src/posts/model.rs");
    fs::write(
        app.path("src/posts/model.rs"),
        model.replacen("}\n\nfw::", own, 1),
    )
    .unwrap();
    app.generate("scaffold comment post:references").unwrap();
    let report = app.destroy("scaffold comment").unwrap_err().report();
    assert!(
        report.contains("its relation `remarks` was edited"),
        "{report}"
    );
    assert!(app.path("src/comments/model.rs").exists());
}

#[test]
fn relations_that_the_orm_would_call_the_same_are_refused() {
    let app = App::new();
    app.generate(AUTHOR).unwrap();
    app.generate("scaffold person name:string!").unwrap();
    let report = app
        .generate(
            "scaffold post authors:references(people) editor:references(people) writer:references(authors)",
        )
        .unwrap_err()
        .report();
    assert!(
        report.contains("would both be called `Authors`"),
        "{report}"
    );
}

#[test]
fn fields_of_the_user_are_not_taken_for_relations() {
    let app = App::new();
    app.generate("scaffold post title:string!").unwrap();
    let path = app.path("src/posts/model.rs");
    let model = app.read("src/posts/model.rs")
        + "\n/// What is counted.\npub struct Counts {\n    pub comments: i32,\n}\n";
    fs::write(&path, &model).unwrap();
    let before = app.tree();
    app.generate("scaffold comment post:references").unwrap();
    let with_relation = app.read("src/posts/model.rs");
    assert!(
        with_relation.contains("pub comments: HasMany<comments::Entity>,")
            && with_relation.contains("pub comments: i32,"),
        "{with_relation}"
    );
    app.destroy("scaffold comment").unwrap();
    assert_eq!(app.tree(), before);
}

#[test]
fn a_resource_that_is_gone_has_no_relation_in_its_parent() {
    let app = App::new();
    app.generate(AUTHOR).unwrap();
    app.generate(POST).unwrap();
    app.generate("migration add_views_to_posts views:int=0")
        .unwrap();
    // Its migration stays, because another one builds on it.
    app.destroy("scaffold post").unwrap();
    let again = app.generate(AUTHOR).unwrap();
    assert!(
        again
            .rows
            .iter()
            .all(|row| matches!(row.action, "identical" | "present")),
        "{again:#?}"
    );
}

#[test]
fn lines_that_somebody_changed_are_not_destroyed() {
    let app = App::new();
    app.generate("scaffold post title:string!").unwrap();
    for (path, from, to) in [
        ("src/lib.rs", "pub mod posts;", "pub mod posts; // mine"),
        (
            "src/app.rs",
            ".merge(crate::posts::routes())",
            ".merge(crate::posts::routes().layer(mine()))",
        ),
        ("src/migrations/mod.rs", "Box::new(", "mine("),
    ] {
        let text = app.read(path);
        fs::write(app.path(path), text.replace(from, to)).unwrap();
        let before = app.tree();
        let report = app.destroy("scaffold post").unwrap_err().report();
        assert!(
            report.contains(&format!("cannot edit `{path}`")) && report.contains("take out"),
            "{report}"
        );
        assert_eq!(app.tree(), before);
        fs::write(app.path(path), text).unwrap();
    }
    app.destroy("scaffold post").unwrap();
}

#[test]
fn a_new_migration_comes_after_all_others_whatever_the_clock_says() {
    let app = App::new();
    for (module, next) in [
        ("m99980101_000000_far_ahead", "m99980101_000001_"),
        ("m99989999_999999_no_time_at_all", "m99990000_000000_"),
    ] {
        fs::write(
            app.path(&format!("src/migrations/{module}.rs")),
            "// by hand\n",
        )
        .unwrap();
        app.generate("migration backfill").unwrap();
        let list = app.read("src/migrations/mod.rs");
        assert!(list.contains(&format!("{next}backfill")), "{list}");
        app.destroy("migration backfill").unwrap();
    }
    // Also after one that is only listed, or is a folder.
    fs::create_dir(app.path("src/migrations/m99990101_000000_folder")).unwrap();
    fs::write(
        app.path("src/migrations/m99990101_000000_folder/mod.rs"),
        "// by hand\n",
    )
    .unwrap();
    let list = app.read("src/migrations/mod.rs");
    let inline = format!("mod m99990101_000007_inline {{}}\n{list}");
    app.generate("migration backfill").unwrap();
    assert!(
        app.read("src/migrations/mod.rs")
            .contains("m99990101_000001_backfill")
    );
    app.destroy("migration backfill").unwrap();
    fs::write(app.path("src/migrations/mod.rs"), inline).unwrap();
    app.generate("migration backfill").unwrap();
    assert!(
        app.read("src/migrations/mod.rs")
            .contains("m99990101_000008_backfill")
    );
}

#[test]
fn a_module_that_is_there_in_another_form_is_refused() {
    let app = App::new();
    fs::write(app.path("src/posts.rs"), "//! Mine.\n").unwrap();
    let lib = app.read("src/lib.rs").replace(
        "pub mod migrations;\n",
        "pub mod migrations;\npub mod posts;\n",
    );
    fs::write(app.path("src/lib.rs"), lib).unwrap();
    fs::create_dir_all(app.path("src/tasks/prune")).unwrap();
    fs::write(app.path("src/tasks/prune/mod.rs"), "//! Mine.\n").unwrap();
    let before = app.tree();
    for (words, file) in [
        ("scaffold post title:string!", "src/posts.rs"),
        ("model post title:string!", "src/posts.rs"),
        ("controller posts", "src/posts.rs"),
        ("task prune", "src/tasks/prune/mod.rs"),
    ] {
        let report = app.generate(words).unwrap_err().report();
        assert!(
            report.contains(&format!("the module that `{file}` is")),
            "{report}"
        );
    }
    assert_eq!(app.tree(), before);
}

#[test]
fn a_migration_that_is_no_rust_stops_what_would_be_told_wrong() {
    let app = App::new();
    app.generate(AUTHOR).unwrap();
    let path = fs::read_dir(app.path("src/migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains("create_authors"))
        .unwrap();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen('{', "", 1)).unwrap();
    let report = open(app.0.path(), &Output::default()).unwrap_err().report();
    assert!(
        report.contains("create_authors") && report.contains("not valid Rust"),
        "{report}"
    );
}
