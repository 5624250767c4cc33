//! Links in mails.

use crate::{
    context::AppContext,
    error::{Error, Result},
    view::Engine,
};

/// The absolute URL of a path, below `server.public_url`, for a link in a mail. It never has the host of a request, which anybody can make up.
/// In development and tests it begins with `http://localhost` and the port unless that is set.
///
/// Templates make links to named routes with `url(to=…)`; this one is for paths of another application, such as that of a browser.
///
/// ```
/// use fw::{context::AppContext, error::Result, mailer};
///
/// fn reset_link(ctx: &AppContext, token: &str) -> Result<String> {
///     mailer::url(ctx, &format!("/reset-password?token={token}"))
/// }
/// ```
///
/// # Errors
///
/// When `server.public_url` is missing in production, or the application has no mails.
pub fn url(ctx: &AppContext, path: &str) -> Result<String> {
    let engine = ctx
        .get::<Engine>()
        .ok_or_else(|| Error::internal("the application has no mails"))?;
    engine.url(path).map_err(Error::internal)
}
