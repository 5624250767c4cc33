//! The sessions of an account, on all its devices.

use fw::{
    auth::{AuthContext, EndReason},
    dto::prelude::Uuid,
    prelude::*,
};

use super::dto::SessionView;
use crate::access::{Recent, SignedIn};

/// Lists the sessions, those that were used last first.
pub async fn list(who: SignedIn, State(ctx): State<AppContext>) -> Result<Json<Vec<SessionView>>> {
    let sessions = ctx.sessions().list(&ctx.db, who.id).await?.into_iter();
    let views = sessions.map(|session| SessionView {
        is_current: session.id == who.session().id,
        session,
    });
    Ok(Json(views.collect()))
}

/// Ends all other sessions.
pub async fn destroy_others(who: Recent, State(ctx): State<AppContext>) -> Result<NoContent> {
    ctx.db
        .transact(async |tx| {
            ctx.audit(tx, &who, "sessions.ended", format!("users:{}", who.id))
                .await?;
            ctx.sessions()
                .end_all(tx, who.id, Some(who.session().id))
                .await?;
            Ok(NoContent)
        })
        .await
}

/// Ends a session; that of somebody else is not found.
pub async fn destroy(
    who: Recent,
    State(ctx): State<AppContext>,
    Path(id): Path<Uuid>,
) -> Result<NoContent> {
    ctx.db
        .transact(async |tx| {
            let was_there = ctx
                .sessions()
                .end(tx, who.id, id, EndReason::Revoked)
                .await?;
            was_there.then_some(()).or_not_found()?;
            ctx.audit(tx, &who, "session.ended", format!("sessions:{id}"))
                .await?;
            Ok(NoContent)
        })
        .await
}
