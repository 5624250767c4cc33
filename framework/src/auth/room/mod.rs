//! The room of accounts: its handles, the check of its tables, the task that deletes what is of no more use, and that which shows
//! who gets where.

mod matrix;
mod prune;
mod reseal;

use std::{future::ready, sync::Arc, time::Duration};

use self::{matrix::AccessMatrix, prune::AuthPrune, reseal::AuthReseal};
use super::{
    ApiKeys, BuiltInRoles, Passwords, PermissionCheck, Roles, SecondFactor, Sessions, Tokens,
    tables,
};
use crate::{
    context::AppContext,
    controller::{KnownPermissions, Routes},
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
    tasks: || {
        Tasks::new()
            .add::<AuthPrune>()
            .add::<AuthReseal>()
            .add::<AccessMatrix>()
    },
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
    let built_in = ctx.get::<BuiltInRoles>().cloned().unwrap_or_default();
    let sessions = Sessions::new(
        ctx.db.clone(),
        config.clone(),
        ctx.environment().clone(),
        built_in.clone(),
    );
    let known = ctx.get::<KnownPermissions>().cloned().unwrap_or_default();
    let check: PermissionCheck =
        Arc::new(move |pointer, grants| known.check(pointer, grants.names()));
    let roles = Roles::new(built_in, sessions.clone(), Arc::clone(&check));
    let api_keys = ApiKeys::new(sessions.clone(), check);
    // Without a key it is an error of those that need it.
    let issuer = public_url.unwrap_or_else(|| ctx.app_name().to_owned());
    let keys = ctx.get::<SigningKeys>().cloned();
    let name = config.second_factor.issuer.clone();
    let name = name.unwrap_or_else(|| ctx.app_name().to_owned());
    let limits = ctx.limits.clone();
    let ctx = ctx
        .with(passwords)
        .with(sessions.clone())
        .with(roles)
        .with(api_keys);
    let Some(keys) = keys else {
        return Ok(ctx);
    };
    let tokens = Tokens::new(sessions.clone(), &keys, &issuer)?;
    let second_factor = SecondFactor::new(sessions, tokens.clone(), keys, limits, name);
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
    tables::check(&ctx.db).await?;
    if let Some(built_in) = ctx.get::<BuiltInRoles>() {
        let known = routes.permissions();
        built_in.check(|names| known.check("", names))?;
        built_in.check_names(&ctx.db).await?;
    }
    Ok(())
}
