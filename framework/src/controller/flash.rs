//! Flash messages: what a redirect says on the next page, in a signed cookie that this page removes.

use std::{borrow::Cow, collections::BTreeMap};

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    context::AppContext, cookie, env::Environment, signing::SigningKeys, view::FlashMessage,
};

/// The purpose of the signature.
const PURPOSE: &str = "flash";

/// The seconds for which a message waits for the next page.
const MAX_AGE: u32 = 60;

/// The largest number of characters of a parameter: a name or a title is recognized by fewer.
const MAX_PARAMETER: usize = 100;

/// The largest size of the cookie in bytes: browsers take 4096 with its attributes (RFC 6265, section 6.1).
const MAX_SIZE: usize = 3800;

/// A message that the next page shows once: the key of a message, with parameters.
///
/// ```
/// use fw::{dto::prelude::*, prelude::*};
///
/// # #[derive(Serialize, JsonSchema)]
/// # struct Index {}
/// # impl View for Index { const TEMPLATE: &'static str = "books/pages/index.html"; }
/// # async fn index(_: Anyone) -> Page<Index> { Page(Index {}) }
/// async fn delete(_: Anyone, Path(id): Path<Id>) -> Redirect<Index> {
///     if id == 1 {
///         return Redirect::to(index, ()).flash(Flash::problem("books-kept"));
///     }
///     // In `en.ftl`: `books-deleted = The book “{ $title }” is deleted`
///     Redirect::to(index, ()).flash(Flash::new("books-deleted").with("title", "Dune"))
/// }
/// # Routes::at("/books").with([get("/", index), post("/{id}/delete", delete)]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    key: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    parameters: BTreeMap<Cow<'static, str>, Value>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_problem: bool,
}

impl Flash {
    /// Good news, by the key of a message in the Fluent files.
    pub fn new(key: &'static str) -> Self {
        Self {
            key: Cow::Borrowed(key),
            parameters: BTreeMap::new(),
            is_problem: false,
        }
    }

    /// Something that went wrong, by the key of a message in the Fluent files.
    pub fn problem(key: &'static str) -> Self {
        Self {
            is_problem: true,
            ..Self::new(key)
        }
    }

    /// Adds a parameter of the message: a text, or a number, by which a message may choose its plural. Of a text of more than 100 characters
    /// the first 99 are shown.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        let mut value = value.into();
        if let Value::String(text) = &mut value
            && text.chars().nth(MAX_PARAMETER).is_some()
            && let Some((end, _)) = text.char_indices().nth(MAX_PARAMETER - 1)
        {
            text.truncate(end);
            text.push('…');
        }
        self.parameters.insert(Cow::Borrowed(name), value);
        self
    }

    /// The message for the scene of a page.
    pub(super) fn message(&self) -> FlashMessage<'_> {
        FlashMessage {
            key: &self.key,
            parameters: self
                .parameters
                .iter()
                .map(|(name, value)| (name.as_ref(), value))
                .collect(),
            is_problem: self.is_problem,
        }
    }
}

impl From<&'static str> for Flash {
    fn from(key: &'static str) -> Self {
        Self::new(key)
    }
}

/// Adds the cookie with a message to a response. A message that is too long is left out, which the log says: what was done is done.
pub(super) fn send(flash: &Flash, ctx: &AppContext, response: &mut Response) {
    let keys = ctx.get::<SigningKeys>();
    let (Some(keys), Ok(text)) = (keys, serde_json::to_vec(flash)) else {
        tracing::error!(key = %flash.key, "the flash message cannot be signed");
        return;
    };
    let value = keys.sign(PURPOSE, &text);
    if value.len() > MAX_SIZE {
        tracing::error!(key = %flash.key, bytes = value.len(), "the flash message is too long for a cookie");
        return;
    }
    set(ctx.environment(), &value, MAX_AGE, response);
}

/// The message in the cookies of a request. One that was not signed by this application is none.
pub(super) fn received(headers: &HeaderMap, ctx: &AppContext) -> Option<Flash> {
    let value = cookie::text(headers, name(ctx.environment()))?;
    if value.len() > MAX_SIZE {
        return None;
    }
    let text = ctx.get::<SigningKeys>()?.verify(PURPOSE, value)?;
    serde_json::from_slice(&text).ok()
}

/// Removes the cookie, and keeps the page that has shown it out of every cache.
pub(super) fn remove(ctx: &AppContext, response: &mut Response) {
    const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
    set(ctx.environment(), "", 0, response);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, NO_STORE);
}

/// The name of the cookie. Outside of development and tests it is tied to HTTPS and this host (`__Host-`).
fn name(environment: &Environment) -> &'static str {
    if is_plain(environment) {
        "flash"
    } else {
        "__Host-flash"
    }
}

/// Returns whether the application is served over HTTP.
fn is_plain(environment: &Environment) -> bool {
    environment.is_development() || environment.is_test()
}

fn set(environment: &Environment, value: &str, max_age: u32, response: &mut Response) {
    let name = name(environment);
    let secure = if is_plain(environment) {
        ""
    } else {
        "; Secure"
    };
    let cookie =
        format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}");
    // A signed text has no character that a header may not have.
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::Flash;

    fn kept(text: &str) -> Value {
        let flash = Flash::new("books-deleted").with("title", text);
        flash.parameters["title"].clone()
    }

    #[test]
    fn a_long_parameter_is_cut_between_characters() {
        assert_eq!(kept(&"ü".repeat(101)), format!("{}…", "ü".repeat(99)));
        assert_eq!(kept(&"ü".repeat(100)), "ü".repeat(100));
        assert_eq!(kept(""), "");
    }
}
