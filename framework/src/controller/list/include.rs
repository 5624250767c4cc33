//! The query parameter `include`: the relations that a client requests together with a row.

use std::collections::HashSet;

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};

use super::{
    checks::{check, read_names},
    parameters,
};
use crate::{
    controller::extract::query_pairs,
    error::{Error, Result},
    model::{Inclusion, ListColumns, Listing, QueryOf},
    openapi::{Input, Operation, Parameter},
    validation::{MAX_PROBLEMS, Problem},
};

/// An extractor of the relations that a client requests with one row: `GET /posts/7?include=author`. Every other parameter is a
/// 422.
///
/// ```
/// # mod models {
/// # pub mod authors {
/// #     use fw::model::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "authors")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64 }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # pub mod posts {
/// #     use fw::model::prelude::*;
/// #     use super::authors;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "posts")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)] pub id: i64,
/// #         pub author_id: i64,
/// #         #[sea_orm(belongs_to, from = "author_id", to = "id")]
/// #         pub author: BelongsTo<authors::Entity>,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// #     impl Listing for Entity {
/// #         type Query = EntityLoader;
/// #
/// #         fn columns() -> ListColumns<Self> {
/// #             ListColumns::new().include("author", |posts: EntityLoader| posts.with(authors::Entity))
/// #         }
/// #     }
/// # }
/// # }
/// # use models::posts;
/// use fw::prelude::*;
///
/// async fn show(
///     _: Anyone,
///     State(ctx): State<AppContext>,
///     Path(id): Path<Id>,
///     include: Include<posts::Entity>,
/// ) -> Result<Json<posts::ModelEx>> {
///     let post = include.with(posts::Entity::load().filter_by_id(id));
///     Ok(Json(post.one(&ctx.db).await?.or_not_found()?))
/// }
/// ```
pub struct Include<E: Listing> {
    inclusions: Vec<Inclusion<E::Query>>,
}

impl<E: Listing> Include<E> {
    /// The relations of the columns that have one of these names.
    pub(super) fn new(columns: ListColumns<E>, names: &[&'static str]) -> Self {
        let mut inclusions = columns.into_inclusions();
        inclusions.retain(|inclusion| names.contains(&inclusion.name()));
        Self { inclusions }
    }

    /// Adds the requested relations to the entity's [query](Listing::Query) (`Posts::load()`).
    #[must_use]
    pub fn with(&self, query: impl QueryOf<E::Query>) -> E::Query {
        self.inclusions
            .iter()
            .fold(query.query(), |query, inclusion| inclusion.apply(query))
    }

    /// The parameters of the query, for descriptions of the API.
    pub fn parameters() -> Vec<Parameter> {
        parameters::include(&E::columns()).into_iter().collect()
    }

    fn read(pairs: &[(String, String)]) -> Result<Self> {
        let columns = E::columns();
        let mut problems = Vec::new();
        let mut given = HashSet::new();
        let mut names = Vec::new();
        for (name, text) in pairs {
            if problems.len() == MAX_PROBLEMS {
                break;
            }
            let outcome = check(name, text, &mut given).and_then(|()| {
                if name != "include" {
                    return Err(Problem::unknown(name, &["include"]));
                }
                names = read_names(text, &columns.inclusion_names())?;
                Ok(())
            });
            problems.extend(outcome.err().map(|problem| problem.at(format!("?{name}"))));
        }
        if problems.is_empty() {
            Ok(Self::new(columns, &names))
        } else {
            Err(Error::validation(problems))
        }
    }
}

impl<E: Listing, S: Send + Sync> FromRequestParts<S> for Include<E> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        Self::read(&query_pairs(parts)?)
    }
}

impl<E: Listing> Input for Include<E> {
    fn describe(operation: &mut Operation<'_>) {
        for parameter in Self::parameters() {
            operation.parameter(parameter);
        }
        operation.standard_problem(StatusCode::UNPROCESSABLE_ENTITY);
    }
}
