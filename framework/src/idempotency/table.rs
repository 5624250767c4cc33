//! Queries of the table `idempotency_keys`.

use axum::response::Response;
use chrono::Utc;
use http::{HeaderValue, StatusCode, header};
use sea_orm::{
    ConnectionTrait, DbErr, ExprTrait, Order,
    sea_query::{Expr, OnConflict, Query},
};

use super::{Fingerprint, IdempotencyKey, StoredResponse, in_use};
use crate::{
    config::IdempotencyConfig,
    error::{Error, OrInternal},
};

const TABLE: &str = "idempotency_keys";

/// The number of rows that are deleted at a time, so that the table is never locked for long.
const BATCH: u64 = 500;

/// A row of the table: a stored response, with the fingerprint of its request.
pub(crate) struct IdempotencyRecord {
    fingerprint: Vec<u8>,
    response: StoredResponse,
}

impl IdempotencyRecord {
    /// Replays the response to a repeated request.
    ///
    /// Fails with 422 if the request differs from the first one with this key.
    pub(crate) fn replay(self, request: &Fingerprint) -> Result<Response, Error> {
        if self.fingerprint != request.bytes() {
            return Err(
                Error::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused").detail(
                    "this `Idempotency-Key` was used for a request with another method, path or body",
                ),
            );
        }
        Ok(self.response.replay())
    }
}

/// Finds the record of the first request with this key, unless it has expired.
pub(crate) async fn find<C: ConnectionTrait>(
    db: &C,
    key: &IdempotencyKey,
) -> Result<Option<IdempotencyRecord>, Error> {
    let select = Query::select()
        .columns(["fingerprint", "status", "headers", "body"])
        .from(TABLE)
        .and_where(Expr::col("key_hash").eq(key.bytes()))
        .and_where(Expr::col("expires_at").gt(now()))
        .to_owned();
    let Some(row) = db.query_one(&select).await? else {
        return Ok(None);
    };
    let headers: Vec<u8> = row.try_get("", "headers")?;
    let response = StoredResponse::from_stored(
        row.try_get("", "status")?,
        &headers,
        row.try_get("", "body")?,
    )
    .ok_or_else(|| Error::internal("a row of `idempotency_keys` is damaged"))?;
    Ok(Some(IdempotencyRecord {
        fingerprint: row.try_get("", "fingerprint")?,
        response,
    }))
}

/// Checks that another response may be stored for the caller of a key.
///
/// Fails with 429 if there are as many as the configuration allows, and with the time after which the first of them expires.
pub(crate) async fn check_count<C: ConnectionTrait>(
    db: &C,
    key: &IdempotencyKey,
    config: &IdempotencyConfig,
) -> Result<(), Error> {
    let now = now();
    let of_caller = || {
        Query::select()
            .column("expires_at")
            .from(TABLE)
            .and_where(Expr::col("caller_hash").eq(key.caller()))
            .and_where(Expr::col("expires_at").gt(now))
            .order_by("expires_at", Order::Asc)
            .limit(1)
            .to_owned()
    };
    let last_allowed = of_caller()
        .offset(u64::from(config.max_responses_per_caller).saturating_sub(1))
        .to_owned();
    if db.query_one(&last_allowed).await?.is_none() {
        return Ok(());
    }
    let first = db.query_one(&of_caller()).await?;
    let expires: i64 = first.map_or(Ok(now), |row| row.try_get("", "expires_at"))?;
    Err(
        Error::new(StatusCode::TOO_MANY_REQUESTS, "too_many_idempotency_keys")
            .detail("too many requests with an `Idempotency-Key` of their own were sent")
            .header(
                header::RETRY_AFTER,
                HeaderValue::from(Ord::max(expires - now, 1)),
            ),
    )
}

/// Stores a response until it expires, in the place of an expired one.
///
/// Fails if there is one that has not expired.
pub(crate) async fn save<C: ConnectionTrait>(
    db: &C,
    key: &IdempotencyKey,
    request: &Fingerprint,
    response: &StoredResponse,
    config: &IdempotencyConfig,
) -> Result<(), Error> {
    let now = now();
    let expiry = config.expiry;
    // Part of a second counts as a full one.
    let seconds = expiry.as_secs() + u64::from(expiry.subsec_nanos() > 0);
    let expires = now.saturating_add_unsigned(seconds);
    let columns = [
        "key_hash",
        "caller_hash",
        "fingerprint",
        "status",
        "headers",
        "body",
        "created_at",
        "expires_at",
    ];
    let insert = Query::insert()
        .into_table(TABLE)
        .columns(columns)
        .values([
            key.bytes().into(),
            key.caller().into(),
            request.bytes().into(),
            i32::from(response.status.as_u16()).into(),
            response.header_lines().into(),
            response.body.to_vec().into(),
            now.into(),
            expires.into(),
        ])
        .or_internal()?
        .on_conflict(
            OnConflict::column("key_hash")
                .update_columns(columns)
                .action_and_where(Expr::col((TABLE, "expires_at")).lte(now))
                .to_owned(),
        )
        .to_owned();
    if db.execute(&insert).await?.rows_affected() == 0 {
        return Err(in_use());
    }
    Ok(())
}

/// Deletes expired records and returns their number.
pub(crate) async fn prune<C: ConnectionTrait>(db: &C) -> Result<u64, DbErr> {
    let some_expired = Query::select()
        .column("key_hash")
        .from(TABLE)
        .and_where(Expr::col("expires_at").lte(now()))
        .limit(BATCH)
        .to_owned();
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("key_hash").in_subquery(some_expired))
        .to_owned();
    let mut deleted = 0;
    loop {
        let batch = db.execute(&delete).await?.rows_affected();
        deleted += batch;
        if batch < BATCH {
            return Ok(deleted);
        }
    }
}

/// The current time in seconds since 1970.
fn now() -> i64 {
    Utc::now().timestamp()
}
