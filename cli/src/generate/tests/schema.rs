//! Tests that the schema after all migrations counts, and the names of tables.

use super::{AUTHOR, App};
use crate::plan::OutputOptions;

/// The names of the migrations, oldest first.
pub(super) fn migrations(app: &App) -> Vec<String> {
    let project = crate::project::Project::find(app.0.path()).unwrap();
    let names = project.migrations.iter();
    names.map(|migration| migration.name().to_owned()).collect()
}

pub(super) fn actions(report: &crate::plan::Report) -> Vec<&'static str> {
    report.rows.iter().map(|row| row.action).collect()
}

/// A migration of the same name was taken for the same change, whatever later ones had made of the table: nothing was
/// generated, and the exit code was 0.
#[test]
fn what_a_later_migration_took_back_is_made_again() {
    let app = App::new();
    for args in [
        "scaffold post title:string!",
        "migration add_views_to_posts views:int=0",
        "migration remove_views_from_posts",
        "migration add_views_to_posts views:int=0",
        "migration remove_views_from_posts",
        "migration rename_title_to_name_on_posts",
        "migration rename_name_to_title_on_posts",
        "migration rename_title_to_name_on_posts",
        "migration drop_posts",
        "migration create_posts title:string!",
        "migration drop_posts",
        "scaffold post title:string!",
        "migration drop_posts",
    ] {
        let number = migrations(&app).len();
        app.generate(args).unwrap();
        assert_eq!(migrations(&app).len(), number + 1, "{args}");
        let again = app.generate(args).unwrap();
        assert_eq!(migrations(&app).len(), number + 1, "{args} again");
        assert!(
            actions(&again)
                .iter()
                .all(|action| matches!(*action, "identical" | "present")),
            "{args}: {again:#?}"
        );
    }
}

/// The second migration of a name has a record of its own; `destroy` takes back the newest.
#[test]
fn a_change_that_was_made_twice_is_taken_back_one_at_a_time() {
    let app = App::new();
    app.generate("scaffold post title:string!").unwrap();
    let mut trees = Vec::new();
    for args in [
        "migration add_views_to_posts views:int=0",
        "migration remove_views_from_posts",
        "migration add_views_to_posts views:int=0",
    ] {
        trees.push(app.tree());
        app.generate(args).unwrap();
    }
    for args in [
        "migration add_views_to_posts",
        "migration remove_views_from_posts",
        "migration add_views_to_posts",
    ] {
        app.destroy(args).unwrap();
        assert!(app.tree() == trees.pop().unwrap(), "{args}");
    }
}

#[test]
fn the_table_is_named_where_it_is_not_what_was_typed() {
    let app = App::new();
    for (typed, table) in [
        ("gloves", "gloves"),
        ("Leaf", "leaves"),
        ("schemata", "schemas"),
        ("persons", "people"),
        ("canvas", "canvases"),
    ] {
        let report = app
            .generate(&format!("model {typed} name:string!"))
            .unwrap();
        assert!(
            app.path(&format!("src/{table}/model.rs")).exists(),
            "{typed}"
        );
        let is_noted = report
            .notes
            .iter()
            .any(|note| note.contains("is taken for"));
        assert_eq!(
            is_noted,
            ["persons", "schemata"].contains(&typed),
            "{typed}: {:?}",
            report.notes
        );
    }
    // References find the table by the same rules.
    app.generate("model brush canvas:references leaf:references person:references")
        .unwrap();
}

#[test]
fn references_that_miss_their_table_say_what_was_meant() {
    let app = App::new();
    app.generate(AUTHOR).unwrap();
    app.generate("scaffold user_id name:string!").unwrap();
    app.generate("scaffold seat user_id:references").unwrap();
    // Who names the table as well means it.
    app.generate("scaffold team authors:references(authors)?")
        .unwrap();
    let before = app.tree();
    let reports: Vec<String> = [
        "scaffold post author_id:references",
        "scaffold post author_id:references(authors)?",
        "scaffold post writer:references(author)",
        "scaffold post post:references(post)",
        "scaffold post tag:references",
        "scaffold post authors:references?",
        "migration add_ref_writer_id_to_seats",
        "migration add_author_to_seats author_id:references",
        "migration create_join_table_authors_authors",
        "migration create_join_table_authors",
        "migration remove_user_id_id_from_seats name:int",
        "migration drop_seats name:int",
        "model author name:string! status:enum(a,b)",
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
    assert!(app.tree() == before);
}

/// The length of the column was that of the longest value then, so that PostgreSQL refused a longer one.
#[test]
fn an_enum_has_room_for_later_values() {
    let app = App::new();
    app.generate("scaffold post status:enum(draft,live)=draft")
        .unwrap();
    let source = crate::project::Project::find(app.0.path())
        .unwrap()
        .migrations[0]
        .source
        .clone();
    assert!(source.contains("string_len(\"status\", 60)"), "{source}");
    assert!(app.read("src/posts/model.rs").contains("StringLen::N(60)"));
    let report = app
        .generate("scaffold post status:enum(draft,live,archived_for_ever)=draft")
        .unwrap_err()
        .report();
    assert!(
        report.contains("with other values of `status`")
            && report.contains("change the enum in `src/posts/model.rs`"),
        "{report}"
    );
}

/// The name was taken for every place of its letters in the expression of the table (`tab` in `table`), and references to it
/// kept the old one.
#[test]
fn the_down_of_a_drop_names_tables_as_they_are_called_by_then() {
    let app = App::new();
    let newest = || {
        let project = crate::project::Project::find(app.0.path()).unwrap();
        project.migrations.last().unwrap().clone()
    };
    app.generate("model tab name:string^").unwrap();
    app.generate("migration create_pages tab:references")
        .unwrap();
    app.generate("migration rename_it").unwrap();
    let renaming = newest();
    let up = renaming.source.replacen(
        "Ok(())",
        "schema.rename_table(\"tabs\", \"flaps\").await",
        1,
    );
    let path = format!("src/migrations/{}.rs", renaming.module);
    std::fs::write(app.path(&path), up).unwrap();

    app.generate("migration drop_pages").unwrap();
    let pages = newest().source;
    assert!(
        pages.contains("\"flaps\"") && !pages.contains("\"tabs\""),
        "{pages}"
    );
    app.generate("migration drop_flaps").unwrap();
    let flaps = newest().source;
    assert!(
        flaps.contains("table(\"flaps\")") && flaps.contains("index(\"flaps\", [\"name\"])"),
        "{flaps}"
    );
}

pub(super) fn newest(app: &App) -> String {
    let project = crate::project::Project::find(app.0.path()).unwrap();
    project.migrations.last().unwrap().source.clone()
}

/// It was taken for the column `index`, and `title` for a field to add.
#[test]
fn indexes_are_added_and_removed_by_name() {
    let app = App::new();
    app.generate(AUTHOR).unwrap();
    app.generate("scaffold post title:string! slug:string^ author:references")
        .unwrap();
    for (args, up, down) in [
        (
            "migration add_index_to_posts title",
            r#"create_index(index("posts", ["title"]))"#,
            r#"drop_index("posts", ["title"])"#,
        ),
        (
            "migration create_index_on_posts_author_and_created_at",
            r#"create_index(index("posts", ["author_id", "created_at"]))"#,
            r#"drop_index("posts", ["author_id", "created_at"])"#,
        ),
        (
            "migration add_unique_index_to_post title:string! author_id:int",
            r#"create_index(unique_index("posts", ["title", "author_id"]))"#,
            r#"drop_index("posts", ["title", "author_id"])"#,
        ),
        // The name says nothing of the columns.
        (
            "migration add_index_to_posts author title",
            r#"create_index(index("posts", ["author_id", "title"]))"#,
            r#"drop_index("posts", ["author_id", "title"])"#,
        ),
        (
            "migration remove_index_from_posts slug",
            r#"drop_index("posts", ["slug"])"#,
            r#"create_index(unique_index("posts", ["slug"]))"#,
        ),
        (
            "migration drop_index_on_posts_title",
            r#"drop_index("posts", ["title"])"#,
            r#"create_index(index("posts", ["title"]))"#,
        ),
        // A column may have that name.
        (
            "migration add_index_to_posts index:int",
            r#"add_column("posts", integer_null("index"))"#,
            r#"drop_column("posts", "index")"#,
        ),
        (
            "migration add_index_to_posts index slug",
            r#"create_index(index("posts", ["index", "slug"]))"#,
            r#"drop_index("posts", ["index", "slug"])"#,
        ),
        (
            "migration remove_index_from_posts index slug",
            r#"drop_index("posts", ["index", "slug"])"#,
            r#"create_index(index("posts", ["index", "slug"]))"#,
        ),
        (
            "migration remove_index_from_posts",
            r#"drop_column("posts", "index")"#,
            r#"add_column("posts", integer_null("index"))"#,
        ),
    ] {
        app.generate(args).unwrap();
        let source = newest(&app).replace(char::is_whitespace, "");
        let (first, second) = source.split_once("fndown").unwrap();
        let plain = |text: &str| text.replace(char::is_whitespace, "");
        let plain_first = first.replace(",)", ")").replace(",]", "]");
        assert!(plain_first.contains(&plain(up)), "{args}: {first}");
        assert!(
            second
                .replace(",)", ")")
                .replace(",]", "]")
                .contains(&plain(down)),
            "{args}: {second}"
        );
        let again = app.generate(args).unwrap();
        assert!(
            actions(&again)
                .iter()
                .all(|action| matches!(*action, "identical" | "present")),
            "{args}: {again:#?}"
        );
    }
}

#[test]
fn what_a_migration_cannot_do_is_refused_with_what_it_can() {
    let app = App::new();
    app.generate(AUTHOR).unwrap();
    app.generate(
        "scaffold post title:string! slug:string^ author:references writer:references(authors)?",
    )
    .unwrap();
    app.generate("scaffold note title:string!").unwrap();
    let before = app.tree();
    let reports: Vec<String> = [
        "migration add_index_to_posts",
        "migration add_index_to_posts titel",
        "migration add_index_to_posts slug",
        "migration add_unique_index_to_posts author",
        "migration add_index_to_postings title",
        "migration create_index_on_posts_titel",
        "migration remove_index_from_posts title",
        "migration remove_index_from_notes title",
        "migration add_rating_to rating:int",
        "migration remove_title_from",
        "migration rename_title_to_name_on",
        "migration create_index_on",
        "migration rename_title_to_name",
        "migration rename_writer_to_author_on_posts",
        "migration rename_editor_to_author_on_posts",
        "migration rename_posts_to_notes",
    ]
    .into_iter()
    .map(|args| match app.generate(args) {
        Err(error) => format!("{args}\n{}", error.report()),
        Ok(report) => panic!("{args}: {report:#?}"),
    })
    .collect();
    insta::assert_snapshot!(reports.join("\n\n"));
    assert!(app.tree() == before);
}

#[test]
fn a_reference_is_renamed_by_its_name() {
    let app = App::new();
    app.generate(AUTHOR).unwrap();
    app.generate("scaffold post title:string! writer:references(authors)")
        .unwrap();
    for args in [
        "migration rename_writer_to_editor_on_posts",
        "migration rename_editor_to_critic",
        "migration rename_critic_id_to_writer_id_on_posts",
    ] {
        app.generate(args).unwrap();
        let [from, to] = args
            .trim_start_matches("migration rename_")
            .trim_end_matches("_on_posts")
            .split("_to_")
            .collect::<Vec<_>>()[..]
        else {
            panic!("{args}");
        };
        let [from, to] = [from, to].map(|name| format!("{}_id", name.trim_end_matches("_id")));
        let source = newest(&app);
        assert!(
            source.contains(&format!("rename_column(\"posts\", \"{from}\", \"{to}\")"))
                && source.contains(&format!("rename_column(\"posts\", \"{to}\", \"{from}\")")),
            "{args}: {source}"
        );
        let number = migrations(&app).len();
        app.generate(args).unwrap();
        assert_eq!(migrations(&app).len(), number, "{args} again");
    }
    // What comes later knows the table and its index by their new names.
    app.generate("migration rename_posts_to_articles").unwrap();
    app.generate("migration remove_writer_from_articles")
        .unwrap();
    let report = app
        .destroy("migration rename_posts_to_articles")
        .unwrap_err()
        .report();
    assert!(report.contains("builds on"), "{report}");
    let source = newest(&app);
    assert!(
        source.contains("drop_index(\"articles\", [\"writer_id\"])"),
        "{source}"
    );
}

/// The migration that makes the table would have been replaced, after it had been applied.
#[test]
fn a_table_that_later_migrations_have_changed_is_not_made_anew() {
    let app = App::new();
    app.generate("scaffold post title:string! note:text")
        .unwrap();
    app.generate("migration rename_title_to_headline_on_posts")
        .unwrap();
    app.generate("migration add_views_to_posts views:int")
        .unwrap();
    app.generate("scaffold post title:string! note:text")
        .unwrap();
    let before = app.tree();
    let reports: Vec<String> = [
        "scaffold post headline:string! note:text",
        "scaffold post headline:string! note:text views:int",
        "scaffold post title:string! note:text views:int",
        "scaffold post title:string!",
    ]
    .into_iter()
    .map(|args| {
        let output = OutputOptions {
            force: true,
            ..OutputOptions::default()
        };
        let report = app.generate_with(args, &output).unwrap_err().report();
        let at = report.find("/m2").expect("the migration is named");
        format!("{args}\n{}m[time]{}", &report[..=at], &report[at + 17..])
    })
    .collect();
    insta::assert_snapshot!(reports.join("\n\n"));
    assert!(app.tree() == before);
    // Also where the record is lost, the first command is the same.
    std::fs::remove_dir_all(app.path(".fw")).unwrap();
    app.generate("scaffold post title:string! note:text")
        .unwrap();
}

/// A default was proposed for references and unique columns, too, which take none.
#[test]
fn what_is_proposed_for_a_required_column_is_accepted() {
    let app = App::new();
    app.generate(AUTHOR).unwrap();
    for (field, has_default) in [
        ("a:int!", true),
        ("b:enum(x,y)!", true),
        ("c:string^", false),
        ("d:date!", false),
        ("e:references(authors)", false),
    ] {
        let name = field.split(':').next().unwrap();
        let args = format!("migration add_{name}_to_authors {field}");
        let notes = app.generate(&args).unwrap().notes.join("\n");
        assert!(notes.contains("let it be empty"), "{field}: {notes}");
        assert_eq!(notes.contains("a default"), has_default, "{field}: {notes}");
    }
}
