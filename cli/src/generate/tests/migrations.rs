//! Tests of migrations that are read from their names, and of tables that migrations rename.

use super::{
    AUTHOR, App,
    schema::{actions, migrations, newest},
};
use crate::plan::OutputOptions;

/// Names of indexes without a table between them were empty migrations, or made a table `indexes`.
#[test]
fn an_index_is_found_wherever_its_name_has_the_columns() {
    let app = App::new();
    app.generate("scaffold post title:string! slug:string! rank:int z_index:int+")
        .unwrap();
    for (args, call) in [
        (
            "migration add_title_index_to_posts",
            r#"create_index(index("posts", ["title"]))"#,
        ),
        (
            "migration drop_index_posts_title",
            r#"drop_index("posts", ["title"])"#,
        ),
        (
            "migration add_index_on_title_to_posts",
            r#"create_index(index("posts", ["title"]))"#,
        ),
        (
            "migration remove_title_index_from_posts",
            r#"drop_index("posts", ["title"])"#,
        ),
        (
            "migration create_index_posts_on_title_and_slug",
            r#"create_index(index("posts", ["title", "slug"]))"#,
        ),
        (
            "migration add_unique_to_posts slug",
            r#"create_index(unique_index("posts", ["slug"]))"#,
        ),
        (
            "migration add_search_index_to_posts slug title",
            r#"create_index(index("posts", ["slug", "title"]))"#,
        ),
        (
            "migration index_posts_on_rank",
            r#"create_index(index("posts", ["rank"]))"#,
        ),
        (
            "migration unindex_posts_on_slug_and_title",
            r#"drop_index("posts", ["slug", "title"])"#,
        ),
        // Names of columns have these words, too.
        (
            "migration remove_z_index_from_posts",
            r#"drop_column("posts", "z_index")"#,
        ),
        (
            "migration add_z_index_to_posts z_index:int",
            r#"add_column("posts", integer_null("z_index"))"#,
        ),
        (
            "migration add_unique_id_to_posts unique_id:uuid",
            r#"add_column("posts", uuid_null("unique_id"))"#,
        ),
        (
            "migration create_index_funds name:string",
            r#"create_table(table("index_funds")"#,
        ),
    ] {
        let number = migrations(&app).len();
        app.generate(args).unwrap();
        let source = newest(&app).replace(char::is_whitespace, "");
        let source = source.replace(",)", ")").replace(",]", "]");
        let (up, _) = source.split_once("fndown").unwrap();
        let call = call.replace(char::is_whitespace, "");
        assert!(up.contains(&call), "{args}: {up}");
        app.generate(args).unwrap();
        assert_eq!(migrations(&app).len(), number + 1, "{args} again");
    }
}

/// The second one was a conflict of files, and `--force` replaced a migration that was applied.
#[test]
fn a_name_that_does_not_tell_the_columns_may_be_that_of_several_changes() {
    let app = App::new();
    app.generate("scaffold post title:string! body:text views:int")
        .unwrap();
    for args in [
        "migration add_details_to_posts a:int",
        "migration add_details_to_posts b:int",
        "migration remove_columns_from_posts body",
        "migration remove_columns_from_posts views",
    ] {
        let number = migrations(&app).len();
        for _ in 0..2 {
            app.generate(args).unwrap();
            assert_eq!(migrations(&app).len(), number + 1, "{args}");
        }
    }
    let before = app.tree();
    for (args, expected) in [
        (
            "migration add_details_to_posts b:text",
            "adds another `b` than `b:text`",
        ),
        (
            "migration add_details_to_posts b:int c:int",
            "has a column `b` already",
        ),
    ] {
        let output = OutputOptions {
            force: true,
            ..OutputOptions::default()
        };
        let report = app.generate_with(args, &output).unwrap_err().report();
        assert!(report.contains(expected), "{report}");
    }
    assert!(app.tree() == before);
    // What nobody can read is this change.
    app.generate("migration add_raw_to_posts raw:int").unwrap();
    let project = crate::project::Project::find(app.0.path()).unwrap();
    let module = &project.migrations.last().unwrap().module;
    let path = app.path(&format!("src/migrations/{module}.rs"));
    let by_hand = app
        .read(&format!("src/migrations/{module}.rs"))
        .replace("add_column", "execute");
    std::fs::write(path, by_hand).unwrap();
    let report = app
        .generate("migration add_raw_to_posts raw:int")
        .unwrap_err()
        .report();
    assert!(report.contains("exist and differ"), "{report}");
}

/// Conflicts of files were listed, and a new table of the old name would have been made.
#[test]
fn a_renamed_table_is_known_by_both_names() {
    let app = App::new();
    app.generate(AUTHOR).unwrap();
    app.generate("migration rename_authors_to_writers").unwrap();
    let before = app.tree();
    let reports: Vec<String> = [
        AUTHOR,
        "scaffold author name:string! age:int",
        "model author name:string!",
        "scaffold writer name:string!",
        "scaffold post author:references",
        "scaffold post writer:references",
        "migration add_author_to_writers author:references?",
    ]
    .into_iter()
    .map(|args| format!("{args}\n{}", app.generate(args).unwrap_err().report()))
    .collect();
    insta::assert_snapshot!(reports.join("\n\n"));
    assert!(app.tree() == before);
    let report = app
        .destroy_with(
            "scaffold author",
            &OutputOptions {
                dry_run: true,
                ..OutputOptions::default()
            },
        )
        .unwrap();
    let notes = report.notes.join("\n");
    assert!(notes.contains("migration drop_writers"), "{notes}");
    // With its name back, it is as it was.
    app.generate("migration rename_writers_to_authors").unwrap();
    let again = app.generate(AUTHOR).unwrap();
    assert!(
        actions(&again)
            .iter()
            .all(|action| matches!(*action, "identical" | "present")),
        "{again:#?}"
    );
    // Another table can have the name where the files are those of the new one.
    app.generate("migration rename_authors_to_writers").unwrap();
    std::fs::rename(app.path("src/authors"), app.path("src/writers")).unwrap();
    app.generate("model post writer:references").unwrap();
    app.generate("scaffold author title:string!").unwrap();
}

#[test]
#[expect(clippy::too_many_lines)]
fn what_no_database_would_make_is_refused() {
    let app = App::new();
    let long = "a".repeat(40);
    let other = "b".repeat(40);
    for name in [&long, &other] {
        app.generate(&format!("model {name} name:string!")).unwrap();
    }
    app.generate("model post title:string!").unwrap();
    app.generate("model tag name:string!").unwrap();
    let before = app.tree();
    for (args, expected) in [
        (
            format!("migration create_{long}{other} a:int"),
            "longer than 63",
        ),
        (
            format!("migration rename_posts_to_{long}{other}"),
            "longer than 63",
        ),
        (
            format!("migration create_join_table_{long}_{other}"),
            "longer than 63",
        ),
        ("migration create_1 a:int".to_owned(), "with a letter"),
        (
            "migration create_nodes node:references".to_owned(),
            "`node:references(nodes)?`",
        ),
        (
            "migration remove_title_and_title_from_posts".to_owned(),
            "named twice",
        ),
        (
            "migration add_index_to_posts title title".to_owned(),
            "named twice",
        ),
        ("migration add_index_to_posts id".to_owned(), "primary key"),
        (
            "migration create_join_table_posts_tags post:references".to_owned(),
            "the two references",
        ),
        (
            "migration add_timestamps_to_posts".to_owned(),
            "every table has",
        ),
        (
            "migration remove_timestamps_from_posts".to_owned(),
            "belongs to every table",
        ),
        (
            "migration add_tag_to_posts".to_owned(),
            "add_tag_to_posts tag:references?",
        ),
        (
            "migration add_rating_to_posts".to_owned(),
            "add_rating_to_posts rating:int",
        ),
        (
            "migration add_lock_version_and_is_new_and_sent_at_to_posts".to_owned(),
            "lock_version:int is_new:bool=false sent_at:datetime",
        ),
        ("migration add_to_posts".to_owned(), "rating:int"),
        (
            "migration remove_column_from_posts".to_owned(),
            "remove_title_from_posts",
        ),
        ("migration create_index".to_owned(), "add_index_to_"),
        (
            "migration create_index title:string".to_owned(),
            "add_index_to_",
        ),
        ("migration drop_index".to_owned(), "remove_index_from_"),
        (
            "migration change_title_of_posts title:text".to_owned(),
            "leave out `title:text`",
        ),
        (
            "migration rate_posts rating:int".to_owned(),
            "add_rating_to_posts",
        ),
        (
            "migration add_index_posts_nothing".to_owned(),
            "add_index_to_",
        ),
        (
            "model thing migration:references".to_owned(),
            "name another one",
        ),
        ("model s name:string!".to_owned(), "`s` cannot be the name"),
    ] {
        let report = app.generate(&args).unwrap_err().report();
        assert!(report.contains(expected), "{args}: {report}");
    }
    assert!(app.tree() == before);
    app.generate("migration create_table_reservations name:string")
        .unwrap();
    app.generate("scaffold table_reservation name:string!")
        .unwrap();
    app.generate("migration remove_name_from_reservations name")
        .unwrap();
    for (args, expected) in [
        ("migration create_admins", "no fields were given"),
        (
            "migration create_notes body:text",
            "the models and DTOs of the table",
        ),
        ("migration add_index_to_notes body", "2,700 bytes"),
        (
            "migration add_reference_to_notes tag:references?",
            "the models and DTOs of the table",
        ),
    ] {
        let notes = app.generate(args).unwrap().notes.join("\n");
        assert!(notes.contains(expected), "{args}: {notes}");
    }
}
