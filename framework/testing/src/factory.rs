//! Test factories: rows with fake data.

use fw::{
    db::Db,
    sea_orm::{ActiveModelBehavior, ActiveModelTrait, EntityTrait, IntoActiveModel},
};

type Row<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::Model;

/// A factory of rows of one table. It works below HTTP, so routes that need a sign-in do not matter.
///
/// ```
/// # mod authors {
/// #     use fw::model::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "authors")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i64,
/// #         pub name: String,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # mod posts {
/// #     use fw::model::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "posts")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i64,
/// #         pub title: String,
/// #         pub author_id: i64,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # use fw_testing::prelude::*;
/// # impl Factory for authors::ActiveModel {
/// #     async fn fake(_: &Db) -> Self {
/// #         Self { name: Set(format!("name {}", sequence())), ..Default::default() }
/// #     }
/// # }
/// impl Factory for posts::ActiveModel {
///     async fn fake(db: &Db) -> Self {
///         Self {
///             // The crate `fake` makes more colourful data.
///             title: Set(format!("title {}", sequence())),
///             // The row that this one refers to comes from its own factory.
///             author_id: Set(authors::ActiveModel::create(db).await.id),
///             ..Default::default()
///         }
///     }
/// }
///
/// # async fn test(app: TestApp) {
/// let post = posts::ActiveModel::create(&app.ctx.db).await;
/// let other = posts::ActiveModel::create_with(&app.ctx.db, |post| post.title = Set("other".into())).await;
/// assert_ne!(post.id, other.id);
/// # }
/// ```
pub trait Factory: ActiveModelTrait + ActiveModelBehavior + Send {
    /// A row that can be saved, with different data each time. The rows that it must refer to are saved already.
    fn fake(db: &Db) -> impl Future<Output = Self> + Send;

    /// Saves a row with fake data.
    ///
    /// # Panics
    ///
    /// When it cannot be saved.
    fn create(db: &Db) -> impl Future<Output = Row<Self>> + Send
    where
        Row<Self>: IntoActiveModel<Self>,
    {
        Self::create_with(db, |_| {})
    }

    /// Saves a row with fake data, after `change` has changed some of it.
    ///
    /// # Panics
    ///
    /// When it cannot be saved.
    fn create_with(
        db: &Db,
        change: impl FnOnce(&mut Self) + Send,
    ) -> impl Future<Output = Row<Self>> + Send
    where
        Row<Self>: IntoActiveModel<Self>,
    {
        async move {
            let mut row = Self::fake(db).await;
            change(&mut row);
            match row.insert(db).await {
                Ok(saved) => saved,
                Err(error) => panic!("the fake row cannot be saved: {error}"),
            }
        }
    }
}

/// A number that is unique in this process, from 1 on, for values that must be unique. It converts into every wider type.
///
/// ```
/// # use fw_testing::sequence;
/// let email = || format!("user{}@example.com", sequence());
/// assert_ne!(email(), email());
/// ```
pub fn sequence() -> i32 {
    use std::sync::atomic::{AtomicI32, Ordering};

    static NEXT: AtomicI32 = AtomicI32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
