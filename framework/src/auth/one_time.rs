//! One-time tokens: secrets in mails and invitations, each for one purpose and one use.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait, DbBackend, ExprTrait, QueryResult, Statement, Value,
    sea_query::{Condition, Expr, Query, UpdateStatement},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{AccountKey, Connection, OpaqueToken, TokenHash, tables::ONE_TIME_TOKENS as TABLE};
use crate::{
    db::Transaction,
    error::{Error, Result},
};

/// A kind of one-time token: the content of a link that is sent to somebody, which works once.
///
/// The secret is in the link, and the database has its hash. [`OneTime::redeem`] is one statement, so of two requests with the same token
/// one gets it. A newer token of the same kind for the same account or address replaces the older ones.
///
/// ```
/// use std::time::Duration;
///
/// use fw::{auth::{OneTime, OneTimeToken}, prelude::*};
/// use serde::{Deserialize, Serialize};
///
/// /// The link to choose a new password.
/// #[derive(Serialize, Deserialize)]
/// struct PasswordReset;
///
/// impl OneTimeToken for PasswordReset {
///     const PURPOSE: &'static str = "reset";
///     const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// }
///
/// async fn send(ctx: &AppContext, user: i64) -> Result<String> {
///     let token = OneTime::of(PasswordReset).account(user).issue(&ctx.db).await?;
///     Ok(format!("https://blog.example.com/reset#{}", token.to_text()))
/// }
///
/// async fn reset(ctx: &AppContext, token: &str) -> Result<()> {
///     ctx.db.transact(async |tx| {
///         let Some(reset) = OneTime::<PasswordReset>::redeem(tx, token).await? else {
///             return Err(OneTime::<PasswordReset>::refusal("/token"));
///         };
///         // Here the account gets its new password. If that fails, the token can be used again.
///         tracing::info!(account = ?reset.account, "new password");
///         Ok(())
///     })
///     .await
/// }
/// ```
pub trait OneTimeToken: Serialize + DeserializeOwned + Send + Sync {
    /// The name of the kind, at most 40 characters: `register`, `reset`. A token of one kind is none of another.
    const PURPOSE: &'static str;

    /// The time for which a token is valid.
    const LIFETIME: Duration;

    /// True if a newer token for the same account or address replaces the older ones, which is the default. False for what gives something
    /// back, such as a former address: whoever has taken the account over must not make that useless with further ones.
    const REPLACES: bool = true;
}

/// A one-time token, to be issued or as it was redeemed. See [`OneTimeToken`] for an example.
#[derive(Clone, Debug)]
pub struct OneTime<T> {
    /// What the token carries.
    pub data: T,
    /// The account that it is for.
    pub account: Option<AccountKey>,
    /// The address that it is sent to, in its normal form.
    pub email_key: Option<String>,
    /// The number and the time of the row, of a token that was found.
    row: Option<(i64, DateTime<Utc>)>,
}

impl<T: OneTimeToken> OneTime<T> {
    /// A token that carries `data`.
    pub fn of(data: T) -> Self {
        Self {
            data,
            account: None,
            email_key: None,
            row: None,
        }
    }

    /// Sets the account that it is for. With the account it is deleted.
    #[must_use]
    pub fn account(mut self, account: impl Into<AccountKey>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Sets the address that it is sent to, in its normal form, for tokens of people without an account.
    #[must_use]
    pub fn email_key(mut self, email_key: impl Into<String>) -> Self {
        self.email_key = Some(email_key.into());
        self
    }

    /// Stores the token and returns its secret. Those that were issued before for the same account work no more; without an account, those
    /// for the same address that have none either.
    pub async fn issue<C: Connection>(&self, db: &C) -> Result<OpaqueToken> {
        db.atomically(async |tx| {
            if let Some((whose, same)) = self.same().filter(|_| T::REPLACES) {
                Self::replace(tx, &whose, same).await?;
            }
            Ok(self.insert(tx).await?.1)
        })
        .await
    }

    /// Stores a token whose secret is made when it is sent, in the place of all others of its kind for the address, and returns its number.
    pub(super) async fn prepare(&self, tx: &Transaction) -> Result<i64> {
        if let Some(key) = &self.email_key {
            let same = Condition::all().add(Expr::col("email_key").eq(key.as_str()));
            Self::replace(tx, key, same).await?;
        }
        Ok(self.insert(tx).await?.0)
    }

    /// Gives the token that was prepared for an address a new secret. `None` if there is none, or not any more.
    pub(super) async fn renew<C: ConnectionTrait>(
        db: &C,
        email_key: &str,
    ) -> Result<Option<OpaqueToken>> {
        let token = OpaqueToken::generate()?;
        let renew = unused()
            .value("token_hash", token.hash().to_bytes())
            .and_where(Expr::col("purpose").eq(T::PURPOSE))
            .and_where(Expr::col("email_key").eq(email_key))
            .and_where(Expr::col("expires_at").gt(Utc::now()))
            .to_owned();
        let is_there = db.execute(&renew).await?.rows_affected() == 1;
        Ok(is_there.then_some(token))
    }

    /// Makes the token that was prepared for an address useless, and returns its number.
    pub(super) async fn withdraw<C: ConnectionTrait>(
        db: &C,
        email_key: &str,
    ) -> Result<Option<i64>> {
        let withdraw = used(Utc::now())
            .and_where(Expr::col("purpose").eq(T::PURPOSE))
            .and_where(Expr::col("email_key").eq(email_key))
            .and_where(Expr::col("expires_at").gt(Utc::now()))
            .returning(Query::returning().column("id"))
            .to_owned();
        let row = db.query_one(&withdraw).await?;
        Ok(row.map(|row| row.try_get("", "id")).transpose()?)
    }

    /// Makes the tokens of this kind useless that a new one replaces. Of two at the same moment one waits for the other, which it would not see.
    async fn replace(tx: &Transaction, whose: &str, same: Condition) -> Result<()> {
        if tx.get_database_backend() == DbBackend::Postgres {
            const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
            let key = format!("one-time-token:{}:{whose}", T::PURPOSE);
            let lock = Statement::from_sql_and_values(DbBackend::Postgres, LOCK, [key.into()]);
            tx.execute_raw(lock).await?;
        }
        let replace = used(Utc::now())
            .and_where(Expr::col("purpose").eq(T::PURPOSE))
            .cond_where(same)
            .to_owned();
        tx.execute(&replace).await?;
        Ok(())
    }

    /// Whose tokens this one replaces, of whatever purpose. An address alone never replaces those of an account: anybody can type it.
    fn same(&self) -> Option<(String, Condition)> {
        let user_id = Expr::col("user_id");
        match (self.account, &self.email_key) {
            (Some(account), _) => {
                let same = Condition::all().add(user_id.eq(account));
                Some((account.to_string(), same))
            }
            (None, Some(key)) => {
                let of_address = Expr::col("email_key").eq(key.as_str());
                let same = Condition::all().add(of_address).add(user_id.is_null());
                Some((key.clone(), same))
            }
            (None, None) => None,
        }
    }

    async fn insert(&self, tx: &Transaction) -> Result<(i64, OpaqueToken)> {
        let token = OpaqueToken::generate()?;
        let now = Utc::now();
        let values: [Value; 7] = [
            T::PURPOSE.into(),
            token.hash().to_bytes().into(),
            self.email_key.clone().into(),
            self.account.map_or(Value::BigInt(None), Value::from),
            serde_json::to_value(&self.data)?.into(),
            now.into(),
            (now + T::LIFETIME).into(),
        ];
        let columns = [
            "purpose",
            "token_hash",
            "email_key",
            "user_id",
            "data",
            "created_at",
            "expires_at",
        ];
        // A NULL has a type on PostgreSQL, and which one the column has is not known here.
        let given = columns
            .into_iter()
            .zip(values)
            .filter(|(column, _)| *column != "user_id" || self.account.is_some());
        let (columns, values): (Vec<_>, Vec<_>) = given.unzip();
        let insert = Query::insert()
            .into_table(TABLE)
            .columns(columns)
            .values(values.into_iter().map(Expr::from))
            .map_err(Error::internal)?
            .returning_col("id")
            .to_owned();
        let row = tx.query_one(&insert).await?;
        let row = row.ok_or_else(|| Error::internal("a stored token has no number"))?;
        Ok((row.try_get("", "id")?, token))
    }

    /// Takes a token, which cannot be used again then. `None` for one that is unknown, of another purpose, too old, or used: clients must
    /// not be told which, so they all get [`refusal`](Self::refusal).
    ///
    /// Within a transaction that is rolled back the token stays usable.
    pub async fn redeem<C: ConnectionTrait>(db: &C, token: &str) -> Result<Option<Self>> {
        let Some(token) = OpaqueToken::parse(token) else {
            return Ok(None);
        };
        let now = Utc::now();
        let take = used(now)
            .cond_where(Self::valid(token.hash(), now))
            .returning(Query::returning().columns([
                "id",
                "user_id",
                "email_key",
                "data",
                "created_at",
            ]))
            .to_owned();
        db.query_one(&take)
            .await?
            .map(|row| Self::read(&row))
            .transpose()
    }

    /// Takes a token as [`redeem`](Self::redeem) does, or fails with the [`refusal`](Self::refusal) at `/token`.
    pub async fn redeem_or_refuse<C: ConnectionTrait>(db: &C, token: &str) -> Result<Self> {
        let redeemed = Self::redeem(db, token).await?;
        redeemed.ok_or_else(|| Self::refusal("/token"))
    }

    /// The token, without using it up: for a page that asks for more before the token is taken. Links are opened by scanners of mail, so a
    /// `GET` request must never redeem one.
    pub async fn find<C: ConnectionTrait>(db: &C, token: &str) -> Result<Option<Self>> {
        let Some(token) = OpaqueToken::parse(token) else {
            return Ok(None);
        };
        let find = Query::select()
            .columns(["id", "user_id", "email_key", "data", "created_at"])
            .from(TABLE)
            .cond_where(Self::valid(token.hash(), Utc::now()))
            .and_where(Expr::col("used_at").is_null())
            .to_owned();
        db.query_one(&find)
            .await?
            .map(|row| Self::read(&row))
            .transpose()
    }

    /// The token as [`find`](Self::find) returns it, or the [`refusal`](Self::refusal) at `/token`.
    pub async fn find_or_refuse<C: ConnectionTrait>(db: &C, token: &str) -> Result<Self> {
        let found = Self::find(db, token).await?;
        found.ok_or_else(|| Self::refusal("/token"))
    }

    /// Makes the tokens of this kind of an account useless, as those to choose a password after it was changed.
    pub async fn revoke<C: ConnectionTrait>(db: &C, account: impl Into<AccountKey>) -> Result<()> {
        let account: AccountKey = account.into();
        db.execute(&Self::of_account(account)).await?;
        Ok(())
    }

    /// Makes the tokens of this kind useless that were issued for the same account after this one, which was redeemed: what it takes back was
    /// done before they were.
    pub async fn revoke_newer<C: ConnectionTrait>(&self, db: &C) -> Result<()> {
        if let (Some(account), Some((id, _))) = (self.account, self.row) {
            let revoke = Self::of_account(account)
                .and_where(Expr::col("id").gt(id))
                .to_owned();
            db.execute(&revoke).await?;
        }
        Ok(())
    }

    /// The account that a token is for and the time at which it was issued, of one that was found.
    pub(super) fn account_and_time(&self) -> Option<(AccountKey, DateTime<Utc>)> {
        Some((self.account?, self.row?.1))
    }

    /// The statement that marks those of an account as used.
    fn of_account(account: AccountKey) -> UpdateStatement {
        used(Utc::now())
            .and_where(Expr::col("purpose").eq(T::PURPOSE))
            .and_where(Expr::col("user_id").eq(account))
            .to_owned()
    }

    /// The error response (422) to a token that is not valid, for whatever reason: `invalid_token` at the pointer.
    #[track_caller]
    pub fn refusal(pointer: &str) -> Error {
        let message = "is not valid, or not any more";
        Error::validation(vec![crate::error::FieldError::new(
            pointer,
            "invalid_token",
            message,
        )])
    }

    fn valid(hash: TokenHash, now: DateTime<Utc>) -> Condition {
        Condition::all()
            .add(Expr::col("token_hash").eq(hash.to_bytes()))
            .add(Expr::col("purpose").eq(T::PURPOSE))
            .add(Expr::col("expires_at").gt(now))
    }

    fn read(row: &QueryResult) -> Result<Self> {
        Ok(Self {
            data: serde_json::from_value(row.try_get("", "data")?)?,
            account: AccountKey::read_optional(row, "user_id")?,
            email_key: row.try_get("", "email_key")?,
            row: Some((row.try_get("", "id")?, row.try_get("", "created_at")?)),
        })
    }
}

/// Makes all one-time tokens of an account useless, as after a change of its password.
///
/// ```
/// use fw::{auth::revoke_one_time_tokens, prelude::*};
///
/// async fn password_changed(ctx: &AppContext, user: i64) -> Result<()> {
///     revoke_one_time_tokens(&ctx.db, user).await
/// }
/// ```
pub async fn revoke_one_time_tokens<C: ConnectionTrait>(
    db: &C,
    account: impl Into<AccountKey>,
) -> Result<()> {
    let account: AccountKey = account.into();
    let revoke = used(Utc::now())
        .and_where(Expr::col("user_id").eq(account))
        .to_owned();
    db.execute(&revoke).await?;
    Ok(())
}

/// Deletes the tokens that are of no more use, and returns their number.
pub(super) async fn prune<C: ConnectionTrait>(db: &C, before: DateTime<Utc>) -> Result<u64> {
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("expires_at").lt(before))
        .to_owned();
    Ok(db.execute(&delete).await?.rows_affected())
}

/// A statement that marks tokens as used.
fn used(now: DateTime<Utc>) -> UpdateStatement {
    unused().value("used_at", now).to_owned()
}

/// A statement that changes tokens that were not used yet.
fn unused() -> UpdateStatement {
    Query::update()
        .table(TABLE)
        .and_where(Expr::col("used_at").is_null())
        .to_owned()
}
