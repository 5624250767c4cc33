//! The message that is sent (RFC 5322), with its parts (RFC 2045).

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::{
    Message,
    message::{
        Attachment as Disposition, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};

use super::{
    Attachment, MailError,
    mail::{Head, UnsubscribeUrl},
};
use crate::{mailbox::Mailbox, view::MailContent};

/// Assembles the message of a mail.
pub(super) fn assemble(
    head: &Head,
    from: &Mailbox,
    content: &MailContent,
    message_id: &str,
    now: DateTime<Utc>,
) -> Result<Message, MailError> {
    let header = |name, value: &str| HeaderValue::new(name, value.to_owned());
    let mut message = Message::builder()
        .from(from.to_lettre())
        .subject(content.subject.as_str())
        .message_id(Some(message_id.to_owned()))
        .date(SystemTime::from(now))
        // RFC 3834: the notices of people who are away are not sent to a program.
        .raw_header(header(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated",
        ));
    for mailbox in &head.to {
        message = message.to(mailbox.to_lettre());
    }
    for mailbox in &head.cc {
        message = message.cc(mailbox.to_lettre());
    }
    for mailbox in &head.bcc {
        message = message.bcc(mailbox.to_lettre());
    }
    if let Some(mailbox) = &head.reply_to {
        message = message.reply_to(mailbox.to_lettre());
    }
    if let Some(url) = &head.unsubscribe {
        message = message.raw_header(list_unsubscribe(url)).raw_header(header(
            HeaderName::new_from_ascii_str("List-Unsubscribe-Post"),
            "List-Unsubscribe=One-Click",
        ));
    }
    let assembled = match parts(head, content)? {
        Part::Single(part) => message.singlepart(part),
        Part::Multi(parts) => message.multipart(parts),
    };
    assembled.map_err(|error| MailError::Message(error.to_string()))
}

/// The header with the URL (RFC 2369, section 3.2), which must not be encoded. Its text is plain ASCII without spaces: the parser of URLs
/// has written it.
fn list_unsubscribe(url: &UnsubscribeUrl) -> HeaderValue {
    let value = format!("<{}>", url.as_str());
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str("List-Unsubscribe"),
        value.clone(),
        value,
    )
}

enum Part {
    Single(SinglePart),
    Multi(MultiPart),
}

/// The bodies and files: each kind is around those inside it.
fn parts(head: &Head, content: &MailContent) -> Result<Part, MailError> {
    let text = content.text.clone().unwrap_or_default();
    let (inline, attached): (Vec<_>, Vec<_>) =
        head.attachments.iter().partition(|file| file.is_inline);
    let mut part = Part::Single(SinglePart::plain(text.clone()));
    if let Some(html) = &content.html {
        let html = SinglePart::html(html.clone());
        let alternative = MultiPart::alternative().singlepart(SinglePart::plain(text));
        part = Part::Multi(if inline.is_empty() {
            alternative.singlepart(html)
        } else {
            let related = MultiPart::related().singlepart(html);
            alternative.multipart(with_files(related, &inline)?)
        });
    }
    if attached.is_empty() {
        return Ok(part);
    }
    let mixed = match part {
        Part::Single(text) => MultiPart::mixed().singlepart(text),
        Part::Multi(bodies) => MultiPart::mixed().multipart(bodies),
    };
    Ok(Part::Multi(with_files(mixed, &attached)?))
}

fn with_files(parts: MultiPart, files: &[&Attachment]) -> Result<MultiPart, MailError> {
    files.iter().try_fold(parts, |parts, file| {
        let media_type = ContentType::parse(&file.media_type)
            .map_err(|error| MailError::Message(error.to_string()))?;
        let name = file.name.clone();
        let disposition = if file.is_inline {
            Disposition::new_inline(name)
        } else {
            Disposition::new(name)
        };
        Ok(parts.singlepart(disposition.body(file.content.clone(), media_type)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(name: &str) -> super::super::Mail<()> {
        let to: Mailbox = format!("{name} <ada@example.com>")
            .parse()
            .expect("it is one");
        super::super::Mail::to(to, ())
    }

    fn source(mail: &super::super::Mail<()>, subject: &str) -> String {
        let content = MailContent {
            locale: "en".to_owned(),
            subject: subject.to_owned(),
            html: Some("<p>Hi <img src=\"cid:logo\" alt=\"\"></p>".to_owned()),
            text: Some("Hi\n".to_owned()),
        };
        let from = "Shop <shop@example.com>".parse().expect("it is one");
        let message = assemble(
            &mail.head,
            &from,
            &content,
            "<7@example.com>",
            DateTime::UNIX_EPOCH,
        );
        String::from_utf8(message.expect("it is assembled").formatted()).expect("it is text")
    }

    #[test]
    fn headers_are_those_of_the_mail() {
        let office: Mailbox = "office@example.com".parse().expect("it is one");
        let url = "https://www.example.com/u/7".parse().expect("it is one");
        let to = "Zoë \"Z\" <zoe@example.com>"
            .parse::<Mailbox>()
            .expect("it is one");
        let mail = super::super::Mail::list(to, (), url)
            .cc(office.clone())
            .bcc("hidden@example.com".parse::<Mailbox>().expect("it is one"))
            .reply_to(office);
        let source = source(&mail, "Grüße\r\nBcc: eve@example.com");
        let (head, _) = source.split_once("\r\n\r\n").expect("there is a body");
        for line in [
            "From: Shop <shop@example.com>",
            "Cc: office@example.com",
            "Reply-To: office@example.com",
            "Message-ID: <7@example.com>",
            "Date: Thu, 01 Jan 1970 00:00:00 +0000",
            "Auto-Submitted: auto-generated",
            "List-Unsubscribe: <https://www.example.com/u/7>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        ] {
            assert!(
                head.lines().any(|found| found.eq_ignore_ascii_case(line)),
                "{line}\n{head}"
            );
        }
        let has_bcc = |line: &str| line.to_ascii_lowercase().starts_with("bcc");
        assert!(!head.lines().any(has_bcc), "{head}");
        assert!(!source.contains("hidden@"), "{source}");
    }

    #[test]
    fn files_are_beside_the_bodies() {
        let logo = Attachment::inline("logo", "image/png", vec![1, 2]).expect("it is one");
        let report = Attachment::new("bericht für März.csv", "text/csv", "a,b").expect("it is one");
        let source = source(&mail("Ada").attach(logo).attach(report), "Hello");
        let kinds = [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
            "image/png",
            "text/csv",
        ];
        let places = kinds.map(|kind| {
            source
                .find(kind)
                .unwrap_or_else(|| panic!("{kind}\n{source}"))
        });
        assert!(places.is_sorted(), "{source}");
        assert!(source.contains("Content-ID: <logo>"), "{source}");
        assert!(source.contains("Content-Disposition: inline"), "{source}");
        assert!(
            source.contains("Content-Disposition: attachment"),
            "{source}"
        );
    }
}
