//! An application whose routes are limited.

use fw::{
    axum::{
        extract::FromRequestParts,
        response::{IntoResponse, Response},
    },
    config::Config,
    controller::KnownBrowser,
    dto::prelude::*,
    http::{header::SET_COOKIE, request::Parts},
    limits::{Limit, Lockout},
    prelude::*,
};
use std::time::Duration;

use super::CHANGE;

pub struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "limits"
    }

    fn routes() -> Routes {
        Routes::new().with([
            get("/things", things),
            post("/things", things),
            post("/orders", order).idempotent(),
            get("/mine", mine),
            post("/session", sign_in),
            post("/mails", mail),
            post("/password", reset),
        ])
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    async fn before_boot(config: &mut Config) -> Result<()> {
        config.database.url = "sqlite::memory:".into();
        CHANGE.with_borrow(|change| change(config));
        Ok(())
    }
}

/// A caller who says who they are.
pub struct Named(String);

impl Access for Named {
    fn rule() -> String {
        "named".to_owned()
    }

    fn caller(&self) -> Option<String> {
        Some(self.0.clone())
    }
}

impl FromRequestParts<AppContext> for Named {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &AppContext) -> Result<Self> {
        let name = parts
            .headers
            .get("x-name")
            .ok_or_else(Error::unauthorized)?;
        Ok(Self(name.to_str().unwrap_or_default().to_owned()))
    }
}

async fn things(_: Anyone) -> NoContent {
    NoContent
}

async fn mine(_: Named) -> NoContent {
    NoContent
}

async fn order(_: Named) -> NoContent {
    NoContent
}

const SIGN_IN: Lockout = Lockout::after("sign-in", 5);

const MAILS: Limit = Limit::new("mails", 3, Duration::from_hours(1));

#[derive(Deserialize, JsonSchema, Validate)]
struct SignIn {
    #[garde(length(max = 254))]
    email: String,
    #[garde(length(max = 256))]
    password: String,
}

/// The one name of an account, however it is typed: limits and lock-outs count by it.
fn account(email: &str) -> String {
    email.trim().to_lowercase()
}

/// The sign-in of the one account that there is.
async fn sign_in(
    _: Anyone,
    State(ctx): State<AppContext>,
    browser: KnownBrowser,
    ValidJson(body): ValidJson<SignIn>,
) -> Result<Response> {
    let account = account(&body.email);
    let subject = browser.subject(&account);
    let attempt = ctx.limits.attempt(&SIGN_IN, &subject).await?;
    // As long as a hash takes, so that attempts at the same time overlap.
    tokio::time::sleep(Duration::from_millis(10)).await;
    if (account.as_str(), body.password.as_str()) != ("ada@example.com", "right") {
        return Err(Error::unauthorized());
    }
    attempt.succeeded().await;
    let cookie = browser.remember(&account)?;
    Ok(([(SET_COOKIE, cookie)], NoContent).into_response())
}

#[derive(Deserialize, JsonSchema, Validate)]
struct Address {
    #[garde(length(max = 254))]
    email: String,
}

/// Answers the same whether it sends a mail or not.
async fn mail(
    _: Anyone,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<Address>,
) -> Result<NoContent> {
    if ctx.limits.take(&MAILS, &account(&body.email)).await {
        tracing::info!("a mail is sent");
    } else {
        tracing::info!("no mail is sent");
    }
    Ok(NoContent)
}

/// The end of a reset by mail, of which the address is the proof here.
async fn reset(
    _: Anyone,
    State(ctx): State<AppContext>,
    browser: KnownBrowser,
    ValidJson(body): ValidJson<Address>,
) -> Result<Response> {
    let account = account(&body.email);
    for subject in [
        browser.subject(&account),
        KnownBrowser::account_subject(&account),
    ] {
        ctx.limits.forgive(&SIGN_IN, &subject).await;
    }
    let cookie = browser.remember(&account)?;
    Ok(([(SET_COOKIE, cookie)], NoContent).into_response())
}
