//! The migration that adds the caller to `idempotency_keys`, so that the responses stored for each can be counted.

use crate::migration::prelude::*;

pub(super) async fn up(schema: &Schema<'_>) -> Result {
    // SHA-256, so that the table does not say who called. Rows of before have none, and expire.
    schema
        .add_column("idempotency_keys", binary_len_null("caller_hash", 32))
        .await?;
    schema
        .create_index(index("idempotency_keys", ["caller_hash", "expires_at"]))
        .await
}

pub(super) async fn down(schema: &Schema<'_>) -> Result {
    schema
        .drop_index("idempotency_keys", ["caller_hash", "expires_at"])
        .await?;
    schema.drop_column("idempotency_keys", "caller_hash").await
}
