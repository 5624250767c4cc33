//! The `articles` table. Knows nothing of HTTP.

use fw::{db::Transaction, model::prelude::*};
use sea_orm::{SqlErr, TransactionSession, TransactionTrait, TryIntoModel};

use crate::comments::model as comments;
use crate::favorites::model as favorites;
use crate::tags::model as tags;
use crate::users::model as users;

/// A row of `articles`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "articles")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(unique)]
    pub slug: String,
    pub title: String,
    #[sea_orm(column_type = "Text")]
    pub description: String,
    #[sea_orm(column_type = "Text")]
    pub body: String,
    pub author_id: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "author_id", to = "id")]
    pub author: BelongsTo<users::Entity>,
    #[sea_orm(has_many)]
    pub tags: HasMany<tags::Entity>,
    #[sea_orm(has_many)]
    pub comments: HasMany<comments::Entity>,
    #[sea_orm(has_many)]
    pub favorites: HasMany<favorites::Entity>,
}

fw::model::timestamps!(ActiveModel);

/// The last part of the path of the feed, which is no article's.
const FEED: &str = "feed";

impl ActiveModel {
    /// Saves an article under the slug of a title, or with a suffix where another article has that. The unique index decides, so two
    /// authors at once do not get the same one.
    pub async fn save_as(mut self, title: &str, tx: &Transaction) -> Result<Model> {
        let slug = slug(title);
        if !slug.is_empty() && slug != FEED {
            self.slug = Set(slug.clone());
            // In a savepoint, as PostgreSQL gives a transaction up at its first error.
            let savepoint = tx.begin().await?;
            match self.clone().save(&savepoint).await {
                Ok(article) => {
                    savepoint.commit().await?;
                    return Ok(article.try_into_model()?);
                }
                Err(error) if is_taken(&error) => savepoint.rollback().await?,
                Err(error) => return Err(error.into()),
            }
        }
        let suffix = &Uuid::new_v4().simple().to_string()[..8];
        self.slug = Set(format!("{slug}-{suffix}")
            .trim_start_matches('-')
            .to_owned());
        Ok(self.save(tx).await?.try_into_model()?)
    }
}

/// The letters and digits of a title in lower case, with a hyphen for everything between them: at most 200 characters, to which a suffix fits.
fn slug(title: &str) -> String {
    let title = title.to_lowercase();
    let words = title
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let slug: String = words
        .collect::<Vec<_>>()
        .join("-")
        .chars()
        .take(200)
        .collect();
    slug.trim_end_matches('-').to_owned()
}

fn is_taken(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}
