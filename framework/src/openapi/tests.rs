//! Tests of the OpenAPI description of handlers.

use garde::Validate;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::name::Names;
use crate::{
    controller::{
        Anyone, Created, FullJson, Id, Json, NoContent, Paginated, Path, Routes, ValidJson,
        ValidQuery, delete, get, post, put,
    },
    dto::prelude::*,
    error::Result,
};

/// The subject of a book.
#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Genre {
    Novel,
    Essay,
}

/// A book as clients send it.
#[derive(Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema counts")]
struct BookBody {
    /// The title on the cover.
    #[garde(length(chars, min = 1, max = 80))]
    title: String,
    #[garde(range(min = 1))]
    pages: Option<i32>,
    #[garde(skip)]
    #[serde(default = "novel")]
    genre: Genre,
    #[garde(skip)]
    printed_at: DateTimeUtc,
}

fn novel() -> Genre {
    Genre::Novel
}

/// A book as clients get it.
#[derive(Serialize, JsonSchema)]
struct BookView {
    id: i64,
    title: String,
    genre: Genre,
}

#[derive(Deserialize, Validate, JsonSchema)]
#[expect(dead_code, reason = "only its schema counts")]
struct Search {
    /// A part of the title.
    #[garde(length(chars, min = 3))]
    text: String,
    #[garde(skip)]
    exact: Option<bool>,
}

mod books {
    use super::*;

    pub(super) async fn list(_: Anyone) -> Paginated<BookView> {
        Paginated::by_cursor(Vec::new(), None)
    }

    pub(super) async fn create(
        _: Anyone,
        ValidJson(_): ValidJson<BookBody>,
    ) -> Result<Created<BookView>> {
        Err(crate::Error::not_found())
    }

    pub(super) async fn replace(
        _: Anyone,
        Path(_): Path<Id>,
        FullJson(_): FullJson<BookBody>,
    ) -> Result<Json<BookView>> {
        Err(crate::Error::not_found())
    }

    pub(super) async fn destroy(_: Anyone, Path(_): Path<Id>) -> Result<NoContent> {
        Ok(NoContent)
    }

    pub(super) async fn search_all(_: Anyone, _: ValidQuery<Search>) -> &'static str {
        ""
    }
}

fn routes() -> Routes {
    Routes::at("/api/v1/books").with([
        get("/", books::list),
        post("/", books::create),
        put("/{id}", books::replace),
        delete("/{id}", books::destroy).problem(StatusCode::CONFLICT, "book_is_lent"),
        get("/search", books::search_all).summary("Search everywhere"),
    ])
}

fn described() -> Value {
    routes().describe("library", "1.2.3")
}

#[test]
fn says_what_it_describes() {
    let description = described();
    assert_eq!(description["openapi"], "3.1.0");
    assert_eq!(description["info"]["title"], "library");
    assert_eq!(description["info"]["version"], "1.2.3");
    let paths: Vec<_> = description["paths"].as_object().unwrap().keys().collect();
    assert_eq!(
        paths,
        [
            "/api/v1/books",
            "/api/v1/books/{id}",
            "/api/v1/books/search"
        ]
    );
}

#[test]
fn names_come_from_the_handlers() {
    let description = described();
    let of = |path: &str, method: &str| {
        let operation = &description["paths"][path][method];
        (
            operation["operationId"].as_str().unwrap().to_owned(),
            operation["summary"].as_str().unwrap().to_owned(),
        )
    };
    let pair = |id: &str, summary: &str| (id.to_owned(), summary.to_owned());
    assert_eq!(of("/api/v1/books", "get"), pair("books_list", "List books"));
    assert_eq!(
        of("/api/v1/books", "post"),
        pair("books_create", "Create a book")
    );
    assert_eq!(
        of("/api/v1/books/{id}", "delete"),
        pair("books_destroy", "Delete a book")
    );
    assert_eq!(of("/api/v1/books/search", "get").1, "Search everywhere");
}

#[test]
fn names_are_those_of_the_innermost_modules() {
    let names = |handler: &str, noun: Option<&str>| {
        let names = Names::of(handler, "POST", "/api/v1/things");
        let summary = names.summary(noun);
        (names.id, summary)
    };
    for (handler, noun, id, summary) in [
        (
            "blog::posts::controller::create",
            "post",
            "posts_create",
            "Create a post",
        ),
        (
            "blog::people::create",
            "person",
            "people_create",
            "Create a person",
        ),
        (
            "blog::shop::orders::create",
            "order",
            "orders_create",
            "Create an order",
        ),
        (
            "blog::accounts::session::create",
            "account",
            "session_create",
            "Create a session",
        ),
        (
            "blog::accounts::tokens::create",
            "account",
            "tokens_create",
            "Create one of the tokens",
        ),
        ("blog::health", "", "blog_health", "Health"),
    ] {
        let found = names(handler, Some(noun));
        assert_eq!(found, (id.to_owned(), summary.to_owned()), "{handler}");
    }
}

/// The handlers of two features, which have modules of one name.
mod shelves {
    pub(super) mod books {
        use super::super::*;

        pub(in super::super) async fn list(_: Anyone) -> Paginated<BookView> {
            Paginated::by_cursor(Vec::new(), None)
        }
    }
}

#[test]
fn operations_of_one_name_get_longer_ones() {
    let shelves = Routes::at("/api/v1/shelves").with([
        get("/books", shelves::books::list),
        get("/others", shelves::books::list),
    ]);
    let description = Routes::new()
        .merge(routes())
        .merge(shelves)
        .describe("library", "1.2.3");
    let id = |path: &str| description["paths"][path]["get"]["operationId"].clone();
    assert_eq!(id("/api/v1/books"), "books_list");
    assert_eq!(id("/api/v1/shelves/books"), "openapi_books_list");
    assert_eq!(id("/api/v1/shelves/others"), "get_api_v1_shelves_others");
}

#[test]
fn bodies_have_the_rules_of_serde_and_garde() {
    let description = described();
    let schemas = &description["components"]["schemas"];
    let body = &schemas["BookBody"];
    assert_eq!(body["description"], "A book as clients send it.");
    assert_eq!(body["additionalProperties"], false);
    assert_eq!(body["required"], json!(["title", "printed_at"]));
    let title = &body["properties"]["title"];
    assert_eq!(
        title,
        &json!({"description": "The title on the cover.", "type": "string", "minLength": 1, "maxLength": 80})
    );
    let pages = &body["properties"]["pages"];
    assert_eq!(
        (&pages["minimum"], &pages["maximum"]),
        (&json!(1), &json!(i32::MAX))
    );
    assert_eq!(body["properties"]["genre"]["default"], "novel");
    let full = &schemas["FullBookBody"];
    assert_eq!(
        full["required"],
        json!(["title", "pages", "genre", "printed_at"])
    );
    let put = &description["paths"]["/api/v1/books/{id}"]["put"]["requestBody"];
    assert_eq!(
        put["content"]["application/json"]["schema"]["$ref"],
        "#/components/schemas/FullBookBody"
    );
}

#[test]
fn what_is_taken_and_given_alike_has_one_schema() {
    let description = described();
    let schemas = description["components"]["schemas"].as_object().unwrap();
    let names: Vec<_> = schemas.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "BookViewPage",
            "BookView",
            "Genre",
            "Pagination",
            "Problem",
            "FieldError",
            "BookBody",
            "FullBookBody"
        ]
    );
    assert!(!description.to_string().contains("#/components/inputs/"));
}

#[test]
fn every_way_to_fail_is_described() {
    let description = described();
    let post = &description["paths"]["/api/v1/books"]["post"]["responses"];
    let statuses: Vec<_> = post.as_object().unwrap().keys().collect();
    assert_eq!(
        statuses,
        [
            "201", "400", "406", "409", "413", "415", "422", "500", "503", "default"
        ]
    );
    assert_eq!(
        post["422"]["$ref"],
        "#/components/responses/ValidationFailed"
    );
    let delete = &description["paths"]["/api/v1/books/{id}"]["delete"]["responses"];
    let name = "BookIsLentOrConflict";
    assert_eq!(
        delete["409"]["$ref"],
        format!("#/components/responses/{name}")
    );
    let conflict = &description["components"]["responses"][name]["content"];
    assert_eq!(
        conflict["application/problem+json"]["schema"]["allOf"][1]["properties"]["code"]["enum"],
        json!(["book_is_lent", "conflict"])
    );
}

#[test]
fn parameters_are_those_of_the_extractors() {
    let description = described();
    let id = &description["paths"]["/api/v1/books/{id}"]["delete"]["parameters"][0];
    assert_eq!((&id["name"], &id["in"]), (&json!("id"), &json!("path")));
    assert_eq!(id["schema"]["format"], "int64");
    let search = &description["paths"]["/api/v1/books/search"]["get"]["parameters"];
    assert_eq!(search[0]["description"], "A part of the title.");
    assert_eq!(search[0]["schema"]["minLength"], 3);
    assert_eq!(search[0]["required"], true);
    assert_eq!(search[1]["required"], false);
}

#[test]
fn bodies_have_examples() {
    let description = described();
    let post = &description["paths"]["/api/v1/books"]["post"];
    assert_eq!(
        post["requestBody"]["content"]["application/json"]["example"],
        json!({"title": "title 1", "pages": 1, "genre": "novel", "printed_at": "2026-01-01T10:00:00Z"})
    );
}

#[test]
fn deprecated_routes_say_so() {
    let routes = routes().deprecated("2026-11-01", "2027-05-01", "https://example.com/v2");
    let description = routes.describe("library", "1.2.3");
    let get = &description["paths"]["/api/v1/books"]["get"];
    assert_eq!(get["deprecated"], true);
    let headers = get["responses"]["200"]["headers"].as_object().unwrap();
    assert_eq!(
        headers.keys().collect::<Vec<_>>(),
        ["Deprecation", "ETag", "Link", "Sunset"]
    );
}

#[test]
fn versions_stand_side_by_side() {
    let v2 = routes().rebase("/api/v1", "/api/v2");
    let both = Routes::new().merge(routes()).merge(v2);
    let description = both.describe("library", "2.0.0");
    let id = |path: &str| description["paths"][path]["get"]["operationId"].clone();
    assert_eq!(id("/api/v1/books"), "books_list");
    assert_eq!(id("/api/v2/books"), "v2_books_list");
}
