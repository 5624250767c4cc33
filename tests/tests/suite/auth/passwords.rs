//! Sign-ins with a password.

use std::time::Duration;

use fw::{
    auth::{AuthContext, PasswordCheck, Passwords, SignIn},
    config::{Config, Environment, PasswordConfig},
    db::Transaction,
    sea_orm::EntityTrait,
    test_support::Application,
};
use fw_testing::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, TransactionSession, TransactionTrait};

use super::{App, PASSWORD, create_user, on_both, users};

#[tokio::test]
async fn attack_011_and_012_all_sign_ins_that_fail_get_the_same_response() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let suspended = create_user(&app).await;
        let mut change = suspended.clone().into_active_model();
        change.is_suspended = Set(true);
        change.update(&app.ctx.db).await.expect("suspended");
        let passwordless = create_user(&app).await;
        let mut change = passwordless.clone().into_active_model();
        change.password_hash = Set(None);
        change.update(&app.ctx.db).await.expect("changed");

        let mut responses = Vec::new();
        for (name, password) in [
            (user.name.as_str(), "the tide turns at one"),
            (&user.name, ""),
            ("nobody", PASSWORD),
            (&suspended.name, PASSWORD),
            (&suspended.name, "wrong"),
            (&passwordless.name, PASSWORD),
            (&passwordless.name, ""),
        ] {
            let body = json!({ "name": name, "password": password });
            let response = app.post("/session").json(&body).await;
            response.assert_problem(401, "invalid_sign_in");
            assert_eq!(response.header("set-cookie"), "");
            assert_eq!(response.header("cache-control"), "no-store");
            let mut problem = response.json();
            problem
                .as_object_mut()
                .expect("an object")
                .remove("request_id");
            responses.push(problem);
        }
        responses.dedup();
        assert_eq!(responses.len(), 1, "{responses:?}");
    })
    .await;
}

/// A sign-in that has checked the password and begins its session now.
async fn begin(app: &TestApp, user: &users::Model, check: &PasswordCheck) -> fw::Result<()> {
    let begun = app.ctx.db.transact(async |tx| {
        check.store(tx, user, users::Column::PasswordHash).await?;
        let sign_in = SignIn::of(user.id, "password");
        app.ctx.sessions().start(tx, sign_in).await
    });
    begun.await.map(drop)
}

/// Stores the hash of another password, and returns it.
async fn change(app: &TestApp, tx: &Transaction, user: &users::Model) -> String {
    let hash = app.ctx.passwords().hash("the moon is made of basalt").await;
    let mut change = user.clone().into_active_model();
    change.password_hash = Set(hash.expect("hashed").into());
    let changed = change.update(tx).await.expect("changed");
    changed.password_hash.expect("a hash")
}

/// Ends all sessions, and commits.
async fn finish(app: &TestApp, tx: Transaction, user: &users::Model) {
    let ended = app.ctx.sessions().end_all(&tx, user.id, None).await;
    ended.expect("ended");
    tx.commit().await.expect("committed");
}

async fn hash_of(app: &TestApp, user: &users::Model) -> Option<String> {
    let user = users::Entity::find_by_id(user.id).one(&app.ctx.db).await;
    user.expect("read").expect("there").password_hash
}

#[tokio::test]
async fn a_sign_in_does_not_outlive_the_password_that_it_has_checked() {
    on_both(async |app| {
        for comes_late in [true, false] {
            let user = create_user(&app).await;
            // A cost that has grown: a new hash of the old password must not undo the change either.
            let config = PasswordConfig {
                bcrypt_cost: 5,
                ..PasswordConfig::default()
            };
            let check = Passwords::new(&config, ["auth"])
                .verify(PASSWORD, user.password_hash.as_deref())
                .await
                .expect("checked");
            assert!(check.matches && check.rehashed.is_some());
            let tx = app.ctx.db.begin().await.expect("begun");
            // From here on the row is locked, and a sign-in waits.
            let changed = change(&app, &tx, &user).await;
            let begun = if comes_late {
                finish(&app, tx, &user).await;
                begin(&app, &user, &check).await
            } else {
                let finish = async {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    finish(&app, tx, &user).await;
                };
                tokio::join!(finish, begin(&app, &user, &check)).1
            };
            let refused = begun.expect_err("refused");
            assert_eq!(refused.code(), "invalid_sign_in");
            assert_eq!(hash_of(&app, &user).await, Some(changed));
            let sessions = app.ctx.sessions().list(&app.ctx.db, user.id).await;
            assert!(sessions.expect("listed").is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_stores_the_hash_of_a_higher_cost_of_one_account() {
    on_both(async |app| {
        let (user, other) = (create_user(&app).await, create_user(&app).await);
        let config = PasswordConfig {
            bcrypt_cost: 5,
            ..PasswordConfig::default()
        };
        let passwords = Passwords::new(&config, ["auth"]);
        let check = passwords.verify(PASSWORD, user.password_hash.as_deref());
        let check = check.await.expect("checked");
        begin(&app, &user, &check).await.expect("begun");
        let hash = hash_of(&app, &user).await;
        assert_eq!(hash, check.rehashed);
        assert_eq!(hash_of(&app, &other).await, other.password_hash);
        let shown = format!("{check:?}");
        assert!(!shown.contains(&hash.expect("a hash")), "{shown}");
        // A wrong password stores nothing, and begins none.
        let wrong = passwords.verify("wrong", other.password_hash.as_deref());
        let refused = begin(&app, &other, &wrong.await.expect("checked")).await;
        assert_eq!(refused.expect_err("refused").code(), "invalid_sign_in");
        let sessions = app.ctx.sessions().list(&app.ctx.db, other.id).await;
        assert!(sessions.expect("listed").is_empty());
    })
    .await;
}

#[tokio::test]
async fn attack_023_and_024_other_fields_are_refused() {
    let app = boot::<App>().await;
    let user = create_user(&app).await;
    for field in ["role", "permissions", "is_suspended", "id", "hint"] {
        let mut body = json!({ "name": user.name, "password": PASSWORD });
        body[field] = json!("*");
        let response = app.post("/session").json(&body).await;
        response.assert_problem(422, "validation_failed");
        response.assert_field(&format!("/{field}"), "unknown_field");
    }
    let same = users::Entity::find_by_id(user.id).one(&app.ctx.db).await;
    assert_eq!(same.expect("read"), Some(user));
}

/// The start of the application with a configuration, on a migrated database.
async fn start(app: &TestApp, change: impl FnOnce(&mut Config)) -> Result<(), String> {
    let mut config = Config::clone(&app.ctx.config);
    change(&mut config);
    match Application::of::<App>().boot(config).await {
        Ok((booted, _)) => {
            booted.shutdown(Duration::from_secs(1)).await;
            Ok(())
        }
        Err(error) => Err(error.chain()),
    }
}

#[tokio::test]
async fn attack_021_production_refuses_cheap_hashes_and_a_missing_key() {
    let app = boot::<App>().await;
    let key = "9S0MZKdsfTQBzBY8rxJdTHZQmGJTGAHhHmFuOrAsLUE=";
    let production = |cost: u32| {
        move |config: &mut Config| {
            config.environment = Environment::Production;
            config.signing.keys = vec![key.into()];
            config.auth.password.bcrypt_cost = cost;
        }
    };
    assert_eq!(start(&app, production(10)).await, Ok(()));
    let cheap = start(&app, production(4)).await.expect_err("refused");
    assert!(
        cheap.contains("`auth.password.bcrypt_cost` is 4"),
        "{cheap}"
    );
    let without_key = |config: &mut Config| config.environment = Environment::Production;
    let missing = start(&app, without_key).await.expect_err("refused");
    assert!(missing.contains("`FW_KEYS`"), "{missing}");
}

#[tokio::test]
async fn attack_021_lengths_and_costs_out_of_range_are_refused() {
    for (key, value) in [
        ("FW_AUTH__PASSWORD__MIN_LENGTH", "7"),
        ("FW_AUTH__PASSWORD__MIN_LENGTH", "65"),
        ("FW_AUTH__PASSWORD__BCRYPT_COST", "3"),
        ("FW_AUTH__PASSWORD__BCRYPT_COST", "17"),
        ("FW_AUTH__IDLE_TIMEOUT", "1m"),
        ("FW_AUTH__TOKENS__ACCESS", "2h"),
    ] {
        let loaded = fw::config::Loader::new("/nowhere")
            .environment(Environment::Production)
            .vars([("DATABASE_URL", "sqlite::memory:"), (key, value)])
            .load();
        let error = loaded.expect_err("refused").to_string();
        assert!(error.contains(key), "{error}");
    }
}

#[tokio::test]
async fn attack_151_a_database_without_the_tables_is_named_at_the_start() {
    on_both(async |app| {
        app.ctx
            .db
            .execute_unprepared("ALTER TABLE sessions DROP COLUMN ended_why")
            .await
            .expect("dropped");
        let error = start(&app, |_| ()).await.expect_err("refused");
        assert!(
            error.contains("has no column `sessions.ended_why`"),
            "{error}"
        );
        assert!(error.contains("`fw::auth::tables::create`"), "{error}");
        app.ctx
            .db
            .execute_unprepared("DROP TABLE one_time_tokens")
            .await
            .expect("dropped");
        app.ctx
            .db
            .execute_unprepared("ALTER TABLE sessions ADD COLUMN ended_why VARCHAR(40)")
            .await
            .expect("added");
        let error = start(&app, |_| ()).await.expect_err("refused");
        assert!(error.contains("has no table `one_time_tokens`"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn hashes_of_tests_are_cheap_and_those_of_others_are_not() {
    let app = boot::<App>().await;
    let hash = app.ctx.passwords().hash(PASSWORD).await.expect("hashed");
    assert!(hash.starts_with("fw1$2b$04$"), "{hash}");
    for environment in [Environment::Development, Environment::Production] {
        assert_eq!(Config::defaults(environment).auth.password.bcrypt_cost, 12);
    }
}
