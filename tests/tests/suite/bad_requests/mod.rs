//! What clients do wrong, and the exact response for it. Never a 500.

mod cases;

use std::fmt::Write as _;

use cases::cases;
use fw_tests::http::{self, Response};
use serde_json::json;

use crate::{Database, shop};

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
const POSTS: &str = "/api/v1/posts";

#[test]
fn every_bad_request_has_its_exact_response() {
    for database in Database::both() {
        check_cases(&database);
    }
}

fn check_cases(database: &Database) {
    let server = database.start(&[]);
    let first = json!({ "title": "a", "slug": "taken" });
    assert_eq!(
        http::send_json(server.address, "POST", POSTS, &first)
            .expect("a response")
            .status,
        201
    );

    let cases = cases();
    assert!(cases.len() >= 40);
    let mut wrong = String::new();
    for case in cases {
        let response = http::request(
            server.address,
            case.method,
            &case.path,
            case.headers,
            &case.body,
        );
        let Ok(response) = response else {
            writeln!(wrong, "{}: no response", case.name).expect("a string takes everything");
            continue;
        };
        let code = response.json()["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let is_problem = response.header("content-type") == "application/problem+json";
        if response.status != case.status || code != case.code || !is_problem {
            let Response { status, head, .. } = &response;
            writeln!(
                wrong,
                "{}: expected {} {}, got {status} {code}\n{head}\n{}\n",
                case.name,
                case.status,
                case.code,
                response.text()
            )
            .expect("a string takes everything");
        }
    }
    assert!(wrong.is_empty(), "{wrong}\n{}", server.log());
    assert!(
        !server.log().contains("ERROR"),
        "clients' mistakes are not our errors\n{}",
        server.log()
    );
}

#[test]
fn sql_in_every_string_is_only_text() {
    let shop = shop();
    let server = shop.start(&[]);
    for (number, sql) in [
        "'; DROP TABLE posts; --",
        "\" OR \"\"=\"",
        "1); DELETE FROM posts; --",
        "%' OR '1'='1",
        "\\'; --",
    ]
    .into_iter()
    .enumerate()
    {
        let slug = format!("{sql}{number}");
        let body = json!({ "title": sql, "slug": slug, "content": sql });
        let created = http::send_json(server.address, "POST", POSTS, &body).expect("a response");
        assert_eq!(created.status, 201, "{}", created.text());
        let shown = http::get(server.address, created.header("location"))
            .expect("a response")
            .json();
        assert_eq!(
            (&shown["title"], &shown["slug"], &shown["content"]),
            (&body["title"], &body["slug"], &body["content"])
        );
        let found = http::get(
            server.address,
            &format!("{POSTS}?slug={}", percent_encode(&slug)),
        )
        .expect("a response");
        assert_eq!(
            found.json()["data"].as_array().map(Vec::len),
            Some(1),
            "{}",
            found.text()
        );
    }
}

#[test]
fn wrong_methods_name_the_right_ones() {
    let shop = shop();
    let server = shop.start(&[]);
    let response = http::request(server.address, "DELETE", POSTS, &[], b"").expect("a response");
    assert_eq!(response.status, 405);
    assert_eq!(response.header("allow"), "GET, HEAD, POST, OPTIONS");
}

#[test]
fn every_response_has_the_id_of_its_request() {
    let shop = shop();
    let server = shop.start(&[]);
    let ask = |id: &str| {
        http::request(
            server.address,
            "GET",
            "/nowhere",
            &[("x-request-id", id)],
            b"",
        )
        .expect("a response")
    };
    let response = ask("abc-123");
    assert_eq!(response.header("x-request-id"), "abc-123");
    assert_eq!(response.json()["request_id"], "abc-123");
    assert_eq!(response.json()["instance"], "/nowhere");
    server.log_with("abc-123");
    for bad in ["a b", "<script>", &"x".repeat(200)] {
        let given = ask(bad).header("x-request-id").to_owned();
        assert!(given.len() == 36 && given != bad, "{given}");
    }
}

fn percent_encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        write!(encoded, "%{byte:02x}").expect("a string takes everything");
        encoded
    })
}
