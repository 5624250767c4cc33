//! The audit log: events that say who did what to what, in a table that only grows.
//!
//! An event of a change is written in the transaction of the change: both are there, or neither is. The request adds its id, the address
//! of the client and its user agent. Events have ids, and no names or mail addresses: so they may stay when a person is erased.
//!
//! ```
//! # mod posts {
//! #     use fw::model::prelude::*;
//! #     #[sea_orm::model]
//! #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
//! #     #[sea_orm(table_name = "posts")]
//! #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub status: String }
//! #     impl ActiveModelBehavior for ActiveModel {}
//! # }
//! use fw::{audit::{self, Actor, AuditEvent, AuditFilter}, prelude::*, sea_orm::IntoActiveModel};
//!
//! async fn publish(who: Anyone, State(ctx): State<AppContext>, Path(id): Path<Id>) -> Result<NoContent> {
//!     ctx.db
//!         .transact(async |tx| {
//!             let post = posts::Entity::find_by_id(id).one(tx).await?.or_not_found()?;
//!             let old = post.status.clone();
//!             let mut post = post.into_active_model();
//!             post.status = Set("published".to_owned());
//!             let post = post.update(tx).await?;
//!             ctx.audit(tx, &who, "post.published", &post).changed("status", old, &post.status).await
//!         })
//!         .await?;
//!     Ok(NoContent)
//! }
//!
//! /// Somebody who only claims to be somebody, and the latest events of the log.
//! async fn refuse(ctx: &AppContext, email: &str) -> Result<Vec<AuditEvent>> {
//!     ctx.audit_alone(Actor::unknown(ctx, email)?, "session.refused", "session").await?;
//!     audit::events(&ctx.db, &AuditFilter::default(), 10).await
//! }
//!
//! let routes = Routes::at("/posts").with([post("/{id}/publication", publish)]);
//! ```

mod actor;
mod entry;
mod event;
mod room;
mod table;
mod target;
mod text;

pub(crate) use self::room::ROOM;
pub use self::{
    actor::Actor,
    entry::Entry,
    event::{AuditEvent, AuditFilter},
    table::events,
    target::Target,
};
