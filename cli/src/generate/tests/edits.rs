//! Tests that the user's own code in edited files stays, and is not taken for what was generated.

use std::fs;

use super::{AUTHOR, App, POST};
use crate::plan::{OutputOptions, open};

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
        ("job send_welcome", "job send_welcome"),
        (
            "schedule nightly_report --cron '30 2 * * *'",
            "schedule nightly_report",
        ),
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
    for args in [
        "scaffold comment post:references body:text!",
        "scaffold post title:string! comments:int=0 profile:string",
    ] {
        let again = app.generate(args).unwrap();
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
        ("src/migrations/mod.rs", "fw::migration!(", "mine!("),
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
    for (args, file) in [
        ("scaffold post title:string!", "src/posts.rs"),
        ("model post title:string!", "src/posts.rs"),
        ("controller posts", "src/posts.rs"),
        ("task prune", "src/tasks/prune/mod.rs"),
    ] {
        let report = app.generate(args).unwrap_err().report();
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
    let report = open(app.0.path(), &OutputOptions::default())
        .unwrap_err()
        .report();
    assert!(
        report.contains("create_authors") && report.contains("not valid Rust"),
        "{report}"
    );
}
