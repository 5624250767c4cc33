//! The rotation of refresh tokens.
//!
//! Each is used once, and its successor is made of it with a key of the server. So a client that has lost the response, and two tabs that
//! refresh at once, get the same successor, and nothing but hashes is stored. Whoever comes later, or after the successor was used, has a
//! token that somebody else has used: the session ends (RFC 9700, section 4.14.2).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, Mac};
use sea_orm::{
    ConnectionTrait, ExprTrait,
    prelude::Uuid,
    sea_query::{Expr, Query},
};
use sha2::Sha256;

use super::jwt::key_id;
use crate::{
    auth::{OpaqueToken, Session, tables::REFRESH_TOKENS as TABLE},
    error::{Error, Result},
    signing::SigningKeys,
};

/// The purpose of the keys.
const PURPOSE: &str = "fw:auth:refresh-token";

/// The outcome of a refresh. See [`Tokens`](super::Tokens) for an example.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refreshed<T> {
    /// The next tokens.
    Tokens(T),
    /// The token is unknown or too old, or its session has ended: the person must sign in again.
    Invalid,
    /// The token was used before, by another client: one of the two is a thief. The session has ended, and its owner should be told.
    Reused(Session),
}

/// A refresh token that is taken.
pub(super) enum Taken {
    /// Its successor, and the session of both.
    Next(OpaqueToken, Uuid),
    Invalid,
    /// The session whose token was used again.
    Reused(Uuid),
}

/// The keys with which successors are made.
pub(super) struct Rotation {
    keys: Vec<(String, [u8; 32])>,
    grace: TimeDelta,
}

impl Rotation {
    pub(super) fn new(keys: &SigningKeys, grace: Duration) -> Self {
        let keys = keys.of_purpose(PURPOSE).into_iter();
        Self {
            keys: keys.map(|key| (key_id(&key), key)).collect(),
            grace: TimeDelta::from_std(grace).unwrap_or_default(),
        }
    }

    /// Stores a token of a session, and returns it.
    pub(super) async fn first<C: ConnectionTrait>(
        &self,
        db: &C,
        session: Uuid,
        expires_at: DateTime<Utc>,
    ) -> Result<OpaqueToken> {
        let token = OpaqueToken::generate()?;
        insert(db, &token, session, expires_at).await?;
        Ok(token)
    }

    /// Takes a token, within a transaction that must be committed whatever the outcome.
    pub(super) async fn take<C: ConnectionTrait>(
        &self,
        db: &C,
        token: &OpaqueToken,
    ) -> Result<Taken> {
        let Some((key_id, key)) = self.keys.first() else {
            return Err(Error::internal("there is no key to make tokens with"));
        };
        let now = Utc::now();
        // The first one to come gets its row; the others wait for its commit and do not.
        let take = Query::update()
            .table(TABLE)
            .value("used_at", now)
            .value("key_id", key_id.as_str())
            .and_where(Expr::col("token_hash").eq(token.hash().to_bytes()))
            .and_where(Expr::col("used_at").is_null())
            .and_where(Expr::col("expires_at").gt(now))
            .returning(Query::returning().columns(["session_id", "expires_at"]))
            .to_owned();
        if let Some(row) = db.query_one(&take).await? {
            let session = row.try_get("", "session_id")?;
            let next = successor(key, token);
            insert(db, &next, session, row.try_get("", "expires_at")?).await?;
            return Ok(Taken::Next(next, session));
        }
        self.take_again(db, token, now).await
    }

    /// Takes a token that was used.
    async fn take_again<C: ConnectionTrait>(
        &self,
        db: &C,
        token: &OpaqueToken,
        now: DateTime<Utc>,
    ) -> Result<Taken> {
        let used = Query::select()
            .columns(["session_id", "key_id", "used_at"])
            .from(TABLE)
            .and_where(Expr::col("token_hash").eq(token.hash().to_bytes()))
            .and_where(Expr::col("expires_at").gt(now))
            .to_owned();
        let Some(row) = db.query_one(&used).await? else {
            return Ok(Taken::Invalid);
        };
        let session = row.try_get("", "session_id")?;
        let used_at: Option<DateTime<Utc>> = row.try_get("", "used_at")?;
        let key_id: Option<String> = row.try_get("", "key_id")?;
        let is_recent = used_at.is_some_and(|used_at| now - used_at < self.grace);
        let key = self.keys.iter().find(|(id, _)| Some(id) == key_id.as_ref());
        if let Some((_, key)) = key.filter(|_| is_recent) {
            let next = successor(key, token);
            let unused = Query::select()
                .column("session_id")
                .from(TABLE)
                .and_where(Expr::col("token_hash").eq(next.hash().to_bytes()))
                .and_where(Expr::col("used_at").is_null())
                .to_owned();
            if db.query_one(&unused).await?.is_some() {
                return Ok(Taken::Next(next, session));
            }
        }
        Ok(Taken::Reused(session))
    }
}

/// Deletes tokens that are of no more use, and returns their number.
pub(super) async fn prune<C: ConnectionTrait>(db: &C) -> Result<u64> {
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("expires_at").lt(Utc::now()))
        .to_owned();
    Ok(db.execute(&delete).await?.rows_affected())
}

async fn insert<C: ConnectionTrait>(
    db: &C,
    token: &OpaqueToken,
    session: Uuid,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    let insert = Query::insert()
        .into_table(TABLE)
        .columns(["token_hash", "session_id", "expires_at"])
        .values([
            token.hash().to_bytes().into(),
            session.into(),
            expires_at.into(),
        ])
        .map_err(Error::internal)?
        .to_owned();
    db.execute(&insert).await?;
    Ok(())
}

fn successor(key: &[u8; 32], token: &OpaqueToken) -> OpaqueToken {
    let Ok(mut code) = Hmac::<Sha256>::new_from_slice(key) else {
        unreachable!("a key of HMAC may have any length");
    };
    code.update(token.bytes());
    OpaqueToken::from_bytes(code.finalize().into_bytes().into())
}
