//! The statements of the table `api_keys`.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ConnectionTrait, ExprTrait, Order, QueryResult, Value,
    sea_query::{Condition, Expr, Query, SelectStatement},
};

use super::{definition::ApiKey, text::ApiKeyText};
use crate::{
    auth::{AccountKey, Grants, TokenHash, tables::API_KEYS as TABLE},
    error::{Error, Result},
};

const COLUMNS: [&str; 9] = [
    "id",
    "user_id",
    "name",
    "prefix",
    "permissions",
    "created_at",
    "expires_at",
    "used_at",
    "rotated_at",
];

/// The time after which an ended key is of no interest to anybody.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Stores a new key.
pub(in crate::auth) async fn insert<C: ConnectionTrait>(
    db: &C,
    key: ApiKey,
    text: &ApiKeyText,
) -> Result<ApiKey> {
    let names: Vec<&str> = key.permissions.names().collect();
    let values: [(&str, Value); 7] = [
        ("user_id", key.account.into()),
        ("name", key.name.as_str().into()),
        ("prefix", key.prefix.as_str().into()),
        ("key_hash", text.hash().to_bytes().into()),
        ("permissions", serde_json::to_value(&names)?.into()),
        ("created_at", key.created_at.into()),
        ("expires_at", key.expires_at.into()),
    ];
    let (columns, values): (Vec<_>, Vec<_>) = values.into_iter().unzip();
    let insert = Query::insert()
        .into_table(TABLE)
        .columns(columns)
        .values(values.into_iter().map(Expr::from))
        .map_err(Error::internal)?
        .returning(Query::returning().column("id"))
        .to_owned();
    let row = db.query_one(&insert).await?;
    let row = row.ok_or_else(|| Error::internal("a new API key has no id"))?;
    Ok(ApiKey {
        id: row.try_get("", "id")?,
        ..key
    })
}

/// The key with a hash, which is not revoked. To look it up takes the same time for every guess.
pub(in crate::auth) async fn find<C: ConnectionTrait>(
    db: &C,
    hash: TokenHash,
) -> Result<Option<ApiKey>> {
    let find = select()
        .and_where(Expr::col("key_hash").eq(hash.to_bytes()))
        .to_owned();
    db.query_one(&find).await?.map(|row| read(&row)).transpose()
}

/// The keys of an account that are valid, the newest first.
pub(in crate::auth) async fn list<C: ConnectionTrait>(
    db: &C,
    account: AccountKey,
) -> Result<Vec<ApiKey>> {
    let list = select()
        .cond_where(valid(account))
        .order_by("id", Order::Desc)
        .to_owned();
    db.query_all(&list).await?.iter().map(read).collect()
}

/// Takes a key out of use at `end`, or earlier where it ends earlier, as another one takes its place. `None` if it is not valid, or was taken
/// out of use before: of two requests at once one gets it.
pub(in crate::auth) async fn rotate<C: ConnectionTrait>(
    db: &C,
    account: AccountKey,
    id: i64,
    end: DateTime<Utc>,
) -> Result<Option<ApiKey>> {
    let this = valid(account)
        .add(Expr::col("id").eq(id))
        .add(Expr::col("rotated_at").is_null());
    let find = select().cond_where(this.clone()).to_owned();
    let Some(key) = db
        .query_one(&find)
        .await?
        .map(|row| read(&row))
        .transpose()?
    else {
        return Ok(None);
    };
    let end = key.expires_at.map_or(end, |own| Ord::min(own, end));
    let rotate = Query::update()
        .table(TABLE)
        .value("rotated_at", Utc::now())
        .value("expires_at", end)
        .and_where(Expr::col("revoked_at").is_null())
        .cond_where(this)
        .to_owned();
    Ok((db.execute(&rotate).await?.rows_affected() > 0).then_some(key))
}

/// Revokes a key of an account, or all. Returns their number.
pub(in crate::auth) async fn revoke<C: ConnectionTrait>(
    db: &C,
    account: AccountKey,
    id: Option<i64>,
) -> Result<u64> {
    let mut revoke = Query::update()
        .table(TABLE)
        .value("revoked_at", Utc::now())
        .and_where(Expr::col("revoked_at").is_null())
        .cond_where(valid(account))
        .to_owned();
    if let Some(id) = id {
        revoke.and_where(Expr::col("id").eq(id));
    }
    Ok(db.execute(&revoke).await?.rows_affected())
}

/// Notes the time of a request.
pub(in crate::auth) async fn touch<C: ConnectionTrait>(
    db: &C,
    id: i64,
    now: DateTime<Utc>,
) -> Result<()> {
    let is_older = Condition::any()
        .add(Expr::col("used_at").is_null())
        .add(Expr::col("used_at").lt(now));
    let touch = Query::update()
        .table(TABLE)
        .value("used_at", now)
        .and_where(Expr::col("id").eq(id))
        .cond_where(is_older)
        .to_owned();
    db.execute(&touch).await?;
    Ok(())
}

/// Deletes keys that ended long ago, and returns their number.
pub(in crate::auth) async fn prune<C: ConnectionTrait>(db: &C) -> Result<u64> {
    let before = Utc::now() - KEPT;
    let delete = Query::delete()
        .from_table(TABLE)
        .cond_where(
            Condition::any()
                .add(Expr::col("revoked_at").lt(before))
                .add(Expr::col("expires_at").lt(before)),
        )
        .to_owned();
    Ok(db.execute(&delete).await?.rows_affected())
}

/// The keys of an account that have not ended by themselves.
fn valid(account: AccountKey) -> Condition {
    let has_time = Condition::any()
        .add(Expr::col("expires_at").is_null())
        .add(Expr::col("expires_at").gt(Utc::now()));
    Condition::all()
        .add(Expr::col("user_id").eq(account))
        .add(has_time)
}

/// Selects keys that are not revoked.
fn select() -> SelectStatement {
    Query::select()
        .columns(COLUMNS)
        .from(TABLE)
        .and_where(Expr::col("revoked_at").is_null())
        .to_owned()
}

fn read(row: &QueryResult) -> Result<ApiKey> {
    let names: Vec<String> = serde_json::from_value(row.try_get("", "permissions")?)?;
    Ok(ApiKey {
        id: row.try_get("", "id")?,
        account: AccountKey::read(row, "user_id")?,
        name: row.try_get("", "name")?,
        prefix: row.try_get("", "prefix")?,
        permissions: Grants::of(names),
        created_at: row.try_get("", "created_at")?,
        expires_at: row.try_get("", "expires_at")?,
        used_at: row.try_get("", "used_at")?,
        rotated_at: row.try_get("", "rotated_at")?,
    })
}
