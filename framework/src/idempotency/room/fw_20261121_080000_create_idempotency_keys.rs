//! The migration that creates the table `idempotency_keys`: stored responses. Times are seconds since 1970 (UTC).

use crate::migration::prelude::*;

pub(super) async fn up(schema: &Schema<'_>) -> Result {
    schema
        .create_table(
            Table::create()
                .table("idempotency_keys")
                // SHA-256, so that the table does not give the keys away.
                .col(binary_len("key_hash", 32).primary_key())
                .col(binary_len("fingerprint", 32))
                .col(integer("status"))
                .col(blob("headers"))
                .col(blob("body"))
                .col(big_integer("created_at"))
                .col(big_integer("expires_at")),
        )
        .await?;
    schema
        .create_index(index("idempotency_keys", ["expires_at"]))
        .await
}

pub(super) async fn down(schema: &Schema<'_>) -> Result {
    schema.drop_table("idempotency_keys").await
}
