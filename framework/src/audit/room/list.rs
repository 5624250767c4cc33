//! The task `audit:list`.

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Parser;
use serde_json::Value;

use crate::{
    audit::{AuditEvent, AuditFilter, events},
    config::duration,
    context::AppContext,
    error::Result,
    task::Task,
};

/// Lists events of the audit log, the latest first
#[derive(Debug, Parser)]
pub(super) struct AuditList {
    /// Only of this actor, such as `user:7`, or of whoever acted in their place
    #[arg(long)]
    actor: Option<String>,
    /// Only of this action, such as `post.published`; `post.*` for all of a kind
    #[arg(long)]
    action: Option<String>,
    /// Only of this target, such as `posts:7`
    #[arg(long)]
    target: Option<String>,
    /// Only of the request with this id
    #[arg(long)]
    request: Option<String>,
    /// Only since a time, such as `2026-11-30T12:00:00Z`, or for a while, such as `7d`
    #[arg(long, value_parser = time)]
    since: Option<DateTime<Utc>>,
    /// Only until a time, given in the same way
    #[arg(long, value_parser = time)]
    until: Option<DateTime<Utc>>,
    /// The most events
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    limit: u64,
    /// Prints one JSON object for each event
    #[arg(long)]
    json: bool,
}

impl Task for AuditList {
    const NAME: &'static str = "audit:list";

    async fn run(self, ctx: &AppContext) -> Result<()> {
        let filter = AuditFilter {
            actor: self.actor,
            action: self.action,
            target: self.target,
            request_id: self.request,
            since: self.since,
            until: self.until,
            before: None,
        };
        for event in events(&ctx.db, &filter, self.limit).await? {
            if self.json {
                println!("{}", serde_json::to_string(&event)?);
            } else {
                println!("{}", line(&event));
            }
        }
        Ok(())
    }
}

/// A time, or a duration before now.
fn time(text: &str) -> Result<DateTime<Utc>, String> {
    if let Some(ago) = duration::parse(text) {
        let time = chrono::TimeDelta::from_std(ago).ok();
        let time = time.and_then(|ago| Utc::now().checked_sub_signed(ago));
        return time.ok_or_else(|| "it is too long".to_owned());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| {
            "it is neither a time such as `2026-11-30T12:00:00Z` nor a duration such as `7d`"
                .to_owned()
        })
}

/// An event in a line. Its texts were made harmless when it was written.
fn line(event: &AuditEvent) -> String {
    let at = event.at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let actor = match &event.impersonator {
        Some(impersonator) => format!("{} (by {impersonator})", event.actor),
        None => event.actor.clone(),
    };
    let mut parts = vec![at, actor, event.action.clone(), event.target.clone()];
    for (field, change) in &event.changes {
        let value = |which| change.get(which).unwrap_or(&Value::Null);
        parts.push(format!("{field}: {} → {}", value("from"), value("to")));
    }
    let rest = [
        ("from", &event.address),
        ("request", &event.request_id),
        ("with", &event.user_agent),
    ];
    for (name, value) in rest {
        parts.extend(value.as_ref().map(|value| format!("{name} {value}")));
    }
    parts.join("  ")
}
