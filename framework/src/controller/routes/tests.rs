use super::super::access::Anyone;
use super::*;

async fn first(_: Anyone) {}
async fn second(_: Anyone) {}

#[test]
fn joins_prefix_and_path() {
    let routes =
        Routes::at("/api/v1/").merge(Routes::at("/posts").get("/", first).get("/{id}", second));
    let paths: Vec<_> = routes.list().into_iter().map(|route| route.path).collect();
    assert_eq!(paths, ["/api/v1/posts", "/api/v1/posts/{id}"]);
}

#[test]
fn refuses_what_axum_would_panic_about() {
    let message = |routes: Routes| routes.into_router().expect_err("refused").to_string();
    assert!(
        message(Routes::new().get("/a", first).get("/a", second))
            .contains("two handlers for `GET /a`")
    );
    assert!(
        message(Routes::new().get("/{id}", first).post("/{name}", second))
            .contains("match the same requests")
    );
    assert!(message(Routes::new().get("a", first)).contains("must start with `/`"));
    for path in ["/:id", "/{a}{b}", "/{*}", "/{*rest}/x", "/{}"] {
        assert!(
            message(Routes::new().get(path, first)).contains("must look like `{id}`"),
            "{path}"
        );
    }
    assert!(message(Routes::new().get(LIVE, first)).contains("answered by the framework"));
}

#[test]
fn methods_of_one_path_are_merged() {
    assert!(
        Routes::at("/a")
            .get("/", first)
            .post("/", second)
            .into_router()
            .is_ok()
    );
}

#[test]
fn only_the_post_or_patch_before_it_is_made_idempotent() {
    let routes = Routes::at("/a").post("/", first).idempotent();
    let routes = routes.patch("/", second).idempotent().put("/", first);
    let idempotent: Vec<_> = routes.list().iter().map(|info| info.idempotent).collect();
    assert_eq!(idempotent, [true, true, false]);
    assert!(routes.into_router().is_ok());

    let message = |routes: Routes| routes.into_router().expect_err("refused").to_string();
    let get = Routes::new().get("/a", first).idempotent();
    assert!(message(get).contains("`GET /a` cannot be `idempotent()`"));
    assert!(message(Routes::new().idempotent()).contains("after a route"));
    assert!(message(Routes::new().summary("x")).contains("`summary()` does not come"));
    let merged = Routes::new()
        .merge(Routes::at("/a").post("/", first))
        .idempotent();
    assert!(message(Routes::new().merge(merged)).contains("after a route"));
}

#[test]
fn deprecations_are_checked() {
    let message = |since: &str, sunset: &str, link: &str| {
        let routes = Routes::new()
            .get("/a", first)
            .deprecated(since, sunset, link);
        routes.into_router().err().map(|error| error.to_string())
    };
    assert_eq!(
        message("2026-11-21", "2027-11-21", "https://example.com"),
        None
    );
    assert!(message("soon", "2027-11-21", "/").is_some_and(|text| text.contains("`soon` is no")));
    assert!(
        message("2027-01-01", "2026-01-01", "/").is_some_and(|text| text.contains("not after"))
    );
    assert!(message("2026-01-01", "2027-01-01", "a>b").is_some_and(|text| text.contains("link")));
}
