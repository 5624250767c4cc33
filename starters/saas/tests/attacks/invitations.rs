//! Invitations: the account is that of the invited mailbox, and its roles are what the inviter may give at that moment.

use super::*;

const GRACE: &str = "grace@example.com";
const INVITED: &str = "invited@example.com";

/// The application with Grace as an administrator, who has just signed in.
async fn with_administrator() -> (TestApp, TestApp) {
    let app = app().await;
    let task = ["accounts:create", GRACE, "--role", "admin"];
    let task = CreateAccount::parse_from(task);
    task.create(&app.ctx, PASSWORD).await.expect("created");
    let grace = signed_in(&app, GRACE).await;
    (app, grace)
}

/// The token of an invitation as an administrator.
async fn invited(grace: &TestApp) -> String {
    let body = json!({ "email": INVITED, "roles": ["admin"] });
    post(grace, "/invitations", &body).await.assert_status(202);
    token(grace).await
}

async fn complete(app: &TestApp, token: &str) -> TestResponse {
    let body = json!({ "token": token, "name": "Somebody", "password": OTHER_PASSWORD });
    post(app, "/registrations/complete", &body).await
}

async fn assert_refused(app: &TestApp, token: &str) {
    let refused = complete(app, token).await;
    refused
        .assert_status(422)
        .assert_field("/token", "invalid_token");
    let page = app.get(&format!("/register/complete?token={token}")).await;
    assert!(page.text().contains("does not work any more"), "{page}");
    let sign_in = json!({ "email": INVITED, "password": OTHER_PASSWORD });
    let refused = post(app, "/session", &sign_in).await;
    refused.assert_problem(401, "invalid_sign_in");
}

/// The permissions of whoever is signed in.
async fn permissions(app: &TestApp) -> Value {
    app.get(&path("/session")).await.json()["permissions"].clone()
}

#[tokio::test]
async fn attack_046_an_invitation_is_used_once_and_by_nobody_else() {
    let (app, grace) = with_administrator().await;
    let token = invited(&grace).await;
    // Eve has got the link. It gives her account nothing.
    let eve = signed_in(&app, EVE).await;
    complete(&eve, &token)
        .await
        .assert_problem(403, "forbidden");
    assert_eq!(permissions(&eve).await, json!([]));
    let completed = complete(&app, &token).await;
    completed
        .assert_status(201)
        .assert_contains(&json!({ "email": INVITED }));
    let shown = permissions(&app.browser_of(&completed)).await;
    assert_eq!(shown, json!(["*"]));
    complete(&app, &token)
        .await
        .assert_status(422)
        .assert_field("/token", "invalid_token");
    let seen = actions(&app).await;
    for action in ["invitation.created", "account.created", "role.assigned"] {
        assert!(seen.iter().any(|seen| seen == action), "{action}: {seen:?}");
    }
}

#[tokio::test]
async fn attack_046_an_invitation_is_withdrawn_and_replaced() {
    let (app, grace) = with_administrator().await;
    let (first, second) = (invited(&grace).await, invited(&grace).await);
    assert_refused(&app, &first).await;
    let withdraw = json!({ "email": "Invited@Example.com" });
    for _ in 0..2 {
        let withdrawn = post(&grace, "/invitations/withdraw", &withdraw).await;
        withdrawn.assert_status(204);
    }
    assert_refused(&app, &second).await;
    // One whose mail was not sent yet is not sent any more.
    let sent = app.mails().len();
    let body = json!({ "email": INVITED });
    post(&grace, "/invitations", &body).await.assert_status(202);
    let withdrawn = post(&grace, "/invitations/withdraw", &withdraw).await;
    withdrawn.assert_status(204);
    app.jobs().drain().await;
    assert_eq!(app.mails().len(), sent);
    let withdrawals = actions(&app).await;
    let withdrawals = withdrawals
        .iter()
        .filter(|seen| *seen == "invitation.withdrawn");
    assert_eq!(withdrawals.count(), 2, "what was not there is no event");
}

#[tokio::test]
async fn attack_046_an_invitation_is_worth_what_its_inviter_may_do_now() {
    let (app, grace) = with_administrator().await;
    let (db, roles) = (&app.ctx.db, app.ctx.roles());
    let id = grace.get(&path("/account")).await.json()["id"].as_i64();
    let (id, all) = (id.expect("an id"), Grants::all());
    let token = invited(&grace).await;
    // Somebody stays an administrator.
    let task = ["accounts:create", "root@example.com", "--role", "admin"];
    let task = CreateAccount::parse_from(task);
    task.create(&app.ctx, PASSWORD).await.expect("created");

    roles.unassign(db, id, "admin", &all).await.expect("taken");
    assert_refused(&app, &token).await;
    // With the permission to invite alone she could not give the role.
    let inviter = Role::new("inviter").can_all("accounts");
    roles.create(db, &inviter, &all).await.expect("created");
    let assigned = roles.assign(db, id, "inviter", &all).await;
    assigned.expect("assigned");
    assert_refused(&app, &token).await;
    roles.assign(db, id, "admin", &all).await.expect("assigned");

    let suspend = |is_suspended: bool| {
        let update = format!("UPDATE users SET is_suspended = {is_suspended} WHERE id = {id}");
        async move { db.execute_unprepared(&update).await }
    };
    suspend(true).await.expect("suspended");
    assert_refused(&app, &token).await;
    suspend(false).await.expect("active");
    complete(&app, &token).await.assert_status(201);
}

/// A thief of the account of an administrator could come back with an account of their own.
#[tokio::test]
async fn attack_033_a_reset_ends_the_invitations_of_the_account() {
    let (app, grace) = with_administrator().await;
    let invitation = invited(&grace).await;
    let asked = post(&app, "/password/forgot", &json!({ "email": GRACE })).await;
    asked.assert_status(202);
    let reset = json!({ "token": token(&app).await, "password": OTHER_PASSWORD });
    post(&app, "/password/reset", &reset)
        .await
        .assert_status(204);
    assert_refused(&app, &invitation).await;
}

#[tokio::test]
async fn attack_025_an_invitation_does_not_tell_who_has_an_account() {
    let (app, grace) = with_administrator().await;
    let mut seen = BTreeSet::new();
    for email in [ADA, INVITED] {
        let body = json!({ "email": email, "roles": ["admin"] });
        let response = post(&grace, "/invitations", &body).await;
        seen.insert(format!("{} {:?}", response.status(), response.text()));
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["202 Accepted \"\""]);
    assert_eq!(app.jobs().drain().await.len(), 2, "the same work");
    let mails = app.mails().into_iter();
    let mails: Vec<_> = mails
        .map(|mail| {
            (
                mail.to[0].clone(),
                mail.subject,
                mail.text.contains("?token="),
            )
        })
        .collect();
    let expected = [
        (ADA, "You have an account already", false),
        (INVITED, "You are invited", true),
    ];
    let expected = expected.map(|(to, subject, link)| (to.to_owned(), subject.to_owned(), link));
    assert_eq!(mails, expected);
}
