//! The timestamps `created_at` and `updated_at` of an entity.

use chrono::{DateTime, SubsecRound, Utc};

/// The current time, to the microsecond: PostgreSQL keeps no more, and a value that is written should equal the one that is read.
///
/// ```
/// let now = fw::model::now();
/// assert_eq!(now.timestamp_subsec_nanos() % 1000, 0);
/// ```
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// Makes an `ActiveModel` set `created_at` when it is inserted (unless it is set already) and `updated_at` whenever it is
/// saved. Statements on many rows (`insert_many`, `update_many`) do not run it.
///
/// It implements `ActiveModelBehavior`; an entity that needs more hooks implements that trait itself, with [`now`].
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
///         pub created_at: DateTimeUtc,
///         pub updated_at: DateTimeUtc,
///     }
///
///     fw::model::timestamps!(ActiveModel);
/// }
///
/// use fw::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let config = fw::config::DatabaseConfig { url: "sqlite::memory:".into(), ..Default::default() };
/// # let db = fw::db::Db::connect(&config).await?;
/// # db.execute_unprepared(
/// #     "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL)",
/// # )
/// # .await?;
/// let post = posts::ActiveModel { title: Set("Dune".to_owned()), ..Default::default() };
/// let post = post.insert(&db).await?;
/// assert_eq!(post.created_at, post.updated_at);
/// # Ok(())
/// # }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! __timestamps {
    ($active_model:ty) => {
        #[$crate::model::prelude::async_trait::async_trait]
        impl $crate::model::prelude::ActiveModelBehavior for $active_model {
            async fn before_save<C>(
                mut self,
                _: &C,
                insert: bool,
            ) -> ::std::result::Result<Self, $crate::model::prelude::DbErr>
            where
                C: $crate::model::prelude::ConnectionTrait,
            {
                use $crate::model::prelude::sea_orm::ActiveValue;

                let now = $crate::model::now();
                if insert && self.created_at.is_not_set() {
                    self.created_at = ActiveValue::Set(now);
                }
                self.updated_at = ActiveValue::Set(now);
                Ok(self)
            }
        }
    };
}
