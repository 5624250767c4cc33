//! The page of API keys: they are made, replaced and revoked. The text of a key is shown once.
//!
//! See [the pages](super) for an example.

use std::time::Duration;

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use super::AccountPages;
use crate::{
    auth::{ApiKey, AuthContext, CreatedApiKey, Issued, Recent, SignedIn, dto::ApiKeyBody},
    context::AppContext,
    controller::{
        Page, Path, Routes,
        form::{Form, Redirect, Submitted},
        get, post,
    },
    error::Result,
};

/// The time for which a key is still valid when another one has taken its place.
const OVERLAP: Duration = Duration::from_hours(24);

/// The routes, at `/api-keys`. See [the pages](super) for an example.
pub fn routes<A: AccountPages>() -> Routes {
    Routes::at("/api-keys").with([
        get("/", list::<A>),
        post("/", create::<A>),
        post("/{id}/rotate", rotate::<A>),
        post("/{id}/revoke", revoke::<A>),
    ])
}

crate::templates! {
    List => "accounts/pages/api_keys.html",
}

/// The keys of the account.
#[derive(JsonSchema, Serialize)]
struct List {
    keys: Vec<ApiKey>,
    form: Form<ApiKeyBody>,
    /// The text of a new key, in place of the others.
    secret: Option<String>,
}

impl List {
    async fn of<A: AccountPages>(who: &SignedIn<A>, ctx: &AppContext) -> Result<Self> {
        Ok(Self {
            keys: ctx.api_keys().list(&ctx.db, who.id).await?,
            form: with_permissions(Form::blank(), who, ctx),
            secret: None,
        })
    }

    fn with_secret(CreatedApiKey { secret, .. }: CreatedApiKey) -> Self {
        Self {
            keys: Vec::new(),
            form: Form::blank(),
            secret: Some(secret),
        }
    }
}

/// The form with a checkbox for each permission of the owner.
fn with_permissions<A: AccountPages>(
    form: Form<ApiKeyBody>,
    who: &SignedIn<A>,
    ctx: &AppContext,
) -> Form<ApiKeyBody> {
    let own = who.permissions(ctx).into_iter();
    form.choices(
        "permissions",
        own.map(|name| (name.clone(), name)).collect(),
    )
}

/// Lists the keys, and asks for another one.
async fn list<A: AccountPages>(
    who: Recent<SignedIn<A>>,
    State(ctx): State<AppContext>,
) -> Result<Page<List>> {
    Ok(Page(List::of(&who, &ctx).await?))
}

/// Creates a key, and shows its text.
async fn create<A: AccountPages>(
    who: Recent<SignedIn<A>>,
    State(ctx): State<AppContext>,
    form: Form<ApiKeyBody>,
) -> Result<Issued<Submitted<List>>> {
    let page = List::of(&who, &ctx).await?;
    let form = with_permissions(form, &who, &ctx);
    let create = async |body| {
        let created = who.create_api_key(&ctx, body).await;
        created
            .map(Issued::new)
            .map_err(|refused| refused.on_form(""))
    };
    let sent = form.submit(create).await?;
    let sent = sent.or_again(|form| List { form, ..page });
    Ok(sent.then_show(List::with_secret))
}

/// Creates a key in the place of another one, and shows its text.
async fn rotate<A: AccountPages>(
    who: Recent<SignedIn<A>>,
    State(ctx): State<AppContext>,
    Path(id): Path<i64>,
) -> Result<Issued<Page<List>>> {
    let rotated = who.rotate_api_key(&ctx, id, OVERLAP).await?;
    Ok(Issued::new(Page(List::with_secret(rotated))))
}

/// Ends a key.
async fn revoke<A: AccountPages>(
    who: Recent<SignedIn<A>>,
    State(ctx): State<AppContext>,
    Path(id): Path<i64>,
) -> Result<Redirect<List>> {
    who.revoke_api_key(&ctx, id).await?;
    Ok(Redirect::to(list::<A>, ()).flash("api-key-revoked"))
}
