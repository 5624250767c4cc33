//! Applications under test that are signed in.

use std::{future::IntoFuture, marker::PhantomData, pin::Pin, str::FromStr};

use fw::{
    controller::KnownPermissions,
    test_support::{
        SignInOptions, TestAccounts, TestCredential, TestPermission, sign_in, totp_code,
    },
};

use crate::TestApp;

/// A sign-in to an application under test, which takes place when it is awaited. See [`TestApp::sign_in`] for an example.
#[must_use = "the sign-in takes place when it is awaited"]
pub struct SignIn<A> {
    app: TestApp,
    options: SignInOptions,
    accounts: PhantomData<fn() -> A>,
}

impl TestApp {
    /// Signs a new account in: all requests of the application have its session then. It may do what [`can`](SignIn::can) says. It needs the
    /// feature `auth` of the framework.
    ///
    /// ```no_run
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
    /// # mod posts {
    /// #     pub enum Update {}
    /// #     impl fw::test_support::TestPermission for Update { fn name() -> &'static str { "posts:update" } }
    /// # }
    /// use fw_testing::prelude::*;
    ///
    /// # async fn test() {
    /// let app = boot::<App>().await.sign_in::<Users>().can::<posts::Update>().await;
    /// app.patch("/api/v1/posts/1").json(&json!({ "title": "Dune" })).await.assert_status(200);
    ///
    /// // Somebody else, in the same application.
    /// let other = app.clone().sign_in::<Users>().await;
    /// other.patch("/api/v1/posts/1").json(&json!({})).await.assert_problem(403, "forbidden");
    ///
    /// // With every permission, but only for rows of their own.
    /// let third = app.clone().sign_in::<Users>().can_everything().await;
    /// third.patch("/api/v1/posts/1").json(&json!({})).await.assert_problem(404, "not_found");
    /// # }
    /// ```
    pub fn sign_in<A: TestAccounts>(self) -> SignIn<A> {
        SignIn {
            app: self,
            options: SignInOptions::default(),
            accounts: PhantomData,
        }
    }

    /// The code that an app would show for a secret of a second factor, in Base32. Each one can be used once, as those of an app, and another call
    /// gives the next one: the time of the codes moves on by 30 seconds.
    ///
    /// ```no_run
    /// # use fw_testing::prelude::*;
    /// # async fn test(app: TestApp) {
    /// let enrolment = app.post("/api/v1/auth/totp").json(&json!({ "name": "Phone" })).await.json();
    /// let secret = enrolment["secret"].as_str().expect("a secret");
    /// let body = json!({ "id": enrolment["id"], "code": app.totp_code(secret) });
    /// app.post("/api/v1/auth/totp/confirm").json(&body).await.assert_status(200);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When the text is no secret, or the application has no accounts.
    #[track_caller]
    pub fn totp_code(&self, secret: &str) -> String {
        match totp_code(&self.ctx, secret) {
            Ok(code) => code,
            Err(error) => panic!("there is no code: {}", error.chain()),
        }
    }

    /// The id of the account that the application is signed in as.
    ///
    /// # Panics
    ///
    /// When it is not signed in, or the id is of another type.
    #[track_caller]
    pub fn account_id<T: FromStr>(&self) -> T {
        let Some(account) = &self.account else {
            panic!("the application is not signed in");
        };
        let Ok(id) = account.parse() else {
            panic!("the id `{account}` is of another type");
        };
        id
    }
}

impl TestApp {
    /// The same application, signed in as nobody.
    pub(crate) fn signed_out(&self) -> Self {
        let mut app = self.clone();
        app.credential.clear();
        app.account = None;
        app
    }
}

impl<A: TestAccounts> SignIn<A> {
    /// Gives the session a permission, besides those that its account has.
    pub fn can<P: TestPermission>(mut self) -> Self {
        self.options.permissions.push(P::name().to_owned());
        self
    }

    /// Gives the session every permission that the routes of the application ask for, but for those for the rows of others, such as
    /// `posts:read:any`.
    pub fn can_everything(mut self) -> Self {
        let known = self.app.ctx.get::<KnownPermissions>();
        let names = known.into_iter().flat_map(KnownPermissions::names);
        let names = names
            .filter(|name| !name.ends_with(":any"))
            .map(str::to_owned);
        self.options.permissions.extend(names.collect::<Vec<_>>());
        self
    }

    /// Takes permissions from the session, which [`can_everything`](Self::can_everything) has given.
    pub(crate) fn cannot(mut self, names: &[String]) -> Self {
        self.options
            .permissions
            .retain(|name| !names.contains(name));
        self
    }

    /// Makes the sign-in a recent one. Otherwise it was an hour ago.
    pub fn recent(mut self) -> Self {
        self.options.is_recent = true;
        self
    }

    /// Sends an API key of the account instead, which has the permissions of [`can`](Self::can).
    pub fn api_key(mut self) -> Self {
        self.options.credential = TestCredential::ApiKey;
        self
    }

    /// Signs in with a second factor as well, as an account needs it whose standing asks for one.
    pub fn second_factor(mut self) -> Self {
        self.options.has_second_factor = true;
        self
    }

    /// Signs in with an access token, as a client that is no browser.
    pub fn token(mut self) -> Self {
        self.options.credential = TestCredential::Token;
        self
    }
}

impl<A: TestAccounts> IntoFuture for SignIn<A> {
    type Output = TestApp;
    type IntoFuture = Pin<Box<dyn Future<Output = TestApp> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self {
            mut app,
            mut options,
            ..
        } = self;
        Box::pin(async move {
            let signed_in = async {
                options.account = A::create(&app.ctx).await?.to_string();
                let account = options.account.clone();
                Ok((sign_in(&app.ctx, options).await?, account))
            };
            let signed_in: fw::Result<_> = signed_in.await;
            match signed_in {
                Ok((credential, account)) => {
                    app.credential = credential;
                    app.account = Some(account);
                    app
                }
                Err(error) => panic!("the test cannot sign in: {}", error.chain()),
            }
        })
    }
}
