//! The statements of the table `sessions`.

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait, ExprTrait, Order, QueryResult, Value,
    prelude::Uuid,
    sea_query::{Condition, Expr, Query, SelectStatement, UpdateStatement},
};

use super::session::{EndReason, Session, SessionKind};
use crate::{
    auth::{
        AccountKey, TokenHash,
        tables::{CHALLENGES, FACTORS, SESSIONS as TABLE},
    },
    error::{Error, Result},
};

const COLUMNS: [&str; 12] = [
    "id",
    "user_id",
    "kind",
    "authenticated_at",
    "factors",
    "remembered",
    "ip",
    "user_agent",
    "created_at",
    "seen_at",
    "expires_at",
    "impersonator_id",
];

/// The time after which an ended session is of no interest to anybody.
const KEPT: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// Stores a new session.
pub(in crate::auth) async fn insert<C: ConnectionTrait>(
    db: &C,
    session: &Session,
    token: Option<TokenHash>,
) -> Result<()> {
    let values: [(&str, Value); 12] = [
        ("id", session.id.into()),
        ("user_id", session.account.into()),
        ("kind", session.kind.name().into()),
        ("token_hash", token.map(TokenHash::to_bytes).into()),
        ("authenticated_at", session.authenticated_at.into()),
        ("factors", session.factors.as_str().into()),
        ("remembered", session.is_remembered.into()),
        ("ip", session.ip.clone().into()),
        ("user_agent", session.user_agent.clone().into()),
        ("created_at", session.created_at.into()),
        ("seen_at", session.seen_at.into()),
        ("expires_at", session.expires_at.into()),
    ];
    // A NULL has a type on PostgreSQL, and which one the column has is not known here.
    let impersonator = session
        .impersonator
        .map(|account| ("impersonator_id", account.into()));
    let (columns, values): (Vec<_>, Vec<_>) = values.into_iter().chain(impersonator).unzip();
    let insert = Query::insert()
        .into_table(TABLE)
        .columns(columns)
        .values(values.into_iter().map(Expr::from))
        .map_err(Error::internal)?
        .to_owned();
    db.execute(&insert).await?;
    Ok(())
}

/// The session with a condition that has not ended. One that has not shown the second factor of its account does not count, however it began.
pub(in crate::auth) async fn find<C: ConnectionTrait>(
    db: &C,
    condition: Condition,
) -> Result<Option<Session>> {
    let is_enrolled = factors_where(Expr::col((FACTORS, "user_id")).equals((TABLE, "user_id")));
    let find = select()
        .expr_as(Expr::exists(is_enrolled), "is_enrolled")
        .cond_where(condition)
        .to_owned();
    let Some(row) = db.query_one(&find).await? else {
        return Ok(None);
    };
    let is_enrolled: bool = row.try_get("", "is_enrolled")?;
    let session = read(&row)?;
    Ok(Some(session).filter(|session| !is_enrolled || session.has_second_factor()))
}

/// Returns whether an account has a second factor.
pub(super) async fn is_enrolled<C: ConnectionTrait>(db: &C, account: AccountKey) -> Result<bool> {
    let of_account = factors_where(Expr::col("user_id").eq(account));
    Ok(db.query_one(&of_account).await?.is_some())
}

/// The second factors with a condition that count.
fn factors_where(condition: Expr) -> SelectStatement {
    Query::select()
        .expr_as(Expr::val(1), "one")
        .from(FACTORS)
        .and_where(condition)
        .and_where(Expr::col("confirmed_at").is_not_null())
        .limit(1)
        .to_owned()
}

/// Deletes the challenges of an account. An answer that is being checked is waited for.
pub(super) async fn delete_challenges<C: ConnectionTrait>(
    db: &C,
    account: AccountKey,
) -> Result<()> {
    let delete = Query::delete()
        .from_table(CHALLENGES)
        .and_where(Expr::col("user_id").eq(account))
        .to_owned();
    db.execute(&delete).await?;
    Ok(())
}

/// The sessions of an account that have not ended, those that were used last first.
pub(super) async fn list<C: ConnectionTrait>(db: &C, account: AccountKey) -> Result<Vec<Session>> {
    let list = select()
        .and_where(Expr::col("user_id").eq(account))
        .and_where(Expr::col("expires_at").gt(Utc::now()))
        .order_by("seen_at", Order::Desc)
        .order_by("id", Order::Asc)
        .to_owned();
    db.query_all(&list).await?.iter().map(read).collect()
}

/// Ends the sessions with a condition, and returns their ids.
pub(in crate::auth) async fn end<C: ConnectionTrait>(
    db: &C,
    condition: Condition,
    reason: EndReason,
) -> Result<Vec<Uuid>> {
    let end = changed()
        .value("ended_at", Utc::now())
        .value("ended_why", reason.name())
        .cond_where(condition)
        .returning(Query::returning().column("id"))
        .to_owned();
    let rows = db.query_all(&end).await?;
    rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
}

/// Notes the time of a request.
pub(super) async fn touch<C: ConnectionTrait>(db: &C, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    let touch = changed()
        .value("seen_at", now)
        .and_where(Expr::col("id").eq(id))
        .and_where(Expr::col("seen_at").lt(now))
        .to_owned();
    db.execute(&touch).await?;
    Ok(())
}

/// Deletes sessions that ended long ago, and returns their number.
pub(super) async fn prune<C: ConnectionTrait>(db: &C) -> Result<u64> {
    let before = Utc::now() - KEPT;
    let delete = Query::delete()
        .from_table(TABLE)
        .cond_where(
            Condition::any()
                .add(Expr::col("ended_at").lt(before))
                .add(Expr::col("expires_at").lt(before)),
        )
        .to_owned();
    Ok(db.execute(&delete).await?.rows_affected())
}

fn select() -> SelectStatement {
    Query::select()
        .columns(COLUMNS)
        .from(TABLE)
        .and_where(Expr::col("ended_at").is_null())
        .to_owned()
}

fn changed() -> UpdateStatement {
    Query::update()
        .table(TABLE)
        .and_where(Expr::col("ended_at").is_null())
        .to_owned()
}

fn read(row: &QueryResult) -> Result<Session> {
    let kind: String = row.try_get("", "kind")?;
    Ok(Session {
        id: row.try_get("", "id")?,
        account: AccountKey::read(row, "user_id")?,
        kind: SessionKind::of(&kind)
            .ok_or_else(|| Error::internal(format!("`sessions.kind` is `{kind}`")))?,
        authenticated_at: row.try_get("", "authenticated_at")?,
        factors: row.try_get("", "factors")?,
        is_remembered: row.try_get("", "remembered")?,
        ip: row.try_get("", "ip")?,
        user_agent: row.try_get("", "user_agent")?,
        created_at: row.try_get("", "created_at")?,
        seen_at: row.try_get("", "seen_at")?,
        expires_at: row.try_get("", "expires_at")?,
        impersonator: AccountKey::read_optional(row, "impersonator_id")?,
    })
}
