//! Rows with fake data, for tests that need some to begin with.

use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
};

/// Makes rows of a table.
///
/// ```
/// # mod posts {
/// #     use fw::model::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "posts")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i64,
/// #         pub title: String,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use fw::testing::prelude::*;
/// use posts::ActiveModel;
///
/// impl Factory for ActiveModel {
///     fn fake() -> Self {
///         // The crate `fake` makes more colourful data.
///         Self { title: Set(format!("title {}", sequence())), ..Default::default() }
///     }
/// }
///
/// # async fn test(app: TestApp) {
/// let post = ActiveModel::create(&app.ctx.db).await;
/// let other = ActiveModel::create_with(&app.ctx.db, |post| post.title = Set("other".into())).await;
/// assert_ne!(post.id, other.id);
/// # }
/// ```
pub trait Factory: ActiveModelTrait + ActiveModelBehavior + Send {
    /// A row that can be saved, with different data each time.
    fn fake() -> Self;

    /// Saves a row with fake data.
    ///
    /// # Panics
    ///
    /// When it cannot be saved.
    fn create<C: ConnectionTrait>(
        db: &C,
    ) -> impl Future<Output = <Self::Entity as EntityTrait>::Model> + Send
    where
        <Self::Entity as EntityTrait>::Model: IntoActiveModel<Self>,
    {
        Self::create_with(db, |_| {})
    }

    /// Saves a row with fake data, after `change` has changed some of it.
    ///
    /// # Panics
    ///
    /// When it cannot be saved.
    fn create_with<C: ConnectionTrait>(
        db: &C,
        change: impl FnOnce(&mut Self) + Send,
    ) -> impl Future<Output = <Self::Entity as EntityTrait>::Model> + Send
    where
        <Self::Entity as EntityTrait>::Model: IntoActiveModel<Self>,
    {
        async move {
            let mut row = Self::fake();
            change(&mut row);
            match row.insert(db).await {
                Ok(saved) => saved,
                Err(error) => panic!("the fake row cannot be saved: {error}"),
            }
        }
    }
}

/// A number that this process has not seen before, for values that must be unique.
pub fn sequence() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};

    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
