//! The golden application keeps what its description promises: every route is called, and every response is compared.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    process::Command,
};

use fw_tests::{
    app::{Server, succeed},
    http::{Response, request},
};
use jsonschema::Draft;
use serde_json::{Value, json};

use crate::{golden::BLOG, only_blog};

/// What only a fault of the server, another request at the same moment or very many requests bring about.
const NOT_PROVOKED: [&str; 5] = ["409", "429", "500", "503", "default"];

/// The description, the application that it is about, and the statuses seen so far.
struct Walk {
    address: SocketAddr,
    description: Value,
    seen: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Walk {
    fn operation(&self, method: &str, path: &str) -> &Value {
        &self.description["paths"][path][method.to_lowercase()]
    }

    /// The example of the body that an operation takes.
    fn example(&self, method: &str, path: &str) -> Value {
        self.operation(method, path)["requestBody"]["content"]["application/json"]["example"]
            .clone()
    }

    /// Calls an operation, and checks that its response is described: status, media type, schema and headers.
    #[track_caller]
    fn call(
        &mut self,
        (method, path): (&str, &str),
        query: &str,
        id: i64,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let target = format!("{}{query}", path.replace("{id}", &id.to_string()));
        let response = request(self.address, method, &target, headers, body).expect("a response");
        let what = format!("{method} {target}: {} {}", response.head, response.text());
        let mut described =
            self.operation(method, path)["responses"][response.status.to_string()].clone();
        if let Some(name) = described["$ref"].as_str() {
            let name = name.rsplit('/').next().expect("a name");
            described = self.description["components"]["responses"][name].clone();
        }
        assert!(described.is_object(), "the status is not described: {what}");
        for name in described["headers"]
            .as_object()
            .into_iter()
            .flat_map(|all| all.keys())
        {
            if !matches!(name.as_str(), "Idempotency-Replayed") {
                assert_ne!(response.header(name), "", "`{name}` is missing: {what}");
            }
        }
        match described["content"].as_object() {
            Some(content) => {
                let media_type = response.header("content-type");
                let schema = content[media_type]["schema"].clone();
                let whole = json!({
                    "allOf": [schema],
                    "components": self.description["components"],
                });
                let validator = jsonschema::options()
                    .with_draft(Draft::Draft202012)
                    .should_validate_formats(true)
                    .build(&whole)
                    .expect("the schema is one");
                let errors: Vec<_> = validator
                    .iter_errors(&response.json())
                    .map(|error| error.to_string())
                    .collect();
                assert!(errors.is_empty(), "{errors:?}: {what}");
            }
            None => assert!(response.body.is_empty(), "a body is not described: {what}"),
        }
        let key = (method.to_owned(), path.to_owned());
        self.seen
            .entry(key)
            .or_default()
            .insert(response.status.to_string());
        response
    }

    /// What every operation with a body refuses.
    fn send_bad_bodies(&mut self, operation: (&str, &str), id: i64) {
        const JSON: (&str, &str) = ("content-type", "application/json");
        let large = vec![b' '; 3 * 1024 * 1024];
        self.call(operation, "", id, &[JSON], b"{");
        self.call(operation, "", id, &[("content-type", "text/plain")], b"{}");
        self.call(operation, "", id, &[JSON], br#"{"no such field": 1}"#);
        self.call(operation, "", id, &[JSON], &large);
    }

    /// Everything that can be asked of a resource.
    fn visit(&mut self, collection: &str) {
        const JSON: (&str, &str) = ("content-type", "application/json");
        let one = format!("{collection}/{{id}}");
        let html = [("accept", "text/html")];

        let body = self.example("POST", collection).to_string();
        let keyed = [JSON, ("idempotency-key", collection)];
        let create = ("POST", collection);
        let created = self.call(create, "", 0, &keyed, body.as_bytes());
        assert_eq!(created.status, 201, "{}", created.text());
        let id = created.json()["id"].as_i64().expect("a number");
        assert_eq!(created.header("location"), format!("{collection}/{id}"));
        assert_eq!(
            self.call(create, "", 0, &keyed, body.as_bytes()).status,
            201
        );
        assert_eq!(self.call(create, "", 0, &keyed, b"{}").status, 422);
        self.send_bad_bodies(create, 0);
        self.call(create, "", 0, &[JSON, html[0]], body.as_bytes());

        for path in [collection, one.as_str()] {
            let found = self.call(("GET", path), "", id, &[], b"");
            assert_eq!(found.status, 200);
            let tag = [("if-none-match", found.header("etag"))];
            assert_eq!(self.call(("GET", path), "", id, &tag, b"").status, 304);
            self.call(("GET", path), "", id, &html, b"");
            self.call(
                ("GET", path),
                "?include=no-such-relation&limit=0",
                id,
                &[],
                b"",
            );
        }
        self.call(("GET", one.as_str()), "", 999_999, &[], b"");

        for method in ["PUT", "PATCH"] {
            let operation = (method, one.as_str());
            let body = self.example(method, &one).to_string();
            assert_eq!(
                self.call(operation, "", id, &[JSON], body.as_bytes())
                    .status,
                200
            );
            self.call(operation, "", 999_999, &[JSON], body.as_bytes());
            self.call(operation, "", id, &[JSON, html[0]], body.as_bytes());
            self.send_bad_bodies(operation, id);
        }
    }

    fn delete(&mut self, collection: &str) {
        let one = format!("{collection}/{{id}}");
        let refused = self.call(("DELETE", &one), "?force=true", 1, &[], b"");
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert_eq!(self.call(("DELETE", &one), "", 1, &[], b"").status, 204);
        assert_eq!(self.call(("DELETE", &one), "", 1, &[], b"").status, 404);
    }
}

#[test]
fn every_route_of_the_golden_app_responds_as_described() {
    let _turn = only_blog();
    let binary = BLOG.build();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let said = |words: &[&str]| {
        let text = succeed(&mut binary.command_in(&BLOG.root, words));
        serde_json::from_str::<Value>(&text).expect("JSON")
    };
    let description = said(&["openapi"]);
    let routes = said(&["routes", "--json"]);
    let routes: BTreeSet<(String, String)> = routes
        .as_array()
        .expect("a list")
        .iter()
        .map(|route| {
            let text = |name: &str| route[name].as_str().expect("a text").to_owned();
            (text("method"), text("path"))
        })
        .collect();
    let described: BTreeSet<(String, String)> = description["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, operations)| {
            let methods = operations.as_object().expect("operations").keys();
            methods.map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    assert_eq!(routes, described);

    let mut command: Command =
        binary.command_in(&BLOG.root, &["start", "--port", "0", "--migrate"]);
    let database = folder.path().join("contract.sqlite");
    command.env("DATABASE_URL", format!("sqlite://{}", database.display()));
    let server = Server::start(command);
    let mut walk = Walk {
        address: server.address,
        description,
        seen: BTreeMap::new(),
    };
    // Posts refer to authors.
    let resources = ["/api/v1/authors", "/api/v1/posts"];
    for collection in resources {
        walk.visit(collection);
    }
    for collection in resources.into_iter().rev() {
        walk.delete(collection);
    }
    for path in ["/", "/pages/about"] {
        walk.call(("GET", path), "", 0, &[], b"");
        walk.call(("GET", path), "", 0, &[("if-none-match", "*")], b"");
        walk.call(("GET", path), "", 0, &[("accept", "text/html")], b"");
        walk.call(("GET", path), "?no-such-parameter", 0, &[], b"");
    }

    // Nothing was left out, and nothing is promised that does not happen.
    assert_eq!(walk.seen.keys().cloned().collect::<BTreeSet<_>>(), routes);
    for ((method, path), seen) in &walk.seen {
        let promised: BTreeSet<String> = walk.operation(method, path)["responses"]
            .as_object()
            .expect("responses")
            .keys()
            .filter(|status| !NOT_PROVOKED.contains(&status.as_str()))
            .cloned()
            .collect();
        let seen: BTreeSet<String> = seen
            .iter()
            .filter(|status| !NOT_PROVOKED.contains(&status.as_str()))
            .cloned()
            .collect();
        assert_eq!(promised, seen, "{method} {path}");
    }
}
