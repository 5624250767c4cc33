//! The room of views: loads the templates at the start, and serves the assets.

use std::{future::ready, sync::Arc};

use axum::{extract::Path, routing::get};
use http::HeaderMap;

use super::{Engine, Probed, RouteSource, Views, assets::PREFIX, compressed::CODINGS};
#[cfg(feature = "views")]
use crate::signing::{MissingKey, SigningKeys};
use crate::{
    context::AppContext,
    controller::{Routes, preferred_coding, with_allow},
    room::{DoctorContext, Finding, Page, PageContext, Room},
};

pub(crate) const ROOM: Room = Room {
    name: "views",
    context: |ctx| {
        Box::pin(async move {
            let Some(views) = ctx.get::<Views>().copied() else {
                return Ok(ctx);
            };
            #[cfg(feature = "views")]
            require_key(views, &ctx)?;
            let engine = Engine::load(views, &ctx.config)?;
            // A process that only runs jobs has mails with links, but serves no pages.
            if let Some(RouteSource(routes)) = ctx.get().cloned() {
                engine.set_routes(move || routes());
            }
            Ok(ctx.with(engine))
        })
    },
    pages,
    doctor: |input| {
        let findings = examine(input).into_iter();
        #[cfg(feature = "views")]
        let findings = findings.chain(missing_key(input));
        Box::pin(ready(findings.collect()))
    },
    ..Room::NONE
};

/// Fails if an application with pages has no key for their flash messages.
#[cfg(feature = "views")]
fn require_key(views: Views, ctx: &AppContext) -> Result<(), MissingKey> {
    if views.is_empty() || ctx.get::<SigningKeys>().is_some() {
        return Ok(());
    }
    Err(MissingKey {
        signed: "flash messages",
    })
}

/// A finding about an application that could not start.
#[cfg(feature = "views")]
fn missing_key(input: DoctorContext<'_>) -> Option<Finding> {
    if input.is_static {
        return None;
    }
    let ctx = input.ctx;
    let views = ctx.get::<Views>().copied()?;
    let keys = SigningKeys::of(&ctx.config.signing, ctx.environment(), ctx.app_name());
    let ctx = match keys {
        Some(keys) => ctx.clone().with(keys),
        None => ctx.clone(),
    };
    let error = require_key(views, &ctx).err()?;
    Some(Finding::failure("signing_key", error.to_string()))
}

/// Renders every page and every mail with sample data.
fn examine(input: DoctorContext<'_>) -> Vec<Finding> {
    const ID: &str = "views";

    let Some(views) = input
        .ctx
        .get::<Views>()
        .copied()
        .filter(|views| !views.is_empty())
    else {
        return Vec::new();
    };
    let probed = Engine::load(views, &input.ctx.config).and_then(|engine| {
        let routes = (input.routes)();
        let pages = probed(input.ctx, &engine, &routes);
        let list = routes.named();
        engine.set_routes(move || list.clone());
        engine.probe(&pages)
    });
    match probed {
        Ok(faults) if faults.is_empty() => {
            vec![Finding::good(
                ID,
                "every page and every mail can be rendered",
            )]
        }
        Ok(faults) => {
            let faults = faults
                .iter()
                .map(|fault| Finding::failure(ID, fault.to_string()));
            faults.collect()
        }
        Err(error) => vec![Finding::failure(ID, error.to_string())],
    }
}

/// All pages and mails of an application, to be probed.
#[cfg_attr(
    not(all(feature = "mailer", feature = "views")),
    expect(
        unused_variables,
        reason = "without pages or mails one of them is not needed"
    )
)]
pub(crate) fn probed(ctx: &AppContext, engine: &Engine, routes: &Routes) -> Vec<Probed> {
    let mut probed = Vec::new();
    #[cfg(feature = "views")]
    probed.extend(routes.pages());
    #[cfg(feature = "mailer")]
    if let Some(mailers) = ctx.get::<crate::mailer::Mailers>() {
        probed.extend(mailers.probed(engine));
    }
    probed
}

fn pages(input: &PageContext) -> Vec<Page> {
    let Some(engine) = input.ctx.get::<Engine>().cloned() else {
        return Vec::new();
    };
    let routes = Arc::clone(&input.routes);
    engine.set_routes(move || routes().named());
    let asset = get(async move |Path(path): Path<String>, headers: HeaderMap| {
        engine.asset(&path, preferred_coding(&headers, &CODINGS))
    });
    vec![Page {
        path: format!("{PREFIX}{{*path}}"),
        methods: with_allow(asset, &["GET"]),
    }]
}

#[cfg(all(test, feature = "views"))]
mod tests {
    use super::{SigningKeys, Views, require_key};
    use crate::{config::Config, context::AppContext, db::Db, env::Environment};

    #[tokio::test]
    async fn pages_need_a_key_where_it_protects_something() {
        let mut config = Config::defaults(Environment::Production);
        config.database.url = "sqlite::memory:".into();
        let db = Db::lazy(&config.database).expect("a pool");
        let ctx = AppContext::builder("shop", config, db).build();
        let pages = Views::new("/nowhere", &[]);
        let error = require_key(pages, &ctx)
            .expect_err("there is none")
            .to_string();
        for expected in ["flash messages", "openssl rand -base64 32", "FW_KEYS_FILE"] {
            assert!(error.contains(expected), "{error}");
        }
        assert!(require_key(Views::NONE, &ctx).is_ok());
        let keys = SigningKeys::of(&ctx.config.signing, &Environment::Test, "shop");
        let ctx = ctx.with(keys.expect("tests have one"));
        assert!(require_key(pages, &ctx).is_ok());
    }
}
