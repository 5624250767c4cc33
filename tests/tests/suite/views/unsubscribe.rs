//! Subscriptions that the mails of a list end.

use std::sync::{Arc, Mutex};

use fw::{config::Secret, dto::prelude::*, mailer::Subscription, prelude::*};
use fw_testing::prelude::*;

/// The users whose subscription has ended.
#[derive(Clone, Debug, Default)]
struct Ended(Arc<Mutex<Vec<i64>>>);

#[derive(Serialize, Deserialize)]
struct News {
    user_id: i64,
}

impl Subscription for News {
    const LIST: &'static str = "news";

    async fn end(self, ctx: &AppContext) -> Result<()> {
        let ended = ctx.get::<Ended>().expect("it is there");
        ended.0.lock().expect("a list").push(self.user_id);
        Ok(())
    }
}

/// Another list, with the same content of its tokens.
#[derive(Serialize, Deserialize)]
struct Offers {
    user_id: i64,
}

impl Subscription for Offers {
    const LIST: &'static str = "offers";

    async fn end(self, _: &AppContext) -> Result<()> {
        panic!("nobody ends it");
    }
}

/// A list whose routes are not mounted.
#[derive(Serialize, Deserialize)]
struct Forgotten;

impl Subscription for Forgotten {
    const LIST: &'static str = "forgotten";

    async fn end(self, _: &AppContext) -> Result<()> {
        Ok(())
    }
}

std::thread_local! {
    /// The keys of the application of this test, which runs in a thread of its own.
    static KEYS: std::cell::Cell<&'static [&'static str]> = const { std::cell::Cell::new(&[OLD]) };
}

const OLD: &str = "an old key of more than thirty-two bytes";
const NEW: &str = "a new key of more than thirty-two bytes!";

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "shop"
    }

    fn routes() -> Routes {
        Routes::new().merge(News::routes()).merge(Offers::routes())
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        config.database.url = "sqlite::memory:".into();
        config.server.public_url = Some("https://shop.example.com".to_owned());
        config.signing.keys = KEYS.get().iter().map(|key| Secret::from(*key)).collect();
        Ok(())
    }

    async fn after_context(ctx: AppContext) -> Result<AppContext> {
        Ok(ctx.with(Ended::default()))
    }
}

/// The path of the URL in the mails of the news.
fn path(app: &TestApp) -> String {
    let url = News { user_id: 7 }.unsubscribe_url(&app.ctx);
    let url = url.expect("a URL");
    let path = url.as_str().strip_prefix("https://shop.example.com");
    let path = path.expect("the public URL").to_owned();
    assert!(path.starts_with("/unsubscribe/news/"), "{path}");
    path
}

fn ended(app: &TestApp) -> Vec<i64> {
    let ended = app.ctx.get::<Ended>().expect("it is there");
    ended.0.lock().expect("a list").clone()
}

#[tokio::test]
async fn a_mail_program_ends_a_subscription_by_one_request() {
    let app = boot::<App>().await;
    let path = path(&app);
    let one_click = [("List-Unsubscribe", "One-Click")];
    for _ in 0..2 {
        app.post(&path).form(&one_click).await.assert_status(200);
    }
    assert_eq!(ended(&app), [7, 7]);
}

#[tokio::test]
async fn a_person_is_asked_first() {
    let app = boot::<App>().await;
    let path = path(&app);
    let page = app.get(&path).header("accept", "text/html").await;
    page.assert_status(200);
    assert!(
        page.text()
            .contains("<form method=\"post\"><button>Unsubscribe</button></form>")
    );
    assert_eq!(ended(&app), [0; 0]);
    let done = app
        .post(&path)
        .header("sec-fetch-site", "same-origin")
        .header("cookie", "session=1")
        .await;
    done.assert_status(200);
    assert!(done.text().contains("You no longer get the mails"));
    assert_eq!(ended(&app), [7]);
}

#[tokio::test]
async fn a_token_of_another_list_or_of_nobody_ends_nothing() {
    let app = boot::<App>().await;
    let path = path(&app);
    let (start, signature) = path.rsplit_once('.').expect("a signature");
    let other = News { user_id: 8 }.unsubscribe_url(&app.ctx);
    let other = other.expect("a URL");
    let (other, _) = other.as_str().rsplit_once('.').expect("a signature");
    let other = other.strip_prefix("https://shop.example.com");
    let other = other.expect("the public URL");
    for path in [
        path.replace("/news/", "/offers/"),
        format!("{start}."),
        format!("{other}.{signature}"),
        "/unsubscribe/news/7".to_owned(),
    ] {
        app.get(&path).await.assert_status(404);
        app.post(&path).await.assert_status(404);
    }
    assert_eq!(ended(&app), [0; 0]);
}

#[tokio::test]
async fn a_url_outlives_its_key_as_long_as_that_is_in_the_list() {
    let path = path(&boot::<App>().await);
    KEYS.set(&[NEW, OLD]);
    boot::<App>().await.post(&path).await.assert_status(200);
    KEYS.set(&[NEW]);
    boot::<App>().await.post(&path).await.assert_status(404);
}

#[tokio::test]
async fn a_list_without_routes_is_named() {
    let app = boot::<App>().await;
    let error = Forgotten
        .unsubscribe_url(&app.ctx)
        .expect_err("there is no route");
    assert!(error.chain().contains("Forgotten::routes()"), "{error}");
}
