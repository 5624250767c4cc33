//! The pages on which people change their account.

use fw::{
    auth::{
        AccountPages,
        pages::{api_keys, second_factor},
        prelude::*,
    },
    dto::prelude::*,
    prelude::*,
};

use super::{
    Users, account,
    dto::{AccountPatch, AccountView},
    email, model as users,
    pages::{SignIn, sign_in},
    password,
};
use crate::access::{Recent, SignedIn};

/// The routes of the settings.
pub fn routes() -> Routes {
    let settings = Routes::at("/settings")
        .merge(api_keys::routes::<Users>())
        .merge(second_factor::routes::<Users>());
    settings.with([
        get("/", show),
        post("/", update),
        get("/password", password),
        post("/password", change_password),
        get("/email", email),
        post("/email", send_email),
        get("/sessions", list),
        post("/sessions/end", end_others),
        post("/sessions/{id}/end", end),
        get("/delete", delete),
        post("/delete", destroy),
    ])
}

fw::templates! {
    Show => "accounts/pages/settings.html",
    Password => "accounts/pages/edit_password.html",
    Email => "accounts/pages/edit_email.html",
    Sessions => "accounts/pages/sessions.html",
    Delete => "accounts/pages/delete.html",
}

/// The pages of second factors and API keys.
impl AccountPages for Users {
    async fn label(ctx: &AppContext, id: i64) -> Result<String> {
        let user = users::Model::get(&ctx.db, id).await?;
        Ok(user.email.to_string())
    }
}

/// The settings.
#[derive(JsonSchema, Serialize)]
pub struct Show {
    account: AccountView,
    form: Form<AccountPatch>,
}

/// Shows the settings.
pub async fn show(who: SignedIn, ctx: State<AppContext>) -> Result<Page<Show>> {
    let Json(account) = account::show(who, ctx).await?;
    let form = Form::filled(&account);
    Ok(Page(Show { account, form }))
}

/// Changes the name.
pub async fn update(
    who: SignedIn,
    ctx: State<AppContext>,
    form: Form<AccountPatch>,
) -> Result<Submitted<Show, Show>> {
    let account = users::Model::get(&ctx.db, who.id).await?.into();
    let update = async |patch| account::update(who, ctx, ValidJson(patch)).await;
    let sent = form.submit(update).await?;
    let sent = sent.or_again(|form| Show { account, form });
    Ok(sent.then(|_| Redirect::to(show, ()).flash("accounts-name-changed")))
}

/// The page that changes the password.
#[derive(JsonSchema, Serialize)]
pub struct Password {
    email: EmailAddress,
    min_length: usize,
    form: Form<PasswordBody>,
}

impl Password {
    async fn of(who: &SignedIn, ctx: &AppContext) -> Result<Self> {
        Ok(Self {
            email: users::Model::get(&ctx.db, who.id).await?.email,
            min_length: ctx.config.auth.password.min_length,
            form: Form::blank(),
        })
    }
}

/// Asks for the present password and a new one.
pub async fn password(who: SignedIn, ctx: State<AppContext>) -> Result<Page<Password>> {
    Ok(Page(Password::of(&who, &ctx).await?))
}

/// Changes the password.
pub async fn change_password(
    who: SignedIn,
    ctx: State<AppContext>,
    client: SignInClient,
    form: Form<PasswordBody>,
) -> Result<Issued<Submitted<Password, Show>>> {
    let page = Password::of(&who, &ctx).await?;
    let change = async |body| {
        let changed = password::change(who, ctx, client, ValidJson(body)).await;
        changed.map_err(|refused| refused.on_form("/current_password"))
    };
    let sent = form.submit(change).await?;
    let sent = sent.or_again(|form| Password { form, ..page });
    Ok(sent.then_issued(|_| Redirect::to(show, ()).flash("accounts-password-changed")))
}

/// The page that changes the address.
#[derive(JsonSchema, Serialize)]
pub struct Email {
    form: Form<EmailBody>,
}

/// Asks for the new address.
pub async fn email(_: Recent) -> Page<Email> {
    let form = Form::blank();
    Page(Email { form })
}

/// Sends a link to the new address.
pub async fn send_email(
    who: Recent,
    ctx: State<AppContext>,
    form: Form<EmailBody>,
) -> Result<Submitted<Email, Show>> {
    let send = async |body| email::change(who, ctx, ValidJson(body)).await;
    let sent = form.submit(send).await?.or_again(|form| Email { form });
    Ok(sent.then(|_| Redirect::to(show, ()).flash("accounts-mail-sent")))
}

/// The sessions of the account.
#[derive(JsonSchema, Serialize)]
pub struct Sessions {
    sessions: Vec<SessionView>,
}

/// Lists the sessions.
pub async fn list(who: Recent, ctx: State<AppContext>) -> Result<Page<Sessions>> {
    let sessions = who.sessions(&ctx).await?;
    Ok(Page(Sessions { sessions }))
}

/// Ends a session.
pub async fn end(
    who: Recent,
    ctx: State<AppContext>,
    id: Path<Uuid>,
) -> Result<Redirect<Sessions>> {
    who.end_session(&ctx, id.0).await?;
    Ok(Redirect::to(list, ()).flash("accounts-session-ended"))
}

/// Ends all other sessions.
pub async fn end_others(who: Recent, ctx: State<AppContext>) -> Result<Redirect<Sessions>> {
    who.end_other_sessions(&ctx).await?;
    Ok(Redirect::to(list, ()).flash("accounts-sessions-ended"))
}

/// The page that asks whether the account is to be deleted.
#[derive(JsonSchema, Serialize)]
pub struct Delete {}

/// Asks whether the account is to be deleted.
pub async fn delete(_: Recent) -> Page<Delete> {
    Page(Delete {})
}

/// Deletes the account.
pub async fn destroy(who: Recent, ctx: State<AppContext>) -> Result<Issued<Redirect<SignIn>>> {
    let deleted = account::destroy(who, ctx).await?;
    Ok(deleted.map(|_| Redirect::to(sign_in, ()).flash("accounts-deleted")))
}
