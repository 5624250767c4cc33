//! Access tests of all routes of a resource, made of their rules.

use std::{collections::BTreeSet, future::IntoFuture, pin::Pin};

use fw::{
    controller::{Reach, RouteRule},
    http::Method,
    test_support::{SignInOptions, TestCredential},
};
use serde::Serialize;
use serde_json::Value;

use crate::{TestApp, TestRequest, TestResponse};

/// A test of who gets to the routes of a resource, which takes place when it is awaited. See [`TestApp::assert_access`] for an example.
#[must_use = "the test takes place when it is awaited"]
pub struct AccessTest {
    app: TestApp,
    row: String,
    body: Body,
    bodies: Vec<(String, Body)>,
}

/// The body of a request.
#[derive(Clone)]
enum Body {
    None,
    Json(Value),
    Form(Vec<(String, String)>),
}

impl TestApp {
    /// Tests the access rules of a resource, on a row that belongs to the account which the application is [signed in](Self::sign_in) as: of all
    /// routes of the list that the row is in, of the row, and below it.
    ///
    /// | request | expected |
    /// |---|---|
    /// | without a sign-in | 401, unless the rule is `anyone` |
    /// | with all permissions but those of the rule | 403 |
    /// | of somebody else, with the permission for their own rows | 404 |
    /// | of the owner with the permission | no 401, 403 or 404 |
    ///
    /// ```no_run
    /// # use fw_testing::prelude::*;
    /// # use fw::{context::AppContext, error::Result, prelude::*};
    /// # struct App;
    /// # impl Hooks for App {
    /// #     type Settings = ();
    /// #     fn name() -> &'static str { "blog" }
    /// #     fn routes() -> Routes { Routes::new() }
    /// #     fn migrations() -> Vec<Migration> { Vec::new() }
    /// # }
    /// # struct Users;
    /// # impl fw_testing::TestAccounts for Users {
    /// #     type Id = i64;
    /// #     async fn create(_: &AppContext) -> Result<i64> { Ok(1) }
    /// # }
    /// # async fn create_post(_: &Db, _: i64) -> i64 { 1 }
    /// #[tokio::test]
    /// async fn posts_are_for_those_who_may() {
    ///     let app = boot::<App>().await.sign_in::<Users>().await;
    ///     let id = create_post(&app.ctx.db, app.account_id()).await;
    ///     app.assert_access(&format!("/api/v1/posts/{id}")).json(&json!({ "title": "Dune" })).await;
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// With every request that got another response, and when no route leads to the row.
    pub fn assert_access(&self, row: &str) -> AccessTest {
        AccessTest {
            app: self.clone(),
            row: row.to_owned(),
            body: Body::None,
            bodies: Vec::new(),
        }
    }
}

impl AccessTest {
    /// Sends `body` as JSON with `POST`, `PUT` and `PATCH`. It must be valid: a row that is not found is told from one that is only by requests that
    /// are right otherwise.
    ///
    /// # Panics
    ///
    /// When `body` cannot be written as JSON.
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        Self {
            body: Body::Json(value(body)),
            ..self
        }
    }

    /// Sends the fields of a form with `POST`, `PUT` and `PATCH`.
    pub fn form<V: AsRef<str>>(self, fields: &[(&str, V)]) -> Self {
        let owned = |(name, value): &(&str, V)| ((*name).to_owned(), value.as_ref().to_owned());
        Self {
            body: Body::Form(fields.iter().map(owned).collect()),
            ..self
        }
    }

    /// Sends another body as JSON to one route, which is named as `cargo fw routes` lists it: `POST /api/v1/posts/{id}/publish`.
    ///
    /// # Panics
    ///
    /// When `body` cannot be written as JSON.
    pub fn json_to<T: Serialize + ?Sized>(mut self, route: &str, body: &T) -> Self {
        self.bodies
            .push((route.to_owned(), Body::Json(value(body))));
        self
    }

    async fn run(self) {
        let rules = self.app.rules();
        let known: BTreeSet<String> = rules
            .iter()
            .flat_map(|rule| rule.permissions.clone())
            .collect();
        let mut targets: Vec<Target> = rules
            .iter()
            .filter_map(|rule| Target::of(rule, &self.row))
            .collect();
        assert!(
            targets.iter().any(|target| target.is_of_row),
            "no route leads to `{}`",
            self.row
        );
        for (route, _) in &self.bodies {
            let is_there = targets.iter().any(|target| target.name() == *route);
            assert!(
                is_there,
                "there is no route `{route}` at or below the list of `{}`",
                self.row
            );
        }
        // What is deleted cannot be found afterwards.
        targets.sort_by_key(|target| target.rule.method == "DELETE");
        let mut faults = Vec::new();
        for target in &targets {
            faults.extend(self.test(target, &known).await);
        }
        assert!(
            faults.is_empty(),
            "access rules do not hold:\n{}",
            faults.join("\n")
        );
    }

    /// The faults of one route.
    async fn test(&self, target: &Target<'_>, known: &BTreeSet<String>) -> Vec<String> {
        let RouteRule {
            rule,
            permissions,
            reach,
            ..
        } = target.rule;
        let mut faults = Vec::new();
        let mut expect = |response: &TestResponse, who: &str, is_right: bool, expected: &str| {
            if !is_right {
                faults.push(format!(
                    "{} ({rule}), {who}: {} instead of {expected}",
                    target.name(),
                    response.status()
                ));
            }
        };
        let anonymous = self.send(&self.app.signed_out(), target).await;
        if rule == "anyone" {
            expect(
                &anonymous,
                "without a sign-in",
                is_let_in(&anonymous),
                "a response",
            );
            return faults;
        }
        expect(
            &anonymous,
            "without a sign-in",
            anonymous.status() == 401,
            "401",
        );
        let with = |names: &[&str]| reach(&|name| names.contains(&name));
        if with(&[]) == Reach::Unknown {
            return faults;
        }
        let credential = if rule.contains("(API key)") {
            TestCredential::ApiKey
        } else {
            TestCredential::Cookie
        };
        let owner = self.app.account_id::<String>();
        let signed_in = async |account: String, permissions: Vec<String>| {
            let options = SignInOptions {
                has_second_factor: true,
                account,
                permissions,
                is_recent: true,
                credential,
            };
            self.app.clone().signed_in(options).await
        };
        if !permissions.is_empty() {
            let others = known.iter().filter(|name| !permissions.contains(name));
            let other = signed_in(owner.clone(), others.cloned().collect()).await;
            let response = self.send(&other, target).await;
            let is_right = response.status() == 403;
            expect(&response, "without the permission", is_right, "403");
        }
        for permission in permissions {
            if target.is_of_row && with(&[permission]) == Reach::Own {
                let stranger = self.app.new_account().await;
                let stranger = signed_in(stranger, vec![permission.clone()]).await;
                let response = self.send(&stranger, target).await;
                let is_right = response.status() == 404;
                expect(
                    &response,
                    &format!("somebody else with `{permission}`"),
                    is_right,
                    "404",
                );
            }
        }
        let enough = permissions.iter().find(|name| with(&[name]) >= Reach::Own);
        let (who, granted) = match enough {
            Some(name) => (format!("the owner with `{name}`"), vec![name.clone()]),
            None => ("the owner".to_owned(), Vec::new()),
        };
        let owner = signed_in(owner, granted).await;
        let response = self.send(&owner, target).await;
        expect(&response, &who, is_let_in(&response), "a response");
        faults
    }

    async fn send(&self, app: &TestApp, target: &Target<'_>) -> TestResponse {
        let method = Method::try_from(target.rule.method).expect("a method");
        let request = app.request(method.clone(), &target.path);
        if ![Method::POST, Method::PUT, Method::PATCH].contains(&method) {
            return request.await;
        }
        let name = target.name();
        let own = self.bodies.iter().find(|(route, _)| *route == name);
        let body = own.map_or(&self.body, |(_, body)| body);
        body.add_to(request).await
    }
}

impl Body {
    fn add_to(&self, request: TestRequest) -> TestRequest {
        match self {
            Self::None => request,
            Self::Json(value) => request.json(value),
            Self::Form(fields) => {
                let fields: Vec<(&str, &str)> = fields
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect();
                request.form(&fields)
            }
        }
    }
}

impl IntoFuture for AccessTest {
    type Output = ();
    type IntoFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// A route with the path of a request to it.
struct Target<'r> {
    rule: &'r RouteRule,
    /// The path of the request.
    path: String,
    /// True if the path names the row.
    is_of_row: bool,
}

impl<'r> Target<'r> {
    fn of(rule: &'r RouteRule, row: &str) -> Option<Self> {
        let (path, is_of_row) = path_to(&rule.path, row)?;
        Some(Self {
            rule,
            path,
            is_of_row,
        })
    }

    fn name(&self) -> String {
        format!("{} {}", self.rule.method, self.rule.path)
    }
}

/// The path of a request to a route, if that belongs to the list of a row, to the row, or is below it, and whether it names the row. What is below
/// and has a further parameter is a resource of its own.
fn path_to(route: &str, row: &str) -> Option<(String, bool)> {
    let row: Vec<&str> = row.split('/').collect();
    let list = row.len() - 1;
    let mut path = Vec::new();
    for (index, segment) in route.split('/').enumerate() {
        let is_parameter = segment.starts_with('{');
        match row.get(index) {
            Some(value) if is_parameter || *value == segment => path.push(*value),
            // Beside the row, such as `/posts/new`, or below it.
            _ if index >= list && !is_parameter => path.push(segment),
            _ => return None,
        }
    }
    let is_of_row = path.get(list) == row.last();
    (path.len() >= list).then(|| (path.join("/"), is_of_row))
}

fn is_let_in(response: &TestResponse) -> bool {
    let status = response.status();
    ![401, 403, 404].contains(&status.as_u16()) && !status.is_server_error()
}

fn value<T: Serialize + ?Sized>(body: &T) -> Value {
    serde_json::to_value(body).expect("the body can be written as JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_routes_of_a_row_are_found() {
        for (route, expected) in [
            ("/api/v1/posts", Some(("/api/v1/posts", false))),
            ("/api/v1/posts/{id}", Some(("/api/v1/posts/7", true))),
            (
                "/api/v1/posts/{id}/publish",
                Some(("/api/v1/posts/7/publish", true)),
            ),
            ("/api/v1/posts/new", Some(("/api/v1/posts/new", false))),
            ("/api/v1/posts/{id}/comments/{comment}", None),
            ("/api/v1/users/{id}", None),
            ("/api/v1", None),
            ("/", None),
        ] {
            let found = path_to(route, "/api/v1/posts/7");
            let expected = expected.map(|(path, is_of_row)| (path.to_owned(), is_of_row));
            assert_eq!(found, expected, "{route}");
        }
    }
}
