//! The result of the check of a password.

use std::fmt;

use http::StatusCode;
use sea_orm::{
    ColumnTrait, EntityTrait, Iterable, ModelTrait, PrimaryKeyToColumn, QueryFilter, Value,
    sea_query::Expr,
};

use crate::{
    db::Transaction,
    error::{Error, Result},
};

/// The result of the check of a password at a sign-in. See [`Passwords`](super::Passwords) for an example.
#[derive(Clone)]
#[must_use = "a password that does not match must be refused"]
pub struct PasswordCheck {
    /// True if the password is that of the account.
    pub matches: bool,
    /// A new hash of the same password, to be stored in place of the old one: the cost has grown since that was made.
    pub rehashed: Option<String>,
}

impl PasswordCheck {
    /// Makes sure, in the transaction that begins the session, that the password is still that of the account, and stores the new hash if
    /// there is one. `column` has the hash that was checked.
    ///
    /// The check takes a while, in which the password may be changed and all sessions ended: a sign-in with the old one must not outlive
    /// that. So this fails with [`invalid_sign_in`] if the account has another hash by now, as it does if the password did not match.
    ///
    /// ```
    /// # mod users {
    /// #     use fw::model::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "users")]
    /// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub password_hash: Option<String> }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// use fw::{auth::{AuthContext, SignIn, StartedSession}, prelude::*};
    ///
    /// async fn sign_in(ctx: &AppContext, user: users::Model, password: &str) -> Result<StartedSession> {
    ///     let check = ctx.passwords().verify(password, user.password_hash.as_deref()).await?;
    ///     ctx.db
    ///         .transact(async |tx| {
    ///             check.store(tx, &user, users::Column::PasswordHash).await?;
    ///             ctx.sessions().start(tx, SignIn::of(user.id, "password")).await
    ///         })
    ///         .await
    /// }
    /// ```
    pub async fn store<M: ModelTrait>(
        &self,
        tx: &Transaction,
        account: &M,
        column: <M::Entity as EntityTrait>::Column,
    ) -> Result<()> {
        let checked = account.get(column);
        let hash = match &self.rehashed {
            Some(hash) => Value::from(hash.as_str()),
            None => checked.clone(),
        };
        // Written even if it stays the same: a change that is not committed yet is waited for.
        let mut update = M::Entity::update_many()
            .col_expr(column, Expr::value(hash))
            .filter(column.eq(checked));
        for key in <M::Entity as EntityTrait>::PrimaryKey::iter() {
            let key = key.into_column();
            update = update.filter(key.eq(account.get(key)));
        }
        if !self.matches || update.exec(tx).await?.rows_affected == 0 {
            return Err(invalid_sign_in());
        }
        Ok(())
    }
}

/// 401 `invalid_sign_in`: the response to a sign-in that fails, whether the account, the password or its state is the reason.
///
/// ```
/// assert_eq!(fw::auth::invalid_sign_in().code(), "invalid_sign_in");
/// ```
#[track_caller]
pub fn invalid_sign_in() -> Error {
    Error::new(StatusCode::UNAUTHORIZED, "invalid_sign_in")
        .detail("the e-mail address or the password is wrong")
}

/// Without the hash.
impl fmt::Debug for PasswordCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordCheck")
            .field("matches", &self.matches)
            .finish_non_exhaustive()
    }
}
