//! Selects of the rows of a table.

use fw::{controller::form::Choices, dto::prelude::*, prelude::*};
use fw_testing::prelude::*;

use super::{App, files};

mod authors {
    use fw::model::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "authors")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(Deserialize, JsonSchema, Validate)]
#[expect(dead_code, reason = "only its fields are shown")]
struct BookBody {
    #[garde(skip)]
    author_id: Id,
}

/// The field of a form that names one of so many authors, whose names are the other way round.
async fn field(authors: u32) -> JsonValue {
    let _files = files(&[]);
    let app = boot::<App>().await;
    let db = &app.ctx.db;
    let table = "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL)";
    db.execute_unprepared(table).await.expect("a table");
    let rows = (1..=authors).map(|id| authors::ActiveModel {
        id: Set(id.into()),
        name: Set(format!("Author {:03}", 200 - id)),
    });
    let inserted = authors::Entity::insert_many(rows).exec(db).await;
    inserted.expect("they are stored");
    let choices = Choices::of(
        authors::Entity::find(),
        |author| (author.id, author.name),
        db,
    );
    let choices = choices.await.expect("they are read");
    let form = Form::<BookBody>::blank().choices("author_id", choices);
    serde_json::to_value(&form).expect("JSON")["author_id"].take()
}

#[tokio::test]
async fn a_small_table_is_a_select_in_the_order_of_names() {
    let field = field(100).await;
    assert_eq!(
        (&field["kind"], &field["too_many"]),
        (&json!("select"), &JsonValue::Null)
    );
    let choices = field["choices"].as_array().expect("a list");
    assert_eq!(choices.len(), 100);
    assert_eq!(choices[0]["value"], "100");
    assert_eq!(choices[0]["label"]["english"], "Author 100");
}

#[tokio::test]
async fn of_a_large_table_a_number_is_entered() {
    let field = field(101).await;
    assert_eq!(
        (&field["kind"], &field["too_many"]),
        (&json!("number"), &json!(100))
    );
    assert_eq!(field["choices"], json!([]));
}
