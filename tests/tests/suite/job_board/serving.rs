//! The places at which the board is served, and the callers that it is served to.

use std::future::IntoFuture;

use fw::{
    config::{Environment, Loader},
    prelude::*,
};
use fw_testing::prelude::*;
use fw_tests::{
    app::{Server, succeed},
    http,
};
use tokio::net::TcpListener;

use super::{App, act};
use crate::shop;

/// The same without the board.
struct Off;

impl Hooks for Off {
    type Settings = ();

    fn name() -> &'static str {
        "job-board-off"
    }

    fn routes() -> Routes {
        App::routes()
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        config.database.url = "sqlite::memory:".into();
        config.jobs.board = false;
        Ok(())
    }
}

#[tokio::test]
async fn only_the_access_type_sees_the_board() {
    let app = boot::<App>().await;
    let id = act(&app, None).await;
    let job = format!("/jobs/{id}");
    for path in ["", "/style.css", "/jobs", &job] {
        let path = format!("/admin/board{path}");
        app.get(&path).await.assert_problem(403, "forbidden");
        let response = app.get(&path).header("x-admin", "yes").await;
        response.assert_status(200);
    }
    for path in [
        format!("{job}/retry"),
        format!("{job}/cancel"),
        format!("{job}/purge"),
        "/queues/default/pause".to_owned(),
        "/queues/default/resume".to_owned(),
    ] {
        let request = app.post(&format!("/admin/board{path}"));
        let response = request.header("sec-fetch-site", "same-origin").await;
        response.assert_problem(403, "forbidden");
    }
    assert_eq!(app.jobs().drain().await.len(), 1);
    let routes = App::routes().list();
    assert_eq!(routes.len(), 9);
    assert!(routes.iter().all(|route| route.access == "admin"));
}

#[tokio::test]
async fn without_the_setting_the_routes_are_not_there() {
    let app = boot::<Off>().await;
    for path in ["", "/style.css", "/jobs", "/jobs/7"] {
        let path = format!("/admin/board{path}");
        let response = app.get(&path).header("x-admin", "yes").await;
        response.assert_problem(404, "not_found");
        assert!(response.text().contains("there is nothing at this path"));
        // Another method would have had a 405 if there were a route.
        app.delete(&path).await.assert_problem(404, "not_found");
    }
    // Nor in a router that the application serves by itself.
    let router = App::routes().into_router().expect("they can be served");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let service = fw::axum::serve(listener, router.with_state(app.ctx.clone()));
    let server = tokio::spawn(service.into_future());
    let response = tokio::task::spawn_blocking(move || {
        let headers = [("x-admin", "yes")];
        http::request(address, "GET", "/admin/board", &headers, b"")
    });
    let response = response.await.expect("it does not panic");
    assert_eq!(response.expect("a response").status, 404);
    server.abort();
}

#[test]
fn the_pages_are_not_part_of_the_described_api() {
    let description = App::routes().describe("job-board", "1.0.0");
    assert_eq!(description["paths"], json!({}));
}

#[test]
fn the_setting_is_off_in_production() {
    for (environment, expected) in [
        (Environment::Development, true),
        (Environment::Test, true),
        (Environment::Production, false),
    ] {
        let config = Loader::new("/nowhere")
            .environment(environment)
            .vars([("DATABASE_URL", "sqlite::memory:")])
            .load()
            .expect("the defaults are right");
        assert_eq!(config.jobs.board, expected);
    }
}

/// The status of the board of a real server.
#[track_caller]
fn status(server: &Server) -> u16 {
    let response = http::get(server.address, "/lab/admin/board");
    response.expect("a response").status
}

#[test]
fn a_server_in_production_has_no_board_unless_it_is_switched_on() {
    const LINE: &str =
        "the board of background jobs is not served: `jobs.board = true` switches it on";
    let shop = shop();
    let development = shop.start(&[]);
    assert_eq!(status(&development), 200);
    assert!(!development.log().contains(LINE));
    drop(development);

    let production = ("FW_ENV", "production");
    let server = shop.start(&[production]);
    assert_eq!(status(&server), 404);
    let log = server.log_with(LINE);
    assert_eq!(log.matches(LINE).count(), 1, "{log}");
    assert!(log.contains(r#""path":"/lab/admin/board""#), "{log}");
    drop(server);
    let list = succeed(shop.command(&["routes"]).env("FW_ENV", "production"));
    assert!(!list.contains("/lab/admin/board"), "{list}");

    let on = shop.start(&[production, ("FW_JOBS__BOARD", "true")]);
    assert_eq!(status(&on), 200);
    assert!(!on.log().contains(LINE));
    let list = succeed(&mut shop.command(&["routes"]));
    assert!(list.contains("/lab/admin/board"), "{list}");
}
