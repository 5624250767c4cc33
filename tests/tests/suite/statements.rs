//! The statements of a request, as a test sees them.

use fw::{db::Db, prelude::*};
use fw_testing::prelude::*;
use sea_orm::Statement;

async fn read(db: &Db, count: i32) -> Result<()> {
    for number in 0..count {
        let select = Statement::from_string(db.backend(), format!("SELECT {number}"));
        db.query_one_raw(select).await?;
    }
    Ok(())
}

async fn in_turn(
    _: Anyone,
    State(ctx): State<AppContext>,
    Path(count): Path<i32>,
) -> Result<NoContent> {
    read(&ctx.db, count).await?;
    Ok(NoContent)
}

async fn in_transaction(_: Anyone, State(ctx): State<AppContext>) -> Result<NoContent> {
    let written = ctx.db.transact(async |tx| {
        tx.execute_unprepared("CREATE TABLE drafts (title TEXT)")
            .await?;
        Ok(())
    });
    written.await?;
    // Another task is not part of the request.
    let db = ctx.db.clone();
    tokio::spawn(async move { read(&db, 3).await })
        .await
        .or_internal()??;
    Ok(NoContent)
}

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "statements"
    }

    fn routes() -> Routes {
        Routes::new().with([get("/{count}", in_turn), post("/", in_transaction)])
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }
}

#[tokio::test]
async fn a_test_sees_the_statements_of_each_request() {
    let app = boot::<App>().await;
    let (two, none) = tokio::join!(
        std::future::IntoFuture::into_future(app.get("/2")),
        std::future::IntoFuture::into_future(app.get("/0")),
    );
    assert_eq!(two.statements(), ["SELECT 0", "SELECT 1"]);
    assert!(none.statements().is_empty());
    let written = app.post("/").await;
    written.assert_status(204);
    assert_eq!(written.statements(), ["CREATE TABLE drafts (title TEXT)"]);
}
