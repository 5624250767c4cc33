//! SMTP (RFC 5321): mails are handed to a server that delivers them.
//!
//! The connections are kept here and not by the library: a delivery that is cut off in the middle must close its connection, and the
//! library would use it for the next mail, or wait for the answer of a server that hangs.

use std::{
    fs,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use lettre::{
    Message,
    address::Envelope,
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        extension::ClientId,
    },
};
use tokio::time::timeout;

use super::MailError;
use crate::config::{Config, Secret, SmtpConfig, SmtpTls};

/// The number of connections that are kept when they are not in use.
const MAX_IDLE: usize = 4;

/// The time for which a connection is kept when it is not in use. Servers close theirs after a few minutes, some much earlier.
const MAX_AGE: Duration = Duration::from_secs(30);

/// An SMTP server, with connections that may be used again.
pub(super) struct Smtp {
    host: String,
    port: u16,
    tls: Tls,
    hello: ClientId,
    credentials: Option<Credentials>,
    limit: Duration,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

enum Tls {
    Implicit(TlsParameters),
    Starttls(TlsParameters),
    None,
}

impl Smtp {
    /// The server of a configuration. Nothing is connected yet.
    ///
    /// Fails if the file with certificates cannot be read.
    pub(super) fn open(config: &Config) -> Result<Self, MailError> {
        let smtp = &config.mailer.smtp;
        let host = smtp.host.clone().unwrap_or_default();
        let (tls, port) = match smtp.tls {
            SmtpTls::Implicit => (Tls::Implicit(parameters(&host, smtp)?), 465),
            SmtpTls::Starttls => (Tls::Starttls(parameters(&host, smtp)?), 587),
            SmtpTls::None => (Tls::None, 25),
        };
        let credentials = smtp.username.clone().map(|username| {
            let password = smtp.password.as_ref().map_or("", Secret::expose);
            Credentials::new(username, password.to_owned())
        });
        Ok(Self {
            host,
            port: smtp.port.unwrap_or(port),
            tls,
            hello: hello(config),
            credentials,
            limit: smtp.timeout,
            idle: Mutex::default(),
        })
    }

    /// Hands a message to the server, within the time limit.
    pub(super) async fn send(&self, message: &Message) -> Result<(), MailError> {
        let limit = self.limit;
        let sending = self.try_to_send(message.envelope(), message.formatted());
        // What is cut off here is dropped, its connection included.
        let sent = timeout(limit, sending).await;
        sent.unwrap_or(Err(MailError::Timeout { limit }))
    }

    async fn try_to_send(&self, envelope: &Envelope, source: Vec<u8>) -> Result<(), MailError> {
        let unavailable = |error: Error| MailError::Unavailable {
            reason: error.to_string(),
        };
        // A server that refuses the connection or the password has nothing against the mail.
        let mut connection = match self.kept().await {
            Some(connection) => connection,
            None => self.connect().await.map_err(unavailable)?,
        };
        match connection.send(envelope, &source).await {
            Ok(_) => {
                self.keep(connection);
                Ok(())
            }
            Err(error) if error.is_permanent() => Err(MailError::Refused {
                response: response(&error),
            }),
            Err(error) => Err(unavailable(error)),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let implicit = match &self.tls {
            Tls::Implicit(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let server = (self.host.as_str(), self.port);
        let limit = Some(self.limit);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, limit, &self.hello, implicit, None).await?;
        if let Tls::Starttls(parameters) = &self.tls {
            connection.starttls(parameters.clone(), &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    /// A connection that was kept and still answers.
    async fn kept(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let (mut connection, since) = {
                let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                idle.pop()?
            };
            if since.elapsed() < MAX_AGE && connection.test_connected().await {
                return Some(connection);
            }
        }
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < MAX_AGE);
        if idle.len() < MAX_IDLE {
            idle.push((connection, Instant::now()));
        }
    }
}

/// The response of the server within an error.
fn response(error: &Error) -> String {
    let text =
        std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    match error.status() {
        Some(status) => format!("{status} {text}"),
        None => text,
    }
}

/// The name by which this client calls itself: that of the site, which others can resolve, as the name of a container cannot be.
fn hello(config: &Config) -> ClientId {
    let url = config.server.public_url.as_deref();
    let url = url.and_then(|url| url::Url::parse(url).ok());
    match url.as_ref().and_then(url::Url::host) {
        Some(url::Host::Domain(name)) => ClientId::Domain(name.to_owned()),
        Some(url::Host::Ipv4(address)) => ClientId::Ipv4(address),
        Some(url::Host::Ipv6(address)) => ClientId::Ipv6(address),
        None => ClientId::default(),
    }
}

fn parameters(host: &str, config: &SmtpConfig) -> Result<TlsParameters, MailError> {
    let mut builder = TlsParameters::builder(host.to_owned());
    let wrong = |reason: String| MailError::Setup {
        problems: vec![reason],
    };
    if let Some(path) = &config.ca_certificates {
        let shown = path.display();
        let unreadable =
            |error| format!("`mailer.smtp.ca_certificates`: `{shown}` cannot be read: {error}");
        let pem = fs::read(path).map_err(|error| wrong(unreadable(error)))?;
        let no_certificate = || {
            wrong(format!(
                "`mailer.smtp.ca_certificates`: `{shown}` has no certificate (PEM)"
            ))
        };
        if !pem.windows(BEGIN.len()).any(|bytes| bytes == BEGIN) {
            return Err(no_certificate());
        }
        let certificate = Certificate::from_pem(&pem).map_err(|_| no_certificate())?;
        builder = builder.add_root_certificate(certificate);
    }
    builder
        .build()
        .map_err(|error| wrong(format!("TLS cannot be set up: {error}")))
}

/// The beginning of a certificate in a PEM file (RFC 7468, section 5).
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
