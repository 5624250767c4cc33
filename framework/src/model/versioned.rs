//! Optimistic locking: rows with a version, which nobody overwrites without having seen it.

use http::StatusCode;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ActiveValue, ColumnTrait, Condition, ConnectionTrait,
    DbErr, EntityTrait, IntoActiveModel, Iterable, PaginatorTrait, PrimaryKeyToColumn,
    PrimaryKeyTrait, QueryFilter, QueryTrait, Update,
    sea_query::{Expr, ExprTrait},
};

use crate::error::{Error, Result};

/// An entity whose rows count their changes, in a column of type `integer NOT NULL DEFAULT 1`.
///
/// [`update_at`](UpdateAt::update_at) and [`delete_at`](Self::delete_at) compare and count. Other statements do neither: they
/// overwrite silently, and holders of the old version do not notice.
///
/// ```
/// mod posts {
///     use fw::model::prelude::*;
///
///     #[sea_orm::model]
///     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
///     #[sea_orm(table_name = "posts")]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub id: i64,
///         pub title: String,
///         pub lock_version: i32,
///     }
///
///     impl ActiveModelBehavior for ActiveModel {}
///
///     impl Versioned for Entity {
///         fn version() -> Column {
///             Column::LockVersion
///         }
///     }
/// }
///
/// use fw::{model::Versions, prelude::*};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let config = fw::config::DatabaseConfig { url: "sqlite::memory:".into(), ..Default::default() };
/// # let db = fw::db::Db::connect(&config).await?;
/// # db.execute_unprepared(
/// #     "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL, lock_version INTEGER NOT NULL DEFAULT 1)",
/// # )
/// # .await?;
/// let post = posts::ActiveModel { title: Set("Draft".to_owned()), ..Default::default() };
/// let post = post.insert(&db).await?;
/// assert_eq!(post.lock_version, 1);
///
/// let renamed = |title: &str| posts::ActiveModel {
///     id: Unchanged(post.id),
///     title: Set(title.to_owned()),
///     ..Default::default()
/// };
/// let first = renamed("By Ada").update_at(post.lock_version, &db).await?;
/// assert_eq!(first.lock_version, 2);
///
/// // Bob read the post before Ada changed it. He must read it again.
/// let error = renamed("By Bob").update_at(post.lock_version, &db).await.unwrap_err();
/// assert_eq!(error.code(), "precondition_failed");
///
/// posts::Entity::delete_at(post.id, Versions::Any, &db).await?;
/// # Ok(())
/// # }
/// ```
pub trait Versioned: EntityTrait<Model: Sync> {
    /// The column with the version.
    fn version() -> Self::Column;

    /// Deletes a row if it is at one of these versions, in one statement.
    ///
    /// # Errors
    ///
    /// 404 `not_found` when there is no such row, 412 `precondition_failed` when it is at another version.
    fn delete_at<C: ConnectionTrait>(
        id: impl Into<<Self::PrimaryKey as PrimaryKeyTrait>::ValueType> + Send,
        versions: impl Into<VersionsAmong> + Send,
        db: &C,
    ) -> impl Future<Output = Result<()>> + Send {
        let mut row = Self::ActiveModel::default();
        let columns = Self::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
        let id = sea_orm::sea_query::IntoValueTuple::into_value_tuple(id.into());
        for (column, value) in columns.zip(id) {
            row.set(column, value);
        }
        let key = key_of(&row);
        let VersionsAmong { versions, rows } = versions.into();
        async move {
            let key = key?.add(rows);
            let delete = Self::delete_many().filter(key.clone());
            let delete = delete.filter(versions.condition::<Self>());
            match delete.exec(db).await?.rows_affected {
                0 => Err(gone_or_changed::<Self, C>(key, db).await),
                _ => Ok(()),
            }
        }
    }
}

/// An update of a row that is [`Versioned`]. Implemented for every `ActiveModel` of such an entity; never by users. See
/// [`Versioned`] for an example.
pub trait UpdateAt: ActiveModelTrait {
    /// Updates the row if it is at one of these versions, and counts the change, in one statement. The hooks of
    /// [`ActiveModelBehavior`] run as for `update`.
    ///
    /// # Errors
    ///
    /// 404 `not_found` when there is no such row, 412 `precondition_failed` when it is at another version; otherwise as
    /// `update`.
    fn update_at<C: ConnectionTrait>(
        self,
        versions: impl Into<VersionsAmong> + Send,
        db: &C,
    ) -> impl Future<Output = Result<<Self::Entity as EntityTrait>::Model>> + Send;
}

impl<A> UpdateAt for A
where
    A: ActiveModelTrait + ActiveModelBehavior + Send,
    A::Entity: Versioned,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    async fn update_at<C: ConnectionTrait>(
        self,
        versions: impl Into<VersionsAmong> + Send,
        db: &C,
    ) -> Result<<A::Entity as EntityTrait>::Model> {
        let column = A::Entity::version();
        let VersionsAmong { versions, rows } = versions.into();
        let condition = versions.condition::<A::Entity>();
        let mut row = ActiveModelBehavior::before_save(self, db, false).await?;
        row.not_set(column);
        let key = key_of(&row)?.add(rows.clone());
        let mut update = Update::one(row).validate()?.filter(rows).filter(condition);
        QueryTrait::query(&mut update).value(column, Expr::col(column).add(1));
        match update.exec(db).await {
            Ok(saved) => Ok(A::after_save(saved, db, false).await?),
            Err(DbErr::RecordNotUpdated) => Err(gone_or_changed::<A::Entity, C>(key, db).await),
            Err(error) => Err(error.into()),
        }
    }
}

/// The versions of a row that a change is meant for; a single one converts into it. See [`Versioned`] for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Versions {
    /// Any version.
    Any,
    /// One of these; no version matches an empty list.
    OneOf(Vec<i32>),
}

impl Versions {
    /// These versions of a row that must be among some rows, such as those of the caller: another row is not found.
    ///
    /// ```
    /// # mod notes {
    /// #     use fw::model::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "notes")]
    /// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub user_id: i64, pub lock_version: i32 }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// #     impl Versioned for Entity { fn version() -> Column { Column::LockVersion } }
    /// # }
    /// use fw::{db::Db, model::Versions, prelude::*, sea_orm::Condition};
    ///
    /// async fn delete(id: i64, version: i32, user: i64, db: &Db) -> Result<()> {
    ///     let mine = Condition::all().add(notes::Column::UserId.eq(user));
    ///     notes::Entity::delete_at(id, Versions::from(version).among(mine), db).await
    /// }
    /// ```
    pub fn among(self, rows: Condition) -> VersionsAmong {
        VersionsAmong {
            versions: self,
            rows,
        }
    }

    fn condition<E: Versioned>(self) -> Condition {
        match self {
            Self::Any => Condition::all(),
            Self::OneOf(versions) => Condition::all().add(E::version().is_in(versions)),
        }
    }
}

/// The versions of a row that a change is meant for, and the rows that it must be among: all of them, unless [`Versions::among`] says which.
/// See [`Versions::among`] for an example.
#[derive(Clone, Debug)]
pub struct VersionsAmong {
    versions: Versions,
    rows: Condition,
}

impl From<Versions> for VersionsAmong {
    fn from(versions: Versions) -> Self {
        versions.among(Condition::all())
    }
}

impl From<i32> for VersionsAmong {
    fn from(version: i32) -> Self {
        Versions::from(version).into()
    }
}

impl From<i32> for Versions {
    fn from(version: i32) -> Self {
        Self::OneOf(vec![version])
    }
}

/// The condition that finds a row by its primary key.
pub(super) fn key_of<A: ActiveModelTrait>(row: &A) -> Result<Condition> {
    let mut condition = Condition::all();
    for key in <A::Entity as EntityTrait>::PrimaryKey::iter() {
        let column = key.into_column();
        let (ActiveValue::Set(value) | ActiveValue::Unchanged(value)) = row.get(column) else {
            return Err(DbErr::PrimaryKeyNotSet { ctx: "Versioned" }.into());
        };
        condition = condition.add(column.eq(value));
    }
    Ok(condition)
}

/// The error of a statement that found no row. The row is looked up only after nothing was changed, so the moment does not matter.
async fn gone_or_changed<E: Versioned, C: ConnectionTrait>(key: Condition, db: &C) -> Error {
    match E::find().filter(key).count(db).await {
        Ok(0) => Error::not_found(),
        Ok(_) => Error::from_status(StatusCode::PRECONDITION_FAILED)
            .detail("it was changed in the meantime: read it again before changing it"),
        Err(error) => error.into(),
    }
}
