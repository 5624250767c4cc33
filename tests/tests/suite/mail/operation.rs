//! Mails of real processes: the start, the pages for developers, and a process that is killed.

use std::time::Duration;

use fw_tests::{
    app::{Server, fail},
    http::{get, request, send_json},
    smtp::{Answer, MailServer},
};
use serde_json::json;

use crate::{Database, shop};

const MAILS: (&str, &str) = ("LAB_MAILS", "1");
const BEAT: (&str, &str) = ("FW_JOBS__BEAT", "300ms");

#[track_caller]
fn send_letter(server: &Server) {
    let response = send_json(server.address, "POST", "/lab/letters", &json!({}));
    assert_eq!(response.expect("a response").status, 204);
}

fn smtp(port: &str) -> Vec<(&str, &str)> {
    vec![
        MAILS,
        BEAT,
        ("FW_MAILER__TRANSPORT", "smtp"),
        ("FW_MAILER__SMTP__HOST", "localhost"),
        ("FW_MAILER__SMTP__PORT", port),
        ("FW_MAILER__SMTP__TLS", "none"),
    ]
}

#[test]
fn production_does_not_start_without_what_mails_need() {
    let shop = shop();
    let start = |variables: &[(&str, &str)]| {
        let mut command = shop.command(&["start", "--port", "0", "--migrate"]);
        command
            .env("FW_ENV", "production")
            .env("FW_KEYS", "a key of more than thirty-two characters");
        command.envs(variables.iter().copied());
        command
    };
    let (code, said) = fail(&mut start(&[MAILS]));
    assert_eq!(code, 1, "{said}");
    for expected in [
        "`mailer.from` is missing",
        "`server.public_url` is missing",
        "`mailer.smtp.host` is missing",
        "hint: add `from = \"Shop <shop@example.com>\"` to `[mailer]` in `config/production.toml`",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let right = [
        MAILS,
        ("FW_MAILER__FROM", "Shop <shop@example.com>"),
        ("FW_SERVER__PUBLIC_URL", "https://shop.example.com"),
    ];
    let with = |more: (&'static str, &'static str)| [right.as_slice(), &[more]].concat();
    let (_, said) = fail(&mut start(&with(("FW_MAILER__TRANSPORT", "outbox"))));
    assert!(said.contains("`outbox`, which sends nothing"), "{said}");

    // An application without mails needs none of that.
    let server = Server::start(start(&[]));
    assert_eq!(
        get(server.address, "/lab/whoami")
            .expect("a response")
            .status,
        200
    );
    let server = Server::start(start(&with(("FW_MAILER__TRANSPORT", "null"))));
    let mails = get(server.address, "/_fw/mail").expect("a response");
    assert_eq!(mails.status, 404);
}

#[test]
fn wrong_settings_are_named_with_their_place() {
    let shop = shop();
    for (variable, value, expected) in [
        ("FW_MAILER__FROM", "nobody", "`mailer.from`"),
        (
            "FW_MAILER__FROM",
            "Shop\nBcc <a@example.com>",
            "a control character",
        ),
        ("FW_MAILER__TRANSPORT", "pigeon", "`mailer.transport`"),
        ("FW_MAILER__SMTP__PORT", "0", "`mailer.smtp.port`"),
        ("FW_MAILER__SMTP__TLS", "maybe", "`mailer.smtp.tls`"),
        ("FW_MAILER__SMTP__TIMEOUT", "5m", "`mailer.smtp.timeout`"),
    ] {
        let mut command = shop.command(&["start", "--port", "0"]);
        let (_, said) = fail(command.env(variable, value).env(MAILS.0, MAILS.1));
        assert!(said.contains(expected), "{variable}: {said}");
        assert!(said.contains(variable), "{variable}: {said}");
    }
    let mut command = shop.command(&["start", "--port", "0"]);
    let (_, said) = fail(command.env("FW_MAILER__SMTP__PASSWORD", "x"));
    assert!(said.contains("missing `mailer.smtp.username`"), "{said}");
}

#[test]
fn developers_see_mails_on_their_own_machine_only() {
    let shop = shop();
    let server = shop.start(&[MAILS, BEAT]);
    let address = server.address;
    let page = |path: &str| get(address, path).expect("a response");
    let first = page("/_fw/mail");
    assert_eq!(first.status, 200, "{}", first.text());
    assert!(first.text().contains("None yet."), "{}", first.text());
    assert!(
        first
            .header("content-security-policy")
            .contains("default-src 'none'")
    );
    assert_eq!(page("/_fw/style.css").status, 200);

    for host in ["evil.example", "evil.example:3000", "192.168.1.2:3000"] {
        let response = request(address, "GET", "/_fw/mail", &[("host", host)], b"");
        // The test's own `host` comes first, so this is a request with two of them.
        assert_eq!(response.expect("a response").status, 400);
        let raw = format!("GET /_fw/mail HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let mut stream = fw_tests::http::connect(address).expect("a connection");
        std::io::Write::write_all(&mut stream, raw.as_bytes()).expect("it is sent");
        let refused = fw_tests::http::read(stream).expect("a response");
        assert_eq!(refused.status, 403, "{host}: {}", refused.text());
        assert!(!refused.text().contains("None yet."), "{}", refused.text());
    }

    send_letter(&server);
    server.log_with("mail sent");
    let list = page("/_fw/mail").text();
    assert!(list.contains("A letter for Ada"), "{list}");
    let (_, rest) = list.split_once("href=\"/_fw/mail/sent/").expect("a link");
    let (path, _) = rest.split_once('"').expect("its end");
    let mail = page(&format!("/_fw/mail/sent/{path}"));
    assert_eq!(mail.status, 200, "{}", mail.text());
    assert!(
        mail.text().contains("<iframe title=\"The mail\" sandbox="),
        "{}",
        mail.text()
    );
    let base = format!("/_fw/mail/sent/{}", path.trim_end_matches("/html"));
    let body = page(&format!("{base}/body"));
    assert!(body.text().contains("Dear Ada"), "{}", body.text());
    // Without a `public_url` links lead to this machine.
    assert!(
        body.text().contains("href=\"http://localhost:"),
        "{}",
        body.text()
    );
    let policy = body.header("content-security-policy").to_owned();
    assert!(
        policy.contains("sandbox") && !policy.contains("allow-scripts"),
        "{policy}"
    );
    let text = page(&format!("{base}/text")).text();
    assert!(text.contains("who are you? (http://localhost:"), "{text}");
    let source = page(&format!("{base}/source")).text();
    assert!(source.contains("Message-ID:"), "{source}");
    let preview = page("/_fw/mail/previews/letter/0/en/html");
    assert_eq!(preview.status, 200, "{}", preview.text());
    assert_eq!(page("/_fw/mail/previews/letter/9/en/html").status, 404);
    assert_eq!(page("/_fw/mail/sent/7/html").status, 404);

    // The mails survive a restart.
    drop(server);
    let server = shop.start(&[MAILS, BEAT]);
    let list = get(server.address, "/_fw/mail").expect("a response").text();
    assert!(list.contains("A letter for Ada"), "{list}");
}

#[test]
fn a_mail_survives_the_kill_of_its_process() {
    for database in Database::both() {
        let mails = MailServer::start();
        mails.next(Answer::Silence);
        let port = mails.port.to_string();
        let mut first = database.start(&smtp(&port));
        send_letter(&first);
        // Until the server has the mail, and says nothing.
        let begin = std::time::Instant::now();
        while mails.answers_left() > 0 {
            assert!(begin.elapsed() < Duration::from_secs(10));
            std::thread::sleep(Duration::from_millis(10));
        }
        first.signal("KILL");
        first.wait(Duration::from_secs(5));
        assert!(mails.taken().is_empty());
        let _second = database.start(&smtp(&port));
        let mail = mails.first(Duration::from_secs(20));
        assert_eq!(mail.header("subject"), "A letter for Ada");
        assert!(
            mail.header("message-id").ends_with("@localhost>"),
            "{}",
            mail.data
        );
    }
}
