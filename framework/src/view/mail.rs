//! Mails: their subject from a message, and their bodies from templates of HTML and plain text, without a request around them.

use fluent_bundle::FluentArgs;
use serde::Serialize;
use serde_json::Value;
use tera::Context;

use super::{
    Engine, ViewError,
    engine::Loaded,
    locale::{self, Missing, argument},
};

/// The files and messages of a mail.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MailTemplate<'a> {
    /// The path of the templates below `src`, without `.html` and `.txt`.
    pub(crate) path: &'a str,
    /// The key of the message with the subject.
    pub(crate) subject: &'a str,
}

/// The content of a mail. At least one of the bodies is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct MailContent {
    pub(crate) locale: String,
    pub(crate) subject: String,
    pub(crate) html: Option<String>,
    pub(crate) text: Option<String>,
}

/// The parts of a mail that every template may depend on: `mail` in templates.
#[derive(Clone, Debug, Serialize)]
struct MailScene {
    locale: String,
    subject: String,
}

impl Engine {
    /// Renders a mail in the language of its reader: one of the application's, and the default one if it has not that.
    pub(crate) fn render_mail(
        &self,
        template: MailTemplate<'_>,
        data: &Value,
        locale: Option<&str>,
    ) -> Result<MailContent, ViewError> {
        let loaded = self.loaded();
        if let Some(error) = &loaded.error {
            return Err(ViewError::Template(error.clone()));
        }
        let wanted = locale.map(|locale| (locale, 1000));
        let locale = locale::choose(self.locales(), None, wanted.as_slice());
        let subject = loaded.subject(locale, template.subject, data)?;
        let scene = MailScene {
            locale: locale.to_owned(),
            subject: subject.clone(),
        };
        let mut context = Context::from_serialize(data)?;
        context.insert("mail", &scene);
        let body = |extension: &str| {
            let name = format!("{}.{extension}", template.path);
            let is_there = loaded.tera.contains_template(&name);
            is_there
                .then(|| loaded.tera.render(&name, &context))
                .transpose()
        };
        let (html, text) = (body("html")?, body("txt")?);
        if html.is_none() && text.is_none() {
            let path = template.path;
            return Err(ViewError::Template(format!(
                "there is neither `src/{path}.html` nor `src/{path}.txt`, and a mail needs one of them"
            )));
        }
        Ok(MailContent {
            locale: scene.locale,
            subject,
            html,
            text,
        })
    }

    /// The variable `mail` of a mail with this data, for the probe.
    pub(super) fn mail_scene(
        &self,
        locale: &str,
        subject: &str,
        data: &Value,
    ) -> Result<tera::Value, ViewError> {
        let scene = MailScene {
            locale: locale.to_owned(),
            subject: self.loaded().subject(locale, subject, data)?,
        };
        Ok(tera::Value::from_serializable(&scene))
    }

    /// The names of the templates of a mail that are there.
    pub(crate) fn templates_of_mail(&self, path: &str) -> Vec<String> {
        let names = ["html", "txt"].map(|extension| format!("{path}.{extension}"));
        let tera = &self.loaded().tera;
        let is_there = |name: &String| tera.contains_template(name);
        names.into_iter().filter(is_there).collect()
    }
}

impl Loaded {
    /// The subject of a mail, on one line. Its arguments are the texts and numbers of the data.
    pub(super) fn subject(
        &self,
        locale: &str,
        key: &str,
        data: &Value,
    ) -> Result<String, ViewError> {
        let mut arguments = FluentArgs::new();
        for (name, value) in data.as_object().into_iter().flatten() {
            if value.is_string() || value.is_number() {
                let value = tera::Value::try_from_serializable(value)?;
                arguments.set(name.clone(), argument(&value));
            }
        }
        let subject = self
            .locales
            .message(locale, key, &arguments, Missing::English);
        let subject = subject.map_err(ViewError::Template)?;
        let words: Vec<&str> = subject
            .split(|c: char| c.is_control() || c == ' ')
            .filter(|word| !word.is_empty())
            .collect();
        Ok(words.join(" "))
    }
}
