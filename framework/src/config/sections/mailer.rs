//! The section `[mailer]`: mails.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Checks, Section};
use crate::{
    config::{Secret, duration},
    env::Environment,
};

/// The section `[mailer]`: mails. It has an effect with the Cargo feature `mailer`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailerConfig {
    /// The sender of mails that name no other, such as `Shop <shop@example.com>`. An application with mails does not start in production without
    /// it. Default none.
    pub from: Option<String>,
    /// The way of mails: `outbox` keeps them, to be looked at at `/_fw/mail`, and sends none; `smtp` (Cargo feature `smtp`) sends them; `null`
    /// forgets them. Default `outbox`; in production `smtp`.
    pub transport: MailTransport,
    /// The SMTP server.
    pub smtp: SmtpConfig,
}

/// The way of mails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTransport {
    /// They are kept and not sent: in development in the folder `tmp/mail`, in tests in memory.
    #[default]
    Outbox,
    /// They are sent by SMTP.
    Smtp,
    /// They are forgotten.
    Null,
}

/// The section `[mailer.smtp]`: the SMTP server that mails are handed to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmtpConfig {
    /// The name of the server, such as `smtp.example.com`, which its certificate must have. Needed if `transport` is `smtp`. Default none.
    pub host: Option<String>,
    /// The port, 1–65535. Default: 465 with `tls = "implicit"`, 587 with `starttls`, 25 with `none`.
    pub port: Option<u16>,
    /// The encryption: `implicit` from the first byte on, `starttls` for servers that have only that (a server that does not offer it gets no
    /// mail), or `none`, for a server on the same machine. Default `implicit`.
    pub tls: SmtpTls,
    /// A file with certificates (PEM) of authorities that are trusted besides the public ones, such as that of a company. Default none.
    pub ca_certificates: Option<PathBuf>,
    /// The user name. Default none: no authentication.
    pub username: Option<String>,
    /// The password, from the variable `FW_MAILER__SMTP__PASSWORD`. Default none.
    pub password: Option<Secret>,
    /// The time that the whole delivery of a mail may take, above 0 and at most `4m`; then it is tried again later. Default `30s`.
    #[serde(with = "duration")]
    pub timeout: Duration,
}

/// The encryption of connections to an SMTP server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpTls {
    /// TLS from the first byte on (RFC 8314, section 3.3).
    #[default]
    Implicit,
    /// TLS after the command `STARTTLS` (RFC 3207), without which nothing is sent.
    Starttls,
    /// No encryption.
    None,
}

impl Default for MailerConfig {
    fn default() -> Self {
        Self {
            from: None,
            transport: MailTransport::Outbox,
            smtp: SmtpConfig::default(),
        }
    }
}

impl Default for SmtpConfig {
    fn default() -> Self {
        Self {
            host: None,
            port: None,
            tls: SmtpTls::default(),
            ca_certificates: None,
            username: None,
            password: None,
            timeout: Duration::from_secs(30),
        }
    }
}

impl Section for MailerConfig {
    /// The defaults: in production mails are sent.
    fn defaults(environment: &Environment) -> Self {
        let transport = if environment.is_production() {
            MailTransport::Smtp
        } else {
            MailTransport::Outbox
        };
        Self {
            transport,
            ..Self::default()
        }
    }

    fn check(&self, checks: &mut Checks) {
        #[cfg(feature = "mailer")]
        if let Some(from) = &self.from
            && let Err(error) = from.parse::<crate::mailbox::Mailbox>()
        {
            let expected = "a sender such as `Shop <shop@example.com>`";
            checks.wrong("mailer.from", expected, format!("`{from}`: {error}"));
        }
        let smtp = &self.smtp;
        if let Some(host) = &smtp.host {
            checks.not_empty("mailer.smtp.host", host);
        }
        if smtp.port == Some(0) {
            checks.wrong("mailer.smtp.port", "a whole number from 1 to 65535", "`0`");
        }
        if smtp.username.is_some() && smtp.password.is_none() {
            checks.missing(
                "mailer.smtp.password",
                "the password of `mailer.smtp.username`",
                "set the variable `FW_MAILER__SMTP__PASSWORD`",
            );
        }
        if smtp.password.is_some() && smtp.username.is_none() {
            let hint = "set `username` in `[mailer.smtp]`, or remove the password";
            let expected = "the user name of `mailer.smtp.password`";
            checks.missing("mailer.smtp.username", expected, hint);
        }
        checks.time("mailer.smtp.timeout", smtp.timeout, Duration::from_mins(4));
    }
}
