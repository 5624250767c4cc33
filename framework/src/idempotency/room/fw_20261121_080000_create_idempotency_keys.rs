//! The table `idempotency_keys`: answers that are given again. Times are seconds since 1970 (UTC).

use crate::migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "fw_20261121_080000_create_idempotency_keys"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("idempotency_keys")
            // SHA-256, so that the table does not give the keys away.
            .col(binary_len("key_hash", 32).primary_key())
            .col(binary_len("fingerprint", 32))
            .col(integer("status"))
            .col(blob("headers"))
            .col(blob("body"))
            .col(big_integer("created_at"))
            .col(big_integer("expires_at"))
            .to_owned();
        manager.create_table(table).await?;
        manager
            .create_index(index("idempotency_keys", ["expires_at"]))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(drop_table("idempotency_keys")).await
    }
}
