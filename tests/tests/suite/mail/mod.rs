//! Mails: rendered in the language of their reader, kept or sent by jobs, and probed before anybody gets them.

mod delivery;
mod generated;
mod operation;
mod probe;

use std::{cell::RefCell, fs};

use fw::{
    config::Config,
    dto::prelude::*,
    mailer::{Address, Attachment, Delivery, Mail, Mailbox, Mailer, Mailers},
    prelude::*,
};
use fw_testing::prelude::*;
use tempfile::TempDir;

/// Welcomes a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Welcome {
    to: Mailbox,
    name: String,
    locale: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct WelcomeView {
    name: String,
    gifts: Vec<Gift>,
    note: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Gift {
    title: String,
}

impl Mailer for Welcome {
    const NAME: &'static str = "welcome";
    type View = WelcomeView;

    fn key(&self) -> Key {
        Key::once(self.to.address().to_string())
    }

    async fn mail(&self, _: &AppContext) -> Result<Mail<WelcomeView>> {
        if self.name == "gone" {
            return Err(Error::not_found());
        }
        let view = WelcomeView {
            name: self.name.clone(),
            gifts: vec![Gift {
                title: "A pen & paper".to_owned(),
            }],
            note: None,
        };
        let office: Mailbox = "Office <office@shop.example.com>".parse()?;
        let mut mail = Mail::to(self.to.clone(), view)
            .cc("copy@example.com".parse::<Address>()?)
            .bcc("hidden@example.com".parse::<Address>()?)
            .reply_to(office)
            .attach(Attachment::inline("logo", "image/png", vec![1, 2, 3])?)
            .attach(Attachment::new("terms.txt", "text/plain", "Be kind.")?);
        if let Some(locale) = &self.locale {
            mail = mail.locale(locale);
        }
        Ok(mail)
    }

    fn previews() -> Vec<(&'static str, WelcomeView)> {
        vec![(
            "with a note",
            WelcomeView {
                name: "Bo".to_owned(),
                gifts: Vec::new(),
                note: Some("Hi".to_owned()),
            },
        )]
    }
}

/// News for those who have subscribed to them.
#[derive(Serialize, Deserialize)]
struct News {
    token: String,
}

#[derive(Serialize, JsonSchema)]
struct NewsView {}

impl Mailer for News {
    const NAME: &'static str = "news";
    const ERASE_ARGUMENTS: bool = true;
    type View = NewsView;

    fn key(&self) -> Key {
        Key::none()
    }

    async fn mail(&self, _: &AppContext) -> Result<Mail<NewsView>> {
        let url = format!("https://shop.example.com/unsubscribe/{}", self.token);
        let to: Address = "ada@example.com".parse()?;
        Ok(Mail::list(to, NewsView {}, url.parse()?))
    }
}

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "shop"
    }

    fn routes() -> Routes {
        Routes::new().with([get("/users/{id}", show)])
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    fn mailers() -> Mailers {
        Mailers::new().add::<Welcome>().add::<News>()
    }

    fn views() -> Views {
        SETUP.with_borrow(|setup| Views::new(setup.folder, &[]))
    }

    async fn before_boot(config: &mut Config) -> Result<()> {
        config.database.url = "sqlite::memory:".into();
        config.server.public_url = Some("https://shop.example.com".to_owned());
        config.views.locales = vec!["en".to_owned(), "de".to_owned()];
        config.mailer.from = Some("Shop <shop@example.com>".to_owned());
        SETUP.with_borrow(|setup| (setup.configure)(config));
        Ok(())
    }
}

async fn show(_: Anyone, Path(id): Path<Id>) -> String {
    format!("user {id}")
}

/// The application of a test, which runs in a thread of its own.
struct Setup {
    folder: &'static str,
    configure: Box<dyn Fn(&mut Config)>,
}

std::thread_local! {
    static SETUP: RefCell<Setup> = RefCell::new(Setup {
        folder: "",
        configure: Box::new(|_| {}),
    });
}

const WELCOME: &str = r#"{% extends "layouts/mail.html" %}
{% block content %}
<h1>{{ t(key="hello", name=name) }}</h1>
<p><img src="cid:logo" alt="Shop"></p>
{% for gift in gifts %}<p>{{ gift.title }}</p>{% else %}<p>{{ t(key="no-gifts") }}</p>{% endfor %}
{% if note %}<p>{{ note }}</p>{% endif %}
{{ <mail_button href={url(to="mail.show", id=7)} label={t(key="profile")} /> }}
{% endblock %}
"#;

/// The files of the application, of which some are others.
fn files(others: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let usual = [
        ("mailers/welcome.html", WELCOME),
        (
            "mailers/news.txt",
            "{{ mail.subject }} ({{ mail.locale }})\n",
        ),
        (
            "en.ftl",
            "welcome-subject = Welcome, { $name }!\nhello = Hello, { $name }!\nno-gifts = Nothing today.\nprofile = Your profile\nnews-subject = News\n",
        ),
        (
            "de.ftl",
            "welcome-subject = Willkommen, { $name }!\nhello = Hallo, { $name }!\nno-gifts = Heute nichts.\nprofile = Dein Profil\nnews-subject = Neues\n",
        ),
    ];
    for (name, text) in usual.iter().chain(others) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }
    let path: &'static str = folder.path().to_str().expect("UTF-8").to_owned().leak();
    SETUP.with_borrow_mut(|setup| setup.folder = path);
    folder
}

fn configure(configure: impl Fn(&mut Config) + 'static) {
    SETUP.with_borrow_mut(|setup| setup.configure = Box::new(configure));
}

fn welcome(name: &str) -> Welcome {
    Welcome {
        to: "Ada Lovelace <ada@example.com>".parse().expect("it is one"),
        name: name.to_owned(),
        locale: None,
    }
}

#[tokio::test]
async fn a_mail_is_rendered_when_its_job_runs() {
    let _files = files(&[]);
    let app = boot::<App>().await;
    let enqueued = welcome("<b>Ada</b>").deliver_later(&app.ctx).await;
    assert!(enqueued.expect("it is enqueued").is_new());
    let again = welcome("Another").deliver_later(&app.ctx).await;
    assert!(!again.expect("it is looked at").is_new());
    app.assert_enqueued::<Delivery<Welcome>>(|mail| mail.0.name == "<b>Ada</b>")
        .await;
    assert!(app.mails().is_empty());

    let ran = app.jobs().drain().await;
    let mails = app.mails();
    let [mail] = mails.as_slice() else {
        panic!("{mails:?}")
    };
    assert_eq!(mail.mailer, "welcome");
    assert_eq!(mail.subject, "Welcome, <b>Ada</b>!");
    assert_eq!(mail.from, "Shop <shop@example.com>");
    assert_eq!(mail.to, ["Ada Lovelace <ada@example.com>"]);
    assert_eq!(mail.cc, ["copy@example.com"]);
    assert_eq!(mail.bcc, ["hidden@example.com"]);
    assert_eq!(mail.attachments, ["logo", "terms.txt"]);
    assert_eq!(mail.message_id, format!("<{}@example.com>", ran[0].job.id));
    for expected in [
        "<html lang=\"en\">",
        "Hello, &lt;b&gt;Ada&lt;/b&gt;!",
        "A pen &amp; paper",
        "href=\"https://shop.example.com/users/7\"",
    ] {
        assert!(mail.html.contains(expected), "{expected}: {}", mail.html);
    }
    // There is no template for the text, so it is made of the HTML.
    for expected in [
        "Hello, <b>Ada</b>!\n",
        "A pen & paper\n",
        "Your profile (https://shop.example.com/users/7)",
    ] {
        assert!(mail.text.contains(expected), "{expected}: {}", mail.text);
    }
    for expected in [
        "Reply-To: Office <office@shop.example.com>",
        "multipart/mixed",
        "Content-ID: <logo>",
    ] {
        assert!(
            mail.source.contains(expected),
            "{expected}: {}",
            mail.source
        );
    }
    assert!(
        !mail.source.contains("hidden@example.com"),
        "{}",
        mail.source
    );
}

#[tokio::test]
async fn a_mail_is_in_the_language_of_its_reader() {
    let _files = files(&[("mailers/welcome.txt", "{{ t(key=\"hello\", name=name) }}\n")]);
    let app = boot::<App>().await;
    for (locale, expected) in [
        (Some("de-AT"), "Willkommen, Ada!"),
        (Some("fr"), "Welcome, Ada!"),
        (None, "Welcome, Ada!"),
    ] {
        let mail = Welcome {
            locale: locale.map(str::to_owned),
            ..welcome("Ada")
        };
        mail.deliver_now(&app.ctx).await.expect("it is sent");
        let mails = app.mails();
        let mail = mails.last().expect("it was sent");
        assert_eq!(mail.subject, expected);
        let greeting = if mail.locale == "de" {
            "Hallo"
        } else {
            "Hello"
        };
        assert_eq!(mail.text, format!("{greeting}, Ada!\n"));
    }
}

#[tokio::test]
async fn a_mail_is_part_of_a_transaction() {
    let _files = files(&[]);
    let app = boot::<App>().await;
    let undone: Result<()> = app
        .ctx
        .db
        .transact(async |tx| {
            welcome("Ada").deliver_later_in(&app.ctx, tx).await?;
            Err(Error::conflict())
        })
        .await;
    assert!(undone.is_err());
    assert!(app.jobs().drain().await.is_empty());
    let done: Result<()> = app
        .ctx
        .db
        .transact(async |tx| {
            welcome("Ada").deliver_later_in(&app.ctx, tx).await?;
            Ok(())
        })
        .await;
    done.expect("it is committed");
    app.jobs().drain().await;
    assert_eq!(app.mails().len(), 1);
}

#[tokio::test]
async fn nothing_is_sent_about_what_is_gone() {
    let _files = files(&[]);
    let app = boot::<App>().await;
    let enqueued = welcome("gone").deliver_later(&app.ctx).await;
    enqueued.expect("it is enqueued");
    assert_eq!(app.jobs().drain().await.len(), 1);
    assert!(app.mails().is_empty());
    assert!(app.jobs().dead().await.is_empty());
    app.jobs().advance(std::time::Duration::from_hours(24));
    assert!(app.jobs().drain().await.is_empty());
}

#[tokio::test]
async fn a_list_is_left_with_one_click() {
    let _files = files(&[]);
    let app = boot::<App>().await;
    let news = News {
        token: "secret-7".to_owned(),
    };
    news.deliver_later(&app.ctx).await.expect("it is enqueued");
    app.jobs().drain().await;
    let mails = app.mails();
    let mail = mails.first().expect("it was sent");
    let url = "https://shop.example.com/unsubscribe/secret-7";
    assert_eq!(mail.unsubscribe.as_deref(), Some(url));
    for line in [
        format!("List-Unsubscribe: <{url}>"),
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click".to_owned(),
    ] {
        assert!(
            mail.source.lines().any(|found| found == line),
            "{}",
            mail.source
        );
    }
    assert_eq!(
        (mail.html.as_str(), mail.text.as_str()),
        ("", "News (en)\n")
    );
}

#[tokio::test]
async fn a_mail_that_is_not_registered_is_refused() {
    #[derive(Serialize, Deserialize)]
    struct Stray {}

    impl Mailer for Stray {
        const NAME: &'static str = "stray";
        type View = NewsView;

        fn key(&self) -> Key {
            Key::none()
        }

        async fn mail(&self, _: &AppContext) -> Result<Mail<NewsView>> {
            Ok(Mail::to("ada@example.com".parse::<Address>()?, NewsView {}))
        }
    }

    let _files = files(&[]);
    let app = boot::<App>().await;
    let now = Stray {}.deliver_now(&app.ctx).await.expect_err("refused");
    assert!(
        now.chain().contains("the mail `stray` is not registered"),
        "{}",
        now.chain()
    );
    let later = Stray {}.deliver_later(&app.ctx).await.expect_err("refused");
    assert!(
        later.chain().contains("the job `stray` is not registered"),
        "{}",
        later.chain()
    );
}

#[test]
fn a_name_with_the_end_of_a_line_is_refused_and_no_panic() {
    for name in ["Ada\r\nBcc: eve@example.com", "Ada\nLovelace", "\u{0}"] {
        assert!(name.parse::<fw::mailer::DisplayName>().is_err(), "{name:?}");
        let json = serde_json::json!(format!("{name} <ada@example.com>"));
        assert!(serde_json::from_value::<Mailbox>(json).is_err(), "{name:?}");
    }
}
