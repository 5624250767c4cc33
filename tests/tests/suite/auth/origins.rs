//! Pages of other origins: what a browser that is signed in lets them do, and read.

use fw::{config::Config, prelude::*};
use fw_testing::prelude::*;

use super::{
    App, PASSWORD, Users, both, cookie_of, create_user, m20261130_090000_create_users, on_both,
    on_its_database, permissions, status_of, with_cookie,
};

const FRONT_END: &str = "https://app.example.com";
const HOST: &str = "api.example.com";

/// The application with a front end of another origin, which sends the cookie of the session.
struct WithFrontEnd;

impl Hooks for WithFrontEnd {
    type Settings = ();

    fn name() -> &'static str {
        "auth"
    }

    fn routes() -> Routes {
        App::routes()
    }

    fn migrations() -> Vec<Migration> {
        vec![fw::migration!(m20261130_090000_create_users)]
    }

    async fn before_boot(config: &mut Config) -> Result<()> {
        on_its_database(config);
        allow(config, FRONT_END);
        config.middleware.cors.allow_credentials = true;
        Ok(())
    }
}

/// The application with an API for scripts of every origin.
struct ForEverybody;

impl Hooks for ForEverybody {
    type Settings = ();

    fn name() -> &'static str {
        "auth"
    }

    fn routes() -> Routes {
        App::routes()
    }

    fn migrations() -> Vec<Migration> {
        vec![fw::migration!(m20261130_090000_create_users)]
    }

    async fn before_boot(config: &mut Config) -> Result<()> {
        on_its_database(config);
        allow(config, "*");
        Ok(())
    }
}

fn allow(config: &mut Config, origin: &str) {
    config.middleware.cors.enabled = true;
    config.middleware.cors.allow_origins = vec![origin.to_owned()];
}

/// A request of a browser that says nothing but the origin of the page, as older ones do.
fn of_origin(app: &TestApp, method: &str, path: &str, origin: &str) -> TestRequest {
    let request = app.request(method.parse().expect("a method"), path);
    request.header("host", HOST).header("origin", origin)
}

#[tokio::test]
async fn attack_064_other_sites_neither_embed_nor_open_nor_keep_a_response() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let cookie = cookie_of(&app, &user.name).await;
        for (path, status, cache) in [
            ("/whoami", 200, "private, no-cache"),
            ("/notes", 403, "no-store"),
            ("/nowhere", 404, "no-store"),
        ] {
            let response = app.get(path).header("cookie", &cookie).await;
            response.assert_status(status);
            for (name, value) in [
                ("cross-origin-resource-policy", "same-origin"),
                ("cross-origin-opener-policy", "same-origin"),
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("cache-control", cache),
            ] {
                assert_eq!(response.header(name), value, "{path}");
            }
            let policy = response.header("content-security-policy");
            for directive in [
                "default-src 'none'",
                "base-uri 'none'",
                "frame-ancestors 'none'",
            ] {
                assert!(policy.contains(directive), "{path}: {policy}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn attack_069_the_method_of_a_request_is_the_one_that_counts() {
    on_both(async |app| {
        let user = create_user(&app).await;
        let cookie = cookie_of(&app, &user.name).await;
        let other = cookie_of(&app, &user.name).await;
        let body = json!({ "_method": "DELETE" });
        for header in [
            "x-http-method-override",
            "x-http-method",
            "x-method-override",
        ] {
            let read = with_cookie(app.get("/sessions"), &cookie);
            let read = read.header(header, "DELETE").json(&body).await;
            assert_eq!(read.json().as_array().map(Vec::len), Some(2), "{read:?}");
            let named = with_cookie(app.get("/sessions?_method=DELETE"), &cookie);
            let named = named.header(header, "DELETE").await;
            named.assert_field("?_method", "unknown_field");
            let sent = with_cookie(app.post("/sessions?_method=DELETE"), &cookie);
            let sent = sent.header(header, "DELETE").json(&body).await;
            sent.assert_problem(405, "method_not_allowed");
        }
        assert_eq!(status_of(&app, &other).await, 200);
    })
    .await;
}

#[tokio::test]
async fn attack_070_an_origin_is_the_listed_one_or_another() {
    both::<WithFrontEnd, _>(async |app| {
        let user = create_user(&app).await;
        let cookie = cookie_of(&app, &user.name).await;
        for origin in [
            "https://app.example.com.evil.example",
            "https://evil.example/https://app.example.com",
            "https://app.example.com@evil.example",
            "https://evilapp.example.com",
            "https://app.example.com:8443",
            "https://app.example.com:443",
            "https://app.example.com/",
            "https://app.example.com.",
            "https://APP.example.com",
            "http://app.example.com",
            "app.example.com",
            "https://app.example.com, https://evil.example",
            "https://api.example.com:8443",
            "https://api.example.com.evil.example",
            "https://API.example.com",
            "null",
            "",
        ] {
            let request = of_origin(&app, "DELETE", "/session", origin);
            let refused = request.header("cookie", &cookie).await;
            refused.assert_problem(403, "cross_origin");
            let read = of_origin(&app, "GET", "/whoami", origin);
            let read = read.header("cookie", &cookie).await;
            assert_eq!(read.header("access-control-allow-origin"), "", "{origin}");
        }
        // A newer browser says that it is another site, whatever the name.
        let request = of_origin(&app, "DELETE", "/session", "http://api.example.com");
        let request = request.header("sec-fetch-site", "cross-site");
        let refused = request.header("cookie", &cookie).await;
        refused.assert_problem(403, "cross_origin");
        let read = of_origin(&app, "GET", "/whoami", FRONT_END);
        let read = read.header("cookie", &cookie).await;
        assert_eq!(read.header("access-control-allow-origin"), FRONT_END);
        let request = of_origin(&app, "DELETE", "/session", FRONT_END);
        let request = request.header("sec-fetch-site", "same-site");
        let signed_out = request.header("cookie", &cookie).await;
        signed_out.assert_status(204);
    })
    .await;
}

/// `*` is for scripts without credentials. It has switched the check off for all requests once.
#[tokio::test]
async fn attack_070_every_origin_may_call_but_not_with_the_cookie_of_a_visitor() {
    both::<ForEverybody, _>(async |app| {
        let user = create_user(&app).await;
        let cookie = cookie_of(&app, &user.name).await;
        let foreign = "https://evil.example.com";
        for site in ["same-site", "cross-site"] {
            let request = of_origin(&app, "DELETE", "/session", foreign);
            let request = request.header("sec-fetch-site", site);
            let refused = request.header("cookie", &cookie).await;
            refused.assert_problem(403, "cross_origin");
        }
        assert_eq!(status_of(&app, &cookie).await, 200);
        let without = of_origin(&app, "POST", "/notes", foreign).await;
        without.assert_problem(401, "unauthorized");
        let client = app.sign_in::<Users>().can::<permissions::Update>();
        let client = client.token().await;
        let allowed = of_origin(&client, "POST", "/notes", foreign).await;
        allowed.assert_status(204);
        assert_eq!(allowed.header("access-control-allow-origin"), "*");
    })
    .await;
}

#[tokio::test]
async fn attack_071_a_page_of_another_site_signs_nobody_in() {
    on_both(async |app| {
        let mallory = create_user(&app).await;
        let body = json!({ "name": mallory.name, "password": PASSWORD });
        for path in [
            "/session",
            "/tokens",
            "/two-step/session",
            "/two-step/tokens",
        ] {
            for (name, value) in [
                ("origin", "https://evil.example"),
                ("origin", "null"),
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-site", "same-site"),
            ] {
                let refused = app.post(path).header(name, value).json(&body).await;
                refused.assert_problem(403, "cross_origin");
                assert!(refused.headers().get("set-cookie").is_none(), "{path}");
            }
        }
        // A form needs no preflight, and its types are none that a sign-in reads.
        for media_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
        ] {
            let request = app.post("/session").header("content-type", media_type);
            let refused = request.body(body.to_string()).await;
            refused.assert_problem(415, "unsupported_media_type");
        }
        let untyped = app.post("/session").body(body.to_string()).await;
        untyped.assert_problem(415, "unsupported_media_type");
    })
    .await;
}

#[tokio::test]
async fn attack_072_a_preflight_allows_the_listed_origin_alone() {
    both::<WithFrontEnd, _>(async |app| {
        let user = create_user(&app).await;
        let cookie = cookie_of(&app, &user.name).await;
        let preflight = async |origin: &str| {
            let request = of_origin(&app, "OPTIONS", "/notes", origin);
            let request = request.header("access-control-request-method", "POST");
            request
                .header(
                    "access-control-request-headers",
                    "content-type,authorization",
                )
                .header("cookie", &cookie)
                .await
        };
        // Without an allowed origin the other headers say nothing to a browser.
        for origin in ["https://evil.example", "null", "http://app.example.com"] {
            let refused = preflight(origin).await;
            let allowed = refused.headers().get("access-control-allow-origin");
            assert_eq!(allowed, None, "{origin}");
        }
        let allowed = preflight(FRONT_END).await;
        assert_eq!(allowed.header("access-control-allow-origin"), FRONT_END);
        assert_eq!(allowed.header("access-control-allow-credentials"), "true");
        assert!(allowed.header("vary").to_lowercase().contains("origin"));
    })
    .await;
    // By default there is no other origin.
    let app = boot::<App>().await;
    let request = of_origin(&app, "OPTIONS", "/notes", "https://evil.example");
    let request = request.header("access-control-request-method", "POST");
    let headers = request.await.headers().clone();
    let mut names = headers.keys().map(fw::http::HeaderName::as_str);
    assert!(!names.any(|name| name.starts_with("access-control-")));
}

#[tokio::test]
async fn attack_137_a_page_of_another_origin_reads_nothing_with_a_key() {
    both::<WithFrontEnd, _>(async |app| {
        let key = app.sign_in::<Users>().can::<permissions::Update>();
        let key = key.api_key().await;
        let foreign = "https://evil.example";
        let refused = of_origin(&key, "POST", "/notes", foreign).await;
        refused.assert_problem(403, "cross_origin");
        let read = of_origin(&key, "GET", "/notes/1", foreign).await;
        assert_eq!(read.header("access-control-allow-origin"), "");
        let allowed = of_origin(&key, "POST", "/notes", FRONT_END).await;
        allowed.assert_status(204);
        assert_eq!(allowed.header("access-control-allow-origin"), FRONT_END);
    })
    .await;
}
