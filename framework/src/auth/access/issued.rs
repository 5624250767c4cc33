//! The response that gives somebody a credential.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

#[cfg(feature = "views")]
use crate::{
    auth::RecoveryCodes,
    controller::form::{OrAgain, Redirect, ShowsPage, Submitted},
};
use crate::{
    auth::{Activated, Challenge, NewCredential, NewSession, SessionCookie, SignInStep, TokenPair},
    controller::{Json, NoContent},
    openapi::{Links, Operation, Output, Schema},
};

/// The response that gives somebody a credential, or takes one away: no cache stores it, and its route cannot be
/// [idempotent](crate::controller::Route::idempotent), which would store it. [`SessionCookie::with`] makes it with a cookie,
/// [`new`](Self::new) with a token in the body. See [`SignIn`](crate::auth::SignIn) for an example.
#[derive(Debug)]
pub struct Issued<R> {
    response: R,
    cookies: Vec<HeaderValue>,
}

impl<R> Issued<R> {
    /// A response with a credential in its body.
    pub fn new(response: R) -> Self {
        Self {
            response,
            cookies: Vec::new(),
        }
    }

    /// Adds another cookie: a value of `Set-Cookie`, such as that of a browser that [is known](crate::controller::KnownBrowser::remember) from
    /// now on.
    #[must_use]
    pub fn cookie(mut self, cookie: HeaderValue) -> Self {
        self.cookies.push(cookie);
        self
    }

    fn cookies(mut self, cookies: Vec<HeaderValue>) -> Self {
        self.cookies.extend(cookies);
        self
    }
}

impl<R> Issued<R> {
    /// The same credential with another response.
    pub fn map<T>(self, response: impl FnOnce(R) -> T) -> Issued<T> {
        Issued {
            response: response(self.response),
            cookies: self.cookies,
        }
    }
}

#[cfg(feature = "views")]
impl<R: ShowsPage> ShowsPage for Issued<R> {
    type View = R::View;
}

#[cfg(feature = "views")]
impl<R, V> OrAgain<Issued<R>, V> {
    /// Shows the result of the work on the same page, with status 200: a credential that is shown this once.
    pub fn then_show(self, page: impl FnOnce(R) -> V) -> Issued<Submitted<V>> {
        let mut cookies = Vec::new();
        let submitted = self.then_or_show(|issued| {
            cookies = issued.cookies;
            Err(page(issued.response))
        });
        Issued {
            response: submitted,
            cookies,
        }
    }

    /// Goes on to another page with the result of the work, and with the cookies that it gives; without them the page has the form again.
    ///
    /// ```
    /// # pub struct Users;
    /// # impl fw::auth::Accounts for Users {
    /// #     type Id = i64;
    /// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
    /// # }
    /// use fw::{auth::{AuthContext, Issued, SignIn}, dto::prelude::*, prelude::*};
    ///
    /// #[derive(Deserialize, JsonSchema, Validate)]
    /// struct CodeBody {
    ///     #[garde(length(max = 10))]
    ///     code: String,
    /// }
    ///
    /// #[derive(Serialize, JsonSchema)]
    /// struct Enter {
    ///     form: Form<CodeBody>,
    /// }
    ///
    /// impl View for Enter {
    ///     const TEMPLATE: &'static str = "door/pages/enter.html";
    /// }
    ///
    /// async fn enter(_: Anyone, State(ctx): State<AppContext>, form: Form<CodeBody>) -> Result<Issued<Submitted<Enter>>> {
    ///     let open = async |body: CodeBody| {
    ///         let account: i64 = body.code.parse().or_internal()?;
    ///         let session = ctx.sessions().start(&ctx.db, SignIn::of(account, "code")).await?;
    ///         Ok(session.cookie.with(()))
    ///     };
    ///     Ok(form
    ///         .submit(open)
    ///         .await?
    ///         .or_again(|form| Enter { form })
    ///         .then_issued(|()| Redirect::local("/")))
    /// }
    /// # let _ = Routes::at("/door").with([post("/", enter)]);
    /// ```
    pub fn then_issued<N>(self, next: impl FnOnce(R) -> Redirect<N>) -> Issued<Submitted<V, N>> {
        let mut cookies = Vec::new();
        let submitted = self.then(|issued| {
            cookies = issued.cookies;
            next(issued.response)
        });
        Issued {
            response: submitted,
            cookies,
        }
    }
}

#[cfg(feature = "views")]
impl<R, V> OrAgain<NewSession<R>, V> {
    /// Goes on to another page in the session of the browser; without one the page has the form again.
    pub fn then_signed_in<N>(self, next: impl FnOnce(R) -> Redirect<N>) -> Issued<Submitted<V, N>> {
        let mut cookies = Vec::new();
        let submitted = self.then(|session| {
            let body = session.into_cookies(&mut cookies);
            next(body)
        });
        Issued {
            response: submitted,
            cookies,
        }
    }
}

#[cfg(feature = "views")]
impl<R, V> OrAgain<SignInStep<R>, V> {
    /// Goes on to another page in the session of the browser, or asks for the second factor with a page: [`SignInStep`].
    pub fn then_step<N>(
        self,
        next: impl FnOnce(R) -> Redirect<N>,
        ask: impl FnOnce(Challenge) -> V,
    ) -> Issued<Submitted<V, N>> {
        let mut cookies = Vec::new();
        let submitted = self.then_or_show(|step| match step {
            SignInStep::SignedIn(session) => Ok(next(session.into_cookies(&mut cookies))),
            SignInStep::Challenge(challenge) => Err(ask(challenge)),
        });
        Issued {
            response: submitted,
            cookies,
        }
    }
}

#[cfg(feature = "views")]
impl<V> OrAgain<Activated, V> {
    /// Goes on to another page with a second factor that counts, or shows its first recovery codes with a page: [`Activated`].
    pub fn then_activated<N>(
        self,
        next: impl FnOnce() -> Redirect<N>,
        show: impl FnOnce(RecoveryCodes) -> V,
    ) -> Issued<Submitted<V, N>> {
        let mut cookies = Vec::new();
        let submitted = self.then_or_show(|activated| {
            activated.session.into_cookies(&mut cookies);
            activated
                .recovery_codes
                .map_or_else(|| Ok(next()), |codes| Err(show(codes)))
        });
        Issued {
            response: submitted,
            cookies,
        }
    }
}

impl SessionCookie {
    /// The response with the cookie.
    pub fn with<R>(self, response: R) -> Issued<R> {
        Issued {
            response,
            cookies: vec![self.header],
        }
    }
}

/// 204 with the cookie, or 200 with the tokens.
impl IntoResponse for NewSession {
    fn into_response(self) -> Response {
        self.with(NoContent).issued()
    }
}

/// 200 with the cookie and the body, or with the tokens.
impl<T: Serialize> IntoResponse for NewSession<Json<T>> {
    fn into_response(self) -> Response {
        self.issued()
    }
}

#[cfg(feature = "views")]
impl<R> NewSession<R> {
    /// The body, and the cookies of a browser. Pages have no use for the tokens of another client.
    fn into_cookies(self, cookies: &mut Vec<HeaderValue>) -> R {
        if let NewCredential::Cookie(cookie) = self.credential {
            cookies.push(cookie.header);
        }
        cookies.extend(self.cookies);
        self.body
    }
}

impl<R: IntoResponse> NewSession<R> {
    fn issued(self) -> Response {
        match self.credential {
            NewCredential::Cookie(cookie) => {
                cookie.with(self.body).cookies(self.cookies).into_response()
            }
            NewCredential::Tokens(tokens) => Issued::new(Json(tokens))
                .cookies(self.cookies)
                .into_response(),
        }
    }
}

impl Output for NewSession {
    const IS_SECRET: bool = true;

    fn describe(operation: &mut Operation<'_>) {
        Json::<TokenPair>::describe(operation);
        NoContent::describe(operation);
    }
}

impl<T: Schema> Output for NewSession<Json<T>> {
    const MEDIA_TYPES: &'static [&'static str] = &["application/json"];
    const IS_SECRET: bool = true;

    fn describe(operation: &mut Operation<'_>) {
        Json::<T>::describe(operation);
    }
}

/// The body of the response to a second factor that counts.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "Activated"))]
struct ActivatedBody {
    /// Ten recovery codes, if the account had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_codes: Option<Vec<String>>,
    #[serde(flatten)]
    tokens: Option<TokenPair>,
}

/// 200 with the recovery codes, and with the cookie or the tokens.
impl IntoResponse for Activated {
    fn into_response(self) -> Response {
        let recovery_codes = self.recovery_codes.map(|codes| codes.recovery_codes);
        let body = |tokens| {
            Json(ActivatedBody {
                recovery_codes,
                tokens,
            })
        };
        let issued = match self.session.credential {
            NewCredential::Cookie(cookie) => cookie.with(body(None)),
            NewCredential::Tokens(tokens) => Issued::new(body(Some(tokens))),
        };
        issued.cookies(self.session.cookies).into_response()
    }
}

impl Output for Activated {
    const MEDIA_TYPES: &'static [&'static str] = &["application/json"];
    const IS_SECRET: bool = true;

    fn describe(operation: &mut Operation<'_>) {
        operation.response::<ActivatedBody>(StatusCode::OK);
    }
}

/// The response of the session, or 202 with the challenge.
impl<R> IntoResponse for SignInStep<R>
where
    NewSession<R>: IntoResponse,
{
    fn into_response(self) -> Response {
        match self {
            Self::SignedIn(session) => session.into_response(),
            Self::Challenge(challenge) => {
                Issued::new((StatusCode::ACCEPTED, Json(challenge))).into_response()
            }
        }
    }
}

impl<R> Output for SignInStep<R>
where
    NewSession<R>: Output,
{
    const IS_SECRET: bool = true;

    fn describe(operation: &mut Operation<'_>) {
        NewSession::<R>::describe(operation);
        operation.response::<Challenge>(StatusCode::ACCEPTED);
    }
}

impl<R: IntoResponse> IntoResponse for Issued<R> {
    fn into_response(self) -> Response {
        const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
        let mut response = self.response.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, NO_STORE);
        for cookie in self.cookies {
            headers.append(header::SET_COOKIE, cookie);
        }
        response
    }
}

impl<R: Output> Output for Issued<R> {
    const MEDIA_TYPES: &'static [&'static str] = R::MEDIA_TYPES;
    const IS_SECRET: bool = true;

    fn describe(operation: &mut Operation<'_>) {
        R::describe(operation);
    }

    fn link(links: &mut Links) {
        R::link(links);
    }
}
