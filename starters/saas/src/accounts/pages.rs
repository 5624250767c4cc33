//! The pages of accounts: forms before the handlers of `/api/v1/auth`, which do the work. To open a link of a mail changes nothing, as programs
//! that look for malware do it too; its button does.

use fw::{
    auth::{Either, Session, prelude::*},
    dto::prelude::*,
    prelude::*,
};

use super::{
    Users,
    dto::{CompleteBody, SignInBody},
    email,
    links::PasswordReset,
    model as users, password, registration, second_factor, session, settings,
};
use crate::access::{OneFactor, SignedIn};

/// The routes of the pages of accounts.
pub fn routes() -> Routes {
    Routes::new().merge(settings::routes()).with([
        get("/register", register),
        post("/register", send_registration),
        get("/register/complete", complete),
        post("/register/complete", create_account),
        get("/sign-in", sign_in),
        post("/sign-in", start_session),
        post("/sign-in/{id}", check_code),
        get("/confirm", confirm),
        post("/confirm", confirm_session),
        post("/confirm/code", confirm_with_code),
        post("/sign-out", sign_out),
        get("/password/forgot", forgot),
        post("/password/forgot", send_reset),
        get("/password/reset", reset),
        post("/password/reset", store_password),
        get("/email/confirm", confirm_email),
        post("/email/confirm", change_email),
        get("/email/revert", revert_email),
        post("/email/revert", take_email_back),
    ])
}

fw::templates! {
    Register => "accounts/pages/register.html",
    Complete => "accounts/pages/complete.html",
    SignIn => "accounts/pages/sign_in.html",
    Confirm => "accounts/pages/confirm.html",
    Forgot => "accounts/pages/forgot.html",
    Reset => "accounts/pages/reset.html",
    EmailLink => "accounts/pages/email_link.html",
}

/// The page that a sign-in leads back to.
#[derive(Deserialize, JsonSchema, Validate)]
pub struct Next {
    #[garde(skip)]
    next: Option<String>,
}

impl Next {
    /// The way back, or else to the settings. What is no path of this application is ignored.
    fn redirect(self) -> Redirect {
        Redirect::back_to(self.next, Redirect::to(settings::show, ()).anywhere())
    }
}

/// The page that begins a registration.
#[derive(JsonSchema, Serialize)]
pub struct Register {
    form: Form<EmailBody>,
}

/// Asks for the address.
pub async fn register(_: Anyone) -> Page<Register> {
    let form = Form::blank();
    Page(Register { form })
}

/// Sends a link to complete the registration.
pub async fn send_registration(
    who: Anyone,
    ctx: State<AppContext>,
    form: Form<EmailBody>,
) -> Result<Submitted<Register, SignIn>> {
    let send = async |body| registration::create(who, ctx, ValidJson(body)).await;
    let sent = form.submit(send).await?.or_again(|form| Register { form });
    Ok(sent.then(|_| Redirect::to(sign_in, ()).flash("accounts-mail-sent")))
}

/// The page that completes a registration.
#[derive(JsonSchema, Serialize)]
pub struct Complete {
    token: String,
    /// The address that is proven; none if the link does not work any more.
    email: Option<EmailAddress>,
    min_length: usize,
    form: Form<CompleteBody>,
}

impl Complete {
    async fn of(ctx: &AppContext, TokenBody { token }: TokenBody) -> Result<Self> {
        let mailbox = ProvenMailbox::find::<Users>(ctx, &token).await?;
        Ok(Self {
            token,
            email: mailbox.map(|mailbox| mailbox.email),
            min_length: ctx.config.auth.password.min_length,
            form: Form::blank(),
        })
    }
}

/// Asks for the name and a password.
pub async fn complete(
    _: Anyone,
    State(ctx): State<AppContext>,
    ValidQuery(link): ValidQuery<TokenBody>,
) -> Result<Issued<Page<Complete>>> {
    Ok(Issued::new(Page(Complete::of(&ctx, link).await?)))
}

/// Creates the account, and signs in.
pub async fn create_account(
    who: Either<OneFactor, Anyone>,
    State(ctx): State<AppContext>,
    client: SignInClient,
    ValidQuery(link): ValidQuery<TokenBody>,
    form: Form<CompleteBody>,
) -> Result<Issued<Submitted<Complete, settings::Show>>> {
    let page = Complete::of(&ctx, link).await?;
    let create =
        async |body| registration::complete(who, State(ctx), client, ValidJson(body)).await;
    let sent = form.submit(create).await?;
    let sent = sent.or_again(|form| Complete { form, ..page });
    Ok(sent.then_issued(|_| Redirect::to(settings::show, ()).flash("accounts-registered")))
}

/// The page that signs people in: with the password, and then a code where the account has a second factor.
#[derive(JsonSchema, Serialize)]
pub struct SignIn {
    next: Option<String>,
    form: Form<SignInBody>,
    /// The challenge that the code answers; none before the password is right.
    challenge: Option<Uuid>,
    code: Form<AnswerBody>,
}

impl SignIn {
    fn with_password(next: Option<String>, form: Form<SignInBody>) -> Self {
        Self {
            next,
            form,
            challenge: None,
            code: Form::blank(),
        }
    }

    fn with_code(next: Option<String>, challenge: Uuid, code: Form<AnswerBody>) -> Self {
        Self {
            next,
            form: Form::blank(),
            challenge: Some(challenge),
            code,
        }
    }
}

/// Asks for the address and the password.
pub async fn sign_in(_: Anyone, ValidQuery(Next { next }): ValidQuery<Next>) -> Page<SignIn> {
    Page(SignIn::with_password(next, Form::blank()))
}

/// Signs in and leads back, or asks for a code.
pub async fn start_session(
    who: Anyone,
    State(ctx): State<AppContext>,
    client: SignInClient,
    ValidQuery(Next { next }): ValidQuery<Next>,
    form: Form<SignInBody>,
) -> Result<Issued<Submitted<SignIn>>> {
    let back = Next { next: next.clone() };
    let start = async |body| {
        let started = session::create(who, State(ctx), client, ValidJson(body)).await;
        started.map_err(|refused| refused.on_form(""))
    };
    let sent = form.submit(start).await?;
    let sent = sent.or_again(|form| SignIn::with_password(next.clone(), form));
    Ok(sent.then_step(
        |_| back.redirect(),
        |asked| SignIn::with_code(next, asked.id, Form::filled(&asked)),
    ))
}

/// Checks the code, and leads back.
pub async fn check_code(
    who: Anyone,
    State(ctx): State<AppContext>,
    client: SignInClient,
    Path(id): Path<Uuid>,
    ValidQuery(Next { next }): ValidQuery<Next>,
    form: Form<AnswerBody>,
) -> Result<Issued<Submitted<SignIn>>> {
    let back = Next { next: next.clone() };
    let answer = async |body| {
        let body = ValidJson(body);
        let answered = second_factor::answer(who, State(ctx), client, Path(id), body).await;
        answered.map_err(|refused| refused.on_form("/code"))
    };
    let sent = form.submit(answer).await?;
    let sent = sent.or_again(|form| SignIn::with_code(next, id, form));
    Ok(sent.then_signed_in(|_| back.redirect()))
}

/// The page that asks for the password once more, or for a code where the account has a second factor.
#[derive(JsonSchema, Serialize)]
pub struct Confirm {
    next: Option<String>,
    email: EmailAddress,
    has_second_factor: bool,
    form: Form<ConfirmBody>,
    code: Form<CodeBody>,
}

impl Confirm {
    async fn of(session: &Session, ctx: &AppContext, next: Option<String>) -> Result<Self> {
        let account = session.account;
        let apps = ctx.second_factor().list(&ctx.db, account).await?;
        Ok(Self {
            next,
            email: users::Model::get(&ctx.db, account).await?.email,
            has_second_factor: !apps.is_empty(),
            form: Form::blank(),
            code: Form::blank(),
        })
    }
}

/// Asks who it is, before what only a recent sign-in may do.
pub async fn confirm(
    who: OneFactor,
    State(ctx): State<AppContext>,
    ValidQuery(Next { next }): ValidQuery<Next>,
) -> Result<Page<Confirm>> {
    Ok(Page(Confirm::of(who.session(), &ctx, next).await?))
}

/// Confirms the session with the password, and leads back.
pub async fn confirm_session(
    who: OneFactor,
    State(ctx): State<AppContext>,
    client: SignInClient,
    ValidQuery(Next { next }): ValidQuery<Next>,
    form: Form<ConfirmBody>,
) -> Result<Issued<Submitted<Confirm>>> {
    let page = Confirm::of(who.session(), &ctx, next.clone()).await?;
    let confirm = async |body| {
        let confirmed = session::confirm(who, State(ctx), client, ValidJson(body)).await;
        confirmed.map_err(|refused| refused.on_form("/password"))
    };
    let sent = form.submit(confirm).await?;
    let sent = sent.or_again(|form| Confirm { form, ..page });
    Ok(sent.then_signed_in(|_| Next { next }.redirect()))
}

/// Confirms the session with a code, and leads back.
pub async fn confirm_with_code(
    who: SignedIn,
    State(ctx): State<AppContext>,
    ValidQuery(Next { next }): ValidQuery<Next>,
    code: Form<CodeBody>,
) -> Result<Issued<Submitted<Confirm>>> {
    let page = Confirm::of(who.session(), &ctx, next.clone()).await?;
    let confirm = async |body| second_factor::confirm(who, State(ctx), ValidJson(body)).await;
    let sent = code.submit(confirm).await?;
    let sent = sent.or_again(|code| Confirm { code, ..page });
    Ok(sent.then_signed_in(|_| Next { next }.redirect()))
}

/// Signs out, also where the session has ended already.
pub async fn sign_out(
    who: Either<OneFactor, Anyone>,
    State(ctx): State<AppContext>,
) -> Result<Issued<Redirect<SignIn>>> {
    let signed_out = match who {
        Either::Left(who) => session::destroy(who, State(ctx)).await?,
        Either::Right(_) => ctx.sessions().removed_cookie().with(NoContent),
    };
    Ok(signed_out.map(|_| Redirect::to(sign_in, ()).flash("accounts-signed-out")))
}

/// The page for those who have forgotten their password.
#[derive(JsonSchema, Serialize)]
pub struct Forgot {
    form: Form<EmailBody>,
}

/// Asks for the address.
pub async fn forgot(_: Anyone) -> Page<Forgot> {
    let form = Form::blank();
    Page(Forgot { form })
}

/// Sends a link to choose a new password.
pub async fn send_reset(
    who: Anyone,
    ctx: State<AppContext>,
    form: Form<EmailBody>,
) -> Result<Submitted<Forgot, SignIn>> {
    let send = async |body| password::forgot(who, ctx, ValidJson(body)).await;
    let sent = form.submit(send).await?.or_again(|form| Forgot { form });
    Ok(sent.then(|_| Redirect::to(sign_in, ()).flash("accounts-mail-sent")))
}

/// The page that sets a new password.
#[derive(JsonSchema, Serialize)]
pub struct Reset {
    token: String,
    /// The address of the account; none if the link does not work any more.
    email: Option<EmailAddress>,
    min_length: usize,
    form: Form<ResetBody>,
}

impl Reset {
    async fn of(ctx: &AppContext, TokenBody { token }: TokenBody) -> Result<Self> {
        let link = OneTime::<PasswordReset>::find(&ctx.db, &token).await?;
        let email = match link {
            Some(link) => Some(users::Model::of_token(&ctx.db, &link).await?.email),
            None => None,
        };
        Ok(Self {
            token,
            email,
            min_length: ctx.config.auth.password.min_length,
            form: Form::blank(),
        })
    }
}

/// Asks for the new password.
pub async fn reset(
    _: Anyone,
    State(ctx): State<AppContext>,
    ValidQuery(link): ValidQuery<TokenBody>,
) -> Result<Issued<Page<Reset>>> {
    Ok(Issued::new(Page(Reset::of(&ctx, link).await?)))
}

/// Sets the new password, with which people sign in then.
pub async fn store_password(
    who: Anyone,
    State(ctx): State<AppContext>,
    client: SignInClient,
    ValidQuery(link): ValidQuery<TokenBody>,
    form: Form<ResetBody>,
) -> Result<Issued<Submitted<Reset, SignIn>>> {
    let page = Reset::of(&ctx, link).await?;
    let store = async |body| password::reset(who, State(ctx), client, ValidJson(body)).await;
    let sent = form.submit(store).await?;
    let sent = sent.or_again(|form| Reset { form, ..page });
    Ok(sent.then_issued(|_| Redirect::to(sign_in, ()).flash("accounts-password-changed")))
}

/// The page that a link about an address opens.
#[derive(JsonSchema, Serialize)]
pub struct EmailLink {
    token: String,
    is_revert: bool,
}

impl EmailLink {
    fn page(TokenBody { token }: TokenBody, is_revert: bool) -> Issued<Page<Self>> {
        Issued::new(Page(Self { token, is_revert }))
    }
}

/// Asks whether the address is to be changed.
pub async fn confirm_email(_: Anyone, link: ValidQuery<TokenBody>) -> Issued<Page<EmailLink>> {
    EmailLink::page(link.0, false)
}

/// Changes the address.
pub async fn change_email(
    who: Anyone,
    ctx: State<AppContext>,
    link: ValidQuery<TokenBody>,
) -> Result<Redirect<settings::Show>> {
    let changed = email::confirm(who, ctx, ValidJson(link.0)).await;
    let said = outcome(changed, Flash::new("accounts-email-changed"))?;
    Ok(Redirect::to(settings::show, ()).flash(said))
}

/// Asks whether a change of the address is to be taken back.
pub async fn revert_email(_: Anyone, link: ValidQuery<TokenBody>) -> Issued<Page<EmailLink>> {
    EmailLink::page(link.0, true)
}

/// Takes the change back.
pub async fn take_email_back(
    who: Anyone,
    ctx: State<AppContext>,
    link: ValidQuery<TokenBody>,
) -> Result<Redirect<SignIn>> {
    let reverted = email::revert(who, ctx, ValidJson(link.0)).await;
    let said = outcome(reverted, Flash::new("accounts-email-reverted"))?;
    Ok(Redirect::to(sign_in, ()).flash(said))
}

/// The message after a link was used: what it has done, or that it does not work any more.
fn outcome(used: Result<NoContent>, done: Flash) -> Result<Flash> {
    match used {
        Ok(_) => Ok(done),
        Err(error) if error.status().is_server_error() => Err(error),
        Err(_) => Ok(Flash::problem("accounts-link-used")),
    }
}
