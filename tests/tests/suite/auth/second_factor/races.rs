//! What happens at the same moment, in one process and in two.

use fw::{
    auth::{Answer, AuthContext, Device},
    boot::Booted,
    config::Config,
    context::AppContext,
    test_support::{Application, totp_code},
};
use fw_testing::prelude::*;
use sea_orm::prelude::Uuid;

use super::{
    super::{App, create_user, on_both, with_cookie},
    Challenge, Enrolled, cookie_of, enrol, recovery_codes_in, wrong_code,
};

const ROUNDS: usize = 10;

/// Another process on the same database.
async fn another(app: &TestApp) -> Booted {
    let config = Config::clone(&app.ctx.config);
    let booted = Application::of::<App>().boot(config).await;
    booted.expect("the application boots").0
}

async fn is_accepted(ctx: &AppContext, challenge: &Challenge, code: &str) -> bool {
    let id: Uuid = challenge.id.parse().expect("an id");
    let device = Device::default();
    let answer = ctx
        .second_factor()
        .answer(&ctx.db, id, &challenge.secret, code, &device);
    match answer.await.expect("answered") {
        Answer::Accepted(_) => true,
        Answer::Wrong | Answer::Gone => false,
        Answer::Exhausted(account) => panic!("{account} has no more tries"),
    }
}

#[tokio::test]
async fn attack_095_a_code_counts_once_at_the_same_moment_and_in_two_processes() {
    on_both(async |app| {
        let other = another(&app).await;
        let ada = Enrolled::new(&app).await;
        // Its clock of the codes moves on as well.
        totp_code(&other.ctx, &ada.secret).expect("a code");
        for _ in 0..ROUNDS {
            let (here, there) = (ada.challenge(&app).await, ada.challenge(&app).await);
            let code = app.totp_code(&ada.secret);
            totp_code(&other.ctx, &ada.secret).expect("the same one");
            let (here, there) = tokio::join!(
                is_accepted(&app.ctx, &here, &code),
                is_accepted(&other.ctx, &there, &code)
            );
            assert!(here != there, "one of them: {here}, {there}");
        }
    })
    .await;
}

#[tokio::test]
async fn attack_099_a_recovery_code_counts_once_at_the_same_moment() {
    on_both(async |app| {
        let other = another(&app).await;
        let ada = Enrolled::new(&app).await;
        for code in &ada.recovery_codes {
            let (here, there) = (ada.challenge(&app).await, ada.challenge(&app).await);
            let (here, there) = tokio::join!(
                is_accepted(&app.ctx, &here, code),
                is_accepted(&other.ctx, &there, code)
            );
            assert!(here != there, "one of them: {here}, {there}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_challenge_is_answered_once_at_the_same_moment() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        for round in 0..ROUNDS / 2 {
            let challenge = ada.challenge(&app).await;
            let codes = &ada.recovery_codes[2 * round..2 * round + 2];
            let (first, second) = tokio::join!(
                is_accepted(&app.ctx, &challenge, &codes[0]),
                is_accepted(&app.ctx, &challenge, &codes[1])
            );
            assert!(first != second, "one of them: {first}, {second}");
        }
    })
    .await;
}

#[tokio::test]
async fn attack_097_many_guesses_at_the_same_moment_are_five() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        let challenge = ada.challenge(&app).await;
        let wrong = wrong_code(&app, &ada.secret);
        let guesses = (0..20).map(|_| challenge.answer(&app, &wrong));
        let responses = futures_util::future::join_all(guesses).await;
        let tried = responses.iter().filter(|response| {
            let body = response.json();
            body["code"] == "invalid_code"
        });
        assert_eq!(tried.count(), 4, "and the fifth one ends it");
    })
    .await;
}

#[tokio::test]
async fn codes_that_are_renewed_twice_at_the_same_moment_are_ten() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        for _ in 0..ROUNDS {
            let renew = || with_cookie(app.post("/recovery-codes"), &ada.cookie);
            let (first, second) = tokio::join!(renew(), renew());
            first.assert_status(200);
            second.assert_status(200);
            assert_ne!(recovery_codes_in(&first), recovery_codes_in(&second));
            let second_factor = app.ctx.second_factor();
            let left = second_factor.recovery_codes_left(&app.ctx.db, ada.user.id);
            assert_eq!(left.await.expect("counted"), 10);
        }
    })
    .await;
}

#[tokio::test]
async fn an_enrolment_is_confirmed_once_at_the_same_moment() {
    on_both(async |app| {
        for _ in 0..ROUNDS {
            let user = create_user(&app).await;
            let cookie = cookie_of(&app, &user.name).await;
            let (id, secret) = enrol(&app, &cookie, "Phone").await;
            let code = app.totp_code(&secret);
            let confirm = || super::confirm(&app, &cookie, id, &code);
            let (first, second) = tokio::join!(confirm(), confirm());
            let statuses = [first.status().as_u16(), second.status().as_u16()];
            assert!(
                statuses.iter().filter(|status| **status == 200).count() == 1,
                "{statuses:?}"
            );
        }
    })
    .await;
}

/// An account whose role asks for a second factor never comes to be without one.
#[tokio::test]
async fn of_two_last_factors_one_stays_where_one_is_demanded() {
    on_both(async |app| {
        let ada = Enrolled::new(&app).await;
        let (id, secret) = enrol(&app, &ada.cookie, "Tablet").await;
        let confirmed = super::confirm(&app, &ada.cookie, id, &app.totp_code(&secret)).await;
        let cookie = super::pair(&confirmed);
        let session = app.ctx.sessions().list(&app.ctx.db, ada.user.id).await;
        let session = session.expect("listed").remove(0);
        let standing = fw::auth::Standing::active(fw::auth::Grants::default());
        let standing = standing.require_second_factor(true);
        let remove = |id| {
            let second_factor = app.ctx.second_factor();
            second_factor.remove(&app.ctx.db, &session, id, &standing)
        };
        let (first, second) = tokio::join!(remove(ada.factor), remove(id));
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        let left = app.get("/factors").header("cookie", &cookie).await;
        assert_eq!(left.json().as_array().map(Vec::len), Some(1));
    })
    .await;
}

/// Whoever signs in with the password alone at the moment at which the owner makes a second factor count is out.
#[tokio::test]
async fn a_sign_in_at_the_moment_of_the_confirmation_has_no_session_afterwards() {
    on_both(async |app| {
        for _ in 0..ROUNDS {
            let user = create_user(&app).await;
            let cookie = cookie_of(&app, &user.name).await;
            let (id, secret) = enrol(&app, &cookie, "Phone").await;
            let code = app.totp_code(&secret);
            let body = json!({ "name": user.name, "password": super::PASSWORD });
            let sign_in = app.post("/two-step/session").json(&body);
            let (confirmed, signed_in) =
                tokio::join!(super::confirm(&app, &cookie, id, &code), sign_in);
            confirmed.assert_status(200);
            if signed_in.status() == 204 {
                let status = super::super::status_of(&app, &super::pair(&signed_in)).await;
                assert_eq!(status, 401);
            }
        }
    })
    .await;
}
