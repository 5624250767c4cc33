//! The room of the audit log: its table, the tasks that list and prune it, and what `doctor` says of it.

mod fw_20261130_170000_create_audit_events;
mod list;
mod prune;

use std::time::Duration;

use self::{list::AuditList, prune::AuditPrune};
use super::table;
use crate::{
    room::{DoctorContext, Finding, Room},
    scheduler::Schedule,
    task::{Task, Tasks},
};

const HOUR: Duration = Duration::from_hours(1);

pub(crate) const ROOM: Room = Room {
    name: "audit log",
    // Its triggers are statements, of which nobody sees that they concern the new table alone.
    migrations: || vec![crate::migration!(fw_20261130_170000_create_audit_events).additive()],
    tasks: || Tasks::new().add::<AuditList>().add::<AuditPrune>(),
    schedule: || Schedule::new().every(HOUR, AuditPrune::NAME),
    doctor: |input| Box::pin(examine(input)),
    ..Room::NONE
};

/// Fails if the triggers are gone that keep events. Without the table, which the check of the migrations tells, there is nothing to say.
async fn examine(input: DoctorContext<'_>) -> Vec<Finding> {
    const ID: &str = "audit";
    if !input.is_connected {
        return Vec::new();
    }
    match table::triggers(&input.ctx.db).await {
        Ok(fw_20261130_170000_create_audit_events::TRIGGERS) => {
            vec![Finding::good(
                ID,
                "events of the audit log can neither be changed nor deleted",
            )]
        }
        Ok(_) => vec![Finding::failure(
            ID,
            "events of the audit log can be changed or deleted: triggers of `audit_events` are gone\n\
             hint: restore them from a backup, or run the statements of the migration `fw_20261130_170000_create_audit_events` again",
        )],
        Err(_) => Vec::new(),
    }
}
