//! Passwords and sign-ins.

use super::*;

#[tokio::test]
async fn attack_009_passwords_without_a_rule_of_composition_are_accepted() {
    let app = app().await;
    for password in [
        "qwlkxmvbzrtpghy",
        "830175926481037",
        "x  y  z  q  w  v",
        "🦉 und 🐈, oft nachts",
    ] {
        let token = forgotten_again(&app).await;
        let body = json!({ "token": token, "password": password });
        let response = post(&app, "/password/reset", &body).await;
        response.assert_status(204);
    }
}

#[tokio::test]
async fn attack_010_an_old_password_stays_valid() {
    let app = app().await;
    let long_ago =
        "UPDATE users SET created_at = '2020-01-01T00:00:00Z', updated_at = '2020-01-01T00:00:00Z'";
    let changed = app.ctx.db.execute_unprepared(long_ago).await;
    changed.expect("changed");
    let ada = signed_in(&app, ADA).await;
    ada.get(&path("/account")).await.assert_status(200);
}

#[tokio::test]
async fn attack_011_and_012_refusals_of_a_sign_in_are_the_same() {
    let app = app().await;
    let suspend = format!("UPDATE users SET is_suspended = TRUE WHERE email_key = '{EVE}'");
    app.ctx
        .db
        .execute_unprepared(&suspend)
        .await
        .expect("suspended");
    let mut seen = BTreeSet::new();
    for (email, password) in [
        (ADA, OTHER_PASSWORD),
        (EVE, PASSWORD),
        (EVE, OTHER_PASSWORD),
        ("nobody@example.com", PASSWORD),
    ] {
        let body = json!({ "email": email, "password": password });
        let response = post(&app, "/session", &body).await;
        response.assert_problem(401, "invalid_sign_in");
        let mut body = response.json();
        body["request_id"] = Value::Null;
        body["instance"] = Value::Null;
        let names: Vec<_> = response.headers().keys().map(ToString::to_string).collect();
        seen.insert(format!("{body} {names:?}"));
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
    let actions = actions(&app).await;
    let refused = actions.iter().filter(|action| *action == "session.refused");
    assert_eq!(refused.count(), 4);
}

#[tokio::test]
async fn attack_018_a_lock_out_does_not_tell_whether_there_is_an_account() {
    let app = app().await;
    let mut refusals = BTreeSet::new();
    for email in [ADA, "nobody@example.com"] {
        let body = json!({ "email": email, "password": OTHER_PASSWORD });
        for _ in 0..5 {
            post(&app, "/session", &body).await.assert_status(401);
        }
        let response = post(&app, "/tokens", &body).await;
        response.assert_problem(429, "too_many_requests");
        refusals.insert(response.header("retry-after").to_owned());
    }
    assert_eq!(refusals.len(), 1);
}

#[tokio::test]
async fn attack_015_the_log_has_the_number_of_failures_and_a_lock_out_does_not_fill_it() {
    let app = app().await;
    let body = json!({ "email": ADA, "password": OTHER_PASSWORD });
    for attempt in 0..25 {
        let expected = if attempt < 5 { 401 } else { 429 };
        post(&app, "/session", &body).await.assert_status(expected);
    }
    let filter = AuditFilter {
        action: Some("session.*".to_owned()),
        ..AuditFilter::default()
    };
    let events = events(&app.ctx.db, &filter, 100).await;
    let events = events.expect("the log can be read").into_iter().rev();
    let events: Vec<_> = events
        .map(|event| {
            (
                event.action,
                event
                    .changes
                    .get("failures")
                    .and_then(|failures| failures["to"].as_u64()),
            )
        })
        .collect();
    let refused = (1..=5).map(|failures| ("session.refused".to_owned(), Some(failures)));
    let locked_out = ("session.locked_out".to_owned(), None);
    assert_eq!(events, refused.chain([locked_out]).collect::<Vec<_>>());
}

#[tokio::test]
async fn attack_024_fields_that_nobody_may_set_are_refused() {
    let app = app().await;
    let eve = signed_in(&app, EVE).await;
    for field in [
        "role",
        "roles",
        "permissions",
        "email_verified_at",
        "status",
        "id",
        "is_suspended",
    ] {
        let sign_in = json!({ "email": EVE, "password": PASSWORD, field: "1" });
        let complete = json!({ "token": "x", "name": "Eve", "password": PASSWORD, field: "1" });
        for (rest, body) in [
            ("/session", &sign_in),
            ("/registrations", &json!({ "email": EVE, field: "1" })),
            ("/registrations/complete", &complete),
        ] {
            let response = post(&app, rest, body).await;
            response
                .assert_status(422)
                .assert_field(&format!("/{field}"), "unknown_field");
        }
        let change = eve
            .patch(&path("/account"))
            .json(&json!({ field: "1" }))
            .await;
        change
            .assert_status(422)
            .assert_field(&format!("/{field}"), "unknown_field");
    }
}
