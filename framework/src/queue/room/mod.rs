//! The room of the store of jobs: its tables, and whether it can be reached.

mod fw_20261129_100000_create_jobs;

use crate::room::Room;

pub(crate) const ROOM: Room = Room {
    name: "store of jobs",
    migrations: || vec![crate::migration!(fw_20261129_100000_create_jobs)],
    health: |ctx| Box::pin(async { Ok(ctx.queue.store().ping().await?) }),
    ..Room::NONE
};
