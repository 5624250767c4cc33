//! The sender of mails: the transport that the configuration names, and the mailbox that mails come from.

use std::sync::Arc;

use lettre::Message;

use super::{
    MailError,
    outbox::{FOLDER, Outbox, SentMail},
};
use crate::{
    config::{Config, MailTransport},
    context::AppContext,
    mailbox::{InvalidMailbox, Mailbox},
};

/// The sender of mails, a handle of the context.
pub(crate) struct Sender {
    /// The names of the mails of the application.
    names: Vec<&'static str>,
    from: Mailbox,
    transport: Transport,
}

enum Transport {
    Outbox(Outbox),
    Null,
    #[cfg(feature = "smtp")]
    Smtp(Box<super::smtp::Smtp>),
}

impl Sender {
    /// The sender for an application with mails of these names; `None` if it has no mails.
    ///
    /// Fails if the configuration lacks what is needed.
    pub(super) fn open(
        ctx: &AppContext,
        names: Vec<&'static str>,
    ) -> Result<Option<Self>, MailError> {
        let config = &ctx.config;
        if names.is_empty() {
            return Ok(None);
        }
        let problems = problems(config);
        if !problems.is_empty() {
            return Err(MailError::Setup { problems });
        }
        let from = match &config.mailer.from {
            Some(from) => from.parse(),
            None => format!("{}@localhost", ctx.app_name()).parse(),
        };
        let from = from.map_err(|error: InvalidMailbox| MailError::Message(error.to_string()))?;
        let transport = match config.mailer.transport {
            MailTransport::Outbox if config.environment.is_development() => {
                Transport::Outbox(Outbox::Folder(FOLDER.into()))
            }
            MailTransport::Outbox => Transport::Outbox(Outbox::Memory(Arc::default())),
            MailTransport::Null => Transport::Null,
            #[cfg(feature = "smtp")]
            MailTransport::Smtp => Transport::Smtp(Box::new(super::smtp::Smtp::open(config)?)),
            // It is among the problems.
            #[cfg(not(feature = "smtp"))]
            MailTransport::Smtp => Transport::Null,
        };
        Ok(Some(Self {
            names,
            from,
            transport,
        }))
    }

    /// Returns whether the application has registered a mail of this name.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    /// The mailbox that mails come from.
    pub(super) fn from(&self) -> &Mailbox {
        &self.from
    }

    /// The outbox, if mails are kept.
    pub(crate) fn outbox(&self) -> Option<&Outbox> {
        match &self.transport {
            Transport::Outbox(outbox) => Some(outbox),
            _ => None,
        }
    }

    pub(super) fn transport_name(&self) -> &'static str {
        match &self.transport {
            Transport::Outbox(_) => "outbox",
            Transport::Null => "null",
            #[cfg(feature = "smtp")]
            Transport::Smtp(_) => "smtp",
        }
    }

    /// Sends a message, or keeps it.
    pub(super) async fn send(&self, message: Message, mut sent: SentMail) -> Result<(), MailError> {
        match &self.transport {
            Transport::Outbox(outbox) => {
                sent.source = String::from_utf8_lossy(&message.formatted()).into_owned();
                in_background(outbox.clone(), move |outbox| outbox.put(sent)).await
            }
            Transport::Null => Ok(()),
            #[cfg(feature = "smtp")]
            Transport::Smtp(smtp) => smtp.send(&message).await,
        }
    }
}

/// Does something with the files of an outbox, on a thread that may block.
pub(super) async fn in_background<T: Send + 'static>(
    outbox: Outbox,
    work: impl FnOnce(&Outbox) -> Result<T, MailError> + Send + 'static,
) -> Result<T, MailError> {
    let done = tokio::task::spawn_blocking(move || work(&outbox)).await;
    done.unwrap_or_else(|error| Err(MailError::Message(error.to_string())))
}

/// The parts of the configuration that mails lack to be sent, each with a hint.
pub(super) fn problems(config: &Config) -> Vec<String> {
    let mailer = &config.mailer;
    let is_production = config.environment.is_production();
    let file = format!("config/{}.toml", config.environment);
    let mut problems = Vec::new();
    if is_production && mailer.from.is_none() {
        problems.push(format!(
            "the application has mails, and `mailer.from` is missing\n  hint: add `from = \"Shop <shop@example.com>\"` to `[mailer]` in `{file}`"
        ));
    }
    if is_production && config.server.public_url.is_none() {
        problems.push(format!(
            "the application has mails, and `server.public_url` is missing, which their links begin with\n  hint: add `public_url = \"https://www.example.com\"` to `[server]` in `{file}`"
        ));
    }
    match mailer.transport {
        MailTransport::Outbox if is_production => problems.push(format!(
            "`mailer.transport` is `outbox`, which sends nothing, and this is `{}`\n  hint: use `smtp`, or `null` if no mail is to be sent",
            config.environment
        )),
        MailTransport::Smtp if !cfg!(feature = "smtp") => problems.push(
            "`mailer.transport` is `smtp`, which needs the Cargo feature `smtp` of `framewright`\n  hint: add it to the features in `Cargo.toml`".to_owned(),
        ),
        MailTransport::Smtp if mailer.smtp.host.is_none() => problems.push(format!(
            "`mailer.transport` is `smtp`, and `mailer.smtp.host` is missing\n  hint: add `host = \"smtp.example.com\"` to `[mailer.smtp]` in `{file}`, or set `transport = \"null\"` if no mail is to be sent"
        )),
        _ => {}
    }
    problems
}
