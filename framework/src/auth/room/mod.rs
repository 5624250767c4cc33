//! The room of accounts: its handles, the check of its tables, and the task that deletes what is of no more use.

mod prune;
mod reseal;

use std::{future::ready, time::Duration};

use self::{prune::AuthPrune, reseal::AuthReseal};
use super::{Passwords, SecondFactor, Sessions, Tokens, tables};
use crate::{
    context::AppContext,
    controller::Routes,
    error::{Error, Result},
    room::Room,
    scheduler::Schedule,
    signing::{MissingKey, SigningKeys},
    task::{Task, Tasks},
};

const HOUR: Duration = Duration::from_hours(1);

/// The lowest cost of hashes that a server in production starts with.
const LEAST_COST: u32 = 10;

pub(crate) const ROOM: Room = Room {
    name: "accounts",
    context: |ctx| Box::pin(ready(with_handles(ctx))),
    before_serve: |ctx, routes| Box::pin(check(ctx, routes)),
    tasks: || Tasks::new().add::<AuthPrune>().add::<AuthReseal>(),
    schedule: || Schedule::new().every(HOUR, AuthPrune::NAME),
    ..Room::NONE
};

fn with_handles(ctx: AppContext) -> Result<AppContext> {
    let config = &ctx.config.auth;
    let public_url = ctx.config.server.public_url.clone();
    let host = public_url.as_deref().and_then(host_of);
    let words = [Some(ctx.app_name().to_owned()), host]
        .into_iter()
        .flatten();
    let passwords = Passwords::new(&config.password, words);
    let sessions = Sessions::new(ctx.db.clone(), config.clone(), ctx.environment().clone());
    // Without a key it is an error of those that need it.
    let issuer = public_url.unwrap_or_else(|| ctx.app_name().to_owned());
    let Some(keys) = ctx.get::<SigningKeys>().cloned() else {
        return Ok(ctx.with(passwords).with(sessions));
    };
    let tokens = Tokens::new(sessions.clone(), &keys, &issuer)?;
    let name = config.second_factor.issuer.as_deref();
    let second_factor = SecondFactor::new(
        sessions.clone(),
        tokens.clone(),
        keys,
        ctx.limits.clone(),
        name.unwrap_or(ctx.app_name()).to_owned(),
    );
    let ctx = ctx.with(passwords).with(sessions);
    Ok(ctx.with(tokens).with(second_factor))
}

/// The host of a URL.
fn host_of(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    url.host_str().map(str::to_owned)
}

/// Checks what an application with accounts needs. One without any needs nothing.
async fn check(ctx: &AppContext, routes: &Routes) -> Result<()> {
    if !routes.need_accounts() {
        return Ok(());
    }
    if ctx.get::<Tokens>().is_none() {
        return Err(MissingKey {
            signed: "access tokens",
        }
        .into());
    }
    let cost = ctx.config.auth.password.bcrypt_cost;
    if ctx.environment().is_production() && cost < LEAST_COST {
        return Err(Error::internal(format!(
            "`auth.password.bcrypt_cost` is {cost}, and passwords in production need at least {LEAST_COST}\nhint: leave it out: the default is 12"
        )));
    }
    tables::check(&ctx.db).await
}
