//! Notices of changes: what other processes have to forget.

use std::collections::HashSet;

use chrono::{TimeDelta, Utc};
use sea_orm::{
    ConnectionTrait, DbBackend, ExprTrait, Value,
    prelude::Uuid,
    sea_query::{Expr, Query},
};

use super::identity::Identity;
use crate::{
    auth::{AccountKey, tables::CHANGES as TABLE},
    error::{Error, Result},
};

/// The age of the notices that are read again and again, in seconds. They take effect in the order of their commits, which neither their
/// numbers nor their times tell, so there is none after which the next ones come.
const WINDOW: i64 = 300;

/// The age from which on notices are deleted, in seconds.
const KEPT: i64 = 3_600;

/// A notice: a session, everything about an account, or, if it names neither, something about many accounts has changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Notice {
    pub(super) account: Option<AccountKey>,
    pub(super) session: Option<Uuid>,
}

impl Notice {
    pub(super) fn of_account(account: AccountKey) -> Self {
        Self {
            account: Some(account),
            session: None,
        }
    }

    /// That of many accounts, such as those with a role. One row, however many there are.
    pub(super) fn of_all() -> Self {
        Self {
            account: None,
            session: None,
        }
    }

    pub(super) fn of_session(session: Uuid) -> Self {
        Self {
            account: None,
            session: Some(session),
        }
    }

    pub(super) fn is_about(&self, identity: &Identity) -> bool {
        if self.account.is_none() && self.session.is_none() {
            return true;
        }
        let (session, impersonator) = match identity {
            Identity::Session(session) => (Some(session.id), session.impersonator),
            Identity::ApiKey(_) => (None, None),
        };
        let is = |account: Option<_>| account.is_some() && self.account == account;
        is(Some(identity.account()))
            || is(impersonator)
            || (session.is_some() && self.session == session)
    }
}

/// Stores a notice.
pub(super) async fn write<C: ConnectionTrait>(db: &C, notice: Notice) -> Result<()> {
    let account = notice
        .account
        .map(|account| ("user_id", Value::from(account)));
    let session = notice
        .session
        .map(|session| ("session_id", Value::from(session)));
    let (columns, values): (Vec<_>, Vec<_>) = account.into_iter().chain(session).unzip();
    let insert = Query::insert()
        .into_table(TABLE)
        .columns(columns.into_iter().chain(["created_at"]))
        .values(
            values
                .into_iter()
                .map(Expr::from)
                .chain([seconds_ago(db, 0)]),
        )
        .map_err(Error::internal)?
        .to_owned();
    db.execute(&insert).await?;
    Ok(())
}

/// Reads the notices of the last minutes that are not in `known`, and adds them to it.
pub(super) async fn read<C: ConnectionTrait>(
    db: &C,
    known: &mut HashSet<i64>,
) -> Result<Vec<Notice>> {
    let select = Query::select()
        .columns(["id", "user_id", "session_id"])
        .from(TABLE)
        .and_where(Expr::col("created_at").gt(seconds_ago(db, WINDOW)))
        .to_owned();
    let mut present = HashSet::new();
    let mut notices = Vec::new();
    for row in db.query_all(&select).await? {
        let id = row.try_get("", "id")?;
        present.insert(id);
        if !known.contains(&id) {
            notices.push(Notice {
                account: AccountKey::read_optional(&row, "user_id")?,
                session: row.try_get("", "session_id")?,
            });
        }
    }
    *known = present;
    Ok(notices)
}

/// Deletes old notices, and returns their number.
pub(super) async fn prune<C: ConnectionTrait>(db: &C) -> Result<u64> {
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("created_at").lt(seconds_ago(db, KEPT)))
        .to_owned();
    Ok(db.execute(&delete).await?.rows_affected())
}

/// A time by the clock of the database, which all processes share. On SQLite they share that of the machine.
fn seconds_ago<C: ConnectionTrait>(db: &C, seconds: i64) -> Expr {
    match db.get_database_backend() {
        DbBackend::Postgres => {
            Expr::cust(format!("clock_timestamp() - INTERVAL '{seconds} seconds'"))
        }
        _ => (Utc::now() - TimeDelta::seconds(seconds)).into(),
    }
}
