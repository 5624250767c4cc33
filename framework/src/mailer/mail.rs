//! A mail before it is rendered: its recipients, its data and its attachments.

use std::str::FromStr;

use lettre::message::header::ContentType;
use url::{Host, Url};

use super::MailError;
use crate::mailbox::Mailbox;

/// A mail with the data of its templates. [`Mailer::mail`](super::Mailer::mail) makes it.
///
/// ```
/// use fw::{Result, mailer::{Attachment, Mail, Mailbox}};
///
/// struct Invoice { total: String }
///
/// fn invoice(pdf: Vec<u8>) -> Result<Mail<Invoice>> {
///     let to: Mailbox = "Ada Lovelace <ada@example.com>".parse()?;
///     let office: Mailbox = "office@example.com".parse()?;
///     Ok(Mail::to(to, Invoice { total: "12.00".to_owned() })
///         .bcc(office.clone())
///         .reply_to(office)
///         .locale("de")
///         .attach(Attachment::new("invoice.pdf", "application/pdf", pdf)?))
/// }
/// # assert!(invoice(vec![1]).is_ok());
/// ```
#[derive(Clone, Debug)]
#[must_use = "it is sent by `deliver_later`"]
pub struct Mail<V> {
    pub(super) view: V,
    pub(super) head: Head,
}

/// A mail without its data, which is not generic.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) to: Vec<Mailbox>,
    pub(super) cc: Vec<Mailbox>,
    pub(super) bcc: Vec<Mailbox>,
    pub(super) from: Option<Mailbox>,
    pub(super) reply_to: Option<Mailbox>,
    pub(super) locale: Option<String>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) unsubscribe: Option<UnsubscribeUrl>,
}

impl<V> Mail<V> {
    /// A mail to one recipient.
    pub fn to(recipient: impl Into<Mailbox>, view: V) -> Self {
        let head = Head {
            to: vec![recipient.into()],
            cc: Vec::new(),
            bcc: Vec::new(),
            from: None,
            reply_to: None,
            locale: None,
            attachments: Vec::new(),
            unsubscribe: None,
        };
        Self { view, head }
    }

    /// A mail of a list that its reader has subscribed to: mail programs show a button that ends the subscription by a `POST` to this URL
    /// (RFC 8058), with the body `List-Unsubscribe=One-Click`. The large providers demand it of those who send many mails.
    ///
    /// The URL must name the reader by a token that nobody can guess, as the request comes without a session: with the feature `views` it is that
    /// of a `Subscription`. The server that signs the mail (DKIM) must sign these headers as well.
    ///
    /// ```
    /// use fw::{Result, mailer::{Address, Mail}};
    ///
    /// struct News;
    ///
    /// fn news(to: Address, token: &str) -> Result<Mail<News>> {
    ///     let url = format!("https://www.example.com/unsubscribe/{token}").parse()?;
    ///     Ok(Mail::list(to, News, url))
    /// }
    /// # assert!(news("ada@example.com".parse()?, "a7").is_ok());
    /// # Ok::<(), fw::mailer::InvalidMailbox>(())
    /// ```
    pub fn list(recipient: impl Into<Mailbox>, view: V, unsubscribe: UnsubscribeUrl) -> Self {
        let mut mail = Self::to(recipient, view);
        mail.head.unsubscribe = Some(unsubscribe);
        mail
    }

    /// Adds a recipient, whom the others see.
    pub fn also_to(mut self, recipient: impl Into<Mailbox>) -> Self {
        self.head.to.push(recipient.into());
        self
    }

    /// Adds a recipient of a copy, whom the others see.
    pub fn cc(mut self, recipient: impl Into<Mailbox>) -> Self {
        self.head.cc.push(recipient.into());
        self
    }

    /// Adds a recipient of a copy, whom nobody sees.
    pub fn bcc(mut self, recipient: impl Into<Mailbox>) -> Self {
        self.head.bcc.push(recipient.into());
        self
    }

    /// Sets the sender. Default `mailer.from`.
    pub fn from(mut self, sender: impl Into<Mailbox>) -> Self {
        self.head.from = Some(sender.into());
        self
    }

    /// Sets the mailbox that answers go to. Default: the sender.
    pub fn reply_to(mut self, mailbox: impl Into<Mailbox>) -> Self {
        self.head.reply_to = Some(mailbox.into());
        self
    }

    /// Sets the language of the reader, such as `de`. One that `views.locales` does not have is served by the same language without its
    /// region, otherwise by the first locale, which is the default.
    pub fn locale(mut self, locale: impl Into<String>) -> Self {
        self.head.locale = Some(locale.into());
        self
    }

    /// Adds an attachment, or an image of the HTML.
    pub fn attach(mut self, attachment: Attachment) -> Self {
        self.head.attachments.push(attachment);
        self
    }
}

/// A file that a mail brings: one to save, or an image that its HTML shows.
///
/// ```
/// use fw::mailer::Attachment;
///
/// let report = Attachment::new("report.csv", "text/csv", "day,sum\n1,2\n")?;
/// // For `<img src="cid:logo" alt="Shop">`:
/// let logo = Attachment::inline("logo", "image/png", vec![0x89, 0x50])?;
/// assert!(Attachment::new("a\r\nb", "text/csv", "").is_err());
/// # let _ = (report, logo);
/// # Ok::<(), fw::mailer::MailError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Attachment {
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) is_inline: bool,
    pub(super) content: Vec<u8>,
}

impl Attachment {
    /// A file to save. `name` has 1 to 200 characters, none of them a control character or a `/`.
    ///
    /// Fails if it has not, or if `media_type` is none, such as `application/pdf`.
    pub fn new(
        name: impl Into<String>,
        media_type: &str,
        content: impl Into<Vec<u8>>,
    ) -> Result<Self, MailError> {
        let name = name.into();
        let is_name = (1..=200).contains(&name.chars().count())
            && !name.chars().any(|c| c.is_control() || c == '/');
        if !is_name {
            return Err(MailError::Attachment {
                what: "name",
                value: name,
                hint: "use the name of a file, of 1 to 200 characters",
            });
        }
        Self::checked(name, media_type, false, content.into())
    }

    /// An image that the HTML shows as `<img src="cid:ID">`. `id` has 1 to 100 ASCII letters, digits, `.`, `_` and `-`.
    ///
    /// Fails if it has not, or if `media_type` is none, such as `image/png`.
    pub fn inline(
        id: impl Into<String>,
        media_type: &str,
        content: impl Into<Vec<u8>>,
    ) -> Result<Self, MailError> {
        let id = id.into();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if !(1..=100).contains(&id.len()) || !id.chars().all(is_plain) {
            return Err(MailError::Attachment {
                what: "content id",
                value: id,
                hint: "use 1 to 100 letters, digits, `.`, `_` and `-`",
            });
        }
        Self::checked(id, media_type, true, content.into())
    }

    fn checked(
        name: String,
        media_type: &str,
        is_inline: bool,
        content: Vec<u8>,
    ) -> Result<Self, MailError> {
        if ContentType::parse(media_type).is_err() {
            return Err(MailError::Attachment {
                what: "media type",
                value: media_type.to_owned(),
                hint: "use one such as `application/pdf`",
            });
        }
        Ok(Self {
            name,
            media_type: media_type.to_owned(),
            is_inline,
            content,
        })
    }
}

/// A URL at which a mail program ends a subscription for its reader. It is an `https` URL; one of this machine may be `http`, for trials.
///
/// See [`Mail::list`] for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsubscribeUrl(Url);

impl UnsubscribeUrl {
    /// The URL as text, in ASCII.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for UnsubscribeUrl {
    type Err = MailError;

    fn from_str(text: &str) -> Result<Self, MailError> {
        let refused = || MailError::UnsubscribeUrl(text.to_owned());
        // The parser would leave them out.
        if text.chars().any(|c| c.is_control() || c == ' ') {
            return Err(refused());
        }
        let url = Url::parse(text).map_err(|_| refused())?;
        let is_local = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_local => Ok(Self(url)),
            _ => Err(refused()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscriptions_end_at_secure_urls() {
        for right in [
            "https://www.example.com/u/1?t=a",
            "http://localhost:3000/u",
            "http://127.0.0.1/u",
        ] {
            assert!(right.parse::<UnsubscribeUrl>().is_ok(), "{right}");
        }
        for wrong in [
            "http://www.example.com/u",
            "mailto:a@example.com",
            "/u/1",
            "https://www.example.com/\r\nBcc: eve@example.com",
            "https://www.example.com/a b",
        ] {
            assert!(wrong.parse::<UnsubscribeUrl>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn attachments_have_sound_names() {
        for (name, media_type) in [
            ("", "a/b"),
            ("a/b", "a/b"),
            ("a\nb", "a/b"),
            ("a", "ab"),
            ("a", "a/b\r\nX: 1"),
        ] {
            let refused = Attachment::new(name, media_type, "");
            assert!(refused.is_err(), "{name:?} {media_type:?}");
        }
        for id in ["", "a>b", "a b", "ä"] {
            assert!(Attachment::inline(id, "image/png", "").is_err(), "{id:?}");
        }
    }
}
