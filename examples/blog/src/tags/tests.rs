//! What the `tags` table keeps.

use fw::testing::prelude::*;
use sea_orm::PaginatorTrait;

use super::model::{ActiveModel, Entity};
use crate::app::App;

/// A tag that is different for each `n`.
fn row(n: u8) -> ActiveModel {
    ActiveModel {
        name: Set(format!("name {n}")),
        ..Default::default()
    }
}

/// Saves a tag and gives its id, for tests of what refers to tags too.
pub(crate) async fn create(app: &TestApp) -> i64 {
    let present = Entity::find()
        .count(&app.ctx.db)
        .await
        .expect("the rows are counted");
    let n = u8::try_from(present).expect("a few rows") + 1;
    let row = row(n);
    row.insert(&app.ctx.db).await.expect("the row is saved").id
}

#[tokio::test]
async fn keeps_what_is_saved() {
    let app = boot::<App>().await;
    let id = create(&app).await;
    let saved = Entity::find_by_id(id).one(&app.ctx.db).await;
    let saved = saved.expect("the row is read").expect("the row is there");
    assert_eq!(saved.created_at, saved.updated_at);
}

#[tokio::test]
async fn notes_when_a_row_was_changed() {
    let app = boot::<App>().await;
    let id = create(&app).await;
    let mut row = row(2);
    row.id = sea_orm::ActiveValue::Unchanged(id);
    let changed = row.update(&app.ctx.db).await.expect("the row is changed");
    assert!(changed.updated_at > changed.created_at);
}

#[tokio::test]
async fn keeps_each_name_once() {
    let app = boot::<App>().await;
    let first = row(1).insert(&app.ctx.db).await.expect("the row is saved");
    let mut second = row(2);
    second.name = Set(first.name);
    assert!(second.insert(&app.ctx.db).await.is_err());
}
