//! The check of who gets in to the routes of a resource.

use std::fmt::Display;

use fw::{
    controller::{RouteInfo, Routes},
    http::Method,
    test_support::TestAccounts,
};
use serde_json::Value;

use crate::{TestApp, TestRequest, TestResponse};

/// The row and the body with which [`TestApp::assert_row_access`] calls routes. A pair of an id and a body converts into one. See
/// [`TestApp::assert_row_access`] for an example.
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
    fn request(&self, app: &TestApp, route: &RouteInfo, id: &str) -> TestRequest {
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
    /// Checks who gets in to routes, each of which is called
    ///
    /// - without a sign-in, for 401, unless the access rule is that of everybody;
    /// - by an account without permissions, for 403, if the rule asks for one;
    /// - by an account with every permission, but for the row of another one, for 404, if the rule is that of the own rows;
    /// - by the account of the row, which is let in, whatever comes of the request.
    ///
    /// `sample` makes a row of the account that the application is signed in as, and a body that it may send; it is called for every route
    /// anew.
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
    /// app.assert_row_access::<Users, _>(&routes(), async |app| {
    ///     (post_of(app.account_id()).await, json!({ "title": "Dune" }))
    /// })
    /// .await;
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When somebody gets in who must not, or somebody who may does not: with every such request and its response. When there are no routes.
    pub async fn assert_row_access<A: TestAccounts, S: Into<AccessSample>>(
        &self,
        routes: &Routes,
        sample: impl AsyncFn(&Self) -> S,
    ) {
        let mut anonymous = self.clone();
        anonymous.credential = Vec::new();
        anonymous.account = None;
        let mut faults = Vec::new();
        let list = routes.list();
        assert!(!list.is_empty(), "there are no routes to call");
        for route in &list {
            let owner = self.clone().sign_in::<A>().can_everything().await;
            let own: AccessSample = sample(&owner).await.into();
            let mut check = |who: &str, is_right: bool, response: TestResponse| {
                if !is_right {
                    faults.push(format!("{who}: {response}"));
                }
            };
            if route.access != "anyone" {
                let response = own.request(&anonymous, route, &own.id).await;
                check("401 without a sign-in", response.status() == 401, response);
            }
            if !route.permissions.is_empty() {
                let other = self.clone().sign_in::<A>().await;
                let response = own.request(&other, route, &own.id).await;
                check(
                    "403 without a permission",
                    response.status() == 403,
                    response,
                );
            }
            let is_about_own_rows = route.permissions.iter().any(|name| name.ends_with(":any"));
            if is_about_own_rows && route.path.contains('{') {
                let other = self.clone().sign_in::<A>().can_everything().await;
                let foreign: AccessSample = sample(&other).await.into();
                let response = foreign.request(&other, route, &own.id).await;
                check(
                    "404 for the row of another",
                    response.status() == 404,
                    response,
                );
            }
            let response = own.request(&owner, route, &own.id).await;
            let is_in = ![401, 403, 404].contains(&response.status().as_u16());
            check("let in with the permission", is_in, response);
        }
        assert!(
            faults.is_empty(),
            "access is not as it should be:\n\n{}",
            faults.join("\n\n")
        );
    }
}
