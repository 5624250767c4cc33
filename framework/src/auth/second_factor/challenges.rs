//! The table `challenges`: sign-ins between the password and the second factor.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ConnectionTrait, ExprTrait, QueryResult,
    prelude::Uuid,
    sea_query::{Condition, Expr, Query},
};
use serde::Serialize;

use crate::{
    auth::{AccountKey, OpaqueToken, SessionKind, SignIn, tables::CHALLENGES as TABLE},
    error::{Error, Result},
};

/// The time for an answer.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// The number of answers to a challenge.
const TRIES: i32 = 5;

/// A challenge: the sign-in to an account with a second factor goes on with a code. It is for the client that has sent the password, and no
/// credential: nothing but [`SecondFactor::answer`](super::SecondFactor::answer) takes it. `Debug` does not show the secret.
/// See [`SecondFactor`](super::SecondFactor) for an example.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Challenge {
    /// The id.
    pub id: Uuid,
    /// The secret, which the answer must have as well.
    pub secret: String,
    /// The factors of which one is asked for: `totp`, `recovery_code`.
    pub factors: Vec<&'static str>,
    /// The seconds for an answer.
    pub expires_in: i64,
}

/// A challenge that can be answered.
pub(super) struct Pending {
    pub(super) account: AccountKey,
    /// The subject of the lock-out.
    pub(super) subject: String,
    pub(super) kind: SessionKind,
    /// The factors that were shown so far.
    pub(super) factors: String,
    pub(super) is_remembered: bool,
    tries: i32,
}

impl Pending {
    /// Returns whether this answer was the last one.
    pub(super) fn is_exhausted(&self) -> bool {
        self.tries >= TRIES
    }
}

/// Stores a challenge for a sign-in.
pub(super) async fn insert<C: ConnectionTrait>(
    db: &C,
    sign_in: &SignIn,
    kind: SessionKind,
    factors: Vec<&'static str>,
) -> Result<Challenge> {
    let id = Uuid::now_v7();
    let secret = OpaqueToken::generate()?;
    let now = Utc::now();
    let insert = Query::insert()
        .into_table(TABLE)
        .columns([
            "id",
            "secret_hash",
            "user_id",
            "subject",
            "kind",
            "factors",
            "remembered",
            "tries",
            "created_at",
            "expires_at",
        ])
        .values([
            id.into(),
            secret.hash().to_bytes().into(),
            sign_in.account.into(),
            sign_in.subject().into(),
            kind.name().into(),
            sign_in.factors.as_str().into(),
            sign_in.is_remembered.into(),
            0.into(),
            now.into(),
            (now + LIFETIME).into(),
        ])
        .map_err(Error::internal)?
        .to_owned();
    db.execute(&insert).await?;
    Ok(Challenge {
        id,
        secret: secret.to_text(),
        factors,
        expires_in: LIFETIME.num_seconds(),
    })
}

/// The challenge with an id and a secret, if it can be answered.
pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
    secret: &OpaqueToken,
) -> Result<Option<Pending>> {
    let find = Query::select()
        .columns(COLUMNS)
        .from(TABLE)
        .cond_where(open(id, secret, Utc::now()))
        .to_owned();
    db.query_one(&find).await?.map(|row| read(&row)).transpose()
}

/// Counts an answer to a challenge, which no other answer gets until the end of the transaction. `None` if it cannot be answered (any more).
pub(super) async fn take_try<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
    secret: &OpaqueToken,
) -> Result<Option<Pending>> {
    let take = Query::update()
        .table(TABLE)
        .value("tries", Expr::col("tries").add(1))
        .cond_where(open(id, secret, Utc::now()))
        .returning(Query::returning().columns(COLUMNS))
        .to_owned();
    db.query_one(&take).await?.map(|row| read(&row)).transpose()
}

/// Deletes a challenge that was answered.
pub(super) async fn delete<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<()> {
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("id").eq(id))
        .to_owned();
    db.execute(&delete).await?;
    Ok(())
}

/// Deletes challenges that are of no more use, and returns their number.
pub(super) async fn prune<C: ConnectionTrait>(db: &C, now: DateTime<Utc>) -> Result<u64> {
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("expires_at").lt(now))
        .to_owned();
    Ok(db.execute(&delete).await?.rows_affected())
}

const COLUMNS: [&str; 6] = [
    "user_id",
    "subject",
    "kind",
    "factors",
    "remembered",
    "tries",
];

fn open(id: Uuid, secret: &OpaqueToken, now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(Expr::col("id").eq(id))
        .add(Expr::col("secret_hash").eq(secret.hash().to_bytes()))
        .add(Expr::col("expires_at").gt(now))
        .add(Expr::col("tries").lt(TRIES))
}

fn read(row: &QueryResult) -> Result<Pending> {
    let kind: String = row.try_get("", "kind")?;
    Ok(Pending {
        account: AccountKey::read(row, "user_id")?,
        subject: row.try_get("", "subject")?,
        kind: SessionKind::of(&kind)
            .ok_or_else(|| Error::internal(format!("`challenges.kind` is `{kind}`")))?,
        factors: row.try_get("", "factors")?,
        is_remembered: row.try_get("", "remembered")?,
        tries: row.try_get("", "tries")?,
    })
}

/// Without the secret.
impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenge")
            .field("id", &self.id)
            .field("factors", &self.factors)
            .finish_non_exhaustive()
    }
}
