//! Selects of the rows of a table, and checkboxes of a list.

use fw::{
    axum::{
        body::Body,
        extract::{FromRequest, Request},
    },
    controller::form::Choices,
    dto::prelude::*,
    error::FieldError,
    prelude::*,
};
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

#[derive(Deserialize, JsonSchema, Validate)]
struct MemberBody {
    #[garde(length(max = 10))]
    groups: Vec<String>,
    #[garde(skip)]
    days: Vec<Day>,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Day {
    Monday,
    Friday,
}

#[derive(Serialize, JsonSchema)]
struct Join {
    form: Form<MemberBody>,
}

impl View for Join {
    const TEMPLATE: &'static str = "members/pages/join.html";
}

/// The form that a browser has sent.
async fn sent(body: &'static str) -> Form<MemberBody> {
    let request = Request::post("/")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body));
    let form = Form::from_request(request.expect("a request"), &()).await;
    let groups = Choices::from_iter([("choir", "The choir"), ("board", "The board")]);
    form.expect("a form").choices("groups", groups)
}

#[tokio::test]
async fn a_list_with_choices_is_a_group_of_checkboxes() {
    let form = sent("groups=board&groups=strangers&days=friday").await;
    let refused = form.submit(async |member| {
        assert_eq!(member.groups, ["board", "strangers"]);
        assert_eq!(member.days, [Day::Friday]);
        let problem = FieldError::new("/groups/1", "unknown", "is no group");
        Err::<(), _>(Error::validation(vec![problem]))
    });
    let mut shown = JsonValue::Null;
    let again = refused.await.expect("it is for the form");
    let _ = again.or_again(|form| {
        shown = serde_json::to_value(&form).expect("JSON");
        Join { form }
    });
    for (field, ticked) in [("groups", [false, true]), ("days", [false, true])] {
        let field = &shown[field];
        assert_eq!(
            (&field["kind"], &field["required"]),
            (&json!("checkboxes"), &json!(false))
        );
        let choices = field["choices"].as_array().expect("a list");
        let selected: Vec<_> = choices.iter().map(|choice| &choice["selected"]).collect();
        assert_eq!(
            selected,
            ticked.map(JsonValue::from).iter().collect::<Vec<_>>()
        );
    }
    assert_eq!(shown["groups"]["errors"][0]["code"], "unknown");
    assert_eq!(shown["_problems"][0]["id"], "groups");
}

#[tokio::test]
async fn a_list_without_a_tick_is_empty() {
    let form = sent("").await;
    let joined = form.submit(async |member| Ok(member.groups.len() + member.days.len()));
    let joined = joined
        .await
        .expect("no error")
        .or_again(|form| Join { form });
    let mut number = 1;
    let _ = joined.then(|found| {
        number = found;
        Redirect::local("/")
    });
    assert_eq!(number, 0);
}
