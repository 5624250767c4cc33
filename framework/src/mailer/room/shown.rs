//! A mail as developers look at it: one that was sent, or a preview.

use axum::response::{Html as HtmlResponse, IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use http::{HeaderName, header};

use super::super::outbox::{SentFile, SentMail};
use crate::{
    devtools::Frame,
    error::{Error, Result},
    mailbox::Mailbox,
    markup::{Html, put},
};

/// The path of the first page.
pub(super) const ROOT: &str = "/_fw/mail";

/// The content security policy of the HTML of a mail: its styles and images, no script. `sandbox` holds also when it is opened by itself.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:; \
    sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'; form-action 'none'";

/// A mail with the path of its pages.
pub(super) struct Shown<'a> {
    pub(super) app: &'a str,
    /// The path of its pages, without the name of one.
    pub(super) base: String,
    /// Links to the same mail in other languages, with their paths.
    pub(super) locales: Vec<(String, String)>,
    pub(super) mail: SentMail,
}

impl Shown<'_> {
    /// One of the pages of the mail: `html`, `text`, `source`, or `body`, the HTML itself.
    pub(super) fn page(&self, show: &str) -> Result<Response> {
        let mail = &self.mail;
        let mut body = Html::default();
        put!(body, "<h1>", mail.subject, "</h1>\n");
        self.put_facts(&mut body);
        self.put_tabs(&mut body, show);
        match (show, &mail.html) {
            ("body", Some(html)) => return Ok(self.body(html)),
            ("html", Some(_)) => {
                put!(
                    body,
                    "<iframe title=\"The mail\" sandbox=\"allow-popups allow-popups-to-escape-sandbox\" src=\"",
                    self.base,
                    "/body\"></iframe>"
                );
            }
            ("text", _) => {
                put!(body, "<pre>", mail.text, "</pre>");
            }
            ("source", _) => {
                put!(body, "<pre>", mail.source, "</pre>");
            }
            _ => return Err(Error::not_found()),
        }
        let frame = Frame {
            app: self.app,
            part: Some(("Mail", ROOT)),
            title: &mail.subject,
        };
        Ok(frame.around(&body))
    }

    fn put_facts(&self, body: &mut Html) {
        let mail = &self.mail;
        let list = |mailboxes: &[Mailbox]| {
            let all: Vec<_> = mailboxes.iter().map(ToString::to_string).collect();
            all.join(", ")
        };
        let facts = [
            ("From", mail.from.to_string()),
            ("To", list(&mail.to)),
            ("Cc", list(&mail.cc)),
            ("Bcc", list(&mail.bcc)),
            ("Reply to", list(mail.reply_to.as_slice())),
            ("Unsubscribe", mail.unsubscribe.clone().unwrap_or_default()),
            ("Sent", time(mail.sent_at)),
        ];
        body.markup("<dl>\n");
        for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
            put!(body, "<dt>", name, "</dt><dd>", value, "</dd>\n");
        }
        if !mail.attachments.is_empty() {
            body.markup("<dt>Files</dt><dd>");
            for (index, file) in mail.attachments.iter().enumerate() {
                put!(
                    body,
                    "<a href=\"",
                    self.base,
                    "/files/",
                    index,
                    "\">",
                    file.name
                );
                put!(
                    body,
                    "</a> (",
                    file.media_type,
                    ", ",
                    file.content.len(),
                    " bytes) "
                );
            }
            body.markup("</dd>\n");
        }
        if self.locales.len() > 1 {
            body.markup("<dt>Language</dt><dd>");
            for (locale, path) in &self.locales {
                put!(body, "<a href=\"", path, "\"");
                if *locale == mail.locale {
                    body.markup(" aria-current=\"true\"");
                }
                put!(body, ">", locale, "</a> ");
            }
            body.markup("</dd>\n");
        }
        body.markup("</dl>\n");
    }

    fn put_tabs(&self, body: &mut Html, show: &str) {
        body.markup("<nav class=\"tabs\" aria-label=\"The mail as\">");
        let html = self.mail.html.is_some().then_some(("html", "HTML"));
        for (name, label) in html
            .into_iter()
            .chain([("text", "Text"), ("source", "Source")])
        {
            put!(body, "<a href=\"", self.base, "/", name, "\"");
            if name == show {
                body.markup(" aria-current=\"page\"");
            }
            put!(body, ">", label, "</a>");
        }
        body.markup("</nav>\n");
    }

    /// The HTML of the mail, with its images within it.
    fn body(&self, html: &str) -> Response {
        let files = self.mail.attachments.iter().filter(|file| file.is_inline);
        let html = files.fold(html.to_owned(), |html, file| {
            let data = STANDARD.encode(&file.content);
            let url = format!("data:{};base64,{data}", file.media_type);
            ["\"", "'"].iter().fold(html, |html, quote| {
                let by_id = format!("{quote}cid:{}{quote}", file.name);
                html.replace(&by_id, &format!("{quote}{url}{quote}"))
            })
        });
        // Links open in a tab of their own: other pages cannot be shown in a frame.
        let html = html.replacen("<head>", "<head><base target=\"_blank\">", 1);
        let headers = [
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
            (header::CACHE_CONTROL, "no-store"),
        ];
        (headers, HtmlResponse(html)).into_response()
    }

    /// A file of the mail, to be saved. It is not shown: it may be HTML.
    pub(super) fn file(&self, index: usize) -> Result<Response> {
        let file = self.mail.attachments.get(index);
        let SentFile { name, content, .. } = file.ok_or_else(Error::not_found)?;
        let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let name = name.replace('+', "%20");
        let headers: [(HeaderName, String); 3] = [
            (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
            (
                // RFC 8187.
                header::CONTENT_DISPOSITION,
                format!("attachment; filename*=UTF-8''{name}"),
            ),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ];
        Ok((headers, content.clone()).into_response())
    }
}

/// A time for people.
pub(super) fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}
