//! A factory of accounts for tests.

use fw_testing::prelude::*;

use super::model::ActiveModel;

impl Factory for ActiveModel {
    async fn fake(_: &Db) -> Self {
        let email = format!("user{}@example.com", sequence());
        Self {
            name: Set("Somebody".to_owned()),
            is_suspended: Set(false),
            ..Default::default()
        }
        .with_email(email.parse().expect("an address"))
    }
}
