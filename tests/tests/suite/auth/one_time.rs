//! One-time tokens.

use std::time::Duration;

use chrono::TimeDelta;
use fw::auth::{OneTime, OneTimeToken, revoke_one_time_tokens};
use fw_testing::prelude::*;
use sea_orm::{
    ConnectionTrait, ExprTrait,
    sea_query::{Expr, Query},
};
use serde::{Deserialize, Serialize};

use super::{ago, create_user, on_both};

#[derive(Debug, Serialize, Deserialize)]
struct Reset;

impl OneTimeToken for Reset {
    const PURPOSE: &'static str = "reset";
    const LIFETIME: Duration = Duration::from_mins(30);
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Invitation {
    role: String,
}

impl OneTimeToken for Invitation {
    const PURPOSE: &'static str = "invite";
    const LIFETIME: Duration = Duration::from_hours(24);
}

fn invitation() -> OneTime<Invitation> {
    let role = "editor".to_owned();
    OneTime::of(Invitation { role }).email_key("ada@example.com")
}

async fn redeem<T: OneTimeToken>(app: &TestApp, token: &str) -> Option<OneTime<T>> {
    OneTime::<T>::redeem(&app.ctx.db, token)
        .await
        .expect("an answer")
}

#[tokio::test]
async fn attack_028_a_token_carries_what_it_was_made_with() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let token = invitation()
            .account(user.id)
            .issue(&app.ctx.db)
            .await
            .expect("issued")
            .to_text();
        let redeemed = redeem::<Invitation>(&app, &token).await.expect("valid");
        assert_eq!(redeemed.data.role, "editor");
        assert_eq!(redeemed.account, Some(user.id.into()));
        assert_eq!(redeemed.email_key.as_deref(), Some("ada@example.com"));
        for guess in ["", "guessed", &"A".repeat(43)] {
            assert!(redeem::<Invitation>(&app, guess).await.is_none(), "{guess}");
        }
    })
    .await;
}

#[tokio::test]
async fn attack_029_old_used_replaced_and_revoked_tokens_are_refused() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let issue = async || {
            let token = OneTime::of(Reset).account(user.id).issue(&app.ctx.db).await;
            token.expect("issued").to_text()
        };
        // Used.
        let token = issue().await;
        assert!(redeem::<Reset>(&app, &token).await.is_some());
        assert!(redeem::<Reset>(&app, &token).await.is_none());
        // Replaced by a newer one.
        let (older, newer) = (issue().await, issue().await);
        assert!(redeem::<Reset>(&app, &older).await.is_none());
        assert!(redeem::<Reset>(&app, &newer).await.is_some());
        // Revoked, as by a change of the password.
        let token = issue().await;
        revoke_one_time_tokens(&app.ctx.db, user.id)
            .await
            .expect("revoked");
        assert!(redeem::<Reset>(&app, &token).await.is_none());
        // Too old.
        let token = issue().await;
        let old = Query::update()
            .table("one_time_tokens")
            .value("expires_at", ago(TimeDelta::seconds(1)))
            .and_where(Expr::col("used_at").is_null())
            .to_owned();
        app.ctx.db.execute(&old).await.expect("changed");
        assert!(redeem::<Reset>(&app, &token).await.is_none());
        let refusal = OneTime::<Reset>::refusal("/token");
        assert_eq!(
            (refusal.status().as_u16(), &*refusal.field_errors()[0].code),
            (422, "invalid_token")
        );
    })
    .await;
}

#[tokio::test]
async fn a_token_replaces_those_of_its_own_purpose_and_person_alone() {
    on_both(async |app| {
        let (ada, grace) = (create_user(&app).await, create_user(&app).await);
        let db = &app.ctx.db;
        let hers = OneTime::of(Reset)
            .account(ada.id)
            .issue(db)
            .await
            .expect("issued")
            .to_text();
        let invited = invitation().issue(db).await.expect("issued").to_text();
        OneTime::of(Reset)
            .account(grace.id)
            .issue(db)
            .await
            .expect("issued");
        OneTime::of(Reset)
            .email_key("grace@example.com")
            .issue(db)
            .await
            .expect("issued");
        assert!(
            redeem::<Invitation>(&app, &hers).await.is_none(),
            "another purpose"
        );
        assert!(
            redeem::<Reset>(&app, &invited).await.is_none(),
            "another purpose"
        );
        assert!(redeem::<Reset>(&app, &hers).await.is_some());
        assert!(redeem::<Invitation>(&app, &invited).await.is_some());
    })
    .await;
}

/// Anybody can ask for a link to an address; that must not take the links of the account with the address away.
#[tokio::test]
async fn a_token_for_an_address_does_not_replace_those_of_accounts() {
    on_both(async |app| {
        let (ada, grace) = (create_user(&app).await, create_user(&app).await);
        let issue = async |account: Option<i64>| {
            let token = match account {
                Some(account) => invitation().account(account),
                None => invitation(),
            };
            token.issue(&app.ctx.db).await.expect("issued").to_text()
        };
        let hers = issue(Some(ada.id)).await;
        let older = issue(None).await;
        let newer = issue(None).await;
        let of_grace = issue(Some(grace.id)).await;
        assert!(redeem::<Invitation>(&app, &older).await.is_none());
        for token in [hers, newer, of_grace] {
            assert!(redeem::<Invitation>(&app, &token).await.is_some());
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_rolled_back_replaces_none() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let token = OneTime::of(Reset).account(user.id).issue(&app.ctx.db).await;
        let token = token.expect("issued").to_text();
        let failed = app.ctx.db.transact(async |tx| {
            OneTime::of(Reset).account(user.id).issue(tx).await?;
            Err::<(), _>(fw::Error::conflict())
        });
        failed.await.expect_err("rolled back");
        assert!(redeem::<Reset>(&app, &token).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn attack_030_of_many_at_once_one_gets_the_token() {
    on_both(async |app| {
        for _ in 0..25 {
            let token = invitation()
                .issue(&app.ctx.db)
                .await
                .expect("issued")
                .to_text();
            let (a, b, c) = tokio::join!(
                redeem::<Invitation>(&app, &token),
                redeem::<Invitation>(&app, &token),
                redeem::<Invitation>(&app, &token),
            );
            let redeemed = [a, b, c].iter().filter(|token| token.is_some()).count();
            assert_eq!(redeemed, 1);
        }
    })
    .await;
}

#[tokio::test]
async fn attack_036_looking_does_not_use_a_token_up() {
    on_both(async |app| {
        let token = invitation()
            .issue(&app.ctx.db)
            .await
            .expect("issued")
            .to_text();
        for _ in 0..3 {
            let found = OneTime::<Invitation>::find(&app.ctx.db, &token)
                .await
                .expect("an answer");
            assert_eq!(found.expect("valid").data.role, "editor");
        }
        assert!(redeem::<Invitation>(&app, &token).await.is_some());
        let found = OneTime::<Invitation>::find(&app.ctx.db, &token)
            .await
            .expect("an answer");
        assert!(found.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_token_stays_usable_if_what_follows_fails() {
    on_both(async |app| {
        let token = invitation()
            .issue(&app.ctx.db)
            .await
            .expect("issued")
            .to_text();
        let failed = app.ctx.db.transact(async |tx| {
            assert!(OneTime::<Invitation>::redeem(tx, &token).await?.is_some());
            Err::<(), _>(fw::Error::conflict())
        });
        failed.await.expect_err("rolled back");
        assert!(redeem::<Invitation>(&app, &token).await.is_some());
    })
    .await;
}

/// Of two at the same moment on PostgreSQL neither saw the other, and both worked.
#[tokio::test]
async fn attack_029_of_tokens_that_are_issued_at_once_one_works() {
    on_both(async |app| {
        let user = create_user(&app).await;
        for _ in 0..20 {
            let issue = async || {
                let token = OneTime::of(Reset).account(user.id).issue(&app.ctx.db).await;
                token.expect("issued").to_text()
            };
            let (a, b, c) = tokio::join!(issue(), issue(), issue());
            let mut valid = 0;
            for token in [a, b, c] {
                let found = OneTime::<Reset>::find(&app.ctx.db, &token).await;
                valid += usize::from(found.expect("an answer").is_some());
            }
            assert_eq!(valid, 1);
        }
    })
    .await;
}
