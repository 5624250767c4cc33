//! The built-in room of backups: their two tasks.

use super::{DbBackup, DbRestore};
use crate::{room::Room, task::Tasks};

pub(crate) const ROOM: Room = Room {
    name: "backup",
    tasks: || Tasks::new().add::<DbBackup>().add::<DbRestore>(),
    ..Room::NONE
};
