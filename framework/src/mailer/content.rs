//! The content of a mail: its templates, rendered, and the plain text of HTML where there is no template for it.

use serde_json::Value;

use super::{MailError, naming::Naming};
use crate::{
    context::AppContext,
    view::{Engine, MailContent, MailTemplate},
};

/// Renders a mail. It has a text in any case.
pub(super) fn render(
    ctx: &AppContext,
    naming: Naming,
    data: &Value,
    locale: Option<&str>,
) -> Result<MailContent, MailError> {
    let engine = ctx.get::<Engine>().ok_or(MailError::NoViews)?;
    let (path, subject) = (naming.template(), naming.subject());
    let template = MailTemplate {
        path: &path,
        subject: &subject,
    };
    let mut content = engine
        .render_mail(template, data, locale)
        .map_err(|source| MailError::View {
            name: naming.name,
            source,
        })?;
    if let (None, Some(html)) = (&content.text, &content.html) {
        content.text = Some(plain(html));
    }
    Ok(content)
}

/// The text of HTML, for readers whose mail program shows no HTML: links are followed by their address.
fn plain(html: &str) -> String {
    let text = nanohtml2text::html2text(html).replace("\r\n", "\n");
    let mut lines = Vec::new();
    for line in text.trim().lines().map(str::trim_end) {
        // One empty line is a paragraph, and more are the tables of the layout.
        if !line.trim().is_empty() {
            lines.push(line.trim_start());
        } else if lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push("");
        }
    }
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn html_becomes_text() {
        let html = "<html><head><title>Hi</title><style>p { color: red }</style></head><body>\n\
            <table><tr><td>\n<h1>Hello, Ada &amp; Bo!</h1>\n<p>One <b>bold</b><br>two.</p>\n\n\n\
            <p><a href=\"https://www.example.com/a?b=1&amp;c=2\">Confirm</a></p>\n\
            <ul><li>a</li><li>b</li></ul></td></tr></table></body></html>";
        let text = plain(html);
        assert!(text.starts_with("Hello, Ada & Bo!\n"), "{text}");
        assert!(text.contains("One bold\ntwo.\n"), "{text}");
        assert!(
            text.contains("Confirm (https://www.example.com/a?b=1&c=2)"),
            "{text}"
        );
        assert!(
            !text.contains("color") && !text.contains("\n\n\n"),
            "{text}"
        );
    }
}
