//! The table `factors`: the apps of accounts, with their sealed secrets.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ConnectionTrait, ExprTrait, Order, QueryResult,
    prelude::Uuid,
    sea_query::{Condition, Expr, Query, SelectStatement, UpdateStatement},
};
use serde::Serialize;

use super::totp::Secret;
use crate::{
    auth::{AccountKey, tables::FACTORS as TABLE},
    error::{Error, Result},
    signing::SigningKeys,
};

/// The kind of all factors so far, and the name of the factor that a session has then.
pub(super) const TOTP: &str = "totp";

/// The purpose with which secrets are sealed.
const PURPOSE: &str = "fw:auth:totp";

/// The longest name of a factor, in characters.
const LONGEST_NAME: usize = 80;

/// The time after which an enrolment that was not confirmed is deleted.
const UNCONFIRMED: TimeDelta = TimeDelta::days(1);

/// A second factor of an account that counts: an app which makes codes. See [`SecondFactor`](super::SecondFactor) for an example.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Factor {
    /// The id.
    pub id: Uuid,
    /// The kind: `totp`.
    pub kind: String,
    /// The name that the person has given it: `Phone`.
    pub name: String,
    /// The time at which it was confirmed.
    pub confirmed_at: DateTime<Utc>,
}

/// A second factor that begins to count when a first code has [confirmed](super::SecondFactor::activate) it; from then on nobody sees the secret
/// again. `Debug` does not show it. See [`SecondFactor`](super::SecondFactor) for an example.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Enrolment {
    /// The id of the factor.
    pub id: Uuid,
    /// The secret in Base32, for people who type it into their app.
    pub secret: String,
    /// The same as an `otpauth:` URI, for a QR code.
    pub uri: String,
}

/// A factor with its secret.
pub(super) struct Stored {
    pub(super) id: Uuid,
    account: AccountKey,
    sealed: Vec<u8>,
}

impl Stored {
    /// The secret. `None`, with an error in the log, if the key that it was sealed with is gone.
    pub(super) fn secret(&self, keys: &SigningKeys) -> Option<Secret> {
        let opened = keys.open(PURPOSE, &place(self.account, self.id), &self.sealed);
        let secret = opened.and_then(|opened| Secret::from_bytes(opened.secret));
        if secret.is_none() {
            tracing::error!(
                factor = %self.id,
                "the secret of a second factor cannot be opened: is the key that sealed it still in `FW_KEYS`?"
            );
        }
        secret
    }
}

/// Stores a new secret, which does not count yet. An enrolment of the account that was not confirmed is gone.
pub(super) async fn insert<C: ConnectionTrait>(
    db: &C,
    keys: &SigningKeys,
    account: AccountKey,
    name: &str,
    secret: &Secret,
) -> Result<Uuid> {
    let former = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("user_id").eq(account))
        .and_where(Expr::col("confirmed_at").is_null())
        .to_owned();
    db.execute(&former).await?;
    let id = Uuid::now_v7();
    let sealed = keys.seal(PURPOSE, &place(account, id), secret.bytes())?;
    let name: String = name.trim().chars().take(LONGEST_NAME).collect();
    let insert = Query::insert()
        .into_table(TABLE)
        .columns([
            "id",
            "user_id",
            "kind",
            "name",
            "secret_sealed",
            "created_at",
            "last_step",
        ])
        .values([
            id.into(),
            account.into(),
            TOTP.into(),
            name.into(),
            sealed.into(),
            Utc::now().into(),
            0_i64.into(),
        ])
        .map_err(Error::internal)?
        .to_owned();
    db.execute(&insert).await?;
    Ok(id)
}

/// The factors of an account that count, the oldest first.
pub(super) async fn list<C: ConnectionTrait>(db: &C, account: AccountKey) -> Result<Vec<Factor>> {
    let list = Query::select()
        .columns(["id", "kind", "name", "confirmed_at"])
        .from(TABLE)
        .cond_where(confirmed(account))
        .order_by("confirmed_at", Order::Asc)
        .order_by("id", Order::Asc)
        .to_owned();
    let read = |row: &QueryResult| {
        Ok(Factor {
            id: row.try_get("", "id")?,
            kind: row.try_get("", "kind")?,
            name: row.try_get("", "name")?,
            confirmed_at: row.try_get("", "confirmed_at")?,
        })
    };
    db.query_all(&list).await?.iter().map(read).collect()
}

/// The factors of an account that count, with their secrets.
pub(super) async fn with_secrets<C: ConnectionTrait>(
    db: &C,
    account: AccountKey,
) -> Result<Vec<Stored>> {
    let select = select_stored().cond_where(confirmed(account)).to_owned();
    db.query_all(&select).await?.iter().map(read).collect()
}

/// A factor of an account that does not count yet.
pub(super) async fn unconfirmed<C: ConnectionTrait>(
    db: &C,
    account: AccountKey,
    id: Uuid,
) -> Result<Option<Stored>> {
    let select = select_stored()
        .cond_where(own(account, id))
        .and_where(Expr::col("confirmed_at").is_null())
        .to_owned();
    db.query_one(&select)
        .await?
        .map(|row| read(&row))
        .transpose()
}

/// Uses a step of a factor up. Returns false if that, or a later one, was used before: of two with the same code the second waits for the commit of
/// the first.
pub(super) async fn take_step<C: ConnectionTrait>(db: &C, id: Uuid, step: i64) -> Result<bool> {
    let take = update()
        .value("last_step", step)
        .and_where(Expr::col("id").eq(id))
        .and_where(Expr::col("last_step").lt(step))
        .to_owned();
    Ok(db.execute(&take).await?.rows_affected() == 1)
}

/// Makes a factor count. Returns false if it does already.
pub(super) async fn confirm<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool> {
    let confirm = update()
        .value("confirmed_at", now)
        .and_where(Expr::col("id").eq(id))
        .and_where(Expr::col("confirmed_at").is_null())
        .to_owned();
    Ok(db.execute(&confirm).await?.rows_affected() == 1)
}

/// Keeps other changes of the factors and recovery codes of an account waiting until the end of the transaction, and returns the number of factors
/// that count.
pub(super) async fn lock<C: ConnectionTrait>(db: &C, account: AccountKey) -> Result<u64> {
    // Written, not only read: that is the lock which both databases have.
    let lock = update()
        .value("last_step", Expr::col("last_step"))
        .cond_where(confirmed(account))
        .to_owned();
    Ok(db.execute(&lock).await?.rows_affected())
}

/// Deletes a factor.
pub(super) async fn delete<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<()> {
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("id").eq(id))
        .to_owned();
    db.execute(&delete).await?;
    Ok(())
}

/// Deletes all factors of an account, and returns the number of those that counted.
pub(super) async fn delete_all<C: ConnectionTrait>(db: &C, account: AccountKey) -> Result<u64> {
    let number = lock(db, account).await?;
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("user_id").eq(account))
        .to_owned();
    db.execute(&delete).await?;
    Ok(number)
}

/// Deletes the factors of an account that have counted since a time, and enrolments that were not confirmed.
pub(super) async fn delete_since<C: ConnectionTrait>(
    db: &C,
    account: AccountKey,
    since: DateTime<Utc>,
) -> Result<()> {
    let confirmed_at = || Expr::col("confirmed_at");
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("user_id").eq(account))
        .and_where(confirmed_at().is_null().or(confirmed_at().gte(since)))
        .to_owned();
    db.execute(&delete).await?;
    Ok(())
}

/// Deletes enrolments that nobody has confirmed, and returns their number.
pub(super) async fn prune<C: ConnectionTrait>(db: &C, now: DateTime<Utc>) -> Result<u64> {
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("confirmed_at").is_null())
        .and_where(Expr::col("created_at").lt(now - UNCONFIRMED))
        .to_owned();
    Ok(db.execute(&delete).await?.rows_affected())
}

/// Some factors with ids above one, by their ids.
pub(super) async fn after<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
    number: u64,
) -> Result<Vec<Stored>> {
    let select = select_stored()
        .and_where(Expr::col("id").gt(id))
        .order_by("id", Order::Asc)
        .limit(number)
        .to_owned();
    db.query_all(&select).await?.iter().map(read).collect()
}

/// Seals a secret with the first key, unless it is. `None` if it cannot be opened.
pub(super) async fn reseal<C: ConnectionTrait>(
    db: &C,
    keys: &SigningKeys,
    stored: &Stored,
) -> Result<Option<bool>> {
    let place = place(stored.account, stored.id);
    let Some(opened) = keys.open(PURPOSE, &place, &stored.sealed) else {
        return Ok(None);
    };
    if opened.is_current {
        return Ok(Some(false));
    }
    let sealed = keys.seal(PURPOSE, &place, &opened.secret)?;
    let update = update()
        .value("secret_sealed", sealed)
        .and_where(Expr::col("id").eq(stored.id))
        .to_owned();
    db.execute(&update).await?;
    Ok(Some(true))
}

/// The row that a secret is sealed for.
fn place(account: AccountKey, id: Uuid) -> String {
    format!("factor {id} of account {account}")
}

fn own(account: AccountKey, id: Uuid) -> Condition {
    Condition::all()
        .add(Expr::col("id").eq(id))
        .add(Expr::col("user_id").eq(account))
}

fn confirmed(account: AccountKey) -> Condition {
    Condition::all()
        .add(Expr::col("user_id").eq(account))
        .add(Expr::col("confirmed_at").is_not_null())
}

fn update() -> UpdateStatement {
    Query::update().table(TABLE).to_owned()
}

fn select_stored() -> SelectStatement {
    Query::select()
        .columns(["id", "user_id", "secret_sealed"])
        .from(TABLE)
        .to_owned()
}

fn read(row: &QueryResult) -> Result<Stored> {
    Ok(Stored {
        id: row.try_get("", "id")?,
        account: AccountKey::read(row, "user_id")?,
        sealed: row.try_get("", "secret_sealed")?,
    })
}

/// Without the secret.
impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enrolment")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
