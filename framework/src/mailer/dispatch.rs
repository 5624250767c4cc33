//! The dispatch of a mail: it is rendered, assembled and handed to the transport.

use chrono::Utc;
use serde_json::Value;
use uuid::Uuid;

use super::{
    MailError, content, mail::Head, message, naming::Naming, outbox::SentMail, sender::Sender,
};
use crate::context::AppContext;

/// Renders a mail and hands it to the transport. The id makes its `Message-ID`, by which mail programs recognize a second copy.
pub(super) async fn send(
    ctx: &AppContext,
    naming: Naming,
    data: Value,
    head: Head,
    id: Uuid,
) -> Result<(), MailError> {
    let name = naming.name;
    let sender = ctx.get::<Sender>().filter(|sender| sender.knows(name));
    let sender = sender.ok_or(MailError::NotRegistered { name })?;
    let content = content::render(ctx, naming, &data, head.locale.as_deref())?;
    let from = head.from.clone().unwrap_or_else(|| sender.from().clone());
    let message_id = format!("<{id}@{}>", from.address().domain());
    let now = Utc::now();
    let message = message::assemble(&head, &from, &content, &message_id, now)?;
    let sent = SentMail::of(name, id, now, message_id, &from, head, content);
    sender.send(message, sent).await?;
    tracing::info!(mail = name, %id, transport = sender.transport_name(), "mail sent");
    Ok(())
}
