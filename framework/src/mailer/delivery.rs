//! The delivery of a mail: by a job, or at once.

use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Mail, MailError, Mailer, Mailers, content, mail::Head, message, outbox::SentMail,
    sender::Sender,
};
use crate::{
    context::AppContext,
    error::Result,
    jobs::{Job, JobContext, JobError, Key, Limit, Retry},
};

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
pub(super) async fn now<M: Mailer>(mailer: &M, ctx: &AppContext) -> Result<()> {
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
    // Boxed, so that it is compiled once and not copied into the future of each mail.
    Box::pin(send(ctx, name, data, mail.head, id)).await
}

/// Renders a mail and hands it to the transport. The id makes its `Message-ID`, by which mail programs recognize a second copy.
async fn send(
    ctx: &AppContext,
    name: &'static str,
    data: Value,
    head: Head,
    id: Uuid,
) -> Result<(), MailError> {
    let mailers = ctx.get::<Mailers>();
    let mailer = mailers.and_then(|mailers| mailers.find(name));
    let (Some(mailer), Some(sender)) = (mailer, ctx.get::<Sender>()) else {
        return Err(MailError::NotRegistered { name });
    };
    let content = content::render(ctx, mailer, &data, head.locale.as_deref())?;
    let from = head.from.clone().unwrap_or_else(|| sender.from().clone());
    let message_id = format!("<{id}@{}>", from.address().domain());
    let now = Utc::now();
    let message = message::assemble(&head, &from, &content, &message_id, now)?;
    let sent = SentMail::of(name, id, now, message_id, &from, head, content);
    sender.send(message, sent).await?;
    tracing::info!(mail = name, %id, transport = sender.transport_name(), "mail sent");
    Ok(())
}
