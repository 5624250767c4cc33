//! The end of API keys: revoked, expired, replaced, with their owner; and their number.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use fw::auth::{Grants, NewApiKey};
use sea_orm::ConnectionTrait;

use super::{
    AuthContext, Users,
    api_keys::{DAY, Robots, id_of_only_key, set_time, status, user_with_key},
    both, create_user,
    processes::Other,
};

#[tokio::test]
async fn attack_134_a_key_ends() {
    both::<Robots, _>(async |app| {
        let other = Other::of::<Robots>(&app).await;
        let keys = app.ctx.api_keys();
        // Revoked.
        let (user, key) = user_with_key(&app, "*", &["*"]).await;
        let bearer = format!("Bearer {key}");
        let credential = ("authorization", bearer.as_str());
        assert_eq!(status(&app, "/notes", &key).await, 200);
        assert_eq!(other.status("/notes", credential).await, 200);
        let id = id_of_only_key(&app, user).await;
        let stranger = app.clone().sign_in::<Users>().recent().await;
        let path = format!("/api-keys/{id}");
        stranger
            .delete(&path)
            .await
            .assert_problem(404, "not_found");
        let rotation = stranger.post(&format!("{path}/rotate")).await;
        rotation.assert_problem(404, "not_found");
        assert!(keys.revoke(&app.ctx.db, user, id).await.expect("revoked"));
        assert!(!keys.revoke(&app.ctx.db, user, id).await.expect("no error"));
        let refused = app.get("/notes").header("authorization", &bearer).await;
        refused.assert_problem(401, "invalid_credential");
        let challenge = "Bearer error=\"invalid_token\"";
        assert_eq!(refused.header("www-authenticate"), challenge);
        other.comes_to("/notes", credential, 401).await;
        // Expired.
        let (user, key) = user_with_key(&app, "*", &["*"]).await;
        set_time(&app, user, "expires_at", Utc::now() + TimeDelta::hours(1)).await;
        assert_eq!(status(&app, "/notes", &key).await, 200);
        set_time(&app, user, "expires_at", Utc::now() - TimeDelta::seconds(1)).await;
        assert_eq!(status(&app, "/notes", &key).await, 401);
        let rotated = keys.rotate(&app.ctx.db, user, id, DAY).await;
        assert!(rotated.expect("no error").is_none());
        // Its owner is suspended.
        let (user, key) = user_with_key(&app, "*", &["*"]).await;
        assert_eq!(status(&app, "/notes", &key).await, 200);
        let suspend = format!("UPDATE users SET is_suspended = TRUE WHERE id = {user}");
        app.ctx
            .db
            .execute_unprepared(&suspend)
            .await
            .expect("suspended");
        app.ctx
            .sessions()
            .account_changed(&app.ctx.db, user)
            .await
            .expect("told");
        assert_eq!(status(&app, "/notes", &key).await, 401);
        // The account is deleted.
        let (user, key) = user_with_key(&app, "*", &["*"]).await;
        assert_eq!(status(&app, "/notes", &key).await, 200);
        let delete = format!("DELETE FROM users WHERE id = {user}");
        app.ctx
            .db
            .execute_unprepared(&delete)
            .await
            .expect("deleted");
        app.ctx
            .sessions()
            .account_changed(&app.ctx.db, user)
            .await
            .expect("told");
        assert_eq!(status(&app, "/notes", &key).await, 401);
    })
    .await;
}

#[tokio::test]
async fn attack_134_a_key_and_the_next_one_are_valid_together_for_a_while() {
    both::<Robots, _>(async |app| {
        let (user, key) = user_with_key(&app, "*", &["notes:read"]).await;
        let (keys, db) = (app.ctx.api_keys(), &app.ctx.db);
        let id = id_of_only_key(&app, user).await;
        assert_eq!(status(&app, "/notes", &key).await, 200);
        // Of two rotations at once one takes place.
        let (one, two) = tokio::join!(
            keys.rotate(db, user, id, DAY),
            keys.rotate(db, user, id, DAY)
        );
        let mut rotated: Vec<_> = [one, two]
            .into_iter()
            .filter_map(|result| result.expect("no error"))
            .collect();
        assert_eq!(rotated.len(), 1);
        let next = rotated.remove(0);
        assert_eq!(next.key.name, "robot");
        assert!(next.key.permissions.allow("notes:read"));
        assert_eq!(next.key.expires_at, None);
        assert_eq!(status(&app, "/notes", &key).await, 200);
        assert_eq!(status(&app, "/notes", &next.secret).await, 200);
        let listed = keys.list(db, user).await.expect("listed");
        assert_eq!(
            listed.iter().map(|key| key.id).collect::<Vec<_>>(),
            [next.key.id, id]
        );
        assert!(listed[1].rotated_at.is_some());
        let left = listed[1].expires_at.expect("an end") - Utc::now();
        assert!(
            left > TimeDelta::hours(23) && left <= TimeDelta::hours(24),
            "{left}"
        );
        assert!(
            keys.rotate(db, user, id, DAY)
                .await
                .expect("no error")
                .is_none()
        );
        // Without any overlap, and with the lifetime of the former one.
        let end = next.key.created_at + TimeDelta::days(30);
        set_time(&app, user, "expires_at", end).await;
        let last = keys.rotate(db, user, next.key.id, Duration::ZERO).await;
        let last = last.expect("no error").expect("there");
        assert_eq!(status(&app, "/notes", &next.secret).await, 401);
        assert_eq!(status(&app, "/notes", &last.secret).await, 200);
        let lifetime = last.key.expires_at.expect("an end") - last.key.created_at;
        assert!(
            (lifetime - TimeDelta::days(30)).abs() < TimeDelta::seconds(1),
            "{lifetime}"
        );
    })
    .await;
}

#[tokio::test]
async fn names_and_numbers_of_keys_are_bounded() {
    both::<Robots, _>(async |app| {
        let user = create_user(&app).await.id;
        let (keys, db, all) = (app.ctx.api_keys(), &app.ctx.db, Grants::all());
        for (name, code) in [("", "too_short"), (&*"x".repeat(81), "too_long")] {
            let refused = keys.create(db, user, NewApiKey::new(name), &all).await;
            assert_eq!(refused.expect_err("refused").field_errors()[0].code, code);
        }
        for number in 0..100 {
            let new = NewApiKey::new(format!("{number}: {}", "ä".repeat(70)));
            drop(keys.create(db, user, new, &all).await.expect("created"));
        }
        let refused = keys
            .create(db, user, NewApiKey::new("one more"), &all)
            .await;
        assert_eq!(refused.expect_err("refused").status(), 409);
        assert_eq!(keys.revoke_all(db, user).await.expect("revoked"), 100);
        drop(
            keys.create(db, user, NewApiKey::new("one more"), &all)
                .await
                .expect("created"),
        );
        // As far in the future as a duration goes.
        let new = NewApiKey::new("for ever").expires_in(Duration::MAX);
        let created = keys.create(db, user, new, &all).await.expect("created");
        assert_eq!(created.key.expires_at, None);
    })
    .await;
}
