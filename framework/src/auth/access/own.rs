//! The access rule that asks for a permission, and gives the caller's own rows.

use std::{fmt, marker::PhantomData, ops::Deref};

use axum::extract::FromRequestParts;
use chrono::{DateTime, Utc};
use http::request::Parts;
use sea_orm::{ColumnTrait, Condition};

use super::{
    caller::Caller,
    problem,
    recent::Timed,
    scheme::{self, Scheme},
};
use crate::{
    auth::{AccountKey, Accounts, Permission},
    context::AppContext,
    controller::{Access, Reach},
    error::{Error, Result},
    openapi::Operation,
};

/// The access rule that lets those in who have a permission for their own rows: with `posts:read` the rows of the caller are found, with
/// `posts:read:any` all rows.
///
/// ```
/// # pub struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
/// # mod posts {
/// #     use fw::model::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "posts")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub title: String, pub user_id: i64 }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # mod access { fw::permissions! { "posts" { Read = "read" } } }
/// use fw::{prelude::*, sea_orm::{EntityTrait, QueryFilter}};
///
/// type Own<P> = fw::auth::Own<Users, P>;
///
/// async fn title(who: Own<access::Read>, State(ctx): State<AppContext>, Path(id): Path<Id>) -> Result<String> {
///     // The post of somebody else is not found.
///     let post = posts::Entity::find_by_id(id).filter(who.rows(posts::Column::UserId)).one(&ctx.db).await?.or_not_found()?;
///     Ok(post.title)
/// }
///
/// let routes = Routes::at("/posts").with([get("/{id}/title", title)]);
/// assert_eq!(routes.list()[0].access, "posts:read (own)");
/// ```
#[must_use = "the rows must be narrowed to those of the caller: `.filter(who.rows(Column::UserId))`"]
pub struct Own<A: Accounts, P> {
    caller: Caller<A>,
    has_all: bool,
    permission: PhantomData<fn() -> P>,
}

impl<A: Accounts, P: Permission> Own<A, P> {
    /// The condition of the rows that the caller may reach: `owner` is the column with the account that they belong to.
    pub fn rows(&self, owner: impl ColumnTrait) -> Condition {
        if self.has_all {
            return Condition::all();
        }
        let id: AccountKey = self.caller.id.into();
        Condition::all().add(owner.eq(id))
    }

    /// The id of the caller, for rows that are created.
    pub fn id(&self) -> A::Id {
        self.caller.id
    }
}

impl<A: Accounts, P: Permission> FromRequestParts<AppContext> for Own<A, P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self> {
        let caller = Caller::of(parts, ctx).await?;
        let has_all = caller.grants().allow(&any::<P>());
        if !has_all && !caller.grants().allow(P::NAME) {
            return Err(problem::insufficient_scope(P::NAME));
        }
        Ok(Self {
            caller,
            has_all,
            permission: PhantomData,
        })
    }
}

impl<A: Accounts, P: Permission> Access for Own<A, P> {
    const NEEDS_ACCOUNTS: bool = true;

    fn rule() -> String {
        format!("{} (own)", P::NAME)
    }

    fn caller(&self) -> Option<String> {
        Some(self.caller.name())
    }

    fn impersonator(&self) -> Option<String> {
        self.caller.impersonator_name()
    }

    fn permissions() -> Vec<String> {
        vec![P::NAME.to_owned(), any::<P>()]
    }

    fn reach(has: &dyn Fn(&str) -> bool) -> Reach {
        if has(&any::<P>()) {
            Reach::All
        } else if has(P::NAME) {
            Reach::Own
        } else {
            Reach::Nothing
        }
    }

    fn describe(operation: &mut Operation<'_>) {
        scheme::describe(operation, &Scheme::ALL, Some(P::NAME));
    }
}

/// The permission for all rows.
fn any<P: Permission>() -> String {
    format!("{}:any", P::NAME)
}

/// The caller: `who.grants()`.
impl<A: Accounts, P> Deref for Own<A, P> {
    type Target = Caller<A>;

    fn deref(&self) -> &Caller<A> {
        &self.caller
    }
}

impl<A: Accounts, P> Timed for Own<A, P> {
    fn authenticated_at(&self) -> Option<DateTime<Utc>> {
        self.caller.authenticated_at()
    }
}

impl<A: Accounts, P> fmt::Debug for Own<A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Own")
            .field("account", &self.caller.account())
            .field("has_all", &self.has_all)
            .finish_non_exhaustive()
    }
}
