//! Request tests of what gives permissions: API keys, roles and invitations.

use fw::auth::{AuthContext, Grants};
use fw_testing::prelude::*;

use super::{
    Users,
    tests::{ADA, AUTH, PASSWORD, last_mail, post},
};
use crate::{
    access::roles::{Grant, Invite},
    app::App,
};

/// Somebody with the role of administrators, who has just signed in.
async fn administrator(app: &TestApp) -> TestApp {
    let app = app.clone().sign_in::<Users>().recent().await;
    let (id, all) = (app.account_id::<i64>(), Grants::all());
    let assigned = app.ctx.roles().assign(&app.ctx.db, id, "admin", &all);
    assigned.await.expect("assigned");
    app
}

/// The path of the roles of whoever is signed in.
fn roles_of(app: &TestApp) -> String {
    format!("{AUTH}/accounts/{}/roles", app.account_id::<i64>())
}

#[tokio::test]
async fn an_api_key_is_created_rotated_and_revoked() {
    let app = administrator(&boot::<App>().await).await;
    let keys = &format!("{AUTH}/api-keys");
    let body = json!({ "name": "CI", "permissions": ["roles:grant"], "expires_in_days": 90 });
    let created = app.post(keys).json(&body).await;
    created.assert_status(201);
    assert_eq!(created.header("cache-control"), "no-store");
    assert_eq!(last_mail(&app).await.0, "Your account has another API key");
    let path = format!("{keys}/{}", created.json()["id"]);
    let rotated = app.post(&format!("{path}/rotate")).await;
    rotated.assert_status(201);
    // Both are valid for a while, and neither makes another one.
    for shown in [&created, &rotated] {
        let key = format!("Bearer {}", shown.json()["key"].as_str().expect("a key"));
        let roles = app.get(&format!("{AUTH}/roles"));
        let roles = roles.header("authorization", &key).await;
        roles.assert_status(200);
        let another = app.post(keys).json(&body).header("authorization", &key);
        another.await.assert_problem(403, "forbidden");
    }
    app.delete(&path).await.assert_status(204);
    app.delete(&path).await.assert_problem(404, "not_found");
    let left = app.get(keys).await.json();
    assert_eq!(left.as_array().map(Vec::len), Some(1));
    assert_eq!(left[0]["name"], "CI");
    assert_eq!(left[0].get("key"), None, "it is shown once");
}

#[tokio::test]
async fn the_api_keys_of_others_are_not_found() {
    let app = boot::<App>().await;
    let body = json!({ "name": "CI", "permissions": ["roles:grant"] });
    let key = post(&administrator(&app).await, "/api-keys", &body).await;
    let path = format!("/api-keys/{}", key.json()["id"]);
    let grace = app.sign_in::<Users>().recent().await;
    let rotated = post(&grace, &format!("{path}/rotate"), &json!({})).await;
    rotated.assert_problem(404, "not_found");
    let revoked = grace.delete(&format!("{AUTH}{path}")).await;
    revoked.assert_problem(404, "not_found");
    // Nobody gives a key what they do not have.
    let refused = post(&grace, "/api-keys", &body).await;
    refused.assert_field("/permissions/0", "not_granted");
}

#[tokio::test]
async fn roles_are_given_and_taken() {
    let app = boot::<App>().await;
    let admin = administrator(&app).await;
    let ada = app.sign_in::<Users>().await;
    let role = format!("{}/admin", roles_of(&ada));
    let list = format!("{AUTH}/roles");
    ada.get(&list).await.assert_problem(403, "forbidden");
    admin.put(&role).await.assert_status(204);
    assert_eq!(ada.get(&list).await.json()[0]["permissions"], json!(["*"]));
    let of_ada = admin.get(&roles_of(&ada)).await.json();
    assert_eq!(of_ada[0]["name"], "admin");
    admin.delete(&role).await.assert_status(204);
    admin.delete(&role).await.assert_problem(404, "not_found");
    ada.get(&list).await.assert_problem(403, "forbidden");
    let nobody = format!("{AUTH}/accounts/0/roles/admin");
    admin.put(&nobody).await.assert_problem(404, "not_found");
}

#[tokio::test]
async fn nobody_gives_what_they_lack_and_an_administrator_stays() {
    let app = boot::<App>().await;
    let admin = administrator(&app).await;
    let own = format!("{}/admin", roles_of(&admin));
    let refused = admin.delete(&own).await;
    refused.assert_problem(409, "last_administrator");
    let manager = app.sign_in::<Users>().recent().can::<Grant>().await;
    let role = format!("{}/admin", roles_of(&manager));
    manager.put(&role).await.assert_problem(403, "forbidden");
    manager.delete(&own).await.assert_problem(403, "forbidden");
}

#[tokio::test]
async fn somebody_is_invited_with_a_role() {
    let app = boot::<App>().await;
    let admin = administrator(&app).await;
    let body = json!({ "email": ADA, "roles": ["admin"] });
    let sent = post(&admin, "/invitations", &body).await;
    sent.assert_status(202);
    let (subject, token) = last_mail(&app).await;
    assert_eq!(subject, "You are invited");
    let body = json!({ "token": token, "name": "Ada", "password": PASSWORD });
    let completed = post(&app, "/registrations/complete", &body).await;
    completed
        .assert_status(201)
        .assert_contains(&json!({ "email": ADA }));
    let ada = app.browser_of(&completed);
    ada.get(&format!("{AUTH}/roles")).await.assert_status(200);
    // One that is taken back works no more.
    let body = json!({ "email": "grace@example.com" });
    let sent = post(&admin, "/invitations", &body).await;
    sent.assert_status(202);
    let (_, token) = last_mail(&app).await;
    let withdrawn = post(&admin, "/invitations/withdraw", &body).await;
    withdrawn.assert_status(204);
    let body = json!({ "token": token, "name": "Grace", "password": PASSWORD });
    let refused = post(&app, "/registrations/complete", &body).await;
    refused.assert_field("/token", "invalid_token");
}

#[tokio::test]
async fn nobody_invites_with_a_role_that_they_cannot_give() {
    let app = boot::<App>().await;
    let invite = async |who: &TestApp, roles: Value| {
        post(
            who,
            "/invitations",
            &json!({ "email": ADA, "roles": roles }),
        )
        .await
    };
    let nobody = app.clone().sign_in::<Users>().recent().await;
    let refused = invite(&nobody, json!([])).await;
    refused.assert_problem(403, "forbidden");
    let inviter = app.clone().sign_in::<Users>().recent();
    let inviter = inviter.can::<Invite>().await;
    invite(&inviter, json!([])).await.assert_status(202);
    let refused = invite(&inviter, json!(["admin"])).await;
    refused.assert_problem(403, "forbidden");
    let manager = app.sign_in::<Users>().recent();
    let manager = manager.can::<Invite>().can::<Grant>().await;
    let refused = invite(&manager, json!(["admin"])).await;
    refused.assert_problem(403, "forbidden");
    let refused = invite(&manager, json!(["chief"])).await;
    refused.assert_field("/roles/0", "unknown_role");
}
