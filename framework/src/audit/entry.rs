//! An event that is about to be written.

use std::{pin::Pin, time::Duration};

use sea_orm::{ConnectionTrait, sea_query::InsertStatement};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    actor::Actor,
    table::{self, NewEvent},
    target::Target,
    text::clean_value,
};
use crate::{
    config::AuditConfig,
    context::AppContext,
    db::{Db, Transaction},
    error::Result,
};

/// The shortest time for which an event is kept.
const DAY: Duration = Duration::from_hours(24);

impl AppContext {
    /// An event of a change, in the transaction of the change; it is written when it is awaited.
    ///
    /// `who` is the access type of the handler, or a text such as `task:import`; `target` is a row, or a text. See [`audit`](super) for
    /// an example.
    pub fn audit<'a>(
        &self,
        tx: &'a Transaction,
        who: impl Into<Actor>,
        action: impl Into<String>,
        target: impl Into<Target>,
    ) -> Entry<'a, Transaction> {
        Entry::new(
            tx,
            &self.config.audit,
            who.into(),
            action.into(),
            target.into(),
        )
    }

    /// An event that comes without a change, such as a sign-in that was refused; it is written when it is awaited. It stays if an idempotent
    /// request, whose writes are one unit of work, is rolled back.
    ///
    /// ```
    /// use fw::{audit::Actor, prelude::*};
    ///
    /// async fn refuse(ctx: &AppContext, email: &str) -> Result<()> {
    ///     let who = Actor::unknown(ctx, email)?;
    ///     ctx.audit_alone(who, "session.refused", "session").await?;
    ///     Err(Error::unauthorized())
    /// }
    /// ```
    pub fn audit_alone(
        &self,
        who: impl Into<Actor>,
        action: impl Into<String>,
        target: impl Into<Target>,
    ) -> Entry<'_, Db> {
        Entry::new(
            &self.db,
            &self.config.audit,
            who.into(),
            action.into(),
            target.into(),
        )
    }
}

/// An event that is about to be written: by awaiting it. See [the module](super) for an example.
#[must_use = "an event is written when it is awaited"]
pub struct Entry<'a, C> {
    connection: &'a C,
    retention: Duration,
    actor: Actor,
    action: String,
    target: Target,
    changes: Result<Map<String, Value>, serde_json::Error>,
}

impl<'a, C> Entry<'a, C> {
    fn new(
        connection: &'a C,
        config: &AuditConfig,
        actor: Actor,
        action: String,
        target: Target,
    ) -> Self {
        // What anybody can cause without an account is kept for as long as their address.
        let retention = if actor.is_unknown() {
            config.retention.min(config.ip_retention.max(DAY))
        } else {
            config.retention
        };
        Self {
            connection,
            retention,
            actor,
            action,
            target,
            changes: Ok(Map::new()),
        }
    }

    /// Adds a changed field, unless both values are the same. Long values are cut.
    ///
    /// The values stay in the log when the person that they are about is erased: name fields that hold no personal data.
    pub fn changed(mut self, field: &str, from: impl Serialize, to: impl Serialize) -> Self {
        let pair = serde_json::to_value(from)
            .and_then(|from| Ok((clean_value(from), clean_value(serde_json::to_value(to)?))));
        if let Ok(changes) = &mut self.changes {
            match pair {
                Ok((from, to)) if from != to => {
                    changes.insert(field.to_owned(), json!({ "from": from, "to": to }));
                }
                Ok(_) => {}
                Err(error) => self.changes = Err(error),
            }
        }
        self
    }

    fn insert(self) -> Result<InsertStatement> {
        table::insert(&NewEvent {
            actor: self.actor,
            action: self.action,
            target: self.target,
            changes: self.changes?,
            retention: self.retention,
        })
    }
}

type Written<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

impl<'a> IntoFuture for Entry<'a, Transaction> {
    type Output = Result<()>;
    type IntoFuture = Written<'a>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let tx = self.connection;
            tx.execute(&self.insert()?).await?;
            Ok(())
        })
    }
}

impl<'a> IntoFuture for Entry<'a, Db> {
    type Output = Result<()>;
    type IntoFuture = Written<'a>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let db = self.connection;
            let insert = self.insert()?;
            let again = insert.clone();
            // A refusal rolls back the unit of work of an idempotent request, and must not take its own event with it.
            db.after_rollback(|db| async move { db.execute(&again).await.map(drop) });
            db.execute(&insert).await?;
            Ok(())
        })
    }
}
