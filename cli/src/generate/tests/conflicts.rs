//! Tests of conflicts: what is told before anything is decided.

use std::fs;

use super::{AUTHOR, App};
use crate::plan::{OutputOptions, Report};

fn row<'a>(report: &'a Report, path: &str) -> &'a str {
    let mut rows = report.rows.iter();
    rows.find(|row| row.path == path).unwrap().action
}

/// The files were listed, with `--force` to overwrite them, and nobody said where they came from.
#[test]
fn files_of_another_generator_are_called_so() {
    let app = App::new();
    app.generate("scaffold post title:string!").unwrap();
    for args in ["model post title:string!", "controller posts index"] {
        let report = app.generate(args).unwrap_err().report();
        assert!(
            report.contains("`cargo fw generate scaffold post title:string!` has made these files")
                && report.contains("hint: edit them, or choose another name"),
            "{report}"
        );
    }
}

/// A dry run called each conflict one, whatever the options decided.
#[test]
fn a_dry_run_tells_what_becomes_of_each_conflict() {
    let app = App::new();
    fs::create_dir(app.path("src/authors")).unwrap();
    fs::write(app.path("src/authors/dto.rs"), "// mine\n").unwrap();
    let run = |force, skip| {
        let output = OutputOptions {
            dry_run: true,
            force,
            skip,
            ..OutputOptions::default()
        };
        app.generate_with(AUTHOR, &output).unwrap()
    };
    for (force, skip, action) in [
        (false, false, "conflict"),
        (true, false, "overwrite"),
        (false, true, "skip"),
    ] {
        let report = run(force, skip);
        assert_eq!(row(&report, "src/authors/dto.rs"), action);
        assert_eq!(row(&report, "src/authors/model.rs"), "create");
    }
    assert!(!app.path("src/authors/model.rs").exists());
}

/// The whole file was shown as removed, in which the edits could not be found.
#[test]
fn the_edits_of_a_file_to_remove_are_shown() {
    let app = App::new();
    app.generate(AUTHOR).unwrap();
    let dto = app.read("src/authors/dto.rs");
    fs::write(app.path("src/authors/dto.rs"), dto + "// mine\n").unwrap();
    let output = OutputOptions {
        diff: true,
        ..OutputOptions::default()
    };
    let report = app
        .destroy_with("scaffold author", &output)
        .unwrap_err()
        .report();
    assert!(report.contains("+// mine"), "{report}");
    assert!(!report.contains("-pub struct AuthorBody"), "{report}");
}

/// Whoever writes a modifier behind the default is told.
#[test]
fn a_default_that_ends_like_a_modifier_is_noted() {
    let app = App::new();
    let report = app
        .generate("scaffold paper grade:string=A+ code:string=x^ title:string=Hello!")
        .unwrap();
    for note in [
        "default of `grade` is the text `A+`",
        "default of `code` is the text `x^`",
    ] {
        assert!(
            report.notes.iter().any(|it| it.contains(note)),
            "{:?}",
            report.notes
        );
    }
    assert!(!report.notes.iter().any(|note| note.contains("`title`")));
    let report = app
        .generate("migration add_mark_to_papers mark:string=B+")
        .unwrap();
    assert!(
        report.notes.iter().any(|note| note.contains("`B+`")),
        "{:?}",
        report.notes
    );
}

/// Nothing said that a column was no filter because of its name.
#[test]
fn columns_called_like_parameters_of_lists_are_noted() {
    let app = App::new();
    let report = app
        .generate("scaffold plan limit:int+ page:bool sort:string name:string+")
        .unwrap();
    let noted: Vec<_> = report
        .notes
        .iter()
        .filter(|note| note.contains("has no filter"))
        .collect();
    assert_eq!(noted.len(), 2, "{:?}", report.notes);
    assert!(noted[0].contains("`limit`") && noted[0].contains("`plan_limit`"));
    let model = app.read("src/plans/model.rs");
    assert!(
        model.contains(".filter([Column::Name, Column::CreatedAt])"),
        "{model}"
    );
    let source = crate::project::Project::find(app.0.path())
        .unwrap()
        .migrations[0]
        .source
        .clone();
    assert!(
        source.contains("index(\"plans\", [\"created_at\"])"),
        "{source}"
    );
}
