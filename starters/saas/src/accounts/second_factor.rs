//! The second factor: codes of an app, and recovery codes.

use fw::{auth::prelude::*, prelude::*};

use super::{Users, dto::AccountView, model as users};
use crate::access::{OneFactor, Recent, SignedIn};

/// Answers a challenge: the second step of a sign-in.
pub async fn answer(
    _: Anyone,
    State(ctx): State<AppContext>,
    client: SignInClient,
    Path(id): Path<Uuid>,
    ValidJson(body): ValidJson<AnswerBody>,
) -> Result<NewSession<Json<AccountView>>> {
    let session = client.answer::<Users>(&ctx, id, &body).await?;
    let user = users::Model::get(&ctx.db, session.session.account).await?;
    let known = client.remember(&user.email_key)?;
    Ok(session.with(Json(user.into())).cookie(known))
}

/// Confirms a session with a code, in an account whose password alone is not enough.
pub async fn confirm(
    who: SignedIn,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<CodeBody>,
) -> Result<NewSession> {
    who.confirm_with_code(&ctx, &body.code).await
}

/// Lists the apps.
pub async fn list(who: OneFactor, State(ctx): State<AppContext>) -> Result<Json<Vec<Factor>>> {
    Ok(Json(ctx.second_factor().list(&ctx.db, who.id).await?))
}

/// Makes the secret of an app, which counts when it is confirmed.
pub async fn enrol(
    who: Recent<OneFactor>,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<EnrolBody>,
) -> Result<Issued<Json<Enrolment>>> {
    let user = users::Model::get(&ctx.db, who.id).await?;
    let second_factor = ctx.second_factor();
    let enrolment = second_factor
        .enrol(&ctx.db, who.session(), &body.name, user.email.as_str())
        .await?;
    Ok(Issued::new(Json(enrolment)))
}

/// Confirms an app with its first code. All other sessions end; the first one brings recovery codes.
pub async fn activate(
    who: Recent<OneFactor>,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<ActivateBody>,
) -> Result<Activated> {
    who.activate_factor(&ctx, body.id, &body.code).await
}

/// Removes an app; the last one stays if a role asks for it.
pub async fn destroy(
    who: Recent,
    State(ctx): State<AppContext>,
    Path(id): Path<Uuid>,
) -> Result<NoContent> {
    who.remove_factor(&ctx, id).await?;
    Ok(NoContent)
}

/// Gives new recovery codes; the old ones work no more.
pub async fn renew_recovery_codes(
    who: Recent,
    State(ctx): State<AppContext>,
) -> Result<Issued<Json<RecoveryCodes>>> {
    let codes = who.renew_recovery_codes(&ctx).await?;
    Ok(Issued::new(Json(codes)))
}
