//! API keys: credentials of programs, which act for the account within some of its permissions. No key gets here, only people.

use std::time::Duration;

use fw::{auth::prelude::*, prelude::*};

use crate::access::Recent;

/// The time for which a key is still valid when another one has taken its place.
const OVERLAP: Duration = Duration::from_hours(24);

/// Lists the keys, the newest first.
pub async fn list(who: Recent, State(ctx): State<AppContext>) -> Result<Json<Vec<ApiKey>>> {
    Ok(Json(ctx.api_keys().list(&ctx.db, who.id).await?))
}

/// Creates a key, which is shown this once.
pub async fn create(
    who: Recent,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<ApiKeyBody>,
) -> Result<Issued<Created<CreatedApiKey>>> {
    Ok(shown(who.create_api_key(&ctx, body).await?))
}

/// Creates a key in the place of another one, which is valid for a while yet.
pub async fn rotate(
    who: Recent,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
) -> Result<Issued<Created<CreatedApiKey>>> {
    Ok(shown(who.rotate_api_key(&ctx, id, OVERLAP).await?))
}

/// Ends a key at once.
pub async fn destroy(
    who: Recent,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
) -> Result<NoContent> {
    who.revoke_api_key(&ctx, id).await?;
    Ok(NoContent)
}

fn shown(created: CreatedApiKey) -> Issued<Created<CreatedApiKey>> {
    let location = format!("/api/v1/auth/api-keys/{}", created.key.id);
    Issued::new(Created::at(location, created))
}
