//! The room of mails: opens the transport at the start, and shows developers what was sent and previews.

mod pages;
mod shown;

use std::future::ready;

use super::{
    Mailers,
    sender::{self, Sender},
};
use crate::{
    config::{MailTransport, SmtpTls},
    context::AppContext,
    error::Result,
    room::{DoctorContext, Finding, Room},
};

pub(crate) const ROOM: Room = Room {
    name: "mails",
    context: |ctx| Box::pin(ready(with_sender(ctx))),
    devtools: |_| pages::pages(),
    doctor: |input| Box::pin(ready(examine(input))),
    ..Room::NONE
};

fn with_sender(ctx: AppContext) -> Result<AppContext> {
    let Some(mailers) = ctx.get::<Mailers>() else {
        return Ok(ctx);
    };
    Ok(match Sender::open(&ctx, mailers.names())? {
        Some(sender) => ctx.with(sender),
        None => ctx,
    })
}

fn examine(input: DoctorContext<'_>) -> Vec<Finding> {
    const ID: &str = "mailer";
    let Some(mailers) = input.ctx.get::<Mailers>().filter(|all| !all.is_empty()) else {
        return Vec::new();
    };
    let config = &input.ctx.config;
    let mut findings: Vec<Finding> = sender::problems(config)
        .into_iter()
        .map(|problem| Finding::failure(ID, problem))
        .collect();
    if findings.is_empty() {
        let opened = Sender::open(input.ctx, mailers.names());
        findings.push(match opened {
            Ok(_) => Finding::good(ID, "mails can be handed to the transport"),
            Err(error) => Finding::failure(ID, error.to_string()),
        });
    }
    if input.deploy {
        findings.extend(weaknesses(input.ctx));
    }
    findings
}

/// The weakness of a server on the internet.
fn weaknesses(ctx: &AppContext) -> Option<Finding> {
    let mailer = &ctx.config.mailer;
    match mailer.transport {
        MailTransport::Null => Some(Finding::warning(
            "deploy.mail_transport",
            "`mailer.transport` is `null`: no mail is sent\nhint: use `smtp`, or accept it",
        )),
        MailTransport::Smtp if mailer.smtp.tls == SmtpTls::None && !is_local(ctx) => {
            Some(Finding::failure(
                "deploy.mail_tls",
                "mails and the password of the mail server are sent without encryption\nhint: set `tls = \"implicit\"` or `tls = \"starttls\"` in `[mailer.smtp]`",
            ))
        }
        _ => None,
    }
}

/// Returns whether the SMTP server is on this machine.
fn is_local(ctx: &AppContext) -> bool {
    let host = ctx.config.mailer.smtp.host.as_deref().unwrap_or_default();
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
