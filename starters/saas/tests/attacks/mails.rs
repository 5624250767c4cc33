//! Registration, links in mails and recovery.

use super::*;

#[tokio::test]
async fn attack_025_and_026_the_request_is_the_same_work_for_every_address() {
    let app = app().await;
    for rest in ["/registrations", "/password/forgot"] {
        let mut seen = BTreeSet::new();
        for email in [ADA, "nobody@example.com"] {
            let response = post(&app, rest, &json!({ "email": email })).await;
            seen.insert(format!("{} {:?}", response.status(), response.text()));
        }
        assert_eq!(seen.len(), 1, "{seen:?}");
    }
    // One job each, whoever it is: what differs is done later.
    assert_eq!(app.jobs().drain().await.len(), 4);
    assert_eq!(app.mails().len(), 3);
}

#[tokio::test]
async fn attack_027_nothing_of_whoever_claimed_an_address_first_is_left() {
    const GRACE: &str = "grace@example.com";
    let app = app().await;
    let eve = signed_in(&app, EVE).await;
    // Eve registers with the address of Grace, and lets her own account have it.
    let claim = json!({ "email": GRACE });
    post(&app, "/registrations", &claim)
        .await
        .assert_status(202);
    let first = token(&app).await;
    post(&eve, "/email", &claim).await.assert_status(202);
    let change = token(&app).await;
    let password_of_eve = json!({ "email": GRACE, "name": "Grace", "password": OTHER_PASSWORD });
    post(&app, "/registrations", &password_of_eve)
        .await
        .assert_status(422);
    // There is no account before the mailbox is proven, and the link for hers is the latest one.
    let sign_in = |password: &str| json!({ "email": GRACE, "password": password });
    post(&app, "/session", &sign_in(OTHER_PASSWORD))
        .await
        .assert_problem(401, "invalid_sign_in");
    post(&app, "/registrations", &claim)
        .await
        .assert_status(202);
    let complete = |token: String| json!({ "token": token, "name": "Grace", "password": PASSWORD });
    let latest = complete(token(&app).await);
    post(&app, "/registrations/complete", &complete(first))
        .await
        .assert_field("/token", "invalid_token");
    let completed = post(&app, "/registrations/complete", &latest).await;
    completed.assert_status(201);
    let grace = app.browser_of(&completed);
    // What Eve has asked for does not reach the account.
    let confirmed = post(&app, "/email/confirm", &json!({ "token": change })).await;
    assert!(confirmed.status().is_client_error(), "{confirmed}");
    assert_eq!(eve.get(&path("/account")).await.json()["email"], EVE);
    assert_eq!(grace.get(&path("/account")).await.json()["email"], GRACE);
    let sessions = grace.get(&path("/sessions")).await.json();
    assert_eq!(sessions.as_array().map(Vec::len), Some(1));
    post(&app, "/session", &sign_in(OTHER_PASSWORD))
        .await
        .assert_status(401);
    post(&app, "/session", &sign_in(PASSWORD))
        .await
        .assert_status(200);
}

#[tokio::test]
async fn attack_027_a_change_that_is_taken_back_leaves_a_thief_nothing() {
    let app = app().await;
    let thief = signed_in(&app, ADA).await;
    let change = json!({ "email": "thief@example.com" });
    post(&thief, "/email", &change).await.assert_status(202);
    let link = json!({ "token": token(&app).await });
    post(&app, "/email/confirm", &link).await.assert_status(204);
    let way_back = json!({ "token": token(&app).await });
    let id = thief.get(&path("/account")).await.json()["id"].as_i64();
    // A second factor of theirs, of which only they are told.
    let (thief, _) = with_app(&app, &thief).await;
    let (db, keys, id) = (&app.ctx.db, app.ctx.api_keys(), id.expect("an id"));
    let (key, all) = (NewApiKey::new("thief"), Grants::all());
    let _ = keys.create(db, id, key, &all).await.expect("created");
    post(&app, "/email/revert", &way_back)
        .await
        .assert_status(204);
    thief
        .get(&path("/session"))
        .await
        .assert_problem(401, "invalid_credential");
    assert!(keys.list(db, id).await.expect("listed").is_empty());
    for email in [ADA, "thief@example.com"] {
        let sign_in = json!({ "email": email, "password": PASSWORD });
        post(&app, "/session", &sign_in).await.assert_status(401);
    }
    let reset = json!({ "token": token(&app).await, "password": OTHER_PASSWORD });
    post(&app, "/password/reset", &reset)
        .await
        .assert_status(204);
    let sign_in = json!({ "email": ADA, "password": OTHER_PASSWORD });
    post(&app, "/session", &sign_in).await.assert_status(200);
}

/// Who has the former mailbox alone does not get past the second factor.
#[tokio::test]
async fn attack_032_a_change_that_is_taken_back_leaves_the_owner_their_second_factor() {
    let app = app().await;
    let ada = signed_in(&app, ADA).await;
    let (ada, secret) = with_app(&app, &ada).await;
    let yesterday = "2026-01-01 00:00:00+00:00";
    for update in [
        format!("UPDATE factors SET confirmed_at = '{yesterday}'"),
        format!("UPDATE recovery_codes SET created_at = '{yesterday}'"),
    ] {
        let db = &app.ctx.db;
        db.execute_unprepared(&update).await.expect("older");
    }
    let (ada, _) = with_app(&app, &ada).await;
    let change = json!({ "email": "thief@example.com" });
    post(&ada, "/email", &change).await.assert_status(202);
    let link = json!({ "token": token(&app).await });
    post(&app, "/email/confirm", &link).await.assert_status(204);
    let way_back = json!({ "token": token(&app).await });
    let reverted = post(&app, "/email/revert", &way_back).await;
    reverted.assert_status(204);
    let reset = json!({ "token": token(&app).await, "password": OTHER_PASSWORD });
    post(&app, "/password/reset", &reset)
        .await
        .assert_status(204);
    let sign_in = json!({ "email": ADA, "password": OTHER_PASSWORD });
    let asked = post(&app, "/session", &sign_in).await;
    asked.assert_status(202);
    let asked = asked.json();
    assert_eq!(asked["factors"], json!(["totp", "recovery_code"]));
    let challenge = asked["id"].as_str().expect("an id");
    let answer = json!({ "secret": asked["secret"], "code": app.totp_code(&secret) });
    let answered = post(&app, &format!("/challenges/{challenge}"), &answer).await;
    let factors = app.browser_of(&answered).get(&path("/factors")).await;
    let left = factors.json().as_array().map(Vec::len);
    assert_eq!(
        left,
        Some(1),
        "the one of the hour before the change is gone"
    );
}

#[tokio::test]
async fn attack_028_and_029_a_token_is_for_one_purpose_one_use_and_the_latest() {
    let app = app().await;
    let older = forgotten(&app).await;
    let newer = forgotten(&app).await;
    let reset = |token: &str| json!({ "token": token, "password": OTHER_PASSWORD });
    let complete = json!({ "token": newer, "name": "Eve", "password": PASSWORD });
    for (rest, body) in [
        ("/password/reset", reset(&older)),
        ("/registrations/complete", complete),
        ("/email/confirm", json!({ "token": newer })),
        ("/email/revert", json!({ "token": newer })),
    ] {
        let response = post(&app, rest, &body).await;
        response
            .assert_status(422)
            .assert_field("/token", "invalid_token");
    }
    post(&app, "/password/reset", &reset(&newer))
        .await
        .assert_status(204);
    let again = post(&app, "/password/reset", &reset(&newer)).await;
    again
        .assert_status(422)
        .assert_field("/token", "invalid_token");
}

#[tokio::test]
async fn attack_030_of_two_resets_at_once_one_succeeds() {
    let app = app().await;
    let body = json!({ "token": forgotten(&app).await, "password": OTHER_PASSWORD });
    let (one, other) = tokio::join!(
        post(&app, "/password/reset", &body),
        post(&app, "/password/reset", &body),
    );
    let mut statuses = [one.status().as_u16(), other.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 422]);
}

#[tokio::test]
async fn attack_033_and_052_a_reset_ends_sessions_tokens_and_links() {
    let app = app().await;
    let browser = signed_in(&app, ADA).await;
    let credentials = json!({ "email": ADA, "password": PASSWORD });
    let tokens = post(&app, "/tokens", &credentials).await.json();
    let recent = signed_in(&app, ADA).await;
    post(&recent, "/email", &json!({ "email": "ada@example.org" }))
        .await
        .assert_status(202);
    let change = token(&app).await;
    let body = json!({ "token": forgotten(&app).await, "password": OTHER_PASSWORD });
    post(&app, "/password/reset", &body)
        .await
        .assert_status(204);
    let session = path("/session");
    browser
        .get(&session)
        .await
        .assert_problem(401, "invalid_credential");
    let bearer = format!(
        "Bearer {}",
        tokens["access_token"].as_str().expect("a token")
    );
    let response = app.get(&session).header("authorization", bearer).await;
    response.assert_problem(401, "invalid_credential");
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    post(&app, "/tokens/refresh", &refresh)
        .await
        .assert_problem(401, "invalid_credential");
    let confirmed = post(&app, "/email/confirm", &json!({ "token": change })).await;
    confirmed
        .assert_status(422)
        .assert_field("/token", "invalid_token");
    assert!(actions(&app).await.contains(&"password.reset".to_owned()));
}

#[tokio::test]
async fn attack_034_links_have_the_address_of_the_configuration() {
    let app = app().await;
    let request = app
        .post(&path("/password/forgot"))
        .json(&json!({ "email": ADA }));
    let request = request.header("host", "evil.example");
    request
        .header("x-forwarded-host", "evil.example")
        .await
        .assert_status(202);
    app.jobs().drain().await;
    let mails = app.mails();
    assert!(!mails[0].text.contains("evil.example") && !mails[0].html.contains("evil.example"));
}

#[tokio::test]
async fn attack_035_addresses_are_no_headers_and_names_no_markup() {
    let app = app().await;
    for email in [
        "ada@example.com\r\nBcc: eve@example.com",
        "ada",
        "аda@example.com",
    ] {
        let response = post(&app, "/registrations", &json!({ "email": email })).await;
        response.assert_status(422).assert_pointers(["/email"]);
    }
    let ada = signed_in(&app, ADA).await;
    let body = json!({ "name": "<script>alert({{7*7}})</script>" });
    let changed = ada.patch(&path("/account")).json(&body).await;
    changed.assert_status(200).assert_contains(&body);
    let page = ada.get("/settings").header("accept", "text/html").await;
    let shown = "&lt;script&gt;alert({{7*7}})";
    assert!(page.text().contains(shown), "{page}");
    assert!(!page.text().contains("<script>alert"), "{page}");
    forgotten(&app).await;
    for mail in app.mails() {
        assert!(!mail.html.contains("<script"), "{}", mail.html);
    }
}

#[tokio::test]
async fn attack_036_a_scanner_of_mails_uses_no_link_up() {
    let app = app().await;
    let token = forgotten(&app).await;
    for rest in [
        "/password/reset",
        "/registrations/complete",
        "/email/confirm",
        "/email/revert",
    ] {
        let response = app.get(&format!("{}?token={token}", path(rest))).await;
        response.assert_problem(405, "method_not_allowed");
    }
    let body = json!({ "token": token, "password": OTHER_PASSWORD });
    post(&app, "/password/reset", &body)
        .await
        .assert_status(204);
}

#[tokio::test]
async fn attack_039_and_044_a_mailbox_gets_three_mails_an_hour() {
    let app = app().await;
    for number in 0..20 {
        let email = format!("victim+{number}@example.com");
        let response = post(&app, "/registrations", &json!({ "email": email })).await;
        response.assert_status(202);
    }
    app.jobs().drain().await;
    assert_eq!(app.mails().len(), 3);
}

#[tokio::test]
async fn attack_041_a_change_to_the_address_of_somebody_else_does_not_tell() {
    let app = app().await;
    let eve = signed_in(&app, EVE).await;
    let mut seen = BTreeSet::new();
    for email in [ADA, "nobody@example.com"] {
        let response = post(&eve, "/email", &json!({ "email": email })).await;
        seen.insert(format!("{} {:?}", response.status(), response.text()));
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["202 Accepted \"\""]);
    app.jobs().drain().await;
    let mails = app.mails();
    let link = |to: &str| {
        let mut mails = mails.iter().filter(|mail| mail.to == [to]);
        let mail = mails.next().expect("a mail");
        assert!(mails.next().is_none(), "one mail is enough");
        mail.text.contains("?token=")
    };
    assert!(
        !link(ADA),
        "the owner is told, and nothing can be confirmed"
    );
    assert!(link("nobody@example.com"));
}

#[tokio::test]
async fn attack_045_an_account_of_a_deleted_address_inherits_nothing() {
    let app = app().await;
    let old = signed_in(&app, ADA).await;
    let link = forgotten(&app).await;
    old.delete(&path("/account")).await.assert_status(204);
    post(&app, "/registrations", &json!({ "email": ADA }))
        .await
        .assert_status(202);
    let body = json!({ "token": token(&app).await, "name": "Ada", "password": PASSWORD });
    post(&app, "/registrations/complete", &body)
        .await
        .assert_status(201);
    old.get(&path("/session"))
        .await
        .assert_problem(401, "invalid_credential");
    let reset = json!({ "token": link, "password": OTHER_PASSWORD });
    post(&app, "/password/reset", &reset)
        .await
        .assert_status(422);
}

#[tokio::test]
async fn attack_048_no_secret_is_stored_in_clear() {
    let app = app().await;
    signed_in(&app, ADA).await;
    let credentials = json!({ "email": ADA, "password": PASSWORD });
    let tokens = post(&app, "/tokens", &credentials).await.json();
    let link = forgotten(&app).await;
    let secrets = [
        PASSWORD,
        &link,
        tokens["refresh_token"].as_str().expect("a token"),
    ];
    let db = &app.ctx.db;
    for table in [
        "users",
        "sessions",
        "refresh_tokens",
        "one_time_tokens",
        "audit_events",
        "fw_jobs",
    ] {
        let select = Statement::from_string(db.backend(), format!("SELECT * FROM {table}"));
        let rows = JsonValue::find_by_statement(select).all(db).await;
        let text = json!(rows.expect("the table can be read")).to_string();
        assert_eq!(
            text.contains(ADA),
            table == "users",
            "addresses are in {table}"
        );
        for secret in secrets {
            assert!(!text.contains(secret), "a secret is in {table}");
        }
    }
}
