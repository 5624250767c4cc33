//! Accounts: an application with passwords, sessions, tokens and permissions, on either database, and who attacks it.

mod access;
mod alerts;
mod api_key_ends;
mod api_keys;
mod m20261130_090000_create_users;
mod matrix;
mod one_time;
mod origins;
mod passwords;
mod processes;
mod roles;
mod second_factor;
mod sessions;
mod tokens;

use chrono::{DateTime, TimeDelta, Utc};
use fw::{
    auth::{
        self, Accounts, AuthContext, Device, EndReason, Grants, Issued, PasswordCheck, Refreshed,
        SignIn, Standing, TokenPair,
    },
    context::AppContext,
    db::Db,
    dto::prelude::*,
    prelude::*,
};
use fw_testing::{TestAccounts, prelude::*};
use fw_tests::postgres;
use sea_orm::{
    ExprTrait,
    sea_query::{Expr, Query},
};

/// A password that every rule accepts.
const PASSWORD: &str = "the tide turns at noon";

mod users {
    use fw::model::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        pub password_hash: Option<String>,
        pub is_suspended: bool,
        pub needs_second_factor: bool,
        /// The names of the permissions, separated by spaces.
        pub permissions: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod notes {
    use fw::model::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notes")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub text: String,
        pub user_id: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod permissions {
    fw::permissions! { "notes" { Read = "read", Update = "update", Review = "review" } }
}

struct Users;

impl Accounts for Users {
    type Id = i64;

    const TOKEN_SCHEME: &'static str = "Ticket";

    async fn standing(db: &Db, id: i64) -> Result<Option<Standing>> {
        let user = users::Entity::find_by_id(id).one(db).await?;
        Ok(user.map(|user| {
            if user.is_suspended {
                return Standing::suspended();
            }
            Standing::active(Grants::of(user.permissions.split_whitespace()))
                .require_second_factor(user.needs_second_factor)
        }))
    }
}

impl TestAccounts for Users {
    type Id = i64;

    async fn create(ctx: &AppContext) -> Result<i64> {
        let user = users::ActiveModel {
            name: Set(format!("user {}", sequence())),
            password_hash: Set(Some(ctx.passwords().hash(PASSWORD).await?)),
            is_suspended: Set(false),
            permissions: Set(String::new()),
            ..Default::default()
        };
        Ok(user.insert(&ctx.db).await?.id)
    }
}

type SignedIn = auth::SignedIn<Users>;
type Can<P> = auth::Can<Users, P>;
type Own<P> = auth::Own<Users, P>;
type OneFactor = auth::OneFactor<Users>;
type Recent<T = SignedIn, const MINUTES: u64 = 10> = auth::Recent<T, MINUTES>;

#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct SignInBody {
    #[garde(length(max = 80))]
    name: String,
    #[garde(length(max = 1024))]
    password: String,
    #[garde(skip)]
    #[serde(default)]
    remember: bool,
}

/// The account of a name and a password, with the check that its hash must survive.
async fn authenticated(
    ctx: &AppContext,
    body: &SignInBody,
) -> Result<(users::Model, PasswordCheck)> {
    let user = users::Entity::find()
        .filter(users::Column::Name.eq(&body.name))
        .one(&ctx.db)
        .await?;
    let stored = user.as_ref().and_then(|user| user.password_hash.as_deref());
    let check = ctx.passwords().verify(&body.password, stored).await?;
    let user = user.filter(|user| check.matches && !user.is_suspended);
    Ok((user.ok_or_else(auth::invalid_sign_in)?, check))
}

async fn sign_in(
    _: Anyone,
    State(ctx): State<AppContext>,
    device: Device,
    ValidJson(body): ValidJson<SignInBody>,
) -> Result<Issued<NoContent>> {
    let (user, check) = authenticated(&ctx, &body).await?;
    let sign_in = SignIn::of(user.id, "password")
        .from(&device)
        .remembered(body.remember);
    let session = ctx.db.transact(async |tx| {
        check.store(tx, &user, users::Column::PasswordHash).await?;
        ctx.sessions().start(tx, sign_in).await
    });
    Ok(session.await?.cookie.with(NoContent))
}

async fn sign_out(who: SignedIn, State(ctx): State<AppContext>) -> Result<Issued<NoContent>> {
    let session = who.session().id;
    ctx.sessions()
        .end(&ctx.db, who.id, session, EndReason::SignedOut)
        .await?;
    Ok(ctx.sessions().removed_cookie().with(NoContent))
}

async fn confirm(who: SignedIn, State(ctx): State<AppContext>) -> Result<Issued<NoContent>> {
    let session = who.session().id;
    let confirmed = ctx
        .sessions()
        .confirm(&ctx.db, who.id, session, "password")
        .await?;
    Ok(confirmed.cookie.with(NoContent))
}

async fn list_sessions(who: SignedIn, State(ctx): State<AppContext>) -> Result<Json<Vec<String>>> {
    let sessions = ctx.sessions().list(&ctx.db, who.id).await?;
    Ok(Json(
        sessions
            .iter()
            .map(|session| session.id.to_string())
            .collect(),
    ))
}

async fn end_session(
    who: Recent,
    State(ctx): State<AppContext>,
    Path(id): Path<sea_orm::prelude::Uuid>,
) -> Result<NoContent> {
    let sessions = ctx.sessions();
    if sessions
        .end(&ctx.db, who.id, id, EndReason::Revoked)
        .await?
    {
        Ok(NoContent)
    } else {
        Err(Error::not_found())
    }
}

async fn end_others(who: Recent, State(ctx): State<AppContext>) -> Result<NoContent> {
    let this = who.session().id;
    ctx.sessions().end_all(&ctx.db, who.id, Some(this)).await?;
    Ok(NoContent)
}

async fn issue_tokens(
    _: Anyone,
    State(ctx): State<AppContext>,
    device: Device,
    ValidJson(body): ValidJson<SignInBody>,
) -> Result<Issued<Json<TokenPair>>> {
    let (user, check) = authenticated(&ctx, &body).await?;
    let sign_in = SignIn::of(user.id, "password").from(&device);
    let tokens = ctx.db.transact(async |tx| {
        check.store(tx, &user, users::Column::PasswordHash).await?;
        ctx.tokens().start(tx, sign_in).await
    });
    Ok(Issued::new(Json(tokens.await?)))
}

#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct RefreshBody {
    #[garde(length(max = 2048))]
    refresh_token: String,
}

async fn refresh(
    _: Anyone,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<RefreshBody>,
) -> Result<Issued<Json<TokenPair>>> {
    match ctx
        .tokens()
        .refresh::<Users>(&ctx.db, &body.refresh_token)
        .await?
    {
        Refreshed::Tokens(tokens) => Ok(Issued::new(Json(tokens))),
        _ => Err(auth::invalid_credential()),
    }
}

async fn whoami(who: SignedIn) -> String {
    who.id.to_string()
}

async fn read_notes(_: Can<permissions::Read>) -> &'static str {
    "notes"
}

async fn update_notes(_: Can<permissions::Update>) -> NoContent {
    NoContent
}

async fn show_note(
    who: Own<permissions::Read>,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
) -> Result<String> {
    let mine = who.rows(notes::Column::UserId);
    let note = notes::Entity::find_by_id(id)
        .filter(mine)
        .one(&ctx.db)
        .await?;
    Ok(note.or_not_found()?.text)
}

async fn review(
    who: auth::Either<Can<permissions::Review>, Own<permissions::Read>>,
) -> &'static str {
    match who {
        auth::Either::Left(_) => "every note",
        auth::Either::Right(_) => "own notes",
    }
}

async fn review_soon(
    _: auth::Either<Recent<Can<permissions::Review>>, Can<permissions::Update>>,
) -> NoContent {
    NoContent
}

async fn review_later(
    _: auth::Either<Can<permissions::Update>, Recent<Can<permissions::Review>>>,
) -> NoContent {
    NoContent
}

async fn impersonator(who: auth::Either<Recent, SignedIn>) -> Json<Option<String>> {
    Json(who.impersonator())
}

/// Accounts of another table, by mistake.
struct Robots;

impl Accounts for Robots {
    type Id = i64;

    async fn standing(_: &Db, _: i64) -> Result<Option<Standing>> {
        Ok(Some(Standing::active(Grants::of(["*"]))))
    }
}

async fn whoami_among_robots(who: auth::SignedIn<Robots>) -> String {
    who.id.to_string()
}

async fn delete_account(_: Recent<SignedIn, 5>) -> NoContent {
    NoContent
}

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "auth"
    }

    fn routes() -> Routes {
        Routes::new()
            .with([
                post("/session", sign_in),
                delete("/session", sign_out),
                post("/session/confirm", confirm),
                get("/sessions", list_sessions),
                delete("/sessions", end_others),
                delete("/sessions/{id}", end_session),
                post("/tokens", issue_tokens),
                post("/tokens/refresh", refresh),
                get("/whoami", whoami),
                get("/notes", read_notes),
                post("/notes", update_notes).idempotent(),
                post("/notes/resign", access::resign),
                get("/notes/{id}", show_note),
                get("/review", review),
                get("/review/soon", review_soon),
                get("/review/later", review_later),
                get("/impersonator", impersonator),
                get("/robots/whoami", whoami_among_robots),
                delete("/account", delete_account),
            ])
            .merge(second_factor::routes())
    }

    fn migrations() -> Vec<Migration> {
        vec![fw::migration!(m20261130_090000_create_users)]
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        on_its_database(config);
        Ok(())
    }
}

/// Chooses the database of the test.
fn on_its_database(config: &mut fw::config::Config) {
    if let Ok(url) = DATABASE.try_with(Clone::clone) {
        config.database.url = url.as_str().into();
    }
}

tokio::task_local! {
    static DATABASE: String;
}

/// Runs a test on SQLite and on PostgreSQL.
async fn on_both<F: Future<Output = ()>>(test: impl Fn(TestApp) -> F) {
    both::<App, F>(test).await;
}

/// Runs a test of an application on SQLite and on PostgreSQL.
async fn both<H: Hooks, F: Future<Output = ()>>(test: impl Fn(TestApp) -> F) {
    test(boot::<H>().await).await;
    test(on_postgres::<H>().await).await;
}

/// An application on a PostgreSQL database.
async fn on_postgres<H: Hooks>() -> TestApp {
    let url = postgres::server().create_database();
    DATABASE.scope(url, boot::<H>()).await
}

/// A user with the [`PASSWORD`], by name.
async fn create_user(app: &TestApp) -> users::Model {
    let id = Users::create(&app.ctx).await.expect("created");
    let user = users::Entity::find_by_id(id).one(&app.ctx.db).await;
    user.expect("read").expect("there")
}

/// Signs in with a browser and gives the pair of its cookie.
async fn cookie_of(app: &TestApp, name: &str) -> String {
    let response = app
        .post("/session")
        .json(&json!({ "name": name, "password": PASSWORD }))
        .await;
    response.assert_status(204);
    pair(&response)
}

/// The cookie of a response, as a browser sends it back.
fn pair(response: &TestResponse) -> String {
    let cookie = response.header("set-cookie");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

/// The access and the refresh token in a response.
fn tokens_in(response: &TestResponse) -> (String, String) {
    let body = response.json();
    let text = |name: &str| body[name].as_str().expect("a token").to_owned();
    (text("access_token"), text("refresh_token"))
}

/// A request of a browser with a cookie.
fn with_cookie(request: TestRequest, cookie: &str) -> TestRequest {
    request
        .header("cookie", cookie)
        .header("sec-fetch-site", "same-origin")
}

async fn status_of(app: &TestApp, cookie: &str) -> u16 {
    app.get("/whoami")
        .header("cookie", cookie)
        .await
        .status()
        .as_u16()
}

async fn status_with(app: &TestApp, access_token: &str) -> u16 {
    let bearer = format!("Bearer {access_token}");
    app.get("/whoami")
        .header("authorization", bearer)
        .await
        .status()
        .as_u16()
}

async fn set_permissions(ctx: &AppContext, user: i64, permissions: &str) -> Result<()> {
    let update = Query::update()
        .table("users")
        .value("permissions", permissions)
        .and_where(Expr::col("id").eq(user))
        .to_owned();
    ctx.db.execute(&update).await?;
    ctx.sessions().account_changed(&ctx.db, user).await
}

/// Moves a time of all sessions into the past, as if no process knew them.
async fn age(app: &TestApp, user: i64, column: &'static str, time: DateTime<Utc>) {
    let update = Query::update()
        .table("sessions")
        .value(column, time)
        .to_owned();
    app.ctx.db.execute(&update).await.expect("changed");
    app.ctx
        .sessions()
        .account_changed(&app.ctx.db, user)
        .await
        .expect("told");
}

fn ago(time: TimeDelta) -> DateTime<Utc> {
    Utc::now() - time
}
