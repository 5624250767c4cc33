//! Rows that the path names.

use fw::prelude::*;
use fw_testing::prelude::*;

mod books {
    use fw::model::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "books")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub title: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A caller with the header `authorization`.
struct Known;

impl Access for Known {
    fn rule() -> String {
        "known".to_owned()
    }
}

impl fw::axum::extract::FromRequestParts<AppContext> for Known {
    type Rejection = Error;

    async fn from_request_parts(
        parts: &mut fw::http::request::Parts,
        _: &AppContext,
    ) -> Result<Self> {
        match parts.headers.get("authorization") {
            Some(_) => Ok(Self),
            None => Err(Error::unauthorized()),
        }
    }
}

async fn title(_: Known, Found(book): Found<books::Entity>) -> String {
    book.title
}

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "library"
    }

    fn routes() -> Routes {
        Routes::at("/books").with([get("/{id}/title", title)])
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        config.database.url = "sqlite::memory:".into();
        Ok(())
    }
}

#[tokio::test]
async fn a_row_is_found_for_callers_who_may_see_it() {
    let app = boot::<App>().await;
    let table = "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL)";
    for statement in [table, "INSERT INTO books VALUES (7, 'Dune')"] {
        app.ctx.db.execute_unprepared(statement).await.expect("SQL");
    }
    for (path, status) in [
        ("/books/7/title", 200),
        ("/books/8/title", 404),
        ("/books/x/title", 404),
        ("/books/07/title", 404),
    ] {
        let response = app.get(path).header("authorization", "yes").await;
        assert_eq!(response.status(), status, "{path}");
        // Whether there is a row is nobody else's business.
        assert_eq!(app.get(path).await.status(), 401, "{path}");
    }
    let found = app.get("/books/7/title").header("authorization", "yes");
    assert_eq!(found.await.text(), "Dune");
}
