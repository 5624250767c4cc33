//! The probe of mails: each template, subject and preview, in every branch and locale.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fw_testing::prelude::*;

use super::{App, WELCOME, files};

/// What the probe says of the application with these files.
async fn faults(others: &[(&str, &str)]) -> String {
    let _files = files(others);
    let app = boot::<App>().await;
    match catch_unwind(AssertUnwindSafe(|| app.assert_views())) {
        Ok(()) => String::new(),
        Err(panic) => panic.downcast_ref::<String>().cloned().unwrap_or_default(),
    }
}

#[tokio::test]
async fn right_mails_have_no_faults() {
    assert_eq!(faults(&[]).await, "");
}

#[tokio::test]
async fn faults_are_found_in_every_branch_with_their_place() {
    let replaced = |from: &str, to: &str| {
        assert!(WELCOME.contains(from), "{from}");
        WELCOME.replace(from, to)
    };
    for (html, expected) in [
        (
            replaced("{{ note }}", "{{ notes }}"),
            ["welcome.html:6:", "notes"],
        ),
        (
            replaced("gift.title", "gift.titel"),
            ["welcome.html:5:", "titel"],
        ),
        (
            replaced("key=\"no-gifts\"", "key=\"no-gift\""),
            ["welcome.html:5:", "`no-gift`"],
        ),
        (
            replaced("mail.show", "mail.shown"),
            ["welcome.html:7:", "did you mean `mail.show`?"],
        ),
        (
            replaced("{url(to", "{path(to"),
            ["welcome.html:7:", "use `url`"],
        ),
        (
            replaced("<p>{{ note }}</p>", "<a href={{ note }}>a</a>"),
            ["welcome.html:6:", "has no quotes"],
        ),
        (
            replaced("{% if note %}", "{% if name %}").replace("{{ note }}", "{{ note.text }}"),
            ["welcome.html:6:", "text"],
        ),
    ] {
        let said = faults(&[("mailers/welcome.html", &html)]).await;
        for expected in expected {
            assert!(said.contains(expected), "{expected}: {said}");
        }
    }
}

#[tokio::test]
async fn texts_and_subjects_are_probed_as_well() {
    let said = faults(&[("mailers/welcome.txt", "Hello\n{{ nobody }}\n")]).await;
    assert!(said.contains("src/mailers/welcome.txt:2:"), "{said}");
    let german =
        "hello = Hallo, { $name }!\nno-gifts = Nichts.\nprofile = Profil\nnews-subject = Neues\n";
    let said = faults(&[("de.ftl", german)]).await;
    assert!(
        said.contains("src/mailers/welcome.html:1:1: the subject:")
            && said.contains("`de.ftl`")
            && said.contains("`welcome-subject`"),
        "{said}"
    );
    let subject = format!("welcome-subject = Willkommen, {{ $nobody }}\n{german}");
    let said = faults(&[("de.ftl", &subject)]).await;
    assert!(said.contains("nobody"), "{said}");
}
