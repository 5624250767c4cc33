use super::super::access::Anyone;
use super::*;

async fn first(_: Anyone) {}
async fn second(_: Anyone) {}

fn refusal(routes: Routes) -> String {
    routes.into_router().expect_err("refused").to_string()
}

#[test]
fn joins_prefix_and_path() {
    let posts = Routes::at("/posts").with([get("/", first), get("/{id}", second)]);
    let routes = Routes::at("/api/v1/").merge(posts);
    let paths: Vec<_> = routes.list().into_iter().map(|route| route.path).collect();
    assert_eq!(paths, ["/api/v1/posts", "/api/v1/posts/{id}"]);
}

#[test]
fn refuses_what_axum_would_panic_about() {
    let twice = Routes::new().with([get("/a", first), get("/a", second)]);
    let message = refusal(twice);
    assert!(message.contains("two handlers for `GET /a`"));
    assert!(message.contains("first`") && message.contains("second`"));
    let ambiguous = Routes::new().with([get("/{id}", first), post("/{name}", second)]);
    assert!(refusal(ambiguous).contains("match the same requests"));
    assert!(refusal(Routes::new().with([get("a", first)])).contains("must start with `/`"));
    for path in ["/:id", "/{a}{b}", "/{*}", "/{*rest}/x", "/{}"] {
        assert!(
            refusal(Routes::new().with([get(path, first)])).contains("must look like `{id}`"),
            "{path}"
        );
    }
    let reserved = Routes::new().with([get(LIVE, first)]);
    assert!(refusal(reserved).contains("belongs to the framework"));
}

#[test]
fn methods_of_one_path_are_merged() {
    let routes = Routes::at("/a").with([get("/", first), post("/", second)]);
    assert!(routes.into_router().is_ok());
}

#[test]
fn options_are_about_their_route_alone() {
    let routes = Routes::at("/a").with([
        post("/", first).summary("Begin").idempotent(),
        patch("/", second).idempotent(),
        put("/", first),
        post("/other", first),
    ]);
    let idempotent: Vec<_> = routes.list().iter().map(|info| info.idempotent).collect();
    assert_eq!(idempotent, [true, true, false, false]);
    assert!(routes.into_router().is_ok());
}

#[test]
fn a_moved_list_keeps_its_prefix() {
    let posts = || Routes::at("/api/v1/posts").with([get("/", first), get("/{id}", first)]);
    let v2 = posts()
        .rebase("/api/v1", "/api/v2")
        .replace([get("/", second)])
        .with([get("/drafts", first)]);
    let listed: Vec<_> = v2
        .list()
        .into_iter()
        .map(|info| (info.path, info.handler.ends_with("second")))
        .collect();
    let expected = [
        ("/api/v2/posts", true),
        ("/api/v2/posts/{id}", false),
        ("/api/v2/posts/drafts", false),
    ];
    assert_eq!(
        listed,
        expected.map(|(path, newer)| (path.to_owned(), newer))
    );
    assert!(v2.into_router().is_ok());

    assert!(refusal(posts().rebase("/api/v3", "/api/v4")).contains("no route below `/api/v3`"));
    let wrong = posts().replace([get("/list", second)]);
    assert!(refusal(wrong).contains("`replace` finds no `GET /api/v1/posts/list`"));
    let other_method = posts().replace([delete("/{id}", second)]);
    assert!(refusal(other_method).contains("`replace` finds no `DELETE /api/v1/posts/{id}`"));
}

#[test]
fn deprecations_are_checked() {
    let both = |since: &str, sunset: &str, link: &str| {
        let list = Routes::new().with([get("/a", first)]);
        let list = list.deprecated(since, sunset, link);
        let route = Routes::new().with([get("/a", first).deprecated(since, sunset, link)]);
        let [list, route] = [list, Routes::new().merge(route)]
            .map(|routes| routes.into_router().err().map(|error| error.to_string()));
        assert_eq!(list, route);
        list
    };
    assert_eq!(
        both("2026-11-21", "2027-11-21", "https://example.com"),
        None
    );
    assert!(both("soon", "2027-11-21", "/").is_some_and(|text| text.contains("`soon` is no")));
    assert!(both("2027-01-01", "2026-01-01", "/").is_some_and(|text| text.contains("not after")));
    assert!(both("2026-01-01", "2027-01-01", "a>b").is_some_and(|text| text.contains("link")));
}
