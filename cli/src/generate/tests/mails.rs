//! Mails: their files, and what an application needs for them.

use std::fs;

use super::App;

/// An application that is set up for mails, in two languages.
fn app() -> App {
    let app = App::new();
    let manifest = app
        .read("Cargo.toml")
        .replace("\"sqlite\"", "\"sqlite\", \"mailer\"");
    let hooks = app.read("src/app.rs");
    let views = "    fn views() -> fw::view::Views {\n        fw::views!()\n    }\n}\n";
    let hooks = hooks.trim_end().strip_suffix('}').unwrap().to_owned() + "\n" + views;
    fs::create_dir_all(app.path("config")).unwrap();
    for (path, text) in [
        ("Cargo.toml", manifest.as_str()),
        ("src/app.rs", &hooks),
        ("build.rs", "fn main() {\n    fw_build::embed_views();\n}\n"),
        (
            "config/default.toml",
            "[views]\nlocales = [\"en\", \"de\"]\n",
        ),
    ] {
        fs::write(app.path(path), text).unwrap();
    }
    app
}

#[test]
fn a_mail_is_made_once_and_destroyed_without_a_trace() {
    let app = app();
    for generate in [
        "mailer welcome name:string link:string? visits:int is_new:bool",
        "mailer password_reset",
        "mailer mail note:text",
    ] {
        let before = app.tree();
        app.generate(generate).unwrap();
        let after = app.tree();
        assert_ne!(before, after);
        app.generate(generate).unwrap();
        assert_eq!(after, app.tree(), "{generate} twice is not once");
        let name: Vec<_> = generate.split(' ').take(2).collect();
        app.destroy(&name.join(" ")).unwrap();
        assert_eq!(before, app.tree(), "{generate} leaves something behind");
        app.generate(generate).unwrap();
    }
}

#[test]
fn a_mail_has_its_template_and_its_subject_in_each_language() {
    let app = app();
    app.generate("mailer password_reset name:string link:string?")
        .unwrap();
    let template = "{% extends \"layouts/mail.html\" %}\n{% block content %}\n<h1>{{ mail.subject }}</h1>\n\
        <p>Name: {{ name }}</p>\n{% if link %}<p>Link: {{ link }}</p>{% endif %}\n{% endblock %}\n";
    assert_eq!(app.read("src/mailers/password_reset.html"), template);
    for locale in ["en", "de"] {
        let messages = app.read(&format!("src/mailers/password_reset/{locale}.ftl"));
        assert_eq!(messages, "password_reset-subject = Password reset\n");
    }
    let code = app.read("src/mailers/password_reset.rs");
    for expected in [
        "pub struct PasswordReset {",
        "pub link: Option<String>,",
        "link: Some(\"link\".to_owned()),",
        "const NAME: &'static str = \"password_reset\";",
    ] {
        assert!(code.contains(expected), "{expected}: {code}");
    }
    let hooks = app.read("src/app.rs");
    assert!(
        hooks.contains(".add::<crate::mailers::password_reset::PasswordReset>()"),
        "{hooks}"
    );
}

#[test]
fn what_is_missing_and_what_no_mail_has_is_refused() {
    let app = App::new();
    let before = app.tree();
    let report = app.generate("mailer welcome").unwrap_err().report();
    for expected in [
        "add `\"mailer\"`",
        "`build.rs`",
        "fn views()",
        "nothing was written",
    ] {
        assert!(report.contains(expected), "{expected}: {report}");
    }
    assert_eq!(before, app.tree());

    let app = self::app();
    for (fields, expected) in [
        ("day:date", "texts, numbers and conditions"),
        ("author:references", "texts, numbers and conditions"),
        ("name:string^", "a mail is no table"),
        ("to:string", "the name is taken"),
    ] {
        let report = app.generate(&format!("mailer welcome {fields}"));
        let report = report.unwrap_err().report();
        assert!(report.contains(expected), "{expected}: {report}");
    }
}
