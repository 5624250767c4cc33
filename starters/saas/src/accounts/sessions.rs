//! The sessions of an account, on all its devices.

use fw::{auth::prelude::*, prelude::*};

use crate::access::{Recent, SignedIn};

/// Lists the sessions, those that were used last first.
pub async fn list(who: SignedIn, State(ctx): State<AppContext>) -> Result<Json<Vec<SessionView>>> {
    Ok(Json(who.sessions(&ctx).await?))
}

/// Ends all other sessions.
pub async fn destroy_others(who: Recent, State(ctx): State<AppContext>) -> Result<NoContent> {
    who.end_other_sessions(&ctx).await?;
    Ok(NoContent)
}

/// Ends a session; that of somebody else is not found.
pub async fn destroy(
    who: Recent,
    State(ctx): State<AppContext>,
    Path(id): Path<Uuid>,
) -> Result<NoContent> {
    who.end_session(&ctx, id).await?;
    Ok(NoContent)
}
