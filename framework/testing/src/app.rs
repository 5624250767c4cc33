//! An application under test, without a socket.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use fw::{
    app::Hooks,
    boot::Booted,
    context::AppContext,
    error::Result,
    http::{HeaderName, HeaderValue, Method, header},
    jobs::Jobs,
    test_support::{Application, Service, TestMail, mails},
};

use crate::{TestRequest, TestResponse, database::TestDatabase};

/// An application that is booted for one test. A clone is the same application, which can be signed in as somebody else
/// ([`sign_in`](Self::sign_in)).
///
/// ```no_run
/// use fw_testing::prelude::*;
///
/// async fn nothing_is_there(app: &TestApp) {
///     app.get("/api/v1/posts").await.assert_status(200);
///     app.delete("/api/v1/posts/1").await.assert_problem(404, "not_found");
/// }
/// ```
#[derive(Clone)]
pub struct TestApp {
    /// The application context; `ctx.db` is a database of this test's own.
    pub ctx: AppContext,
    app: Application,
    service: Service,
    pub(crate) jobs: Jobs,
    /// The headers of every request, by which it is signed in.
    pub(crate) credential: Vec<(HeaderName, HeaderValue)>,
    /// The id of the account that it is signed in as.
    pub(crate) account: Option<String>,
    _booted: Arc<Booted>,
    /// The database, removed after everything that uses it.
    _database: Arc<TestDatabase>,
}

/// Boots an application on a fresh, migrated database.
///
/// # Panics
///
/// When it cannot be booted; the message has the reason.
pub async fn boot<H: Hooks>() -> TestApp {
    boot_application(Application::of::<H>()).await
}

/// Boots an application. The future is boxed, so that it is compiled here and not with every test binary.
pub(crate) fn boot_application(app: Application) -> BoxFuture<'static, TestApp> {
    Box::pin(async move {
        match try_boot(app).await {
            Ok(booted) => booted,
            Err(error) => panic!(
                "the application cannot be booted for a test: {}",
                error.chain()
            ),
        }
    })
}

async fn try_boot(app: Application) -> Result<TestApp> {
    let mut config = app.load().await?;
    let database = TestDatabase::create(app, &config.database).await?;
    config.database.url = database.url();
    let (booted, service) = app.boot(config).await?;
    Ok(TestApp {
        ctx: booted.ctx.clone(),
        app,
        service,
        jobs: app.jobs()?,
        credential: Vec::new(),
        account: None,
        _booted: Arc::new(booted),
        _database: Arc::new(database),
    })
}

impl TestApp {
    /// A `GET` request.
    pub fn get(&self, path: &str) -> TestRequest {
        self.request(Method::GET, path)
    }

    /// A `POST` request.
    pub fn post(&self, path: &str) -> TestRequest {
        self.request(Method::POST, path)
    }

    /// A `PUT` request.
    pub fn put(&self, path: &str) -> TestRequest {
        self.request(Method::PUT, path)
    }

    /// A `PATCH` request.
    pub fn patch(&self, path: &str) -> TestRequest {
        self.request(Method::PATCH, path)
    }

    /// A `DELETE` request.
    pub fn delete(&self, path: &str) -> TestRequest {
        self.request(Method::DELETE, path)
    }

    /// Checks that each page and each mail can be rendered: its template with sample data in every branch, with nulls and empty lists, in every
    /// locale, and with no value in an unsafe place. It needs the feature `views` or `mailer` of the framework.
    ///
    /// # Panics
    ///
    /// When one cannot, with the file, line and column of each fault.
    #[track_caller]
    pub fn assert_views(&self) {
        match self.app.faults_of_views(&self.ctx) {
            Ok(faults) => assert!(
                faults.is_empty(),
                "pages are at fault:\n{}",
                faults.join("\n")
            ),
            Err(error) => panic!("the views cannot be read: {}", error.chain()),
        }
    }

    /// The mails that were sent, oldest first. They are sent by jobs, which [`jobs().drain()`](crate::TestJobs::drain) runs. It needs the feature
    /// `mailer` of the framework; nothing is sent to anybody.
    ///
    /// ```no_run
    /// # use fw_testing::prelude::*;
    /// # async fn test(app: TestApp) {
    /// app.post("/users").form(&[("email", "ada@example.com")]).await;
    /// app.jobs().drain().await;
    /// let mails = app.mails();
    /// assert_eq!(mails[0].subject, "Welcome");
    /// assert_eq!(mails[0].to, ["ada@example.com"]);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When the outbox cannot be read.
    #[track_caller]
    pub fn mails(&self) -> Vec<TestMail> {
        match mails(&self.ctx) {
            Ok(mails) => mails,
            Err(error) => panic!("the mails cannot be read: {}", error.chain()),
        }
    }

    /// The request of a browser that follows a redirect: `GET` of its location, with the cookies that it sets.
    ///
    /// ```no_run
    /// # use fw_testing::prelude::*;
    /// # async fn test(app: TestApp) {
    /// let created = app.post("/posts").form(&[("title", "First")]).await;
    /// let page = app.follow(&created).await;
    /// assert!(page.text().contains("The post is created"));
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When the response has no location.
    pub fn follow(&self, response: &TestResponse) -> TestRequest {
        let cookies = cookies_of(response);
        let request = self.get(response.header("location"));
        if cookies.is_empty() {
            request
        } else {
            request.header("cookie", cookies)
        }
    }

    /// The same application in the browser that has got a response: further requests have the cookies that it sets, and come from a page of the
    /// application.
    ///
    /// ```no_run
    /// # use fw_testing::prelude::*;
    /// # async fn test(app: TestApp) {
    /// let body = json!({ "email": "ada@example.com", "password": "the tide turns at noon" });
    /// let response = app.post("/api/v1/auth/session").json(&body).await;
    /// let ada = app.browser_of(&response);
    /// ada.delete("/api/v1/auth/session").await.assert_status(204);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When a cookie cannot be sent back.
    #[must_use]
    pub fn browser_of(&self, response: &TestResponse) -> Self {
        let cookies = cookies_of(response);
        let cookies = HeaderValue::try_from(cookies).expect("cookies are text");
        let same_origin = HeaderValue::from_static("same-origin");
        Self {
            credential: vec![
                (header::COOKIE, cookies),
                (HeaderName::from_static("sec-fetch-site"), same_origin),
            ],
            account: None,
            ..self.clone()
        }
    }

    /// Sends a form that is right, and gives the page that it leads to.
    ///
    /// ```no_run
    /// # use fw_testing::prelude::*;
    /// # async fn test(app: TestApp) {
    /// let page = app.submit("/posts", &[("title", "First")]).await;
    /// assert!(page.text().contains("The post is created"));
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When the response is no redirect (303), or what it leads to is no page (200).
    pub async fn submit<V: AsRef<str>>(&self, path: &str, form: &[(&str, V)]) -> TestResponse {
        let response = self.post(path).form(form).await;
        response.assert_status(303);
        let page = self.follow(&response).await;
        page.assert_status(200);
        page
    }

    /// A request with any method.
    pub fn request(&self, method: Method, path: &str) -> TestRequest {
        let request = TestRequest::new(self.service.clone(), method, path);
        self.credential
            .iter()
            .fold(request, |request, (name, value)| {
                request.header(name, value)
            })
    }
}

/// The cookies that a response sets, as a browser sends them back.
fn cookies_of(response: &TestResponse) -> String {
    let cookies = response.headers().get_all("set-cookie").iter();
    let pairs = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}
