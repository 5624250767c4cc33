//! Two editors cannot overwrite each other, on either database.

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
        #[sea_orm(unique)]
        pub text: String,
        pub lock_version: i32,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }

    fw::model::timestamps!(ActiveModel);

    impl Versioned for Entity {
        fn version() -> Column {
            Column::LockVersion
        }
    }
}

mod m20261121_000000_create_notes {
    use fw::migration::prelude::*;

    pub async fn up(schema: &Schema<'_>) -> Result {
        schema
            .create_table(
                table("notes")
                    .col(string_len("text", 80))
                    .col(integer("lock_version").default(1)),
            )
            .await?;
        schema.create_index(unique_index("notes", ["text"])).await
    }
}

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "locking"
    }

    fn routes() -> Routes {
        Routes::at("/notes/{id}").with([
            get("/", show),
            put("/{text}", change),
            delete("/", destroy),
        ])
    }

    fn migrations() -> Vec<Migration> {
        vec![fw::migration!(m20261121_000000_create_notes, irreversible)]
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        let url = DATABASE
            .try_with(Clone::clone)
            .unwrap_or("sqlite::memory:".to_owned());
        config.database.url = url.as_str().into();
        Ok(())
    }
}

tokio::task_local! {
    static DATABASE: String;
}

async fn show(
    _: Anyone,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
) -> Result<WithETag<Json<notes::Model>>> {
    let note = notes::Entity::find_by_id(id)
        .one(&ctx.db)
        .await?
        .or_not_found()?;
    Ok(WithETag(note.lock_version, Json(note)))
}

async fn change(
    _: Anyone,
    State(ctx): State<AppContext>,
    Path((id, text)): Path<(Id, String)>,
    IfMatch(versions): IfMatch,
) -> Result<WithETag<Json<notes::Model>>> {
    let note = notes::ActiveModel {
        id: Unchanged(id),
        text: Set(text),
        // What somebody sets by mistake does not count.
        lock_version: Set(99),
        ..Default::default()
    };
    let note = note.update_at(versions, &ctx.db).await?;
    Ok(WithETag(note.lock_version, Json(note)))
}

async fn destroy(
    _: Anyone,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
    IfMatch(versions): IfMatch,
) -> Result<NoContent> {
    notes::Entity::delete_at(id, versions, &ctx.db).await?;
    Ok(NoContent)
}

/// Runs a test on SQLite and on PostgreSQL.
async fn on_both<F: Future<Output = ()>>(test: impl Fn(TestApp) -> F) {
    test(boot::<App>().await).await;
    let url = postgres::server().create_database();
    test(DATABASE.scope(url, boot::<App>()).await).await;
}

async fn create(app: &TestApp, text: &str) -> i64 {
    let note = notes::ActiveModel {
        text: Set(text.to_owned()),
        ..Default::default()
    };
    note.insert(&app.ctx.db).await.expect("it is saved").id
}

#[tokio::test]
async fn only_the_version_that_was_seen_is_changed() {
    on_both(async |app: TestApp| {
        let path = format!("/notes/{}", create(&app, "first").await);
        assert_eq!(app.get(&path).await.header("etag"), "\"1\"");
        let put = |text: &str, version: &str| {
            app.request(fw::http::Method::PUT, &format!("{path}/{text}"))
                .header("if-match", version)
        };
        let changed = put("second", "\"1\"").await;
        changed.assert_status(200);
        assert_eq!(changed.header("etag"), "\"2\"");
        assert_eq!(changed.json()["lock_version"], 2);
        for stale in ["\"1\"", "\"3\"", "\"2-gzip\"", "W/\"2\"", "\"99\", \"1\""] {
            put("third", stale)
                .await
                .assert_problem(412, "precondition_failed");
            app.delete(&path)
                .header("if-match", stale)
                .await
                .assert_problem(412, "precondition_failed");
        }
        app.put(&format!("{path}/third"))
            .await
            .assert_problem(428, "precondition_required");
        app.delete(&path)
            .await
            .assert_problem(428, "precondition_required");
        put("third", "2").await.assert_problem(400, "bad_request");
        let shown = app.get(&path).await;
        assert_eq!(
            shown.json(),
            changed.json(),
            "nothing of this changed anything"
        );
        assert_eq!(put("third", "\"7\", \"2\"").await.header("etag"), "\"3\"");
        assert_eq!(put("fourth", "*").await.header("etag"), "\"4\"");
        app.delete(&path)
            .header("if-match", "\"4\"")
            .await
            .assert_status(204);
        for version in ["\"4\"", "*", "\"other\""] {
            put("fifth", version).await.assert_problem(404, "not_found");
            app.delete(&path)
                .header("if-match", version)
                .await
                .assert_problem(404, "not_found");
        }
    })
    .await;
}

#[tokio::test]
async fn a_change_that_is_refused_counts_nothing() {
    on_both(async |app: TestApp| {
        create(&app, "taken").await;
        let path = format!("/notes/{}", create(&app, "mine").await);
        let request = app
            .put(&format!("{path}/taken"))
            .header("if-match", "\"1\"");
        request.await.assert_problem(409, "conflict");
        assert_eq!(app.get(&path).await.header("etag"), "\"1\"");
    })
    .await;
}

#[tokio::test]
async fn of_many_editors_at_once_one_wins() {
    on_both(async |app: TestApp| {
        let path = format!("/notes/{}", create(&app, "first").await);
        let mut editors = tokio::task::JoinSet::new();
        for editor in 0..20 {
            let request = app
                .put(&format!("{path}/{editor}"))
                .header("if-match", "\"1\"");
            editors.spawn(async move { request.await });
        }
        let responses = editors.join_all().await;
        let won: Vec<_> = responses
            .iter()
            .filter(|response| response.status() == 200)
            .collect();
        assert_eq!(won.len(), 1);
        assert!(
            responses
                .iter()
                .all(|response| response.status() == 200 || response.status() == 412)
        );
        assert_eq!(app.get(&path).await.json(), won[0].json());
    })
    .await;
}
