//! Tests of `/contact`.

use fw_testing::prelude::*;

use crate::app::App;

const FORM: [(&str, &str); 3] = [
    ("name", "Ada"),
    ("email", "ada@example.com"),
    ("text", "Where is the engine?"),
];

#[tokio::test]
async fn what_people_write_is_sent_to_the_team() {
    let app = boot::<App>().await;
    let page = app.submit("/contact", &FORM).await;
    assert!(page.text().contains("Thank you"), "{page}");
    app.jobs().drain().await;
    let mails = app.mails();
    assert_eq!(mails[0].to, ["Team <team@example.com>"]);
    assert_eq!(mails[0].reply_to.as_deref(), Some("Ada <ada@example.com>"));
    assert_eq!(mails[0].subject, "Ada has written");
    assert!(mails[0].text.contains("Where is the engine?"));
}

#[tokio::test]
async fn the_form_comes_back_with_what_is_wrong() {
    let app = boot::<App>().await;
    for (field, value) in [
        ("name", ""),
        ("email", "ada"),
        ("email", "a@b\r\nBcc: c@d"),
        ("text", ""),
    ] {
        let form = FORM.map(|(name, right)| (name, if name == field { value } else { right }));
        let page = app.post("/contact").form(&form).await;
        page.assert_status(422);
        let problems = format!("id=\"{field}-problems\"");
        assert!(page.text().contains(&problems), "{field}\n{page}");
    }
    app.jobs().drain().await;
    assert!(app.mails().is_empty());
}

#[tokio::test]
async fn every_page_and_mail_renders() {
    let app = boot::<App>().await;
    app.assert_views();
    app.crawl("/contact").await;
}
