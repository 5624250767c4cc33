//! Sign-ins, second factors, API keys and refreshes as handlers of applications call them: their events in the audit log, and the alerts to the owner.

use fw::{
    audit::{AuditFilter, events},
    auth::prelude::*,
    db::Transaction,
    dto::prelude::*,
    prelude::*,
};
use fw_testing::prelude::*;

use super::{
    OneFactor, PASSWORD, Recent, SignInBody, SignedIn, Users, api_keys::DAY, both, create_user,
    m20261130_090000_create_users, notes, on_its_database, pair, read_notes, set_permissions,
    status_of, status_with, tokens_in, update_notes, users, whoami, with_cookie,
};

/// A note for each alert.
impl SecurityAlerts for Users {
    async fn alert(
        _: &AppContext,
        tx: &Transaction,
        user: i64,
        alert: SecurityAlert,
    ) -> Result<()> {
        let note = notes::ActiveModel {
            text: Set(format!("{alert:?}")),
            user_id: Set(user),
            ..Default::default()
        };
        note.insert(tx).await?;
        Ok(())
    }
}

async fn checked(
    ctx: &AppContext,
    client: &SignInClient,
    body: &SignInBody,
) -> Result<CheckedPassword<users::Model>> {
    let find = users::Entity::find().filter(users::Column::Name.eq(&body.name));
    let user = find.one(&ctx.db).await?;
    let hash = users::Column::PasswordHash;
    client
        .check_password(ctx, &body.name, user, hash, &body.password)
        .await
}

async fn sign_in(
    _: Anyone,
    State(ctx): State<AppContext>,
    client: SignInClient,
    ValidJson(body): ValidJson<SignInBody>,
) -> Result<SignInStep> {
    let checked = checked(&ctx, &client, &body).await?;
    checked
        .sign_in(&ctx, SessionKind::Browser, body.remember)
        .await
}

async fn issue_tokens(
    _: Anyone,
    State(ctx): State<AppContext>,
    client: SignInClient,
    ValidJson(body): ValidJson<SignInBody>,
) -> Result<SignInStep> {
    let checked = checked(&ctx, &client, &body).await?;
    checked.sign_in(&ctx, SessionKind::Token, false).await
}

async fn answer(
    _: Anyone,
    State(ctx): State<AppContext>,
    client: SignInClient,
    Path(id): Path<Uuid>,
    ValidJson(body): ValidJson<AnswerBody>,
) -> Result<NewSession> {
    client.answer::<Users>(&ctx, id, &body).await
}

async fn refresh(
    _: Anyone,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<RefreshBody>,
) -> Result<Issued<Json<TokenPair>>> {
    refresh_tokens::<Users>(&ctx, &body.refresh_token).await
}

async fn confirm(
    who: SignedIn,
    State(ctx): State<AppContext>,
    client: SignInClient,
    ValidJson(body): ValidJson<SignInBody>,
) -> Result<NewSession> {
    checked(&ctx, &client, &body)
        .await?
        .confirm(&ctx, &who)
        .await
}

async fn confirm_with_code(
    who: SignedIn,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<CodeBody>,
) -> Result<NewSession> {
    who.confirm_with_code(&ctx, &body.code).await
}

async fn renew(who: SignedIn, State(ctx): State<AppContext>) -> Result<Issued<NoContent>> {
    ctx.db
        .transact(async |tx| who.renew_session(&ctx, tx).await)
        .await
}

async fn enrol(
    who: Recent<OneFactor>,
    State(ctx): State<AppContext>,
) -> Result<Issued<Json<Enrolment>>> {
    let second_factor = ctx.second_factor();
    let enrolment = second_factor.enrol(&ctx.db, who.session(), "Phone", "ada@example.com");
    Ok(Issued::new(Json(enrolment.await?)))
}

async fn activate(
    who: Recent<OneFactor>,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<ActivateBody>,
) -> Result<Activated> {
    who.activate_factor(&ctx, body.id, &body.code).await
}

async fn remove_factor(
    who: Recent,
    State(ctx): State<AppContext>,
    Path(id): Path<Uuid>,
) -> Result<NoContent> {
    who.remove_factor(&ctx, id).await?;
    Ok(NoContent)
}

async fn recovery_codes(
    who: Recent,
    State(ctx): State<AppContext>,
) -> Result<Issued<Json<RecoveryCodes>>> {
    Ok(Issued::new(Json(who.renew_recovery_codes(&ctx).await?)))
}

async fn create_key(
    who: Recent,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<ApiKeyBody>,
) -> Result<Issued<Json<CreatedApiKey>>> {
    Ok(Issued::new(Json(who.create_api_key(&ctx, body).await?)))
}

async fn rotate_key(
    who: Recent,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
) -> Result<Issued<Json<CreatedApiKey>>> {
    Ok(Issued::new(Json(who.rotate_api_key(&ctx, id, DAY).await?)))
}

async fn revoke_key(
    who: Recent,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
) -> Result<NoContent> {
    who.revoke_api_key(&ctx, id).await?;
    Ok(NoContent)
}

struct Told;

impl Hooks for Told {
    type Settings = ();

    fn name() -> &'static str {
        "told"
    }

    fn routes() -> Routes {
        Routes::new().with([
            post("/session", sign_in),
            post("/session/confirm", confirm),
            post("/session/confirm-code", confirm_with_code),
            post("/session/renew", renew),
            post("/tokens", issue_tokens),
            post("/tokens/refresh", refresh),
            post("/challenges/{id}", answer),
            post("/totp", enrol),
            post("/totp/confirm", activate),
            delete("/factors/{id}", remove_factor),
            post("/recovery-codes", recovery_codes),
            post("/api-keys", create_key),
            post("/api-keys/{id}/rotate", rotate_key),
            delete("/api-keys/{id}", revoke_key),
            get("/whoami", whoami),
            get("/notes", read_notes),
            post("/notes", update_notes),
        ])
    }

    fn migrations() -> Vec<Migration> {
        vec![fw::migration!(m20261130_090000_create_users)]
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        on_its_database(config);
        Ok(())
    }
}

async fn sent(app: &TestApp, path: &str, name: &str) -> TestResponse {
    let body = json!({ "name": name, "password": PASSWORD });
    app.post(path).json(&body).await
}

/// The alerts so far, the first one first.
async fn alerts(app: &TestApp) -> Vec<String> {
    let notes = notes::Entity::load().all(&app.ctx.db).await.expect("read");
    notes.into_iter().map(|note| note.text).collect()
}

/// The events so far, the first one first: actor, action, and the table of the target.
async fn log(app: &TestApp) -> Vec<String> {
    let events = events(&app.ctx.db, &AuditFilter::default(), 100).await;
    let mut events = events.expect("read");
    events.reverse();
    let line = |event: fw::audit::AuditEvent| {
        let table = event
            .target
            .split(':')
            .next()
            .unwrap_or_default()
            .to_owned();
        format!("{} {} {table}", event.actor, event.action)
    };
    events.into_iter().map(line).collect()
}

fn by(user: i64, events: &[&str]) -> Vec<String> {
    let events = events.iter();
    events.map(|event| format!("user:{user} {event}")).collect()
}

#[tokio::test]
async fn changes_of_the_second_factor() {
    both::<Told, _>(async |app| {
        let user = create_user(&app).await;
        let cookie = pair(&sent(&app, "/session", &user.name).await);
        let enrolment = with_cookie(app.post("/totp"), &cookie).await.json();
        let secret = enrolment["secret"].as_str().expect("a secret").to_owned();
        let wrong = json!({ "id": enrolment["id"], "code": "none" });
        let refused = with_cookie(app.post("/totp/confirm"), &cookie)
            .json(&wrong)
            .await;
        refused.assert_field("/code", "invalid_code");
        let body = json!({ "id": enrolment["id"], "code": app.totp_code(&secret) });
        let activated = with_cookie(app.post("/totp/confirm"), &cookie)
            .json(&body)
            .await;
        let cookie = pair(&activated);

        let challenge = sent(&app, "/session", &user.name).await.json();
        let path = format!("/challenges/{}", challenge["id"].as_str().expect("an id"));
        let answer = |code: &str| json!({ "secret": challenge["secret"], "code": code });
        for code in ["invalid_code"; 4].iter().chain(&["invalid_challenge"]) {
            let refused = app.post(&path).json(&answer("none")).await;
            refused.assert_problem(401, code);
        }
        let challenge = sent(&app, "/session", &user.name).await.json();
        let path = format!("/challenges/{}", challenge["id"].as_str().expect("an id"));
        let body = json!({ "secret": challenge["secret"], "code": app.totp_code(&secret) });
        app.post(&path).json(&body).await.assert_status(204);

        let body = json!({ "code": app.totp_code(&secret) });
        let confirmed = with_cookie(app.post("/session/confirm-code"), &cookie)
            .json(&body)
            .await;
        let cookie = pair(&confirmed);
        with_cookie(app.post("/recovery-codes"), &cookie)
            .await
            .assert_status(200);
        let path = format!("/factors/{}", enrolment["id"].as_str().expect("an id"));
        with_cookie(app.delete(&path), &cookie)
            .await
            .assert_status(204);
        with_cookie(app.delete(&path), &cookie)
            .await
            .assert_status(404);

        let expected = [
            "session.started sessions",
            "second_factor.added factors",
            "session.challenged challenges",
            "second_factor.refused challenges",
            "session.challenged challenges",
            "session.started sessions",
            "session.confirmed sessions",
            "recovery_codes.renewed user",
            "second_factor.removed factors",
        ];
        assert_eq!(log(&app).await, by(user.id, &expected));
        let expected = [
            "SecondFactorChanged",
            "SecondFactorRefused",
            "SecondFactorChanged",
            "SecondFactorChanged",
        ];
        assert_eq!(alerts(&app).await, expected);
    })
    .await;
}

#[tokio::test]
async fn a_token_that_two_have() {
    both::<Told, _>(async |app| {
        let user = create_user(&app).await;
        let (_, first) = tokens_in(&sent(&app, "/tokens", &user.name).await);
        let refresh = async |token: &str| {
            let body = json!({ "refresh_token": token });
            app.post("/tokens/refresh").json(&body).await
        };
        let (_, second) = tokens_in(&refresh(&first).await);
        let (access, _) = tokens_in(&refresh(&second).await);
        assert_eq!(alerts(&app).await, Vec::<String>::new());
        refresh(&first)
            .await
            .assert_problem(401, "invalid_credential");
        assert_eq!(status_with(&app, &access).await, 401);
        // What is no token at all is nothing to be told about.
        refresh("none")
            .await
            .assert_problem(401, "invalid_credential");
        assert_eq!(alerts(&app).await, ["TokenReused"]);
        let expected = ["session.started sessions", "session.token_reused sessions"];
        assert_eq!(log(&app).await, by(user.id, &expected));
    })
    .await;
}

#[tokio::test]
async fn a_confirmation_is_for_browsers_and_for_other_clients() {
    both::<Told, _>(async |app| {
        let user = create_user(&app).await;
        let body = json!({ "name": user.name, "password": PASSWORD });
        let cookie = pair(&sent(&app, "/session", &user.name).await);
        let confirmed = with_cookie(app.post("/session/confirm"), &cookie)
            .json(&body)
            .await;
        confirmed.assert_status(204);
        assert_eq!(status_of(&app, &cookie).await, 401);
        assert_eq!(status_of(&app, &pair(&confirmed)).await, 200);

        let (access, _) = tokens_in(&sent(&app, "/tokens", &user.name).await);
        let bearer = format!("Bearer {access}");
        let confirm = app
            .post("/session/confirm")
            .header("authorization", &bearer);
        let confirmed = confirm.json(&body).await;
        confirmed.assert_status(200);
        assert_eq!(confirmed.header("cache-control"), "no-store");
        assert_eq!(status_with(&app, &access).await, 401);
        assert_eq!(status_with(&app, &tokens_in(&confirmed).0).await, 200);
        assert_eq!(alerts(&app).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_renewed_session_is_the_only_one() {
    both::<Told, _>(async |app| {
        let user = create_user(&app).await;
        let cookie = pair(&sent(&app, "/session", &user.name).await);
        let (access, _) = tokens_in(&sent(&app, "/tokens", &user.name).await);
        let renewed = with_cookie(app.post("/session/renew"), &cookie).await;
        renewed.assert_status(204);
        assert_eq!(status_of(&app, &cookie).await, 401);
        assert_eq!(status_with(&app, &access).await, 401);
        let cookie = pair(&renewed);
        assert_eq!(status_of(&app, &cookie).await, 200);

        // Another client keeps its tokens.
        let (access, _) = tokens_in(&sent(&app, "/tokens", &user.name).await);
        let bearer = format!("Bearer {access}");
        let renewed = app.post("/session/renew").header("authorization", &bearer);
        renewed.await.assert_status(204);
        assert_eq!(status_of(&app, &cookie).await, 401);
        assert_eq!(status_with(&app, &access).await, 200);
    })
    .await;
}

#[tokio::test]
async fn api_keys_of_whoever_is_signed_in() {
    both::<Told, _>(async |app| {
        let user = create_user(&app).await;
        set_permissions(&app.ctx, user.id, "notes:read")
            .await
            .expect("set");
        let cookie = pair(&sent(&app, "/session", &user.name).await);
        let create =
            async |body: &Value| with_cookie(app.post("/api-keys"), &cookie).json(body).await;
        let refused = create(&json!({ "name": "CI", "permissions": ["notes:*"] })).await;
        refused.assert_field("/permissions/0", "not_granted");
        for (body, pointer) in [
            (
                json!({ "name": "", "permissions": ["notes:read"] }),
                "/name",
            ),
            (json!({ "name": "CI", "permissions": [] }), "/permissions"),
            (
                json!({ "name": "CI", "permissions": ["notes:read"], "expires_in_days": 0 }),
                "/expires_in_days",
            ),
        ] {
            let refused = create(&body).await;
            refused.assert_status(422).assert_pointers([pointer]);
        }
        let body = json!({ "name": "CI", "permissions": ["notes:read"], "expires_in_days": 30 });
        let key = create(&body).await.json();
        assert_eq!(key["permissions"], json!(["notes:read"]));
        let time = |name: &str| key[name].as_str().expect("a time").parse::<DateTimeUtc>();
        let lifetime = time("expires_at").expect("a time") - time("created_at").expect("a time");
        assert_eq!(lifetime.num_days(), 30);
        let text = key["key"].as_str().expect("a key");
        assert!(text.starts_with(&format!(
            "fwk_{}_",
            key["prefix"].as_str().expect("a prefix")
        )));
        assert!(key.get("account").is_none());

        let path = format!("/api-keys/{}", key["id"]);
        let rotate = async || with_cookie(app.post(&format!("{path}/rotate")), &cookie).await;
        rotate().await.assert_status(200);
        rotate().await.assert_problem(404, "not_found");
        let revoke = async || with_cookie(app.delete(&path), &cookie).await;
        revoke().await.assert_status(204);
        revoke().await.assert_problem(404, "not_found");
        let expected = [
            "session.started sessions",
            "api_key.created api_keys",
            "api_key.rotated api_keys",
            "api_key.revoked api_keys",
        ];
        assert_eq!(log(&app).await, by(user.id, &expected));
        assert_eq!(alerts(&app).await, ["ApiKeyCreated", "ApiKeyCreated"]);
    })
    .await;
}
