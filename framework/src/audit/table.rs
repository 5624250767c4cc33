//! Statements of the table `audit_events`.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use sea_orm::{
    Condition, ConnectionTrait, DbBackend, ExprTrait, Order, QueryResult, Statement,
    StatementBuilder,
    sea_query::{Expr, Func, InsertStatement, Query, SelectStatement},
};
use serde_json::{Map, Value};

use super::{
    actor::Actor,
    event::{AuditEvent, AuditFilter},
    target::Target,
    text::clean,
};
use crate::{
    config::AuditConfig,
    error::{Error, Result},
    telemetry,
};

const TABLE: &str = "audit_events";

/// The number of rows that are deleted at a time, so that the table is never locked for long.
const BATCH: u64 = 500;

const COLUMNS: [&str; 9] = [
    "at",
    "actor",
    "impersonator",
    "action",
    "target",
    "request_id",
    "address",
    "user_agent",
    "changes",
];

/// An event to be written.
pub(super) struct NewEvent {
    pub(super) actor: Actor,
    pub(super) action: String,
    pub(super) target: Target,
    pub(super) changes: Map<String, Value>,
    pub(super) retention: Duration,
}

/// The statement that writes an event of now, with what is known of the request.
pub(super) fn insert(event: &NewEvent) -> Result<InsertStatement> {
    let request = telemetry::current_request().unwrap_or_default();
    let user_agent = request.user_agent.as_ref().map(|value| {
        // Browsers send ASCII; others may send any bytes.
        clean(&String::from_utf8_lossy(value.as_bytes()))
    });
    let has_changes = !event.changes.is_empty();
    let changes = has_changes.then(|| serde_json::to_string(&event.changes));
    let now = Utc::now();
    Ok(Query::insert()
        .into_table(TABLE)
        .columns(COLUMNS.into_iter().chain(["keep_until"]))
        .values([
            now.into(),
            clean(&event.actor.name).into(),
            event.actor.impersonator.as_deref().map(clean).into(),
            clean(&event.action).into(),
            clean(&event.target.0).into(),
            request.id_text().map(clean).into(),
            request.client.map(|address| address.to_string()).into(),
            user_agent.into(),
            changes.transpose()?.into(),
            (now + long(event.retention)).timestamp().into(),
        ])
        .map_err(Error::internal)?
        .to_owned())
}

/// Up to `limit` events, the latest first.
///
/// ```no_run
/// use fw::{audit::{AuditEvent, AuditFilter, events}, prelude::*};
///
/// async fn history(_: Anyone, State(ctx): State<AppContext>, Path(post): Path<Id>) -> Result<Json<Vec<AuditEvent>>> {
///     let filter = AuditFilter { target: Some(format!("posts:{post}")), ..AuditFilter::default() };
///     Ok(Json(events(&ctx.db, &filter, 50).await?))
/// }
/// ```
///
/// # Errors
///
/// Those of the database.
pub async fn events<C: ConnectionTrait>(
    db: &C,
    filter: &AuditFilter,
    limit: u64,
) -> Result<Vec<AuditEvent>> {
    let is = |column: &'static str, value: &Option<String>| {
        let value = value.clone()?;
        Some(Expr::col(column).eq(value))
    };
    let actor = filter.actor.as_ref().map(|actor| {
        let is = |column: &'static str| Expr::col(column).eq(actor.as_str());
        is("actor").or(is("impersonator"))
    });
    let action = filter
        .action
        .as_deref()
        .map(|action| match action.strip_suffix('*') {
            // Exact, unlike a pattern, whose escapes and letters differ between databases.
            Some(kind) => {
                let length = i32::try_from(kind.chars().count()).unwrap_or(i32::MAX);
                let start =
                    Func::cust("substr").args([Expr::col("action"), 1.into(), length.into()]);
                Expr::from(start).eq(kind)
            }
            None => Expr::col("action").eq(action),
        });
    let conditions = [
        actor,
        action,
        is("target", &filter.target),
        is("request_id", &filter.request_id),
        filter.since.map(|since| Expr::col("at").gte(since)),
        filter.until.map(|until| Expr::col("at").lt(until)),
        filter.before.map(|before| Expr::col("id").lt(before)),
    ];
    let select = Query::select()
        .columns(COLUMNS)
        .column("id")
        .from(TABLE)
        .cond_where(
            conditions
                .into_iter()
                .flatten()
                .fold(Condition::all(), Condition::add),
        )
        .order_by("id", Order::Desc)
        .limit(limit)
        .to_owned();
    let rows = db.query_all(&select).await?;
    rows.iter().map(event).collect()
}

fn event(row: &QueryResult) -> Result<AuditEvent> {
    let changes: Option<String> = row.try_get("", "changes")?;
    let changes = changes
        .map(|text| serde_json::from_str(&text))
        .transpose()?;
    Ok(AuditEvent {
        id: row.try_get("", "id")?,
        at: row.try_get("", "at")?,
        actor: row.try_get("", "actor")?,
        impersonator: row.try_get("", "impersonator")?,
        action: row.try_get("", "action")?,
        target: row.try_get("", "target")?,
        request_id: row.try_get("", "request_id")?,
        address: row.try_get("", "address")?,
        user_agent: row.try_get("", "user_agent")?,
        changes: changes.unwrap_or_default(),
    })
}

/// The numbers of events that were deleted, and whose client was blanked.
pub(super) struct Pruned {
    pub(super) deleted: u64,
    pub(super) blanked: u64,
}

/// Blanks the address and the user agent of clients that were kept for long enough, and deletes the events whose retention is over.
pub(super) async fn prune<C: ConnectionTrait>(db: &C, config: &AuditConfig) -> Result<Pruned> {
    let is_known = |column: &'static str| Expr::col(column).is_not_null();
    let old = Expr::col("at").lt(Utc::now() - long(config.ip_retention));
    // The condition of a partial index.
    let known = is_known("address").or(is_known("user_agent"));
    let blank = Query::update()
        .table(TABLE)
        .value("address", None::<String>)
        .value("user_agent", None::<String>)
        .and_where(Expr::col("id").in_subquery(some(old.and(known))))
        .to_owned();
    // By the clock that the trigger asks, which would refuse the whole statement for one row.
    let now = Expr::cust(match db.get_database_backend() {
        DbBackend::Sqlite => "CAST(strftime('%s', 'now') AS INTEGER)",
        _ => "CAST(floor(extract(epoch FROM now())) AS bigint)",
    });
    let expired = Expr::col("keep_until").lte(now);
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("id").in_subquery(some(expired)))
        .to_owned();
    // An event that cannot be deleted keeps no address.
    Ok(Pruned {
        blanked: in_batches(db, &blank).await?,
        deleted: in_batches(db, &delete).await?,
    })
}

/// Some of the rows of a condition.
fn some(condition: Expr) -> SelectStatement {
    Query::select()
        .column("id")
        .from(TABLE)
        .and_where(condition)
        .limit(BATCH)
        .to_owned()
}

/// Runs a statement until it has no more rows to change.
async fn in_batches<C: ConnectionTrait>(db: &C, statement: &impl StatementBuilder) -> Result<u64> {
    let mut all = 0;
    loop {
        let batch = db.execute(statement).await?.rows_affected();
        all += batch;
        if batch < BATCH {
            return Ok(all);
        }
    }
}

/// The number of the triggers that keep events.
pub(super) async fn triggers<C: ConnectionTrait>(db: &C) -> Result<i64> {
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT count(*) AS number FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_events' AND name LIKE 'audit_events_%'"
        }
        _ => {
            "SELECT count(*) AS number FROM pg_trigger WHERE tgrelid = 'audit_events'::regclass AND tgname LIKE 'audit_events_%' AND tgenabled = 'O'"
        }
    };
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    Ok(row.map_or(Ok(0), |row| row.try_get("", "number"))?)
}

fn long(time: Duration) -> TimeDelta {
    TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX)
}
