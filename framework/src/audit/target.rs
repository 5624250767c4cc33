//! The target of an event.

use sea_orm::{EntityName, Iterable, ModelTrait, PrimaryKeyToColumn, Value};

/// The target of an event: a row, such as `posts:7`, or a text.
///
/// ```
/// # mod posts {
/// #     use fw::model::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "posts")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64 }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use fw::audit::Target;
///
/// let post = posts::Model { id: 7 };
/// assert_eq!(Target::from(&post), Target::from("posts:7"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(pub(super) String);

/// A row, by its table and its primary key.
impl<M: ModelTrait> From<&M> for Target {
    fn from(row: &M) -> Self {
        let columns = <M::Entity as sea_orm::EntityTrait>::PrimaryKey::iter();
        let key: Vec<String> = columns
            .map(|column| shown(row.get(column.into_column())))
            .collect();
        let entity = <M::Entity as Default>::default();
        Self(format!("{}:{}", entity.table_name(), key.join(",")))
    }
}

/// A value without the quotes of SQL.
fn shown(value: Value) -> String {
    match value {
        Value::String(Some(text)) => text,
        value => value.to_string().trim_matches('\'').to_owned(),
    }
}

impl From<&str> for Target {
    fn from(target: &str) -> Self {
        Self(target.to_owned())
    }
}

impl From<String> for Target {
    fn from(target: String) -> Self {
        Self(target)
    }
}
