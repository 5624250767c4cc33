//! Pending migrations on the page of an error, with a button that applies them: somebody may have undone some, or dropped the database.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, Uri, header};

use crate::{
    context::AppContext,
    error::{Error, Result},
    markup::{Html, put},
    migration::{self, Migrator, MigratorSource},
};

/// The path of [`apply`].
pub(super) const PATH: &str = "/_fw/migrate";

/// Lists the pending migrations, if there are any, with the button.
pub(super) async fn offer(body: &mut Html, ctx: &AppContext) {
    let Some(migrator) = migrator(ctx) else {
        return;
    };
    // A database that cannot be asked is the error itself.
    let pending = migrator.pending(&ctx.db).await.unwrap_or_default();
    if pending.is_empty() {
        return;
    }
    put!(body, "<h2>Pending migrations</h2>\n<ul>\n");
    for name in &pending {
        put!(body, "<li><code>", name, "</code></li>\n");
    }
    put!(
        body,
        "</ul>\n<form method=\"post\" action=\"",
        PATH,
        "\"><button>Apply them</button></form>\n"
    );
}

/// Applies the pending migrations, and leads back to the page with the button.
pub(super) async fn apply(State(ctx): State<AppContext>, headers: HeaderMap) -> Result<Response> {
    let migrator = migrator(&ctx).ok_or_else(Error::not_found)?;
    let (config, draining) = (&ctx.config.database, ctx.draining());
    migration::apply(&migrator, &ctx.db, config, draining.cancelled()).await?;
    Ok(Redirect::to(&page_before(&headers)).into_response())
}

fn migrator(ctx: &AppContext) -> Option<Migrator> {
    let source = ctx.get::<MigratorSource>()?;
    Some((source.0)().with(&ctx.config.database))
}

/// The path of the page with the button.
fn page_before(headers: &HeaderMap) -> String {
    let referrer = || headers.get(header::REFERER)?.to_str().ok()?.parse().ok();
    let path = referrer().and_then(|url: Uri| url.path_and_query().map(ToString::to_string));
    // With two slashes it would name another host.
    path.filter(|path| !path.starts_with("//"))
        .unwrap_or_else(|| "/".to_owned())
}
