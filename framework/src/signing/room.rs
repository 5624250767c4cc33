//! The room of signatures: puts the keys into the context.

use std::future::ready;

use super::SigningKeys;
use crate::room::Room;

pub(crate) const ROOM: Room = Room {
    name: "signing",
    context: |ctx| {
        let keys = SigningKeys::of(&ctx.config.signing, ctx.environment(), ctx.app_name());
        Box::pin(ready(Ok(match keys {
            Some(keys) => ctx.with(keys),
            // It is an error of those that need it.
            None => ctx,
        })))
    },
    ..Room::NONE
};
