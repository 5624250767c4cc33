//! Sign-ins with a password.

use fw::{
    auth::AuthContext,
    config::{Config, Environment},
    sea_orm::EntityTrait,
    test_support::Application,
};
use fw_testing::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel};

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
            booted.shutdown(std::time::Duration::from_secs(1)).await;
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
