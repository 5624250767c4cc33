//! The idempotency room: the table of stored responses, and the task that deletes expired ones.

mod fw_20261121_080000_create_idempotency_keys;
mod fw_20261129_060000_add_caller_to_idempotency_keys;
mod prune;

use std::time::Duration;

use self::prune::IdempotencyPrune;
use crate::{
    room::Room,
    scheduler::Schedule,
    task::{Task, Tasks},
};

const HOUR: Duration = Duration::from_hours(1);

pub(crate) const ROOM: Room = Room {
    name: "idempotency",
    migrations: || {
        vec![
            crate::migration!(fw_20261121_080000_create_idempotency_keys),
            crate::migration!(fw_20261129_060000_add_caller_to_idempotency_keys),
        ]
    },
    tasks: || Tasks::new().add::<IdempotencyPrune>(),
    schedule: || Schedule::new().every(HOUR, IdempotencyPrune::NAME),
    ..Room::NONE
};
