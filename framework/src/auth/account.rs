//! Accounts, as far as the framework knows them: ids, and the standing that decides about each request.

use std::{fmt, hash::Hash};

use sea_orm::{
    DbErr, EntityTrait, Iterable, ModelTrait, PrimaryKeyToColumn, QueryResult, Value, prelude::Uuid,
};

use super::Grants;
use crate::{
    db::Db,
    error::{Error, Result},
};

/// The accounts of an application: the one question that the framework asks about a person.
///
/// ```
/// use fw::{auth::{Accounts, Grants, Standing}, db::Db, prelude::*};
/// # mod users {
/// #     use fw::model::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "users")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub is_suspended: bool, pub role: String }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
///
/// pub struct Users;
///
/// impl Accounts for Users {
///     type Id = i64;
///
///     async fn standing(db: &Db, id: i64) -> Result<Option<Standing>> {
///         let user = users::Entity::find_by_id(id).one(db).await?;
///         Ok(user.map(|user| match user.role.as_str() {
///             _ if user.is_suspended => Standing::suspended(),
///             "editor" => Standing::active(Grants::of(["posts:*"])),
///             _ => Standing::active(Grants::of(["posts:read"])),
///         }))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the accounts of an application",
    label = "does not implement `Accounts`",
    note = "write `impl fw::auth::Accounts for {Self}` with `type Id` and `async fn standing(db: &Db, id: Self::Id)`"
)]
pub trait Accounts: Send + Sync + 'static {
    /// The type of the ids: `i64` or `Uuid`.
    type Id: AccountId;

    /// The scheme of the header `Authorization` with an access token, besides `Bearer` (RFC 6750), which is always accepted. Default
    /// `Bearer`; for an API whose clients send another word, such as `Token`, in capitals or not.
    const TOKEN_SCHEME: &'static str = "Bearer";

    /// The standing of an account, `None` if there is no such account (any more).
    ///
    /// It is asked at the first request of a session and kept until [`Sessions::account_changed`](super::Sessions::account_changed) says that
    /// it has changed, for a minute at most. It must not have side effects.
    fn standing(db: &Db, id: Self::Id) -> impl Future<Output = Result<Option<Standing>>> + Send;
}

/// The standing of an account: whether it may act at all, and what it may do. See [`Accounts`] for an example.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Standing {
    /// False if the account is suspended: its sessions count no more.
    pub is_active: bool,
    /// Its permissions.
    pub grants: Grants,
    /// True if it needs a second factor, for example because of a role: until it has shown one, its sessions reach nothing but what
    /// [`OneFactor`](super::OneFactor) lets in.
    pub requires_second_factor: bool,
}

impl Standing {
    /// The standing of an account that may do what it is granted.
    pub fn active(grants: Grants) -> Self {
        Self {
            is_active: true,
            grants,
            requires_second_factor: false,
        }
    }

    /// Sets whether the account needs a second factor. Default false.
    ///
    /// ```
    /// use fw::auth::{Grants, Standing};
    ///
    /// let is_administrator = true;
    /// let standing = Standing::active(Grants::of(["*"])).require_second_factor(is_administrator);
    /// assert!(standing.requires_second_factor);
    /// ```
    #[must_use]
    pub fn require_second_factor(mut self, requires_second_factor: bool) -> Self {
        self.requires_second_factor = requires_second_factor;
        self
    }

    /// The standing of an account that may do nothing.
    pub fn suspended() -> Self {
        Self {
            is_active: false,
            grants: Grants::default(),
            requires_second_factor: false,
        }
    }
}

/// A type of ids of accounts: `i64` or `Uuid`. See [`Accounts`] for an example.
pub trait AccountId:
    Copy + fmt::Debug + Eq + Hash + Into<AccountKey> + Send + Sync + 'static
{
    /// The id of a key; `None` if it is of the other type.
    fn of(key: AccountKey) -> Option<Self>;
}

/// The id of an account, of either type. It is what functions of [`Sessions`](super::Sessions) take; an `i64` and a `Uuid` become one by
/// themselves.
///
/// ```
/// use fw::auth::AccountKey;
///
/// assert_eq!(AccountKey::from(7).to_string(), "7");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountKey {
    /// A number.
    Number(i64),
    /// A UUID.
    Uuid(Uuid),
}

impl AccountKey {
    /// The id of a row of the table of accounts.
    pub(super) fn of_row<M: ModelTrait>(row: &M) -> Result<Self> {
        let mut columns = <M::Entity as EntityTrait>::PrimaryKey::iter();
        match columns.next().map(|column| row.get(column.into_column())) {
            Some(Value::BigInt(Some(number))) => Ok(Self::Number(number)),
            Some(Value::Uuid(Some(uuid))) => Ok(Self::Uuid(uuid)),
            _ => Err(Error::internal(
                "the primary key of accounts is neither an `i64` nor a `Uuid`",
            )),
        }
    }

    /// Reads a column, which is of either type.
    pub(super) fn read(row: &QueryResult, column: &str) -> Result<Self, DbErr> {
        row.try_get("", column)
            .map(Self::Number)
            .or_else(|_| row.try_get("", column).map(Self::Uuid))
    }

    /// Reads a column that may be NULL.
    pub(super) fn read_optional(row: &QueryResult, column: &str) -> Result<Option<Self>, DbErr> {
        let number = row.try_get::<Option<i64>>("", column);
        number.map(|number| number.map(Self::Number)).or_else(|_| {
            let uuid = row.try_get::<Option<Uuid>>("", column);
            uuid.map(|uuid| uuid.map(Self::Uuid))
        })
    }
}

impl AccountId for i64 {
    fn of(key: AccountKey) -> Option<Self> {
        match key {
            AccountKey::Number(number) => Some(number),
            AccountKey::Uuid(_) => None,
        }
    }
}

impl AccountId for Uuid {
    fn of(key: AccountKey) -> Option<Self> {
        match key {
            AccountKey::Number(_) => None,
            AccountKey::Uuid(uuid) => Some(uuid),
        }
    }
}

impl From<i64> for AccountKey {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Uuid> for AccountKey {
    fn from(uuid: Uuid) -> Self {
        Self::Uuid(uuid)
    }
}

impl From<AccountKey> for Value {
    fn from(key: AccountKey) -> Self {
        match key {
            AccountKey::Number(number) => number.into(),
            AccountKey::Uuid(uuid) => uuid.into(),
        }
    }
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Uuid(uuid) => uuid.fmt(f),
        }
    }
}
