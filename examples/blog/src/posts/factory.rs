//! A factory of posts for tests.

use fw_testing::prelude::*;

use super::model::ActiveModel;

impl Factory for ActiveModel {
    async fn fake(_: &Db) -> Self {
        let n = sequence();
        Self {
            title: Set(format!("title {n}")),
            slug: Set(format!("slug {n}")),
            ..Default::default()
        }
    }
}
