//! Subscriptions to lists, which their mails end by one click (RFC 8058).

use std::any::{type_name, type_name_of_val};

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use super::UnsubscribeUrl;
use crate::{
    context::AppContext,
    controller::{Anyone, Page, Path, Routes, View, get, post},
    error::{Error, Result},
    signing::{MissingKey, SigningKeys},
    view::Engine,
};

/// A subscription to a list, as its mails name it: whose, and of what. Its mails have a URL at which mail programs and people end it.
///
/// ```
/// use fw::{dto::prelude::*, mailer::{Address, Subscription}, prelude::*};
///
/// /// The subscription of a user to the news.
/// #[derive(Serialize, Deserialize)]
/// struct NewsSubscription {
///     user_id: i64,
/// }
///
/// impl Subscription for NewsSubscription {
///     const LIST: &'static str = "news";
///
///     async fn end(self, ctx: &AppContext) -> Result<()> {
///         // Here it would be deleted.
///         let _ = (self.user_id, ctx);
///         Ok(())
///     }
/// }
///
/// struct NewsView {}
///
/// fn news(ctx: &AppContext, user_id: i64, to: Address) -> Result<Mail<NewsView>> {
///     Ok(Mail::list(to, NewsView {}, NewsSubscription { user_id }.unsubscribe_url(ctx)?))
/// }
///
/// // In `Hooks::routes`: `GET` and `POST` of `/unsubscribe/news/{token}`.
/// let routes = Routes::new().merge(NewsSubscription::routes());
/// # assert_eq!(routes.list().len(), 2);
/// # let _ = news;
/// ```
///
/// The URL is signed with `FW_KEYS`, so nobody can end the subscription of another, and it needs no session: the request of a mail program has none. It
/// does not expire, but ends with the key that has signed it: one that is replaced should stay in the list as long as people read old mails.
///
/// `GET` asks, as programs that look for dangerous links open every one; `POST` ends the subscription. Both show `unsubscribe.html`, which a file of
/// that name in `src` replaces.
pub trait Subscription: Serialize + DeserializeOwned + Send + 'static {
    /// The name of the list, as a segment of a path. Signatures for one list are none for another.
    const LIST: &'static str;

    /// Ends the subscription. It may have ended already: mail programs and people repeat what they do.
    fn end(self, ctx: &AppContext) -> impl Future<Output = Result<()>> + Send;

    /// The URL for the mails of the list, below `server.public_url`.
    ///
    /// # Errors
    ///
    /// When there is no key or no public URL, or the [`routes`](Self::routes) are not mounted.
    fn unsubscribe_url(&self, ctx: &AppContext) -> Result<UnsubscribeUrl> {
        let text = serde_json::to_vec(self).map_err(Error::internal)?;
        let token = keys(ctx)?.sign(&purpose::<Self>(), &text);
        let engine = ctx.get::<Engine>();
        let engine = engine.ok_or_else(|| Error::internal("the application has no views"))?;
        let handler = type_name_of_val(&ask::<Self>);
        let url = engine.url_of(handler, &[token]).map_err(|reason| {
            let subscription = type_name::<Self>();
            Error::internal(format!(
                "there is no URL to unsubscribe: {reason}\nhint: `Hooks::routes` mounts `{subscription}::routes()`"
            ))
        })?;
        url.parse().map_err(Error::internal)
    }

    /// The routes of the URL: `GET` and `POST` of `/unsubscribe/LIST/{token}`.
    fn routes() -> Routes {
        Routes::at(format!("/unsubscribe/{}", Self::LIST))
            .with([get("/{token}", ask::<Self>), post("/{token}", end::<Self>)])
    }
}

/// The page of a subscription that may end.
#[derive(Serialize, JsonSchema)]
struct Unsubscribe {
    list: &'static str,
    has_ended: bool,
}

impl View for Unsubscribe {
    const TEMPLATE: &'static str = "unsubscribe.html";
}

async fn ask<S: Subscription>(
    _: Anyone,
    State(ctx): State<AppContext>,
    Path(token): Path<String>,
) -> Result<Page<Unsubscribe>> {
    read::<S>(&ctx, &token)?;
    Ok(page::<S>(false))
}

async fn end<S: Subscription>(
    _: Anyone,
    State(ctx): State<AppContext>,
    Path(token): Path<String>,
) -> Result<Page<Unsubscribe>> {
    read::<S>(&ctx, &token)?.end(&ctx).await?;
    Ok(page::<S>(true))
}

fn page<S: Subscription>(has_ended: bool) -> Page<Unsubscribe> {
    Page(Unsubscribe {
        list: S::LIST,
        has_ended,
    })
}

/// The subscription that a token names. A token that this application has not signed for this list is not found.
fn read<S: Subscription>(ctx: &AppContext, token: &str) -> Result<S> {
    let text = keys(ctx)?.verify(&purpose::<S>(), token);
    let text = text.ok_or_else(Error::not_found)?;
    serde_json::from_slice(&text).map_err(|error| Error::not_found().source(error))
}

fn purpose<S: Subscription>() -> String {
    format!("unsubscribe {}", S::LIST)
}

fn keys(ctx: &AppContext) -> Result<&SigningKeys> {
    let missing = MissingKey {
        signed: "URLs to unsubscribe",
    };
    ctx.get().ok_or_else(|| Error::internal(missing))
}
