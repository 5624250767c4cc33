//! Many tests of one application at once, each on a database of its own.

use std::time::Instant;

use fw::prelude::*;
use fw_testing::prelude::*;
use fw_tests::postgres;

mod notes {
    use fw::model::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, JsonSchema, Serialize)]
    #[sea_orm(table_name = "notes")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub text: String,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }

    fw::model::timestamps!(ActiveModel);

    impl Listing for Entity {
        type Query = Select<Self>;

        fn columns() -> ListColumns<Self> {
            ListColumns::new().filter([Column::Text])
        }
    }
}

mod m20261121_000000_create_notes {
    use fw::migration::prelude::*;

    pub async fn up(schema: &Schema<'_>) -> Result {
        schema
            .create_table(table("notes").col(string_len("text", 80)))
            .await
    }
}

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "parallel"
    }

    fn routes() -> Routes {
        Routes::at("/notes").with([get("/", list), post("/", create)])
    }

    fn migrations() -> Vec<Migration> {
        vec![fw::migration!(m20261121_000000_create_notes, irreversible)]
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        if let Ok(url) = DATABASE.try_with(Clone::clone) {
            config.database.url = url.as_str().into();
        }
        Ok(())
    }
}

tokio::task_local! {
    static DATABASE: String;
}

async fn list(
    _: Anyone,
    State(ctx): State<AppContext>,
    params: ListParams<notes::Entity>,
) -> Result<Paginated<notes::Model>> {
    params.fetch(notes::Entity::find(), &ctx.db).await
}

async fn create(_: Anyone, State(ctx): State<AppContext>) -> Result<NoContent> {
    notes::ActiveModel {
        text: Set("a note".into()),
        ..Default::default()
    }
    .insert(&ctx.db)
    .await?;
    Ok(NoContent)
}

/// What one request test does: its own row is the only one.
async fn one_test() {
    let app = boot::<App>().await;
    app.post("/notes").await.assert_status(204);
    let list = app.get("/notes").await;
    list.assert_status(200);
    assert_eq!(
        list.json()["data"].as_array().map(Vec::len),
        Some(1),
        "{list}"
    );
}

async fn two_hundred(url: String) {
    let begin = Instant::now();
    let tests: Vec<_> = (0..200)
        .map(|_| tokio::spawn(DATABASE.scope(url.clone(), one_test())))
        .collect();
    for test in tests {
        test.await.expect("no test disturbs another");
    }
    println!("200 request tests took {:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_tests_on_sqlite() {
    two_hundred("sqlite::memory:".into()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_tests_on_postgres() {
    // Each opens up to one connection to its own database and one to the server.
    two_hundred(format!("{}/postgres", postgres::server().url())).await;
}
