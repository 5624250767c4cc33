//! A factory of authors for tests.

use fw_testing::prelude::*;

use super::model::ActiveModel;

impl Factory for ActiveModel {
    async fn fake(_: &Db) -> Self {
        let n = sequence();
        Self {
            name: Set(format!("name {n}")),
            ..Default::default()
        }
    }
}
