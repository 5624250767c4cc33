//! The trait of a mail, and the job that delivers one.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{Mail, MailError, dispatch, naming::Naming};
use crate::{
    context::AppContext,
    db::Transaction,
    error::Result,
    jobs::{Enqueued, Job, JobContext, JobError, Key, Limit, Retry},
    openapi::Schema,
};

/// A mail. Its fields are what the job that delivers it has to know, such as the id of a user; the rest is found when it is sent.
///
/// See [`mailer`](crate::mailer) for an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a mail",
    label = "does not implement `Mailer`",
    note = "derive `Serialize` and `Deserialize`, and write `impl Mailer for {Self}` with a `NAME`, a `type View`, `fn key(&self) -> Key` and `async fn mail(&self, ctx: &AppContext) -> Result<Mail<Self::View>>`"
)]
pub trait Mailer: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name, 1 to 100 characters: of the job, of the templates (`welcome.html`, `welcome.txt`) and of the message with the subject
    /// (`welcome-subject`). Waiting mails are found by it, so it must not change from one release to the next.
    const NAME: &'static str;

    /// The folder of the templates below `src`. Default `mailers`.
    const FOLDER: &'static str = "mailers";

    /// The queue of the job, one of `[jobs.queues]`. Default `default`.
    const QUEUE: &'static str = "default";

    /// The number of tries and the waiting time between them. Default [`Retry::DEFAULT`].
    const RETRY: Retry = Retry::DEFAULT;

    /// True if the stored fields are erased when the mail is sent, as with one that has a token in it. Default `false`.
    const ERASE_ARGUMENTS: bool = false;

    /// The data of the templates. Its texts and numbers are arguments of the subject as well.
    type View: Serialize + Schema + Send + 'static;

    /// The key, by which a second mail like this one is recognized and not sent; [`Key::none`] if there may be any number.
    fn key(&self) -> Key;

    /// The rate limit, which all processes share; `None` if the mail may always be sent, which is the default.
    fn limit(&self) -> Option<Limit> {
        None
    }

    /// Makes the mail, when it is sent. It may run more than once, after an error. An error of status 404 means that what the mail is about
    /// is gone, and nothing is sent; after others it is tried again.
    fn mail(&self, ctx: &AppContext) -> impl Future<Output = Result<Mail<Self::View>>> + Send;

    /// Examples of the data with their names, to be looked at in development and rendered in tests. Default: none but sample data of the type.
    fn previews() -> Vec<(&'static str, Self::View)> {
        Vec::new()
    }

    /// Enqueues the mail to be sent as soon as possible. Within an idempotent request it is enqueued with the request's other effects.
    ///
    /// A process that is killed at the wrong moment may send it twice, with the same `Message-ID`.
    fn deliver_later(self, ctx: &AppContext) -> impl Future<Output = Result<Enqueued>> + Send {
        async move { Delivery(self).enqueue(ctx).await }
    }

    /// Enqueues the mail as a part of the transaction: it is sent after the commit, and a rollback leaves nothing of it.
    fn deliver_later_in(
        self,
        ctx: &AppContext,
        transaction: &Transaction,
    ) -> impl Future<Output = Result<Enqueued>> + Send {
        async move { Delivery(self).enqueue_in(ctx, transaction).await }
    }

    /// Sends the mail now, and waits for the mail server. A process that ends meanwhile, or a server that is down, loses the mail, so
    /// [`deliver_later`](Self::deliver_later) is better but for tasks and trials.
    fn deliver_now(&self, ctx: &AppContext) -> impl Future<Output = Result<()>> + Send {
        now(self, ctx)
    }

    /// The job that delivers the mail, for the options that jobs have: a time, a priority, a batch.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use fw::{mailer::Mailer, prelude::*};
    /// async fn remind(ctx: &AppContext, mail: impl Mailer) -> Result<()> {
    ///     let tomorrow = Duration::from_secs(86_400);
    ///     mail.into_job().after(tomorrow).enqueue(ctx).await?;
    ///     Ok(())
    /// }
    /// ```
    fn into_job(self) -> Delivery<Self> {
        Delivery(self)
    }
}

/// The job that delivers a mail. [`Mailer::into_job`] makes it; tests look for it.
///
/// ```
/// # use fw::prelude::*;
/// use fw::mailer::Delivery;
///
/// fn name<M: Mailer>() -> &'static str {
///     // The job has the name of the mail.
///     <Delivery<M> as Job>::NAME
/// }
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Delivery<M>(pub M);

impl<M: Mailer> Job for Delivery<M> {
    const NAME: &'static str = M::NAME;
    const QUEUE: &'static str = M::QUEUE;
    const RETRY: Retry = M::RETRY;
    const ERASE_ARGUMENTS: bool = M::ERASE_ARGUMENTS;

    fn key(&self) -> Key {
        self.0.key()
    }

    fn limit(&self) -> Option<Limit> {
        self.0.limit()
    }

    async fn run(&self, job: &JobContext) -> Result<(), JobError> {
        let mail = self.0.mail(job).await.map_err(|error| {
            if error.status() == 404 {
                JobError::discard(error)
            } else {
                JobError::retry(error)
            }
        })?;
        let sent = deliver::<M>(job, mail, job.id().uuid()).await;
        sent.map_err(MailError::into_job_error)
    }
}

/// Makes and sends a mail.
async fn now<M: Mailer>(mailer: &M, ctx: &AppContext) -> Result<()> {
    let mail = mailer.mail(ctx).await?;
    Ok(deliver::<M>(ctx, mail, Uuid::now_v7()).await?)
}

async fn deliver<M: Mailer>(
    ctx: &AppContext,
    mail: Mail<M::View>,
    id: Uuid,
) -> Result<(), MailError> {
    let name = M::NAME;
    let data = serde_json::to_value(&mail.view);
    let data = data.map_err(|source| MailError::Data { name, source })?;
    let naming = Naming {
        name,
        folder: M::FOLDER,
    };
    // Boxed, so that it is compiled once and not copied into the future of each mail.
    Box::pin(dispatch::send(ctx, naming, data, mail.head, id)).await
}
