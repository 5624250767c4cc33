//! Tests of the records: what a run writes is recorded, and `destroy` removes what the record says.

use std::{fs, path::PathBuf, process::Command};

use super::{AUTHOR, App, POST};
use crate::plan::{Artifact, OutputOptions, Record};

const FOLDER: &str = ".fw/generated";

impl App {
    /// The files with the records.
    fn records(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path(FOLDER)) else {
            return Vec::new();
        };
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// The only record.
    fn record(&self) -> (PathBuf, Record) {
        let [file] = <[PathBuf; 1]>::try_from(self.records()).unwrap();
        let record = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        (file, record)
    }

    /// Changes a file and its record as if its template had been another when it was generated.
    fn with_other_template(&self, path: &str, change: impl Fn(&str) -> String) {
        let (file, mut record) = self.record();
        for artifact in &mut record.artifacts {
            if let Artifact::File { path: file, text } = artifact
                && file == path
            {
                *text = change(text);
                fs::write(self.path(path), &*text).unwrap();
            }
        }
        fs::write(file, serde_json::to_string(&record).unwrap()).unwrap();
    }

    fn rows_of(&self, args: &str) -> Vec<&'static str> {
        let report = self.generate(args).unwrap();
        report.rows.iter().map(|row| row.action).collect()
    }
}

#[test]
fn a_run_is_recorded_and_its_record_goes_with_what_it_made() {
    let app = App::new();
    let before = app.tree();
    app.generate(AUTHOR).unwrap();
    let (file, record) = app.record();
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(name.ends_with("_scaffold_author.json"), "{name}");
    assert_eq!(record.command, ["scaffold", "author", "name:string!"]);
    assert_eq!(record.version, env!("CARGO_PKG_VERSION"));
    let mut files = 0;
    for artifact in &record.artifacts {
        if let Artifact::File { path, text } = artifact {
            assert_eq!(*text, app.read(path));
            files += 1;
        }
    }
    assert_eq!(files, 7);
    app.destroy("scaffold authors").unwrap();
    assert_eq!(app.tree(), before);
}

#[test]
fn a_dry_run_records_nothing() {
    let app = App::new();
    let before = app.tree();
    let output = OutputOptions {
        dry_run: true,
        ..OutputOptions::default()
    };
    app.generate_with(AUTHOR, &output).unwrap();
    assert_eq!(app.tree(), before);
}

#[test]
fn what_older_templates_made_is_known_again_and_taken_back() {
    let app = App::new();
    let before = app.tree();
    app.generate(AUTHOR).unwrap();
    app.with_other_template("src/authors/dto.rs", |text| {
        text.replace("What clients send and get", "The bodies")
    });
    app.with_other_template("src/authors/controller.rs", |text| {
        text.replace("a page at a time", "by pages")
    });
    let (_, record) = app.record();
    let migration = record.artifacts.iter().find_map(|artifact| match artifact {
        Artifact::File { path, .. } if path.ends_with("_create_authors.rs") => Some(path.clone()),
        _ => None,
    });
    app.with_other_template(&migration.unwrap(), |text| {
        text.replace("string_len(\"name\", 255)", "string(\"name\")")
    });
    let now = app.tree();
    let rows = app.rows_of(AUTHOR);
    assert!(
        rows.iter()
            .all(|action| matches!(*action, "identical" | "present")),
        "{rows:?}"
    );
    assert_eq!(app.tree(), now, "the same arguments again change nothing");
    app.destroy("scaffold author").unwrap();
    assert_eq!(app.tree(), before);
}

#[test]
fn another_layout_is_no_edit_and_a_comment_is_one() {
    let app = App::new();
    let before = app.tree();
    app.generate(AUTHOR).unwrap();
    for file in ["dto", "model", "controller", "tests"] {
        let path = format!("src/authors/{file}.rs");
        let text = app.read(&path);
        let other = text.replace("    ", "\t").replace("{\n", "{\n\n");
        assert_ne!(other, text);
        fs::write(app.path(&path), other).unwrap();
    }
    let reformatted = app.tree();
    let rows = app.rows_of(AUTHOR);
    assert!(
        rows.iter()
            .all(|action| matches!(*action, "identical" | "present")),
        "{rows:?}"
    );
    assert_eq!(app.tree(), reformatted);

    let path = app.path("src/authors/dto.rs");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("#[derive", "// Mine.\n#[derive", 1)).unwrap();
    let edited = app.tree();
    let report = app.destroy("scaffold author").unwrap_err().report();
    assert!(
        report.contains("edited since") && report.contains("src/authors/dto.rs"),
        "{report}"
    );
    assert!(!report.contains("src/authors/model.rs"), "{report}");
    assert_eq!(app.tree(), edited);

    fs::write(&path, text).unwrap();
    app.destroy("scaffold author").unwrap();
    assert_eq!(app.tree(), before);
}

#[test]
fn what_rustfmt_makes_of_it_with_other_settings_is_no_edit() {
    let app = App::new();
    fs::write(
        app.path("rustfmt.toml"),
        "max_width = 50\nuse_small_heuristics = \"Max\"\nuse_field_init_shorthand = true\n",
    )
    .unwrap();
    app.generate(AUTHOR).unwrap();
    app.generate(POST).unwrap();
    let before = app.tree();
    fs::remove_file(app.path("rustfmt.toml")).unwrap();
    app.generate("scaffold note author:references post:references")
        .unwrap();
    // As it was when it was generated, and before the settings were changed.
    fs::write(app.path("rustfmt.toml"), &before[&app.path("rustfmt.toml")]).unwrap();
    for file in ["dto", "model", "controller", "tests"] {
        let formatted = Command::new("rustfmt")
            .args(["--edition", "2024"])
            .arg(app.path(&format!("src/notes/{file}.rs")))
            .current_dir(app.0.path())
            .status();
        assert!(formatted.unwrap().success());
    }
    let rows = app.rows_of("scaffold note author:references post:references");
    assert!(
        rows.iter()
            .all(|action| matches!(*action, "identical" | "present")),
        "{rows:?}"
    );
    app.destroy("scaffold note").unwrap();
    assert_eq!(app.tree(), before);
}

#[test]
fn without_its_record_a_run_is_known_by_what_would_be_generated_today() {
    let app = App::new();
    let before = app.tree();
    for (generate, destroy) in [
        (AUTHOR, "scaffold author"),
        (
            "migration create_notes text:string",
            "migration create_notes",
        ),
        ("controller pages index about", "controller pages"),
        ("task drafts:prune", "task drafts:prune"),
        ("job send_welcome", "job send_welcome"),
        (
            "schedule nightly_report --cron '30 2 * * *'",
            "schedule nightly_report",
        ),
        ("middleware tenant", "middleware tenant"),
    ] {
        app.generate(generate).unwrap();
        let (file, record) = app.record();
        fs::remove_file(&file).unwrap();
        app.destroy(destroy).unwrap();
        fs::remove_dir_all(app.path(".fw")).unwrap();
        assert_eq!(app.tree(), before, "{destroy}");

        // The same arguments again write the record anew.
        app.generate(generate).unwrap();
        fs::remove_dir_all(app.path(".fw")).unwrap();
        assert!(app.rows_of(generate).contains(&"create"));
        let count = |record: &Record| record.artifacts.len();
        assert_eq!(count(&app.record().1), count(&record));
        app.destroy(destroy).unwrap();
        assert_eq!(app.tree(), before, "{destroy} with a new record");
    }
}

#[test]
fn a_record_that_cannot_be_read_stops_its_own_command_and_says_what_to_do() {
    let app = App::new();
    app.generate(AUTHOR).unwrap();
    let (file, _) = app.record();
    let text = fs::read_to_string(&file).unwrap();
    let packed = text.find("\"text\": \"").unwrap() + 20;
    let mut damaged = text.clone();
    damaged.replace_range(packed..=packed, "*");
    for bad in [&text[..text.len() / 2], "", "<<<<<<< ours\n", &damaged] {
        fs::write(&file, bad).unwrap();
        let before = app.tree();
        for report in [
            app.destroy("scaffold author").unwrap_err().report(),
            app.generate(AUTHOR).unwrap_err().report(),
        ] {
            assert!(
                report.contains("scaffold_author.json` cannot be read")
                    && report.contains("hint: take it from the history"),
                "{report}"
            );
        }
        assert_eq!(app.tree(), before);
        // Everything else goes on, and says so.
        let report = app.generate("task cleanup").unwrap();
        assert!(
            report.notes[0].contains("scaffold_author.json` cannot be read"),
            "{:?}",
            report.notes
        );
        app.destroy("task cleanup").unwrap();
        assert_eq!(app.tree(), before);
    }
    fs::remove_file(&file).unwrap();
    app.generate(AUTHOR).unwrap();
    assert_eq!(fs::read_to_string(&app.record().0).unwrap(), text);
}

#[test]
fn records_of_two_branches_are_two_files() {
    let (ours, theirs) = (App::new(), App::new());
    ours.generate(AUTHOR).unwrap();
    theirs.generate("task cleanup").unwrap();
    let (mine, other) = (ours.record().0, theirs.record().0);
    assert_ne!(mine.file_name(), other.file_name());
    let merged = ours.path(FOLDER).join(other.file_name().unwrap());
    fs::copy(&other, &merged).unwrap();
    ours.destroy("scaffold author").unwrap();
    assert_eq!(ours.records(), [merged]);
}

#[test]
fn what_two_branches_made_alike_goes_with_both_records() {
    let app = App::new();
    let before = app.tree();
    app.generate("task cleanup").unwrap();
    let (file, _) = app.record();
    fs::copy(
        &file,
        app.path(FOLDER).join("20200101_000000_task_cleanup.json"),
    )
    .unwrap();
    app.destroy("task cleanup").unwrap();
    assert_eq!(app.tree(), before);
}

#[test]
fn a_file_that_was_skipped_is_not_taken_back() {
    let app = App::new();
    fs::create_dir(app.path("src/authors")).unwrap();
    fs::write(app.path("src/authors/dto.rs"), "// mine\n").unwrap();
    let before = app.tree();
    let output = OutputOptions {
        skip: true,
        ..OutputOptions::default()
    };
    app.generate_with(AUTHOR, &output).unwrap();
    app.destroy("scaffold author").unwrap();
    assert_eq!(app.tree(), before);
}

#[test]
fn a_file_that_was_overwritten_is_recorded_as_it_was_written() {
    let app = App::new();
    app.generate(AUTHOR).unwrap();
    app.generate(POST).unwrap();
    let model = app.read("src/authors/model.rs");
    fs::write(app.path("src/authors/model.rs"), "// mine\n").unwrap();
    let output = OutputOptions {
        force: true,
        ..OutputOptions::default()
    };
    app.generate_with(AUTHOR, &output).unwrap();
    assert_eq!(
        app.read("src/authors/model.rs"),
        model,
        "with the relation that posts have added"
    );
    app.destroy("scaffold post").unwrap();
    app.destroy("scaffold author").unwrap();
    assert!(!app.path("src/authors").exists());
    assert!(app.records().is_empty());
}

#[test]
fn lines_are_taken_back_as_they_were_inserted() {
    let app = App::new();
    app.generate("scaffold post title:string! comments:int=0")
        .unwrap();
    let before = app.tree();
    app.generate("scaffold comment post:references").unwrap();
    // By now the name that was taken then is free.
    let model = app.read("src/posts/model.rs");
    assert!(model.contains("pub post_comments: HasMany"), "{model}");
    let renamed = model.replace("pub comments: i32", "pub replies: i32");
    fs::write(app.path("src/posts/model.rs"), &renamed).unwrap();
    app.destroy("scaffold comment").unwrap();
    let after = app.tree();
    let expected = before[&app.path("src/posts/model.rs")].replace("pub comments", "pub replies");
    assert_eq!(after[&app.path("src/posts/model.rs")], expected);
}
