//! The page of API keys: they are made, replaced and revoked. The text of a key is shown once.
//!
//! See [the pages](super) for an example.

use std::time::Duration;

use axum::extract::State;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::AccountPages;
use crate::{
    auth::{
        ApiKey, AuthContext, CreatedApiKey, Issued, NewApiKey, Recent, SignedIn, dto::ApiKeyBody,
    },
    context::AppContext,
    controller::{
        Page, Path, Routes,
        form::{Form, Redirect, Submitted},
        get, post,
    },
    error::{Error, Result},
    model::OrNotFound,
};

const DAY: Duration = Duration::from_hours(24);

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

/// An API key as its owner sees it.
#[derive(JsonSchema, Serialize)]
struct ApiKeyView {
    id: i64,
    name: String,
    prefix: String,
    permissions: Vec<String>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    used_at: Option<DateTime<Utc>>,
    rotated_at: Option<DateTime<Utc>>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            permissions: key.permissions.names().map(str::to_owned).collect(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            used_at: key.used_at,
            rotated_at: key.rotated_at,
        }
    }
}

/// The keys of the account.
#[derive(JsonSchema, Serialize)]
struct List {
    keys: Vec<ApiKeyView>,
    form: Form<ApiKeyBody>,
    /// The text of a new key, in place of the others.
    secret: Option<String>,
}

impl List {
    async fn of<A: AccountPages>(who: &SignedIn<A>, ctx: &AppContext) -> Result<Self> {
        let keys = ctx.api_keys().list(&ctx.db, who.id).await?;
        Ok(Self {
            keys: keys.into_iter().map(Into::into).collect(),
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
    let create = async |body: ApiKeyBody| {
        let new = NewApiKey::new(body.name).can_named(body.permissions);
        let new = match body.expires_in_days {
            Some(days) => new.expires_in(DAY * days),
            None => new,
        };
        let created = ctx
            .api_keys()
            .create(&ctx.db, who.id, new, who.grants())
            .await;
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
    let rotated = ctx.api_keys().rotate(&ctx.db, who.id, id, DAY).await?;
    let rotated = rotated.or_not_found()?;
    Ok(Issued::new(Page(List::with_secret(rotated))))
}

/// Ends a key.
async fn revoke<A: AccountPages>(
    who: Recent<SignedIn<A>>,
    State(ctx): State<AppContext>,
    Path(id): Path<i64>,
) -> Result<Redirect<List>> {
    if !ctx.api_keys().revoke(&ctx.db, who.id, id).await? {
        return Err(Error::not_found());
    }
    Ok(Redirect::to(list::<A>, ()).flash("api-key-revoked"))
}
