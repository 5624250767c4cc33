//! The room of the store of jobs: its tables.

mod fw_20261129_100000_create_jobs;

use crate::room::Room;

pub(crate) const ROOM: Room = Room {
    name: "store of jobs",
    migrations: || vec![crate::migration!(fw_20261129_100000_create_jobs)],
    ..Room::NONE
};
