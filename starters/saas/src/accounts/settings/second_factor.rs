//! The pages of the second factor: apps are added and removed, and recovery codes shown once.

use fw::{auth::prelude::*, dto::prelude::*, prelude::*};

use crate::{
    access::{OneFactor, Recent},
    accounts::{model as users, second_factor},
};

/// The routes of the second factor, below those of the settings.
pub fn routes() -> Routes {
    Routes::at("/second-factor").with([
        get("/", show),
        post("/", enrol),
        post("/recovery-codes", renew_recovery_codes),
        get("/{id}", app),
        post("/{id}", activate),
        post("/{id}/remove", remove),
    ])
}

fw::templates! {
    Show => "accounts/pages/second_factor.html",
    App => "accounts/pages/second_factor_app.html",
}

/// The apps of the account.
#[derive(JsonSchema, Serialize)]
pub struct Show {
    apps: Vec<Factor>,
    recovery_codes_left: u64,
    is_required: bool,
    form: Form<EnrolBody>,
}

impl Show {
    async fn of(who: &OneFactor, ctx: &AppContext) -> Result<Self> {
        let second_factor = ctx.second_factor();
        Ok(Self {
            apps: second_factor.list(&ctx.db, who.id).await?,
            recovery_codes_left: second_factor.recovery_codes_left(&ctx.db, who.id).await?,
            is_required: who.standing().requires_second_factor,
            form: Form::blank(),
        })
    }
}

/// Lists the apps, and asks for the name of another one.
pub async fn show(who: Recent<OneFactor>, ctx: State<AppContext>) -> Result<Page<Show>> {
    Ok(Page(Show::of(&who, &ctx).await?))
}

/// Makes the secret of an app.
pub async fn enrol(
    who: Recent<OneFactor>,
    ctx: State<AppContext>,
    form: Form<EnrolBody>,
) -> Result<Issued<Submitted<Show, App>>> {
    let page = Show::of(&who, &ctx).await?;
    let enrol = async |body| {
        let enrolled = second_factor::enrol(who, ctx, ValidJson(body)).await;
        enrolled.map_err(|refused| refused.on_form(""))
    };
    let sent = form.submit(enrol).await?;
    let sent = sent.or_again(|form| Show { form, ..page });
    Ok(sent.then_issued(|Json(enrolment)| Redirect::to(app, enrolment.id)))
}

/// The page of an app that is being added: its secret, and then the recovery codes.
#[derive(JsonSchema, Serialize)]
pub struct App {
    enrolment: Option<Enrolment>,
    form: Form<CodeBody>,
    recovery_codes: Option<RecoveryCodes>,
}

impl App {
    async fn of(who: &OneFactor, ctx: &AppContext, id: Uuid) -> Result<Self> {
        let user = users::Model::get(&ctx.db, who.id).await?;
        let second_factor = ctx.second_factor();
        let enrolment = second_factor.enrolment(&ctx.db, who.session(), id, user.email.as_str());
        Ok(Self {
            enrolment: Some(enrolment.await?.or_not_found()?),
            form: Form::blank(),
            recovery_codes: None,
        })
    }

    fn with_codes(codes: RecoveryCodes) -> Self {
        Self {
            enrolment: None,
            form: Form::blank(),
            recovery_codes: Some(codes),
        }
    }
}

/// Shows the secret of an app, and asks for its first code.
pub async fn app(
    who: Recent<OneFactor>,
    ctx: State<AppContext>,
    Path(id): Path<Uuid>,
) -> Result<Issued<Page<App>>> {
    Ok(Issued::new(Page(App::of(&who, &ctx, id).await?)))
}

/// Makes an app count, and shows the first recovery codes.
pub async fn activate(
    who: Recent<OneFactor>,
    ctx: State<AppContext>,
    Path(id): Path<Uuid>,
    form: Form<CodeBody>,
) -> Result<Issued<Submitted<App, Show>>> {
    let page = App::of(&who, &ctx, id).await?;
    let activate = async |body: CodeBody| who.activate_factor(&ctx, id, &body.code).await;
    let sent = form.submit(activate).await?;
    let sent = sent.or_again(|form| App { form, ..page });
    let next = || Redirect::to(show, ()).flash("accounts-app-added");
    Ok(sent.then_activated(next, App::with_codes))
}

/// Gives new recovery codes.
pub async fn renew_recovery_codes(
    who: Recent,
    ctx: State<AppContext>,
) -> Result<Issued<Page<App>>> {
    let codes = who.renew_recovery_codes(&ctx).await?;
    Ok(Issued::new(Page(App::with_codes(codes))))
}

/// Removes an app.
pub async fn remove(who: Recent, ctx: State<AppContext>, id: Path<Uuid>) -> Result<Redirect<Show>> {
    who.remove_factor(&ctx, id.0).await?;
    Ok(Redirect::to(show, ()).flash("accounts-app-removed"))
}
