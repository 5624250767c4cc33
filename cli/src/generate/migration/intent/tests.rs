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
