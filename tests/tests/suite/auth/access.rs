//! Access types: who may call a handler, as a request and in the description of the API.

use chrono::TimeDelta;
use fw::{
    auth::Issued,
    controller::{KnownPermissions, RoutesError},
    prelude::*,
};
use fw_testing::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait};

use super::{
    App, Can, Users, age, ago, cookie_of, create_user, notes, on_both, permissions,
    set_permissions, status_of, with_cookie,
};

#[tokio::test]
async fn attack_117_without_a_credential_nobody_gets_in() {
    on_both(async |app| {
        for route in App::routes().list() {
            let path = route.path.replace("{id}", "1");
            let method = route.method.parse().expect("a method");
            let response = app.request(method, &path).await;
            if route.access == "anyone" {
                assert_ne!(response.status(), 401, "{path}");
                continue;
            }
            response.assert_problem(401, "unauthorized");
            assert_eq!(response.header("www-authenticate"), "Bearer");
            assert_eq!(response.header("cache-control"), "no-store");
        }
    })
    .await;
}

#[tokio::test]
async fn attack_118_every_other_permission_is_not_enough() {
    on_both(async |app| {
        let signed_in = app.sign_in::<Users>().await;
        let user = signed_in.account_id();
        for (granted, read, update) in [
            ("", 403, 403),
            ("notes:read", 200, 403),
            ("notes:update", 403, 204),
            ("notes:*", 200, 204),
            ("*", 200, 204),
            ("notes", 403, 403),
            ("note*", 403, 403),
            ("notesx:*", 403, 403),
            ("notes:update:any", 403, 403),
            ("NOTES:READ", 403, 403),
        ] {
            set_permissions(&signed_in.ctx, user, granted)
                .await
                .expect("set");
            let response = signed_in.get("/notes").await;
            assert_eq!(response.status(), read, "{granted}");
            if read == 403 {
                response.assert_problem(403, "forbidden");
                let challenge = "Bearer error=\"insufficient_scope\", scope=\"notes:read\"";
                assert_eq!(response.header("www-authenticate"), challenge);
            }
            assert_eq!(signed_in.post("/notes").await.status(), update, "{granted}");
        }
    })
    .await;
}

async fn note_of(app: &TestApp, user: i64, text: &str) -> i64 {
    let note = notes::ActiveModel {
        text: Set(text.to_owned()),
        user_id: Set(user),
        ..Default::default()
    };
    note.insert(&app.ctx.db).await.expect("created").id
}

#[tokio::test]
async fn attack_119_rows_of_others_are_not_found() {
    on_both(async |app| {
        let ada = app
            .clone()
            .sign_in::<Users>()
            .can::<permissions::Read>()
            .await;
        let grace = app.sign_in::<Users>().can::<permissions::Read>().await;
        let hers = note_of(&ada, ada.account_id(), "ada").await;
        let path = format!("/notes/{hers}");
        assert_eq!(ada.get(&path).await.text(), "ada");
        grace.get(&path).await.assert_problem(404, "not_found");
        grace
            .get("/notes/999999")
            .await
            .assert_problem(404, "not_found");
        set_permissions(&grace.ctx, grace.account_id(), "notes:read:any")
            .await
            .expect("set");
        assert_eq!(grace.get(&path).await.text(), "ada");
    })
    .await;
}

#[tokio::test]
async fn attack_122_and_123_permissions_count_from_now_on() {
    on_both(async |app| {
        for app in [
            app.clone().sign_in::<Users>().await,
            app.clone().sign_in::<Users>().token().await,
        ] {
            let user = app.account_id();
            app.post("/notes").await.assert_problem(403, "forbidden");
            set_permissions(&app.ctx, user, "notes:update")
                .await
                .expect("set");
            app.post("/notes").await.assert_status(204);
            set_permissions(&app.ctx, user, "").await.expect("set");
            app.post("/notes").await.assert_problem(403, "forbidden");
        }
    })
    .await;
}

#[tokio::test]
async fn attack_127_a_request_that_runs_is_not_undone() {
    on_both(async |app| {
        let app = app.sign_in::<Users>().await;
        set_permissions(&app.ctx, app.account_id(), "notes:update")
            .await
            .expect("set");
        app.post("/notes/resign").await.assert_status(204);
        app.post("/notes/resign")
            .await
            .assert_problem(403, "forbidden");
        let notes = notes::Entity::find().all(&app.ctx.db).await.expect("read");
        assert_eq!(notes.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn attack_129_other_spellings_of_a_path_do_not_reach_the_handler() {
    let app = boot::<App>().await;
    for path in [
        "/notes/",
        "//notes",
        "/%6eotes",
        "/./notes",
        "/NOTES",
        "/notes;x=1",
        "/x/../notes",
        "/notes%2f",
    ] {
        let status = app.get(path).await.status().as_u16();
        assert!([400, 401, 404].contains(&status), "{path}: {status}");
    }
    app.request("HEAD".parse().expect("a method"), "/notes")
        .await
        .assert_status(401);
    let options = app
        .request("OPTIONS".parse().expect("a method"), "/notes")
        .await;
    assert!(!options.text().contains("notes\n"), "{options}");
}

#[tokio::test]
async fn attack_065_and_066_pages_of_other_sites_change_nothing() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let cookie = cookie_of(&app, &user.name).await;
        for headers in [
            &[("origin", "https://evil.example")][..],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "null")],
            &[
                ("origin", "https://auth.example.com.evil.example"),
                ("host", "auth.example.com"),
            ],
            &[
                ("origin", "https://auth.example.com:8443"),
                ("host", "auth.example.com"),
            ],
            &[("origin", "HTTPS://EVIL.EXAMPLE")],
            // A browser would have sent one of them.
            &[],
        ] {
            for (method, path) in [
                ("DELETE", "/session"),
                ("POST", "/notes"),
                ("DELETE", "/account"),
            ] {
                let request = app
                    .request(method.parse().expect("a method"), path)
                    .header("cookie", &cookie);
                let request = headers.iter().fold(request, |request, (name, value)| {
                    request.header(*name, *value)
                });
                request.await.assert_problem(403, "cross_origin");
            }
        }
        assert_eq!(status_of(&app, &cookie).await, 200);
        // Without a cookie nothing is at stake, so a webhook passes.
        app.delete("/session")
            .await
            .assert_problem(401, "unauthorized");
        let own = app
            .delete("/session")
            .header("cookie", &cookie)
            .header("host", "auth.example.com");
        own.header("origin", "https://auth.example.com")
            .await
            .assert_status(204);
    })
    .await;
}

#[tokio::test]
async fn attack_056_a_sign_out_is_no_get() {
    let app = boot::<App>().await;
    let user = create_user(&app).await;
    let cookie = cookie_of(&app, &user.name).await;
    with_cookie(app.get("/session"), &cookie)
        .await
        .assert_problem(405, "method_not_allowed");
    for header in ["x-http-method-override", "x-method-override"] {
        let request = with_cookie(app.get("/session?_method=DELETE"), &cookie);
        request.header(header, "DELETE").await.assert_status(405);
    }
    assert_eq!(status_of(&app, &cookie).await, 200);
}

#[tokio::test]
async fn either_of_two_rules_is_enough() {
    on_both(async |app| {
        let neither = app.clone().sign_in::<Users>().await;
        neither
            .get("/review")
            .await
            .assert_problem(403, "forbidden");
        let own = app
            .clone()
            .sign_in::<Users>()
            .can::<permissions::Read>()
            .await;
        assert_eq!(own.get("/review").await.text(), "own notes");
        let all = app
            .clone()
            .sign_in::<Users>()
            .can::<permissions::Review>()
            .await;
        assert_eq!(all.get("/review").await.text(), "every note");
        app.get("/review").await.assert_problem(401, "unauthorized");
    })
    .await;
}

/// Whoever can get in by a confirmation is asked for it, on whichever side the rule is.
#[tokio::test]
async fn of_two_rules_the_one_that_a_confirmation_satisfies_is_named() {
    on_both(async |app| {
        let neither = app.clone().sign_in::<Users>().await;
        let reviewer = app.clone().sign_in::<Users>();
        let old = reviewer.can::<permissions::Review>().await;
        let reviewer = app.sign_in::<Users>().can::<permissions::Review>();
        let recent = reviewer.recent().await;
        for path in ["/review/soon", "/review/later"] {
            neither.get(path).await.assert_problem(403, "forbidden");
            let refused = old.get(path).await;
            refused.assert_problem(401, "reauthentication_required");
            assert!(refused.header("www-authenticate").ends_with("max_age=600"));
            recent.get(path).await.assert_status(204);
        }
    })
    .await;
}

#[tokio::test]
async fn the_impersonator_of_a_session_is_known_to_every_rule() {
    on_both(async |app| {
        let (support, ada) = (create_user(&app).await, create_user(&app).await);
        let cookie = cookie_of(&app, &ada.name).await;
        let request = || app.get("/impersonator").header("cookie", &cookie);
        assert_eq!(request().await.json(), json!(null));
        let session = format!(
            "UPDATE sessions SET impersonator_id = {} WHERE user_id = {}",
            support.id, ada.id
        );
        app.ctx.db.execute_unprepared(&session).await.expect("set");
        set_permissions(&app.ctx, ada.id, "").await.expect("told");
        let name = format!("user:{}", support.id);
        assert_eq!(request().await.json(), json!(name));
        age(&app, ada.id, "authenticated_at", ago(TimeDelta::hours(1))).await;
        assert_eq!(request().await.json(), json!(name));
    })
    .await;
}

#[tokio::test]
async fn tests_sign_in_in_a_line() {
    on_both(async |app| {
        let old = app.clone().sign_in::<Users>().await;
        old.delete("/account")
            .await
            .assert_problem(401, "reauthentication_required");
        let recent = app.clone().sign_in::<Users>().recent().await;
        recent.delete("/account").await.assert_status(204);
        let client = app
            .clone()
            .sign_in::<Users>()
            .can::<permissions::Update>()
            .token()
            .await;
        client.post("/notes").await.assert_status(204);
        let ids: [i64; 2] = [old.account_id(), recent.account_id()];
        assert_ne!(ids[0], ids[1]);
        app.get("/whoami").await.assert_status(401);
    })
    .await;
}

#[tokio::test]
async fn callers_have_idempotency_keys_of_their_own() {
    on_both(async |app| {
        let key = ("idempotency-key", "the-same");
        let ada = app
            .clone()
            .sign_in::<Users>()
            .can::<permissions::Update>()
            .await;
        ada.post("/notes")
            .header(key.0, key.1)
            .await
            .assert_status(204);
        let again = ada.post("/notes").header(key.0, key.1).await;
        assert_eq!(again.header("idempotency-replayed"), "true");
        let grace = app
            .clone()
            .sign_in::<Users>()
            .can::<permissions::Update>()
            .await;
        let hers = grace.post("/notes").header(key.0, key.1).await;
        hers.assert_status(204);
        assert_eq!(hers.header("idempotency-replayed"), "");
        // Who may not call gets no stored response.
        let other = app.sign_in::<Users>().await;
        other
            .post("/notes")
            .header(key.0, key.1)
            .await
            .assert_problem(403, "forbidden");
    })
    .await;
}

#[test]
fn attack_063_a_route_that_issues_credentials_cannot_be_idempotent() {
    async fn issue(_: Anyone) -> Result<Issued<NoContent>> {
        Ok(Issued::new(NoContent))
    }
    let routes = Routes::at("/tokens").with([post("/", issue).idempotent()]);
    let error = routes.into_router().expect_err("refused");
    assert!(
        matches!(error, RoutesError::IdempotentCredentials { .. }),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("remove `.idempotent()` from `POST /tokens`"),
        "{error}"
    );
}

#[test]
fn rules_are_in_the_list_of_routes() {
    let rules: Vec<String> = App::routes()
        .list()
        .into_iter()
        .filter(|route| route.access != "anyone")
        .map(|route| format!("{} {}: {}", route.method, route.path, route.access))
        .collect();
    assert_eq!(
        rules,
        [
            "DELETE /session: signed in",
            "POST /session/confirm: signed in",
            "GET /sessions: signed in",
            "DELETE /sessions: signed in within 10 min",
            "DELETE /sessions/{id}: signed in within 10 min",
            "GET /whoami: signed in",
            "GET /notes: notes:read",
            "POST /notes: notes:update",
            "POST /notes/resign: notes:update",
            "GET /notes/{id}: notes:read (own)",
            "GET /review: notes:review or notes:read (own)",
            "GET /review/soon: notes:review, signed in within 10 min or notes:update",
            "GET /review/later: notes:update or notes:review, signed in within 10 min",
            "GET /impersonator: signed in within 10 min or signed in",
            "GET /robots/whoami: signed in",
            "DELETE /account: signed in within 5 min",
            "POST /two-step/confirm: signed in with one factor",
            "GET /factors: signed in with one factor",
            "DELETE /factors/{id}: signed in within 10 min",
            "POST /totp: signed in with one factor within 10 min",
            "POST /totp/confirm: signed in with one factor within 10 min",
            "POST /recovery-codes: signed in within 10 min",
            "GET /one-factor: signed in with one factor",
        ]
    );
}

#[tokio::test]
async fn the_routes_are_the_registry_of_permissions() {
    let app = boot::<App>().await;
    let known = app.ctx.get::<KnownPermissions>().expect("a handle");
    let names: Vec<&str> = known.names().collect();
    assert_eq!(
        names,
        [
            "notes:read",
            "notes:read:any",
            "notes:review",
            "notes:update"
        ]
    );
    let error = known
        .check("/permissions", ["notes:*", "notes:updates"])
        .expect_err("refused");
    assert_eq!(error.status(), 422);
    assert!(
        error.field_errors()[0]
            .message
            .contains("did you mean `notes:update`?")
    );
}

#[test]
fn the_description_has_schemes_scopes_and_problems() {
    let description = App::routes().describe("auth", "1.0.0");
    let operation = |path: &str, method: &str| description["paths"][path][method].clone();
    assert_eq!(
        operation("/notes", "get")["security"],
        json!([
            { "session": ["notes:read"] },
            { "bearer": ["notes:read"] },
            { "api_key": ["notes:read"] },
        ])
    );
    assert_eq!(operation("/session", "post")["security"], json!([]));
    assert_eq!(
        operation("/whoami", "get")["security"],
        json!([{ "session": [] }, { "bearer": [] }])
    );
    let schemes = &description["components"]["securitySchemes"];
    assert_eq!(
        schemes["session"],
        json!({ "type": "apiKey", "in": "cookie", "name": "__Host-session" })
    );
    assert_eq!(
        schemes["bearer"],
        json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" })
    );
    assert_eq!(schemes["api_key"]["scheme"], "bearer");
    let account = operation("/account", "delete")["responses"]["401"].to_string();
    assert!(account.contains("ReauthenticationRequired"), "{account}");
}

/// Takes a permission from its caller and goes on.
pub(super) async fn resign(
    who: Can<permissions::Update>,
    State(ctx): State<AppContext>,
) -> Result<NoContent> {
    set_permissions(&ctx, who.id, "").await?;
    let note = notes::ActiveModel {
        text: Set("the last one".to_owned()),
        user_id: Set(who.id),
        ..Default::default()
    };
    note.insert(&ctx.db).await?;
    Ok(NoContent)
}
