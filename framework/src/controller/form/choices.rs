//! The choices of a select: the rows that a reference may name.

use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect, Select};

use super::{FormField, text::FormText};
use crate::error::Result;

/// The choices of a select: values, and what people read. Those of a table are at most [`MOST`](Self::MOST); of a larger one, people enter the value.
///
/// ```
/// # mod authors {
/// #     use fw::model::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "authors")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub name: String }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use fw::{controller::form::Choices, dto::prelude::*, prelude::*};
///
/// #[derive(Deserialize, JsonSchema, Validate)]
/// struct BookBody {
///     #[garde(skip)]
///     author_id: Id,
///     #[garde(skip)]
///     binding: String,
/// }
///
/// async fn form(ctx: &AppContext) -> Result<Form<BookBody>> {
///     let authors = Choices::of(authors::Entity::find(), |author| (author.id, author.name), &ctx.db).await?;
///     let bindings = Choices::from_iter([("hard", "Hardcover"), ("soft", "Paperback")]);
///     Ok(Form::blank().choices("author_id", authors).choices("binding", bindings))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// Values and names.
    All(Vec<(String, String)>),
    TooMany,
}

impl Choices {
    /// The number of rows that a select lists at most: 100.
    pub const MOST: usize = 100;

    /// The rows of a table as choices, in the order of what people read. No more than [`MOST`](Self::MOST) and one are read.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn of<E, V, L, C>(
        rows: Select<E>,
        choice: impl FnMut(E::Model) -> (V, L),
        db: &C,
    ) -> Result<Self>
    where
        E: EntityTrait,
        V: ToString,
        L: Into<String>,
        C: ConnectionTrait,
    {
        let limit = u64::try_from(Self::MOST).unwrap_or(u64::MAX);
        let rows = rows.limit(limit + 1).all(db).await?;
        if rows.len() > Self::MOST {
            return Ok(Self(Kind::TooMany));
        }
        let Self(mut kind) = rows.into_iter().map(choice).collect();
        if let Kind::All(choices) = &mut kind {
            choices.sort_by_cached_key(|(_, name)| name.to_lowercase());
        }
        Ok(Self(kind))
    }

    /// Makes a field a select with these choices; one with too many stays as it is, and says so.
    pub(in crate::controller) fn set(self, field: &mut FormField) {
        match self.0 {
            Kind::All(choices) => {
                let choices = choices.into_iter();
                field.set_choices(choices.map(|(value, name)| (value, FormText::plain(name))));
            }
            Kind::TooMany => field.too_many = Some(Self::MOST),
        }
    }
}

impl<V: ToString, L: Into<String>> FromIterator<(V, L)> for Choices {
    fn from_iter<I: IntoIterator<Item = (V, L)>>(choices: I) -> Self {
        let choices = choices.into_iter();
        let choices = choices.map(|(value, name)| (value.to_string(), name.into()));
        Self(Kind::All(choices.collect()))
    }
}
