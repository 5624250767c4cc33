//! The handlers of the second factor.

use fw::{
    auth::{
        Activated, AuthContext, Device, Enrolment, Factor, Issued, NewSession, RecoveryCodes,
        SessionKind, SignIn, SignInStep,
    },
    context::AppContext,
    controller::KnownBrowser,
    dto::prelude::*,
    prelude::*,
};
use sea_orm::prelude::Uuid;

use super::super::{OneFactor, Recent, SignInBody, authenticated, users};

pub fn routes() -> Routes {
    Routes::new().with([
        post("/two-step/session", sign_in),
        post("/two-step/tokens", issue_tokens),
        post("/challenges/{id}", answer),
        post("/two-step/confirm", confirm),
        get("/factors", list),
        delete("/factors/{id}", remove),
        post("/totp", enrol),
        post("/totp/confirm", activate),
        post("/recovery-codes", renew_recovery_codes),
        get("/one-factor", one_factor),
    ])
}

async fn step(
    ctx: &AppContext,
    body: &SignInBody,
    device: &Device,
    browser: &KnownBrowser,
    kind: SessionKind,
) -> Result<SignInStep> {
    let (user, check) = authenticated(ctx, body).await?;
    let sign_in = SignIn::of(user.id, "password")
        .from(device)
        .remembered(body.remember)
        .limited_as(browser.subject(&user.name));
    ctx.db
        .transact(async |tx| {
            check.store(tx, &user, users::Column::PasswordHash).await?;
            ctx.second_factor().sign_in(tx, sign_in, kind).await
        })
        .await
}

async fn sign_in(
    _: Anyone,
    State(ctx): State<AppContext>,
    device: Device,
    browser: KnownBrowser,
    ValidJson(body): ValidJson<SignInBody>,
) -> Result<SignInStep> {
    step(&ctx, &body, &device, &browser, SessionKind::Browser).await
}

async fn issue_tokens(
    _: Anyone,
    State(ctx): State<AppContext>,
    device: Device,
    browser: KnownBrowser,
    ValidJson(body): ValidJson<SignInBody>,
) -> Result<SignInStep> {
    step(&ctx, &body, &device, &browser, SessionKind::Token).await
}

#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct AnswerBody {
    #[garde(length(max = 100))]
    secret: String,
    #[garde(length(max = 100))]
    code: String,
}

async fn answer(
    _: Anyone,
    State(ctx): State<AppContext>,
    device: Device,
    browser: KnownBrowser,
    Path(id): Path<Uuid>,
    ValidJson(body): ValidJson<AnswerBody>,
) -> Result<NewSession> {
    let answer = ctx
        .second_factor()
        .answer(&ctx.db, id, &body.secret, &body.code, &device);
    let session = answer.await?.or_unauthorized()?;
    let user = users::Entity::find()
        .filter(users::Column::Id.eq(session.session.account))
        .one(&ctx.db)
        .await?
        .or_not_found()?;
    Ok(session.cookie(browser.remember(&user.name)?))
}

#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct CodeBody {
    #[garde(length(max = 100))]
    code: String,
}

async fn confirm(
    who: OneFactor,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<CodeBody>,
) -> Result<NewSession> {
    let answer = ctx
        .second_factor()
        .confirm(&ctx.db, who.session(), &body.code);
    answer.await?.or_invalid("/code")
}

async fn list(who: OneFactor, State(ctx): State<AppContext>) -> Result<Json<Vec<Factor>>> {
    Ok(Json(ctx.second_factor().list(&ctx.db, who.id).await?))
}

async fn remove(
    who: Recent,
    State(ctx): State<AppContext>,
    Path(id): Path<Uuid>,
) -> Result<NoContent> {
    ctx.second_factor()
        .remove(&ctx.db, who.session(), id, who.standing())
        .await?;
    Ok(NoContent)
}

#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct EnrolBody {
    #[garde(length(max = 80))]
    name: String,
}

async fn enrol(
    who: Recent<OneFactor>,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<EnrolBody>,
) -> Result<Issued<Json<Enrolment>>> {
    let enrolment =
        ctx.second_factor()
            .enrol(&ctx.db, who.session(), &body.name, "ada@example.com");
    Ok(Issued::new(Json(enrolment.await?)))
}

#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ActivateBody {
    #[garde(skip)]
    id: Uuid,
    #[garde(length(max = 100))]
    code: String,
}

async fn activate(
    who: Recent<OneFactor>,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<ActivateBody>,
) -> Result<Activated> {
    let answer = ctx
        .second_factor()
        .activate(&ctx.db, who.session(), body.id, &body.code);
    answer.await?.or_invalid("/code")
}

async fn renew_recovery_codes(
    who: Recent,
    State(ctx): State<AppContext>,
) -> Result<Issued<Json<RecoveryCodes>>> {
    let codes = ctx
        .second_factor()
        .renew_recovery_codes(&ctx.db, who.session());
    Ok(Issued::new(Json(codes.await?)))
}

async fn one_factor(who: OneFactor) -> String {
    who.id.to_string()
}
