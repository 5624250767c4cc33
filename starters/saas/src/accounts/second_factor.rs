//! The second factor: codes of an app, and recovery codes.

use fw::{
    auth::{
        Activated, Answer, AuthContext, Enrolment, Factor, Issued, NewSession, RecoveryCodes,
        SignInClient,
    },
    db::Transaction,
    dto::prelude::Uuid,
    prelude::*,
};

use super::{
    dto::{AccountView, ActivateBody, AnswerBody, CodeBody, EnrolBody},
    mails::{About, AccountMail},
    model as users,
};
use crate::access::{OneFactor, Recent, SignedIn};

/// Answers a challenge: the second step of a sign-in.
pub async fn answer(
    _: Anyone,
    State(ctx): State<AppContext>,
    client: SignInClient,
    Path(id): Path<Uuid>,
    ValidJson(body): ValidJson<AnswerBody>,
) -> Result<NewSession<Json<AccountView>>> {
    let second_factor = ctx.second_factor();
    let answer = second_factor
        .answer(&ctx.db, id, &body.secret, &body.code, &client.device)
        .await?;
    if let Answer::Exhausted(account) = answer {
        let user = users::Model::of_account(&ctx.db, account).await?;
        ctx.audit_alone(user.actor(), "second_factor.refused", &user)
            .await?;
        let mail = AccountMail::to_owner(&user, About::SecondFactorRefused);
        mail.deliver_later(&ctx).await?;
    }
    let session = answer.or_unauthorized()?;
    let user = users::Model::of_account(&ctx.db, session.session.account).await?;
    ctx.audit_alone(user.actor(), "session.started", &user)
        .await?;
    let known = client.remember(&user.email_key)?;
    Ok(session.with(Json(user.into())).cookie(known))
}

/// Confirms a session with a code, in an account whose password alone is not enough.
pub async fn confirm(
    who: SignedIn,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<CodeBody>,
) -> Result<NewSession> {
    let answer = ctx
        .second_factor()
        .confirm(&ctx.db, who.session(), &body.code);
    let session = answer.await?.or_invalid("/code")?;
    ctx.audit_alone(&who, "session.confirmed", format!("users:{}", who.id))
        .await?;
    Ok(session)
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
    let answer = ctx.db.transact(async |tx| {
        let second_factor = ctx.second_factor();
        let answer = second_factor
            .activate(tx, who.session(), body.id, &body.code)
            .await?;
        if let Answer::Accepted(_) = answer {
            changed(&ctx, tx, &who, "second_factor.added").await?;
        }
        Ok(answer)
    });
    answer.await?.or_invalid("/code")
}

/// Removes an app; the last one stays if a role asks for it.
pub async fn destroy(
    who: Recent,
    State(ctx): State<AppContext>,
    Path(id): Path<Uuid>,
) -> Result<NoContent> {
    ctx.db
        .transact(async |tx| {
            ctx.second_factor()
                .remove(tx, who.session(), id, who.standing())
                .await?;
            changed(&ctx, tx, &who, "second_factor.removed").await?;
            Ok(NoContent)
        })
        .await
}

/// Gives new recovery codes; the old ones work no more.
pub async fn renew_recovery_codes(
    who: Recent,
    State(ctx): State<AppContext>,
) -> Result<Issued<Json<RecoveryCodes>>> {
    let codes = ctx.db.transact(async |tx| {
        let second_factor = ctx.second_factor();
        let codes = second_factor
            .renew_recovery_codes(tx, who.session())
            .await?;
        changed(&ctx, tx, &who, "recovery_codes.renewed").await?;
        Ok(codes)
    });
    Ok(Issued::new(Json(codes.await?)))
}

/// Notes a change, and tells the owner.
async fn changed(ctx: &AppContext, tx: &Transaction, who: &SignedIn, action: &str) -> Result<()> {
    let user = users::Model::get(tx, who.id).await?;
    ctx.audit(tx, who, action, &user).await?;
    AccountMail::to_owner(&user, About::SecondFactorChanged)
        .deliver_later_in(ctx, tx)
        .await?;
    Ok(())
}
