//! Changes of rows that must be among some, such as those of the caller.

use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ActiveValue, ColumnTrait, Condition, ConnectionTrait,
    DbErr, EntityTrait, IdenStatic, IntoActiveModel, Iterable, PaginatorTrait, PrimaryKeyToColumn,
    QueryFilter, QueryTrait, Select, Update,
};

use super::versioned::key_of;
use crate::{
    db,
    error::{Error, Result},
};

/// An update of a row that must be among some rows. Implemented for every `ActiveModel`; never by users.
///
/// ```
/// mod notes {
///     use fw::model::prelude::*;
///
///     #[sea_orm::model]
///     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
///     #[sea_orm(table_name = "notes")]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub id: i64,
///         pub text: String,
///         pub user_id: i64,
///     }
///
///     impl ActiveModelBehavior for ActiveModel {}
/// }
///
/// use fw::{prelude::*, sea_orm::Condition};
/// use notes::Column;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let config = fw::config::DatabaseConfig { url: "sqlite::memory:".into(), ..Default::default() };
/// # let db = fw::db::Db::connect(&config).await?;
/// # db.execute_unprepared("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL, user_id BIGINT NOT NULL)").await?;
/// # db.execute_unprepared("INSERT INTO notes VALUES (1, 'of Ada', 7)").await?;
/// let changed = |text: &str| notes::ActiveModel { id: Unchanged(1), text: Set(text.to_owned()), ..Default::default() };
/// // In a handler, `who.rows(Column::UserId)` of `Own` is this condition.
/// let of = |user: i64| Condition::all().add(Column::UserId.eq(user));
///
/// assert_eq!(changed("by Ada").update_among(of(7), &db).await?.text, "by Ada");
/// let error = changed("by Grace").update_among(of(8), &db).await.unwrap_err();
/// assert_eq!(error.status(), 404);
/// # let nothing = notes::ActiveModel { id: Unchanged(1), ..Default::default() };
/// # assert_eq!(nothing.clone().update_among(of(7), &db).await?.text, "by Ada");
/// # assert_eq!(nothing.update_among(of(8), &db).await.unwrap_err().status(), 404);
/// # Ok(())
/// # }
/// ```
pub trait UpdateAmong: ActiveModelTrait {
    /// Updates the row if it fulfils the condition, in one statement. The hooks of [`ActiveModelBehavior`] run as for `update`.
    ///
    /// # Errors
    ///
    /// 404 `not_found` when no such row is among them; otherwise as `update`.
    fn update_among<C: ConnectionTrait>(
        self,
        rows: Condition,
        db: &C,
    ) -> impl Future<Output = Result<<Self::Entity as EntityTrait>::Model>> + Send;
}

impl<A> UpdateAmong for A
where
    A: ActiveModelTrait + ActiveModelBehavior + Send,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    async fn update_among<C: ConnectionTrait>(
        self,
        rows: Condition,
        db: &C,
    ) -> Result<<A::Entity as EntityTrait>::Model> {
        let row = ActiveModelBehavior::before_save(self, db, false).await?;
        let key = key_of(&row)?;
        let mut update = Update::one(row).validate()?.filter(rows.clone());
        let saved = if QueryTrait::query(&mut update).get_values().is_empty() {
            // SeaORM would read the row by its key alone.
            let unchanged = A::Entity::find().filter(key).filter(rows).one(db).await?;
            unchanged.ok_or_else(Error::not_found)?
        } else {
            update.exec(db).await?
        };
        Ok(A::after_save(saved, db, false).await?)
    }
}

/// A check that a row refers to another that is among some rows. Implemented for every `ActiveModel`; never by users.
///
/// The database refuses a reference to a row that does not exist. It does not refuse one to a row of somebody else: what a client sends
/// is checked, so that nobody finds out which rows there are, or hangs something on the row of another.
///
/// ```
/// mod posts {
///     # use fw::model::prelude::*;
///     # #[sea_orm::model]
///     # #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
///     # #[sea_orm(table_name = "posts")]
///     # pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub user_id: i64 }
///     # impl ActiveModelBehavior for ActiveModel {}
/// }
/// mod comments {
///     # use fw::model::prelude::*;
///     # #[sea_orm::model]
///     # #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
///     # #[sea_orm(table_name = "comments")]
///     # pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub post_id: i64 }
///     # impl ActiveModelBehavior for ActiveModel {}
/// }
///
/// use fw::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let config = fw::config::DatabaseConfig { url: "sqlite::memory:".into(), ..Default::default() };
/// # let db = fw::db::Db::connect(&config).await?;
/// # db.execute_unprepared("CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id BIGINT NOT NULL)").await?;
/// # db.execute_unprepared("INSERT INTO posts VALUES (1, 7)").await?;
/// let comment = comments::ActiveModel { post_id: Set(1), ..Default::default() };
/// let of = |user: i64| posts::Entity::find().filter(posts::Column::UserId.eq(user));
///
/// comment.check_reference(comments::Column::PostId, of(7), &db).await?;
/// let error = comment.check_reference(comments::Column::PostId, of(8), &db).await.unwrap_err();
/// assert_eq!(error.status(), 422);
/// assert_eq!((&*error.field_errors()[0].pointer, &*error.field_errors()[0].code), ("/post_id", "not_found"));
/// # Ok(())
/// # }
/// ```
pub trait CheckReference: ActiveModelTrait {
    /// Checks that the row which `column` is set to is among `rows`. A column that is not set, or set to NULL, refers to nothing.
    ///
    /// # Errors
    ///
    /// 422 `not_found` at the column, as for a row that does not exist; those of the database.
    fn check_reference<E: EntityTrait<Model: Sync>, C: ConnectionTrait>(
        &self,
        column: <Self::Entity as EntityTrait>::Column,
        rows: Select<E>,
        db: &C,
    ) -> impl Future<Output = Result<()>> + Send;
}

impl<A: ActiveModelTrait + Sync> CheckReference for A {
    async fn check_reference<E: EntityTrait<Model: Sync>, C: ConnectionTrait>(
        &self,
        column: <A::Entity as EntityTrait>::Column,
        rows: Select<E>,
        db: &C,
    ) -> Result<()> {
        let ActiveValue::Set(key) = self.get(column) else {
            return Ok(());
        };
        if key == key.as_null() {
            return Ok(());
        }
        let id = E::PrimaryKey::iter()
            .map(PrimaryKeyToColumn::into_column)
            .next_back();
        let Some(id) = id else {
            return Err(DbErr::PrimaryKeyNotSet {
                ctx: "CheckReference",
            }
            .into());
        };
        match rows.filter(id.eq(key)).count(db).await? {
            0 => Err(Error::validation(vec![db::missing_record(column.as_str())])),
            _ => Ok(()),
        }
    }
}
