//! The page of the second factor: apps are added and removed. A secret is shown until the app counts, recovery codes once.
//!
//! See [the pages](super) for an example.

use axum::extract::State;
use schemars::JsonSchema;
use sea_orm::prelude::Uuid;
use serde::Serialize;

use super::AccountPages;
use crate::{
    auth::{
        AuthContext, Enrolment, Factor, Issued, OneFactor, Recent, RecoveryCodes, SignedIn,
        dto::{CodeBody, EnrolBody},
    },
    context::AppContext,
    controller::{
        Page, Path, Routes,
        form::{Form, Redirect, Submitted},
        get, post,
    },
    error::Result,
    model::OrNotFound,
};

/// The routes, at `/second-factor`. See [the pages](super) for an example.
pub fn routes<A: AccountPages>() -> Routes {
    Routes::at("/second-factor").with([
        get("/", show::<A>),
        post("/", enrol::<A>),
        post("/recovery-codes", renew_recovery_codes::<A>),
        get("/{id}", app::<A>),
        post("/{id}", activate::<A>),
        post("/{id}/remove", remove::<A>),
    ])
}

crate::templates! {
    Show => "accounts/pages/second_factor.html",
    App => "accounts/pages/second_factor_app.html",
}

/// The apps of the account.
#[derive(JsonSchema, Serialize)]
struct Show {
    apps: Vec<Factor>,
    recovery_codes_left: u64,
    is_required: bool,
    form: Form<EnrolBody>,
}

impl Show {
    async fn of<A: AccountPages>(who: &SignedIn<A>, ctx: &AppContext) -> Result<Self> {
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
async fn show<A: AccountPages>(
    who: Recent<OneFactor<A>>,
    State(ctx): State<AppContext>,
) -> Result<Page<Show>> {
    Ok(Page(Show::of(&who, &ctx).await?))
}

/// Makes the secret of an app.
async fn enrol<A: AccountPages>(
    who: Recent<OneFactor<A>>,
    State(ctx): State<AppContext>,
    form: Form<EnrolBody>,
) -> Result<Submitted<Show, App>> {
    let page = Show::of(&who, &ctx).await?;
    let label = A::label(&ctx, who.id).await?;
    let enrol = async |EnrolBody { name }| {
        let enrolled = ctx.second_factor();
        let enrolled = enrolled.enrol(&ctx.db, who.session(), &name, &label).await;
        enrolled.map_err(|refused| refused.on_form(""))
    };
    let sent = form.submit(enrol).await?;
    let sent = sent.or_again(|form| Show { form, ..page });
    Ok(sent.then(|enrolment| Redirect::to(app::<A>, enrolment.id)))
}

/// The page of an app that is being added: its secret, and then the recovery codes.
#[derive(JsonSchema, Serialize)]
struct App {
    enrolment: Option<Enrolment>,
    form: Form<CodeBody>,
    recovery_codes: Option<RecoveryCodes>,
}

impl App {
    async fn of<A: AccountPages>(who: &SignedIn<A>, ctx: &AppContext, id: Uuid) -> Result<Self> {
        let label = A::label(ctx, who.id).await?;
        let second_factor = ctx.second_factor();
        let enrolment = second_factor.enrolment(&ctx.db, who.session(), id, &label);
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
async fn app<A: AccountPages>(
    who: Recent<OneFactor<A>>,
    State(ctx): State<AppContext>,
    Path(id): Path<Uuid>,
) -> Result<Issued<Page<App>>> {
    Ok(Issued::new(Page(App::of(&who, &ctx, id).await?)))
}

/// Makes an app count, and shows the first recovery codes.
async fn activate<A: AccountPages>(
    who: Recent<OneFactor<A>>,
    State(ctx): State<AppContext>,
    Path(id): Path<Uuid>,
    form: Form<CodeBody>,
) -> Result<Issued<Submitted<App, Show>>> {
    let page = App::of(&who, &ctx, id).await?;
    let activate = async |body: CodeBody| who.activate_factor(&ctx, id, &body.code).await;
    let sent = form.submit(activate).await?;
    let sent = sent.or_again(|form| App { form, ..page });
    let next = || Redirect::to(show::<A>, ()).flash("second-factor-added");
    Ok(sent.then_activated(next, App::with_codes))
}

/// Gives new recovery codes, and shows them.
async fn renew_recovery_codes<A: AccountPages>(
    who: Recent<SignedIn<A>>,
    State(ctx): State<AppContext>,
) -> Result<Issued<Page<App>>> {
    let codes = who.renew_recovery_codes(&ctx).await?;
    Ok(Issued::new(Page(App::with_codes(codes))))
}

/// Removes an app.
async fn remove<A: AccountPages>(
    who: Recent<SignedIn<A>>,
    State(ctx): State<AppContext>,
    Path(id): Path<Uuid>,
) -> Result<Redirect<Show>> {
    who.remove_factor(&ctx, id).await?;
    Ok(Redirect::to(show::<A>, ()).flash("second-factor-removed"))
}
