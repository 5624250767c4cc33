//! The pages at `/_fw/mail`: the mails that were sent, and previews of all mails of the application.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use chrono::Utc;
use http::{StatusCode, header};
use serde_json::Value;
use uuid::Uuid;

use super::{
    super::{
        Mail, Mailers, content, message,
        outbox::{Outbox, SentMail},
        registry::Registered,
        sender::{Sender, in_background},
    },
    shown::{ROOT, Shown, time},
};
use crate::{
    context::AppContext,
    controller::with_allow,
    devtools::Frame,
    error::{Error, Result},
    mailbox::Mailbox,
    markup::{Html, put},
    room::Page,
};

pub(super) fn pages() -> Vec<Page> {
    let page = |path: &str, methods: MethodRouter<AppContext>, allowed| Page {
        path: format!("{ROOT}{path}"),
        methods: with_allow(methods, &[allowed]),
    };
    vec![
        page("", get(index), "GET"),
        page("/clear", post(clear), "POST"),
        page("/sent/{id}/{show}", get(sent), "GET"),
        page("/sent/{id}/files/{index}", get(file), "GET"),
        page(
            "/previews/{mailer}/{index}/{locale}/{show}",
            get(preview),
            "GET",
        ),
    ]
}

async fn index(State(ctx): State<AppContext>) -> Result<Response> {
    let mut body = Html::default();
    put_sent(&ctx, &mut body).await?;
    put_previews(&ctx, &mut body);
    let frame = Frame {
        app: ctx.app_name(),
        part: Some(("Mail", ROOT)),
        title: "Mail",
    };
    Ok(frame.around(&body))
}

async fn put_sent(ctx: &AppContext, body: &mut Html) -> Result<()> {
    body.markup("<div class=\"head\"><h1>Sent mails</h1>");
    let Some(outbox) = outbox(ctx) else {
        put!(
            body,
            "</div>\n<p class=\"empty\">Mails are not kept, as <code>mailer.transport</code> is not <code>outbox</code>.</p>\n"
        );
        return Ok(());
    };
    let mails = in_background(outbox, Outbox::list).await?;
    if mails.is_empty() {
        put!(
            body,
            "</div>\n<p class=\"empty\">None yet. A mail that the application delivers is kept here and sent to nobody.</p>\n"
        );
        return Ok(());
    }
    put!(
        body,
        "<form method=\"post\" action=\"",
        ROOT,
        "/clear\"><button>Delete all</button></form></div>\n<ul class=\"cards\">\n"
    );
    for mail in &mails {
        let show = if mail.html.is_some() { "html" } else { "text" };
        let to: Vec<_> = mail.to.iter().map(ToString::to_string).collect();
        put!(
            body,
            "<li><a href=\"",
            ROOT,
            "/sent/",
            mail.id,
            "/",
            show,
            "\"><strong>"
        );
        put!(
            body,
            mail.subject,
            "</strong></a>\n<div class=\"soft\"><span>to ",
            to.join(", ")
        );
        put!(
            body,
            "</span><span>",
            mail.mailer,
            "</span><span>",
            time(mail.sent_at)
        );
        body.markup("</span></div></li>\n");
    }
    body.markup("</ul>\n");
    Ok(())
}

fn put_previews(ctx: &AppContext, body: &mut Html) {
    let Some(mailers) = ctx.get::<Mailers>().filter(|mailers| !mailers.is_empty()) else {
        return;
    };
    body.markup("<h2>Previews</h2>\n<ul class=\"cards\">\n");
    let locale = ctx
        .config
        .views
        .locales
        .first()
        .map_or("en", String::as_str);
    for mailer in mailers.iter() {
        put!(
            body,
            "<li><strong>",
            mailer.naming.name,
            "</strong>\n<div class=\"soft\">"
        );
        for (index, (name, _)) in mailer.previews().iter().enumerate() {
            let path = preview_path(mailer, index, locale);
            put!(body, "<a href=\"", path, "/html\">", name, "</a>");
        }
        body.markup("</div></li>\n");
    }
    body.markup("</ul>\n");
}

async fn clear(State(ctx): State<AppContext>) -> Result<Response> {
    if let Some(outbox) = outbox(&ctx) {
        in_background(outbox, Outbox::clear).await?;
    }
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, ROOT)]).into_response())
}

async fn sent(
    State(ctx): State<AppContext>,
    Path((id, show)): Path<(String, String)>,
) -> Result<Response> {
    let mail = find(&ctx, &id).await?;
    shown(&ctx, &id, mail).page(&show)
}

async fn file(
    State(ctx): State<AppContext>,
    Path((id, index)): Path<(String, String)>,
) -> Result<Response> {
    let mail = find(&ctx, &id).await?;
    let index = index.parse().map_err(|_| Error::not_found())?;
    shown(&ctx, &id, mail).file(index)
}

fn shown<'a>(ctx: &'a AppContext, id: &str, mail: SentMail) -> Shown<'a> {
    Shown {
        app: ctx.app_name(),
        base: format!("{ROOT}/sent/{id}"),
        locales: Vec::new(),
        mail,
    }
}

async fn find(ctx: &AppContext, id: &str) -> Result<SentMail> {
    let outbox = outbox(ctx).ok_or_else(Error::not_found)?;
    let mails = in_background(outbox, Outbox::list).await?;
    let found = mails.into_iter().find(|mail| mail.id.to_string() == id);
    found.ok_or_else(Error::not_found)
}

async fn preview(
    State(ctx): State<AppContext>,
    Path((name, index, locale, show)): Path<(String, String, String, String)>,
) -> Result<Response> {
    let mailers = ctx.get::<Mailers>();
    let mailer = mailers.and_then(|mailers| mailers.find(&name));
    let mailer = mailer.ok_or_else(Error::not_found)?;
    let index: usize = index.parse().map_err(|_| Error::not_found())?;
    let mut previews = mailer.previews();
    if index >= previews.len() {
        return Err(Error::not_found());
    }
    let (_, data) = previews.swap_remove(index);
    let locales = ctx.config.views.locales.iter();
    let locales = locales.map(|locale| {
        let path = preview_path(mailer, index, locale);
        (locale.clone(), format!("{path}/{show}"))
    });
    let mail = preview_of(&ctx, mailer, &data, &locale)?;
    // A mail may be nothing but text.
    let show = match (show.as_str(), &mail.html) {
        ("html", None) => "text",
        (show, _) => show,
    };
    let shown = Shown {
        app: ctx.app_name(),
        base: preview_path(mailer, index, &mail.locale),
        locales: locales.collect(),
        mail,
    };
    shown.page(show)
}

fn preview_path(mailer: &Registered, index: usize, locale: &str) -> String {
    format!("{ROOT}/previews/{}/{index}/{locale}", mailer.naming.name)
}

/// A mail to a reader that does not exist.
fn preview_of(
    ctx: &AppContext,
    mailer: &Registered,
    data: &Value,
    locale: &str,
) -> Result<SentMail> {
    let sender = ctx.get::<Sender>().ok_or_else(Error::not_found)?;
    let reader: Mailbox = "Reader <reader@example.com>".parse()?;
    let head = Mail::to(reader, ()).head;
    let content = content::render(ctx, mailer.naming, data, Some(locale))?;
    let (from, now) = (sender.from(), Utc::now());
    let message_id = format!("<preview@{}>", from.address().domain());
    let message = message::assemble(&head, from, &content, &message_id, now)?;
    let mut mail = SentMail::of(
        mailer.naming.name,
        Uuid::nil(),
        now,
        message_id,
        from,
        head,
        content,
    );
    mail.source = String::from_utf8_lossy(&message.formatted()).into_owned();
    Ok(mail)
}

fn outbox(ctx: &AppContext) -> Option<Outbox> {
    ctx.get::<Sender>()?.outbox().cloned()
}
