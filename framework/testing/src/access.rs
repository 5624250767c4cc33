//! Access tests of the routes of a resource, made of their rules.

use std::{collections::BTreeSet, fmt::Display};

use fw::{
    controller::{Reach, RouteRule, Routes},
    http::Method,
    test_support::TestAccounts,
};
use serde_json::Value;

use crate::{SignIn, TestApp, TestRequest, TestResponse};

/// The row and the body with which [`TestApp::assert_access`] calls routes. A pair of an id and a body converts into one. See
/// [`TestApp::assert_access`] for an example.
pub struct AccessSample {
    id: String,
    body: Body,
    query: &'static str,
}

/// A body, as a client sends it.
enum Body {
    Json(Value),
    Form(Vec<(&'static str, String)>),
}

impl AccessSample {
    /// Adds a query to requests of forms that are about a row, such as `version=1`.
    #[must_use]
    pub fn query(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    fn new(id: impl Display, body: Body) -> Self {
        let id = id.to_string();
        Self {
            id,
            body,
            query: "",
        }
    }

    /// The request of a route about the row with an id.
    fn request(&self, app: &TestApp, route: &RouteRule, id: &str) -> TestRequest {
        let method: Method = route.method.parse().expect("the method of a route");
        let mut path = String::new();
        for part in route.path.split_inclusive('/') {
            let is_parameter = part.starts_with('{');
            let rest = part.rfind('}').map_or("", |end| &part[end + 1..]);
            path.push_str(if is_parameter { id } else { part });
            path.push_str(rest);
        }
        let is_form = matches!(self.body, Body::Form(_)) && method == Method::POST;
        if is_form && path != route.path && !self.query.is_empty() {
            path = format!("{path}?{}", self.query);
        }
        if method.is_safe() {
            return app.request(method, &path);
        }
        let request = app.request(method, &path).header("if-match", "*");
        match &self.body {
            Body::Json(body) => request.json(body),
            Body::Form(fields) => request.form(fields),
        }
    }
}

impl<I: Display> From<(I, Value)> for AccessSample {
    fn from((id, body): (I, Value)) -> Self {
        Self::new(id, Body::Json(body))
    }
}

impl<I: Display> From<(I, Vec<(&'static str, String)>)> for AccessSample {
    fn from((id, fields): (I, Vec<(&'static str, String)>)) -> Self {
        Self::new(id, Body::Form(fields))
    }
}

impl TestApp {
    /// Tests the access rules of routes, each of which is called
    ///
    /// | by | expected |
    /// |---|---|
    /// | nobody who is signed in | 401, unless the rule is `anyone` |
    /// | an account with every permission but those of the rule | 403 |
    /// | an account with the permission, for the row of another one | 404, if the rule is that of the own rows |
    /// | the account of the row, with the permission | no 401, 403 or 404 |
    ///
    /// `sample` makes a row of the account that the application is signed in as, and a body that it may send; it is called for every route
    /// anew. The body must be valid: a row that is not found is told from one that is only by requests that are right otherwise.
    ///
    /// ```no_run
    /// # use fw::{context::AppContext, error::Result, prelude::*};
    /// # struct Users;
    /// # impl fw_testing::TestAccounts for Users {
    /// #     type Id = i64;
    /// #     async fn create(_: &AppContext) -> Result<i64> { Ok(1) }
    /// # }
    /// # fn routes() -> Routes { Routes::new() }
    /// # async fn post_of(account: i64) -> i64 { account }
    /// use fw_testing::prelude::*;
    ///
    /// # async fn test(app: TestApp) {
    /// app.assert_access::<Users, _>(&routes(), async |app| {
    ///     (post_of(app.account_id()).await, json!({ "title": "Dune" }))
    /// })
    /// .await;
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When somebody gets in who must not, or somebody who may does not: with every such request and its response. When there are no routes.
    pub async fn assert_access<A: TestAccounts, S: Into<AccessSample>>(
        &self,
        routes: &Routes,
        sample: impl AsyncFn(&Self) -> S,
    ) {
        let rules = routes.rules();
        assert!(!rules.is_empty(), "there are no routes to call");
        let mut faults = Vec::new();
        for route in &rules {
            let owner = self.sign_in_for::<A>(route).await;
            let own: AccessSample = sample(&owner).await.into();
            let mut expect = |is_right: bool, who: &str, expected: &str, response: TestResponse| {
                if !is_right {
                    faults.push(format!(
                        "{who} ({}), not {expected}: {response}",
                        route.rule
                    ));
                }
            };
            let anonymous = own.request(&self.signed_out(), route, &own.id).await;
            if route.rule != "anyone" {
                let is_right = anonymous.status() == 401;
                expect(is_right, "without a sign-in", "401", anonymous);
            }
            if !route.permissions.is_empty() {
                let other = self.sign_in_for::<A>(route).cannot(&route.permissions);
                let response = own.request(&other.await, route, &own.id).await;
                let is_right = response.status() == 403;
                expect(is_right, "without the permission", "403", response);
            }
            if reaches_own_rows(route) && route.path.contains('{') {
                let other = self.sign_in_for::<A>(route).await;
                // With rows of its own in the body, so that only the row of the path is that of another.
                let foreign: AccessSample = sample(&other).await.into();
                let response = foreign.request(&other, route, &own.id).await;
                let is_right = response.status() == 404;
                expect(is_right, "for the row of another", "404", response);
            }
            let response = own.request(&owner, route, &own.id).await;
            let is_right = ![401, 403, 404].contains(&response.status().as_u16());
            expect(is_right, "with the permission", "let in", response);
        }
        assert!(
            faults.is_empty(),
            "access rules do not hold:\n\n{}",
            faults.join("\n\n")
        );
    }

    /// A recent sign-in of a new account with every permission, by an API key where the route takes nothing else.
    fn sign_in_for<A: TestAccounts>(&self, route: &RouteRule) -> SignIn<A> {
        let sign_in = self.clone().sign_in::<A>().can_everything();
        if route.rule.contains("(API key)") {
            sign_in.api_key()
        } else {
            sign_in.recent()
        }
    }
}

/// Returns whether callers with the permissions of a route, but none for the rows of others, reach their own rows alone.
fn reaches_own_rows(route: &RouteRule) -> bool {
    let granted: BTreeSet<&str> = route
        .permissions
        .iter()
        .map(String::as_str)
        .filter(|name| !name.ends_with(":any"))
        .collect();
    (route.reach)(&|name| granted.contains(name)) == Reach::Own
}
