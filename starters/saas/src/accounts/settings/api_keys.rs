//! The pages of API keys. The text of a key is shown once.

use std::time::Duration;

use fw::{
    auth::{ApiKey, CreatedApiKey, NewApiKey, prelude::*},
    dto::prelude::*,
    prelude::*,
};

use crate::access::Recent;

const DAY: Duration = Duration::from_hours(24);

/// The routes of API keys, below those of the settings.
pub fn routes() -> Routes {
    Routes::at("/api-keys").with([
        get("/", list),
        post("/", create),
        post("/{id}/rotate", rotate),
        post("/{id}/revoke", revoke),
    ])
}

fw::templates! {
    List => "accounts/pages/api_keys.html",
}

/// An API key to be created.
#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyBody {
    #[garde(length(chars, min = 1, max = 80))]
    name: String,
    #[garde(length(max = 100))]
    permissions: Vec<String>,
    #[garde(range(min = 1, max = 3650))]
    expires_in_days: Option<u32>,
}

/// An API key as its owner sees it.
#[derive(JsonSchema, Serialize)]
pub struct ApiKeyView {
    id: i64,
    name: String,
    prefix: String,
    permissions: Vec<String>,
    created_at: DateTimeUtc,
    expires_at: Option<DateTimeUtc>,
    used_at: Option<DateTimeUtc>,
    rotated_at: Option<DateTimeUtc>,
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
pub struct List {
    keys: Vec<ApiKeyView>,
    form: Form<ApiKeyBody>,
    /// The text of a new key, in place of the others.
    secret: Option<String>,
}

impl List {
    async fn of(who: &Recent, ctx: &AppContext) -> Result<Self> {
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
fn with_permissions(form: Form<ApiKeyBody>, who: &Recent, ctx: &AppContext) -> Form<ApiKeyBody> {
    let own = who.permissions(ctx).into_iter();
    form.choices(
        "permissions",
        own.map(|name| (name.clone(), name)).collect(),
    )
}

/// Lists the keys, and asks for another one.
pub async fn list(who: Recent, ctx: State<AppContext>) -> Result<Page<List>> {
    Ok(Page(List::of(&who, &ctx).await?))
}

/// Creates a key, and shows its text.
pub async fn create(
    who: Recent,
    ctx: State<AppContext>,
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
        let created = ctx.api_keys().create(&ctx.db, who.id, new, who.grants());
        Ok(Issued::new(created.await?))
    };
    let sent = form.submit(create).await?;
    let sent = sent.or_again(|form| List { form, ..page });
    Ok(sent.then_show(List::with_secret))
}

/// Creates a key in the place of another one, and shows its text.
pub async fn rotate(
    who: Recent,
    ctx: State<AppContext>,
    Path(id): Path<Id>,
) -> Result<Issued<Page<List>>> {
    let rotated = ctx.api_keys().rotate(&ctx.db, who.id, id, DAY).await?;
    Ok(Issued::new(Page(List::with_secret(
        rotated.or_not_found()?,
    ))))
}

/// Ends a key.
pub async fn revoke(
    who: Recent,
    ctx: State<AppContext>,
    Path(id): Path<Id>,
) -> Result<Redirect<List>> {
    if !ctx.api_keys().revoke(&ctx.db, who.id, id).await? {
        return Err(Error::not_found());
    }
    Ok(Redirect::to(list, ()).flash("accounts-api-key-revoked"))
}
