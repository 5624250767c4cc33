//! The tokens of clients that are no browsers.

use fw::{auth::prelude::*, prelude::*};

use super::{Users, dto::SignInBody, session::sign_in};

/// Signs a client in.
pub async fn create(
    _: Anyone,
    State(ctx): State<AppContext>,
    client: SignInClient,
    ValidJson(body): ValidJson<SignInBody>,
) -> Result<SignInStep> {
    let (_, step) = sign_in(&ctx, &client, &body, SessionKind::Token).await?;
    Ok(step)
}

/// Gives the next tokens for a refresh token, which can be used once.
pub async fn refresh(
    _: Anyone,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<RefreshBody>,
) -> Result<Issued<Json<TokenPair>>> {
    refresh_tokens::<Users>(&ctx, &body.refresh_token).await
}
