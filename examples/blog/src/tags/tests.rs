//! Tests of the `tags` table.

use fw_testing::prelude::*;

use super::model::{ActiveModel, Entity};
use crate::app::App;

#[tokio::test]
async fn saves_a_tag() {
    let app = boot::<App>().await;
    let row = ActiveModel::create(&app.ctx.db).await;
    let saved = Entity::find_by_id(row.id).one(&app.ctx.db).await;
    assert_eq!(saved, Ok(Some(row)));
}

#[tokio::test]
async fn keeps_each_name_once() {
    let app = boot::<App>().await;
    let row = ActiveModel::create(&app.ctx.db).await;
    let mut other = ActiveModel::fake(&app.ctx.db).await;
    other.name = Set(row.name);
    assert!(other.insert(&app.ctx.db).await.is_err());
}
