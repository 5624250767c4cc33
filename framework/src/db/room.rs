//! The plug of the database: a server without one gets no requests.

use crate::room::Room;

pub(crate) const ROOM: Room = Room {
    name: "database",
    health: |ctx| Box::pin(async { Ok(ctx.db.ping().await?) }),
    ..Room::NONE
};
