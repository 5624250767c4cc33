//! The built-in room of the database: a server whose database cannot be reached is not ready.

use crate::room::Room;

pub(crate) const ROOM: Room = Room {
    name: "database",
    health: |ctx| Box::pin(async { Ok(ctx.db.ping().await?) }),
    ..Room::NONE
};
