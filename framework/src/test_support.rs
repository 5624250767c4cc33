//! The part of the framework's inside that the crate `framewright-testing` needs: an application that is booted for one test.
//!
//! No part of the public interface: it may change with every version, so that crate asks for exactly its own version of this one.
//! The crates are two because Cargo compiles a crate anew for each set of its features: as a feature of the development
//! dependency, the test kit would have the whole framework compiled a second time.
//!
//! Everything asynchronous is boxed, so that it is compiled here and not once more in that crate.

mod accounts;

use std::path::Path;

use axum::{extract::Request, response::Response};
use futures_util::future::BoxFuture;

pub use self::accounts::{
    SignInOptions, TestAccounts, TestCredential, TestPermission, sign_in, totp_code,
};
use crate::{
    app::{self, Hooks},
    boot::{Booted, steps},
    config::Config,
    context::{AppContext, CancellationToken},
    controller::RouteRule,
    db::recorded,
    env::Environment,
    error::Result,
    jobs::Jobs,
    limits::{Limit, Limits, Lockout},
    middleware::AppService,
    migration::Migrator,
};

/// An application to be tested: its hooks as a value, so that no code which takes it is compiled with each test binary.
#[derive(Clone, Copy)]
pub struct Application(app::Application);

impl Application {
    /// The application with these hooks.
    pub fn of<H: Hooks>() -> Self {
        Self(app::Application::of::<H>())
    }

    /// The name of the application.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The list of the migrations of the framework and of the application.
    pub fn migrator(self) -> Migrator {
        self.0.migrator()
    }

    /// The access rules of the application's own routes, by path and method.
    pub fn rules(self) -> Vec<RouteRule> {
        self.0.own_routes().rules()
    }

    /// The jobs of the application.
    ///
    /// # Errors
    ///
    /// Fails if two of them have the same name.
    pub fn jobs(self) -> Result<Jobs> {
        self.0.jobs()
    }

    /// Loads the configuration of the environment `test` in the current folder, with the changes of `before_boot`.
    pub fn load(self) -> BoxFuture<'static, Result<Config>> {
        steps::load(self.0, Path::new("."), Some(Environment::Test))
    }

    /// The faults of its pages and mails, none without the features `views` and `mailer`.
    ///
    /// # Errors
    ///
    /// Fails if the templates cannot be read.
    pub fn faults_of_views(self, ctx: &AppContext) -> Result<Vec<String>> {
        faults_of_views(self.0, ctx)
    }

    /// Boots the application as far as a server that is about to accept requests, `before_serve` included. The log is not
    /// started, and the migrations must have been applied.
    pub fn boot(self, config: Config) -> BoxFuture<'static, Result<(Booted, Service)>> {
        let Self(app) = self;
        Box::pin(async move {
            let booted = steps::boot(app, config, false, CancellationToken::new()).await?;
            app.schedule(&app.jobs()?)?;
            let service = Service(steps::service(app, &booted.ctx).await?);
            (app.before_serve)(&booted.ctx).await?;
            Ok((booted, service))
        })
    }
}

/// Counts one use of a limit at a time in microseconds. Returns whether it was free, and the time until all is free again.
pub async fn use_limit_at(limits: &Limits, limit: &Limit, subject: &str, at: i64) -> (bool, i64) {
    limits.take_at(limit, subject.as_bytes(), Some(at)).await
}

/// Counts an attempt as a failure at a time in microseconds. Returns its number, 0 if it is not allowed, and the time of the lock-out.
pub async fn attempt_at(limits: &Limits, lockout: &Lockout, subject: &str, at: i64) -> (u32, i64) {
    limits
        .attempt_at(lockout, subject.as_bytes(), Some(at))
        .await
}

/// Returns whether limits are counted by all processes together at present.
pub fn are_shared(limits: &Limits) -> bool {
    limits.are_shared()
}

/// A mail as a test sees it: one that was sent, which the outbox has kept.
///
/// ```
/// # use fw::test_support::TestMail;
/// fn is_to_ada(mail: &TestMail) -> bool {
///     mail.to == ["ada@example.com"] && mail.html.contains("Ada")
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestMail {
    /// The name of the mail: `Mailer::NAME`.
    pub mailer: String,
    /// The subject.
    pub subject: String,
    /// The sender, such as `Shop <shop@example.com>`.
    pub from: String,
    /// The recipients; with a name each is `Name <address>`.
    pub to: Vec<String>,
    /// The recipients of copies.
    pub cc: Vec<String>,
    /// The recipients of copies whom nobody sees.
    pub bcc: Vec<String>,
    /// The mailbox for answers, if it is not the sender.
    pub reply_to: Option<String>,
    /// The locale that the mail was rendered in.
    pub locale: String,
    /// The HTML; empty if the mail has none.
    pub html: String,
    /// The text.
    pub text: String,
    /// The names of the attachments, and the content ids of images of the HTML.
    pub attachments: Vec<String>,
    /// The URL of `List-Unsubscribe`, of mails of a list.
    pub unsubscribe: Option<String>,
    /// The header `Message-ID`, which is made of the id of the job.
    pub message_id: String,
    /// The whole message (RFC 5322).
    pub source: String,
}

/// The mails that an application has sent, oldest first. None without the feature `mailer`, or if its transport is not the outbox.
#[cfg(feature = "mailer")]
pub fn mails(ctx: &AppContext) -> Result<Vec<TestMail>> {
    let Some(outbox) = ctx
        .get::<crate::mailer::Sender>()
        .and_then(crate::mailer::Sender::outbox)
    else {
        return Ok(Vec::new());
    };
    let mut mails = outbox.list()?;
    mails.reverse();
    Ok(mails.into_iter().map(TestMail::from).collect())
}

/// The mails that an application has sent: none without the feature `mailer`.
#[cfg(not(feature = "mailer"))]
#[expect(clippy::unnecessary_wraps, reason = "with mails it can fail")]
pub fn mails(_: &AppContext) -> Result<Vec<TestMail>> {
    Ok(Vec::new())
}

#[cfg(feature = "mailer")]
impl From<crate::mailer::SentMail> for TestMail {
    fn from(mail: crate::mailer::SentMail) -> Self {
        use crate::mailer::Mailbox;

        let all = |mailboxes: Vec<Mailbox>| mailboxes.iter().map(Mailbox::to_string).collect();
        let attachments = mail.attachments.into_iter().map(|file| file.name);
        Self {
            mailer: mail.mailer,
            subject: mail.subject,
            from: mail.from.to_string(),
            to: all(mail.to),
            cc: all(mail.cc),
            bcc: all(mail.bcc),
            reply_to: mail.reply_to.as_ref().map(Mailbox::to_string),
            locale: mail.locale,
            html: mail.html.unwrap_or_default(),
            text: mail.text,
            attachments: attachments.collect(),
            unsubscribe: mail.unsubscribe,
            message_id: mail.message_id,
            source: mail.source,
        }
    }
}

/// The faults of the pages and mails of an application: each is rendered with sample data in every branch and every locale.
///
/// # Errors
///
/// Fails if the templates cannot be read.
#[cfg(feature = "_templates")]
fn faults_of_views(app: app::Application, ctx: &AppContext) -> Result<Vec<String>> {
    let Some(engine) = ctx.get::<crate::view::Engine>() else {
        return Ok(Vec::new());
    };
    let probed = crate::view::probed(ctx, engine, &app.routes(&ctx.config));
    let faults = engine.probe(&probed)?;
    Ok(faults.iter().map(ToString::to_string).collect())
}

#[cfg(not(feature = "_templates"))]
#[expect(clippy::unnecessary_wraps, reason = "with pages it can fail")]
fn faults_of_views(_: app::Application, _: &AppContext) -> Result<Vec<String>> {
    Ok(Vec::new())
}

/// The service of a booted application: its routes with the middleware stack around them.
#[derive(Clone)]
pub struct Service(AppService);

impl Service {
    /// Handles a request as a server would, but without the address of a client. Returns the texts of the statements as well that it has run.
    pub fn handle(&self, request: Request) -> BoxFuture<'static, (Response, Vec<String>)> {
        Box::pin(recorded(self.0.handle(request)))
    }
}
