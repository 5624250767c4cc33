use super::Intent;
use crate::{field, project::Schema};

/// A schema with some tables, each with its columns.
fn schema(tables: &[(&str, &[&str])]) -> Schema {
    let mut schema = Schema::default();
    for (table, columns) in tables {
        let columns = columns.iter();
        let columns: Vec<_> = columns
            .map(|column| format!(".col(integer(\"{column}\"))"))
            .collect();
        let columns = columns.concat();
        schema.apply(&format!(
            "pub async fn up(schema: &Schema<'_>) -> Result {{ schema.create_table(table(\"{table}\"){columns}).await }}"
        ));
    }
    schema
}

fn read(words: &str, schema: &Schema) -> String {
    let mut words = words.split(' ');
    let name = words.next().unwrap();
    let fields = field::parse_all(&words.collect::<Vec<_>>()).unwrap();
    match Intent::of(name, &fields, schema) {
        Ok(intent) => intent.description(),
        Err(error) => error.report(),
    }
}

#[test]
fn the_reading_that_fits_the_schema_is_meant() {
    let schema = schema(&[
        ("posts", &["reply_to", "terms", "author_id"]),
        ("prices", &["valid_from", "valid"]),
        ("orders", &["terms_and_conditions", "sold_on_day"]),
        ("line_items", &[]),
        ("lines", &[]),
        ("time_tables", &[]),
        ("people", &[]),
    ]);
    for (words, meaning) in [
        (
            "add_reply_to_to_posts reply_to:int",
            "adds `reply_to` to `posts`",
        ),
        (
            "add_reply_to_to_post reply_to:int",
            "adds `reply_to` to `posts`",
        ),
        ("add_a_to_b_to_posts", "adds `a_to_b` to `posts`"),
        (
            "add_terms_and_conditions_and_b_to_posts terms_and_conditions:text b:int",
            "adds `terms_and_conditions`, `b` to `posts`",
        ),
        ("add_age_to_person age:int", "adds `age` to `people`"),
        (
            "remove_valid_from_from_prices",
            "removes `valid_from` from `prices`",
        ),
        ("remove_valid_from_prices", "removes `valid` from `prices`"),
        (
            "remove_terms_and_conditions_from_orders",
            "removes `terms_and_conditions` from `orders`",
        ),
        (
            "remove_terms_and_author_from_posts",
            "removes `terms`, `author` from `posts`",
        ),
        (
            "remove_x_and_y_from_z_from_posts y_from_z:int x:int",
            "removes `x`, `y_from_z` from `posts`",
        ),
        (
            "rename_reply_to_to_answer_to_on_posts",
            "renames `reply_to` to `answer_to` in `posts`",
        ),
        (
            "rename_sold_on_day_to_day_on_orders",
            "renames `sold_on_day` to `day` in `orders`",
        ),
        (
            "create_join_table_line_items_people",
            "joins `line_items` and `people`",
        ),
        (
            "create_join_table_person_line",
            "joins `people` and `lines`",
        ),
        ("drop_time_table", "drops `time_tables`"),
        ("drop_posts_table", "drops `posts`"),
        (
            "add_ref_reply_to_to_posts",
            "adds the reference `reply_to` to `posts`",
        ),
        ("backfill", "does nothing"),
        ("rename_it", "does nothing"),
        // A reference is called without `_id`.
        (
            "rename_author_to_writer_on_posts",
            "renames `author` to `writer` in `posts`",
        ),
        // Only one table has it.
        (
            "rename_author_to_writer",
            "renames `author` to `writer` in `posts`",
        ),
        (
            "rename_people_to_humans",
            "renames the table `people` to `humans`",
        ),
        (
            "rename_table_people_to_human",
            "renames the table `people` to `humans`",
        ),
        // Nothing fits: the plainest reading, whose error says what is missing.
        ("remove_a_and_b_from_posts", "removes `a`, `b` from `posts`"),
        ("add_a_to_nowhere", "adds `a` to `nowheres`"),
    ] {
        assert_eq!(read(words, &schema), meaning, "{words}");
    }
}

#[test]
fn what_can_be_read_in_two_ways_is_shown() {
    let schema = schema(&[
        ("orders", &["terms", "conditions", "terms_and_conditions"]),
        ("times", &[]),
        ("time_tables", &[]),
        ("a", &[]),
        ("a_b", &[]),
        ("b_c", &[]),
        ("c", &[]),
    ]);
    let reports: Vec<String> = [
        "remove_terms_and_conditions_from_orders",
        "drop_time_table",
        "create_join_table_a_b_c",
    ]
    .into_iter()
    .map(|words| read(words, &schema))
    .collect();
    insta::assert_snapshot!(reports.join("\n\n"));
    assert_eq!(
        read(
            "remove_terms_and_conditions_from_orders terms_and_conditions:int",
            &schema
        ),
        "removes `terms_and_conditions` from `orders`"
    );
}

/// They were taken for names of tables and columns, made an empty table, or were empty migrations.
#[test]
#[expect(clippy::too_many_lines)]
fn a_word_for_what_changes_is_no_part_of_a_name() {
    let schema = schema(&[
        ("posts", &["title", "views", "author_id", "column_x"]),
        ("comments", &["title", "post_id", "text"]),
        ("authors", &["name"]),
        ("table_games", &[]),
        ("posts_tags", &[]),
        ("columns", &["width"]),
    ]);
    for (words, meaning) in [
        ("create_table_tags name:string", "makes `tags`"),
        ("create_tags_table name:string", "makes `tags`"),
        ("add_table_tags name:string", "makes `tags`"),
        ("create_columns title:string", "makes `columns`"),
        ("create_column_types name:string", "makes `column_types`"),
        ("create_admins", "makes `admins`"),
        (
            "create_posts_comments_join_table",
            "joins `posts` and `comments`",
        ),
        (
            "add_join_table_posts_comments",
            "joins `posts` and `comments`",
        ),
        ("drop_table_posts", "drops `posts`"),
        ("drop_table_post", "drops `posts`"),
        ("drop_join_table_posts_tags", "drops `posts_tags`"),
        ("drop_join_table_tags_posts", "drops `posts_tags`"),
        ("remove_table_posts", "drops `posts`"),
        ("remove_posts_table", "drops `posts`"),
        ("delete_table_posts", "drops `posts`"),
        ("remove_comments", "drops `comments`"),
        // What is there counts.
        ("drop_table_games", "drops `table_games`"),
        ("drop_columns", "drops `columns`"),
        (
            "remove_column_x_from_posts",
            "removes `column_x` from `posts`",
        ),
        ("drop_table_nothings", "drops `nothings`"),
        (
            "add_column_rating_to_posts rating:int",
            "adds `rating` to `posts`",
        ),
        (
            "add_rating_column_to_posts rating:int",
            "adds `rating` to `posts`",
        ),
        (
            "add_columns_a_and_b_to_posts a:int b:int",
            "adds `a`, `b` to `posts`",
        ),
        ("add_rating_on_posts rating:int", "adds `rating` to `posts`"),
        ("add_to_posts rating:int", "adds `rating` to `posts`"),
        (
            "create_column_rating_in_posts rating:int",
            "adds `rating` to `posts`",
        ),
        (
            "remove_column_views_from_posts",
            "removes `views` from `posts`",
        ),
        (
            "remove_views_column_from_posts",
            "removes `views` from `posts`",
        ),
        (
            "remove_columns_from_posts views:int",
            "removes `views` from `posts`",
        ),
        ("remove_views_of_posts", "removes `views` from `posts`"),
        ("remove_views", "removes `views` from `posts`"),
        (
            "drop_column_views_from_posts",
            "removes `views` from `posts`",
        ),
        ("drop_views_from_posts", "removes `views` from `posts`"),
        ("drop_column_views", "removes `views` from `posts`"),
        ("drop_views", "removes `views` from `posts`"),
        ("delete_views_from_posts", "removes `views` from `posts`"),
        (
            "remove_reference_author_from_posts",
            "removes `author` from `posts`",
        ),
        (
            "add_reference_author_to_comments",
            "adds the reference `author` to `comments`",
        ),
        (
            "add_author_ref_to_comments",
            "adds the reference `author` to `comments`",
        ),
        (
            "add_foreign_key_author_to_comments",
            "adds the reference `author` to `comments`",
        ),
        (
            "rename_column_views_to_hits_on_posts",
            "renames `views` to `hits` in `posts`",
        ),
        (
            "rename_column_views_to_hits",
            "renames `views` to `hits` in `posts`",
        ),
        (
            "rename_views_to_hits_in_posts",
            "renames `views` to `hits` in `posts`",
        ),
        (
            "rename_views_on_posts_to_hits",
            "renames `views` to `hits` in `posts`",
        ),
        (
            "rename_posts_views_to_hits",
            "renames `views` to `hits` in `posts`",
        ),
        (
            "rename_posts_table_to_articles",
            "renames the table `posts` to `articles`",
        ),
        (
            "rename_author_to_writer_on_posts",
            "renames `author` to `writer` in `posts`",
        ),
        (
            "rename_table_author_to_writer",
            "renames the table `authors` to `writers`",
        ),
        // Rows can be deleted, and SQL has more than tables.
        ("delete_comments", "does nothing"),
        ("delete_drafts_from_posts", "does nothing"),
        ("create_view_active_posts", "does nothing"),
        ("drop_extension_citext", "does nothing"),
        ("add_full_text_search", "does nothing"),
        ("remove_stale_rows", "does nothing"),
    ] {
        assert_eq!(read(words, &schema), meaning, "{words}");
    }
}

#[test]
fn a_name_that_says_an_operation_and_nothing_more_is_refused() {
    let schema = schema(&[
        ("posts", &["title", "author_id"]),
        ("comments", &["title", "post_id"]),
        ("authors", &[]),
    ]);
    let reports: Vec<String> = [
        "create",
        "add",
        "remove",
        "drop",
        "rename",
        "change",
        "create_table",
        "create_table title:string",
        "create_join_table",
        "create_reference",
        "drop_table",
        "add_column rating:int",
        "add_column_rating rating:int",
        "add_reference",
        "remove_column",
        "drop_column_nothing",
        "rename_table",
        "rename_column_nothing_to_something",
        "rename_title",
        "rename_posts",
        "remove_title",
        "drop_column_title",
        "rename_post_to_article",
        "rename_column_title_to_name",
        "rename_index_old_to_new",
        "rename_title_index_to_heading_index",
    ]
    .into_iter()
    .map(|words| format!("{words}\n{}", read(words, &schema)))
    .collect();
    insta::assert_snapshot!(reports.join("\n\n"));
}
