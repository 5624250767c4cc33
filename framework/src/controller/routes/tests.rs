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
