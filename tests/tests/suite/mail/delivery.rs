//! The delivery by SMTP, to a server of the test's own.

use std::time::{Duration, Instant};

use fw::{
    config::{MailTransport, SmtpTls},
    mailer::Mailer,
    queue::store::State,
};
use fw_testing::prelude::*;
use fw_tests::{
    authority::Authority,
    smtp::{Answer, Encryption, MailServer},
};

use super::{App, configure, files, welcome};

/// Long enough for the next try, for the clock of the jobs.
const LATER: Duration = Duration::from_hours(1);

fn send_to(
    server: &MailServer,
    tls: SmtpTls,
    others: impl Fn(&mut fw::config::SmtpConfig) + 'static,
) {
    let port = server.port;
    configure(move |config| {
        config.mailer.transport = MailTransport::Smtp;
        let smtp = &mut config.mailer.smtp;
        smtp.host = Some("localhost".to_owned());
        smtp.port = Some(port);
        smtp.tls = tls;
        others(smtp);
    });
}

async fn enqueue(app: &TestApp) {
    let enqueued = welcome("Ada").deliver_later(&app.ctx).await;
    enqueued.expect("it is enqueued");
}

#[tokio::test]
async fn a_mail_reaches_all_its_recipients() {
    let _files = files(&[]);
    let server = MailServer::start();
    send_to(&server, SmtpTls::None, |smtp| {
        smtp.username = Some("shop".to_owned());
        smtp.password = Some("pa55".into());
    });
    let app = boot::<App>().await;
    enqueue(&app).await;
    let ran = app.jobs().drain().await;
    assert_eq!(ran[0].state, Some(State::Done));
    let taken = server.taken();
    let [mail] = taken.as_slice() else {
        panic!("{taken:?}")
    };
    assert_eq!(
        mail.recipients,
        [
            "TO:<ada@example.com>",
            "TO:<copy@example.com>",
            "TO:<hidden@example.com>"
        ]
    );
    assert_eq!(mail.header("subject"), "Welcome, Ada!");
    assert_eq!(
        mail.header("message-id"),
        format!("<{}@example.com>", ran[0].job.id)
    );
    assert_eq!(mail.client, "shop.example.com");
    assert!(!mail.data.contains("hidden@example.com"), "{}", mail.data);
    // The two zero bytes, the name and the password, as base64.
    let authentication = mail.authentication.as_deref();
    assert_eq!(authentication, Some("PLAIN AHNob3AAcGE1NQ=="));
    assert!(app.mails().is_empty());
}

#[tokio::test]
async fn connections_are_encrypted_as_configured() {
    let _files = files(&[]);
    let authority = Authority::new();
    authority.issue("localhost");
    for (encryption, tls) in [
        (Encryption::Implicit, SmtpTls::Implicit),
        (Encryption::Starttls, SmtpTls::Starttls),
    ] {
        let server = MailServer::encrypted(encryption, &authority);
        let path = authority.path("ca.pem");
        send_to(&server, tls, move |smtp| {
            smtp.ca_certificates = Some(path.clone());
        });
        let app = boot::<App>().await;
        enqueue(&app).await;
        let ran = app.jobs().drain().await;
        assert_eq!(ran[0].state, Some(State::Done), "{tls:?}: {ran:?}");
        assert!(server.taken()[0].is_encrypted, "{tls:?}");

        // Without the authority the certificate is one of anybody.
        send_to(&server, tls, |_| {});
        let app = boot::<App>().await;
        enqueue(&app).await;
        let ran = app.jobs().drain().await;
        assert_eq!(ran[0].state, Some(State::Scheduled), "{tls:?}");
        assert_eq!(server.taken().len(), 1, "{tls:?}");
    }
}

#[tokio::test]
async fn nothing_is_sent_in_the_clear_to_a_server_without_starttls() {
    let _files = files(&[]);
    let server = MailServer::start();
    send_to(&server, SmtpTls::Starttls, |_| {});
    let app = boot::<App>().await;
    enqueue(&app).await;
    let ran = app.jobs().drain().await;
    assert_eq!(ran[0].state, Some(State::Scheduled));
    assert!(server.taken().is_empty());
}

#[tokio::test]
async fn a_refusal_for_now_is_followed_by_another_try() {
    let _files = files(&[]);
    let server = MailServer::start();
    server.next(Answer::ToRecipient("451 greylisted, come back"));
    server.next(Answer::ToData("452 the disk is full"));
    send_to(&server, SmtpTls::None, |_| {});
    let app = boot::<App>().await;
    enqueue(&app).await;
    for state in [State::Scheduled, State::Scheduled, State::Done] {
        let ran = app.jobs().drain().await;
        assert_eq!(ran[0].state, Some(state));
        app.jobs().advance(LATER);
    }
    assert_eq!(server.taken().len(), 1);
}

#[tokio::test]
async fn a_refusal_for_good_is_final() {
    let _files = files(&[]);
    for answer in [
        Answer::ToRecipient("550 no such user"),
        Answer::ToData("554 it looks like spam"),
    ] {
        let server = MailServer::start();
        server.next(answer);
        send_to(&server, SmtpTls::None, |_| {});
        let app = boot::<App>().await;
        enqueue(&app).await;
        let ran = app.jobs().drain().await;
        assert_eq!(ran[0].state, Some(State::Dead), "{answer:?}");
        let (Answer::ToRecipient(reply) | Answer::ToData(reply)) = answer else {
            continue;
        };
        let dead = app.jobs().dead().await;
        let detail = app.ctx.queue.store().show(dead[0].id).await;
        let text = format!("{:?}", detail.expect("the store works"));
        assert!(text.contains(reply), "{reply}: {text}");
        app.jobs().advance(LATER);
        assert!(app.jobs().drain().await.is_empty());
    }
}

/// Mails do not become dead letters while the password is wrong.
#[tokio::test]
async fn a_wrong_password_is_not_the_fault_of_the_mail() {
    let _files = files(&[]);
    let server = MailServer::start();
    server.next(Answer::ToRecipient("535 wrong password"));
    send_to(&server, SmtpTls::None, |smtp| {
        smtp.username = Some("shop".to_owned());
        smtp.password = Some("wrong".into());
    });
    let app = boot::<App>().await;
    enqueue(&app).await;
    let ran = app.jobs().drain().await;
    assert_eq!(ran[0].state, Some(State::Scheduled));
    app.jobs().advance(LATER);
    assert_eq!(app.jobs().drain().await[0].state, Some(State::Done));
}

#[tokio::test]
async fn a_server_that_hangs_is_left_in_time() {
    let _files = files(&[]);
    let server = MailServer::start();
    server.next(Answer::NoGreeting);
    server.next(Answer::Silence);
    send_to(&server, SmtpTls::None, |smtp| {
        smtp.timeout = Duration::from_millis(300);
    });
    let app = boot::<App>().await;
    enqueue(&app).await;
    for _ in 0..2 {
        let begin = Instant::now();
        let ran = app.jobs().drain().await;
        assert_eq!(ran[0].state, Some(State::Scheduled));
        assert!(
            begin.elapsed() < Duration::from_secs(5),
            "{:?}",
            begin.elapsed()
        );
        app.jobs().advance(LATER);
    }
    let ran = app.jobs().drain().await;
    assert_eq!(ran[0].state, Some(State::Done));
    assert_eq!(server.taken().len(), 1);
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let _files = files(&[]);
    let server = MailServer::start();
    send_to(&server, SmtpTls::None, |_| {});
    let app = boot::<App>().await;
    for _ in 0..3 {
        let sent = welcome("Ada").deliver_now(&app.ctx).await;
        sent.expect("it is sent");
    }
    assert_eq!(server.taken().len(), 3);
    assert_eq!(server.connections(), 1);
    // One that was refused is not.
    server.next(Answer::ToRecipient("550 no such user"));
    let refused = welcome("Ada").deliver_now(&app.ctx).await;
    let said = refused.expect_err("it is refused").chain();
    assert!(said.contains("550 no such user"), "{said}");
    let sent = welcome("Ada").deliver_now(&app.ctx).await;
    sent.expect("it is sent");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_mail_for_nobody_is_forgotten() {
    let _files = files(&[]);
    configure(|config| config.mailer.transport = MailTransport::Null);
    let app = boot::<App>().await;
    enqueue(&app).await;
    assert_eq!(app.jobs().drain().await[0].state, Some(State::Done));
    assert!(app.mails().is_empty());
}
