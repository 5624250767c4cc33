//! The keys with which secrets are sealed.

use fw::{
    auth::AuthContext,
    boot::Booted,
    config::Config,
    task::Tasks,
    test_support::{Application, totp_code},
};
use fw_testing::prelude::*;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};

use super::{
    super::{App, on_both},
    Enrolled,
};

const NEW: &str = "9S0MZKdsfTQBzBY8rxJdTHZQmGJTGAHhHmFuOrAsLUE=";
const OLD: &str = "mYq3t6w9z$C&F)J@NcRfUjXn2r5u8x/A";

/// The application with other keys, on the same database.
async fn with_keys(app: &TestApp, keys: &[&str]) -> Booted {
    let mut config = Config::clone(&app.ctx.config);
    config.signing.keys = keys.iter().map(|key| (*key).into()).collect();
    let booted = Application::of::<App>().boot(config).await;
    booted.expect("the application boots").0
}

/// Whether a right code confirms a session.
async fn counts(booted: &Booted, user: i64, secret: &str) -> bool {
    let ctx = &booted.ctx;
    let sign_in = fw::auth::SignIn::of(user, "password totp");
    let started = ctx.sessions().start(&ctx.db, sign_in).await;
    let session = started.expect("started").session;
    // The clocks of the codes of these processes differ.
    let steps = Query::update()
        .table("factors")
        .value("last_step", 0)
        .to_owned();
    ctx.db.execute(&steps).await.expect("changed");
    let code = totp_code(ctx, secret).expect("a code");
    let answer = ctx.second_factor().confirm(&ctx.db, &session, &code).await;
    matches!(answer, Ok(fw::auth::Answer::Accepted(_)))
}

async fn reseal(booted: &Booted) -> fw::Result<()> {
    let tasks = booted
        .ctx
        .get::<Tasks>()
        .expect("the context has the tasks");
    tasks.run("auth:reseal", &[], &booted.ctx).await
}

#[tokio::test]
async fn attack_104_a_key_is_replaced_and_no_secret_is_lost() {
    on_both(async |app| {
        let old = with_keys(&app, &[OLD]).await;
        let ada = Enrolled::new(&app).await;
        // Sealed with the old key.
        let enrolment = {
            let ctx = &old.ctx;
            let sign_in = fw::auth::SignIn::of(ada.user.id, "password totp");
            let started = ctx.sessions().start(&ctx.db, sign_in).await;
            let session = started.expect("started").session;
            let second_factor = ctx.second_factor();
            let enrolment = second_factor.enrol(&ctx.db, &session, "Old", "ada").await;
            let enrolment = enrolment.expect("enrolled");
            let code = totp_code(ctx, &enrolment.secret).expect("a code");
            let answer = second_factor
                .activate(&ctx.db, &session, enrolment.id, &code)
                .await;
            assert!(matches!(answer, Ok(fw::auth::Answer::Accepted(_))));
            enrolment
        };
        let other = Query::delete()
            .from_table("factors")
            .and_where(Expr::col("id").ne(enrolment.id))
            .to_owned();
        app.ctx.db.execute(&other).await.expect("deleted");

        let (user, secret) = (ada.user.id, &enrolment.secret);
        let (both, new) = (
            with_keys(&app, &[NEW, OLD]).await,
            with_keys(&app, &[NEW]).await,
        );
        assert!(counts(&both, user, secret).await);
        assert!(!counts(&new, user, secret).await, "it cannot be opened");
        let error = reseal(&new).await.expect_err("one cannot be opened");
        assert!(
            error.chain().contains("1 secret cannot be opened"),
            "{}",
            error.chain()
        );
        reseal(&both).await.expect("sealed again");
        assert!(counts(&new, user, secret).await);
        assert!(!counts(&old, user, secret).await);
        reseal(&new).await.expect("nothing is left to do");
    })
    .await;
}

#[tokio::test]
async fn attack_104_a_secret_that_is_put_into_another_row_does_not_count() {
    on_both(async |app| {
        let (ada, mallory) = (Enrolled::new(&app).await, Enrolled::new(&app).await);
        // Somebody who can write to the database gives Ada the secret of Mallory.
        let sealed = Query::select()
            .column("secret_sealed")
            .from("factors")
            .and_where(Expr::col("id").eq(mallory.factor))
            .to_owned();
        let row = app.ctx.db.query_one(&sealed).await.expect("read");
        let sealed: Vec<u8> = row
            .expect("there")
            .try_get("", "secret_sealed")
            .expect("bytes");
        let forged = Query::update()
            .table("factors")
            .value("secret_sealed", sealed)
            .and_where(Expr::col("id").eq(ada.factor))
            .to_owned();
        app.ctx.db.execute(&forged).await.expect("forged");
        let challenge = ada.challenge(&app).await;
        challenge
            .answer(&app, &app.totp_code(&mallory.secret))
            .await
            .assert_problem(401, "invalid_code");
    })
    .await;
}
