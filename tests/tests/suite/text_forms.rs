//! One spelling of each value: what a body takes is what the description says, what a filter takes, and what a response has.

use std::net::SocketAddr;

use fw_tests::http::{get, request, send_json};
use jsonschema::{Draft, Validator};
use serde_json::json;

use crate::Database;

const PATH: &str = "/api/v1/samples";

/// Values, and what is near them.
const SEEDS: &[(&str, &[&str])] = &[
    (
        "day",
        &[
            "2026-01-01",
            "2024-02-29",
            "2026-1-1",
            " 2026-01-01",
            "0000-01-01",
            "10000-01-01",
            "2026-02-30",
        ],
    ),
    (
        "hour",
        &[
            "09:30:00",
            "23:59:59.999999",
            "23:59:60",
            "9:30:00",
            "24:00:00",
            "09:30:00.1234567",
        ],
    ),
    (
        "at",
        &[
            "2026-01-01T10:00:00Z",
            "2026-01-01T10:00:00.25+01:00",
            "2026-01-01T00:00:00+0100",
            "2026-01-01t10:00:00z",
            "2026-01-01 10:00:00Z",
            "9999-12-31T23:59:60Z",
            "9999-12-31T23:59:59.999999Z",
            "9999-12-31T23:59:59-05:00",
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "0000-12-31T23:59:59Z",
            "2026-01-01T10:00:00.123456789Z",
        ],
    ),
    (
        "key",
        &[
            "67e55044-10b1-426f-9247-bb680e5fe0c8",
            "67E55044-10B1-426F-9247-BB680E5FE0C8",
            "{67e55044-10b1-426f-9247-bb680e5fe0c8}",
            "urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8",
            "67e5504410b1426f9247bb680e5fe0c8",
        ],
    ),
    (
        "price",
        &[
            "12.50",
            "-0.5",
            "+1",
            "1e2",
            "007",
            ".5",
            "5.",
            "1_000",
            "99999999.99",
            "100000000",
            "-0.00",
        ],
    ),
];

const CHARACTERS: &[&str] = &[
    "0", "1", "3", "6", "9", "-", "+", ":", ".", "T", "t", "Z", "z", " ", "{", "}", "e", "_",
    "\u{2212}", "\u{3000}", "\t",
];

/// The seeds, and each with single characters changed.
fn texts(seeds: &[&str], random: &mut u64) -> Vec<String> {
    let mut next = |below: usize| {
        *random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(*random >> 33).expect("31 bits") % below
    };
    let mut texts: Vec<String> = seeds.iter().map(|seed| (*seed).to_owned()).collect();
    for seed in seeds {
        for _ in 0..40 {
            let mut text: Vec<String> = seed.chars().map(String::from).collect();
            let (at, character) = (next(text.len()), CHARACTERS[next(CHARACTERS.len())]);
            match next(3) {
                0 => character.clone_into(&mut text[at]),
                1 => text.insert(at, character.to_owned()),
                _ => drop(text.remove(at)),
            }
            texts.push(text.concat());
        }
    }
    texts
}

fn encode(text: &str) -> String {
    let bytes = text.bytes().map(|byte| format!("%{byte:02X}"));
    bytes.collect::<Vec<_>>().concat()
}

/// The schemas of a field: in the body of a change, and of the filter for it.
fn schemas(address: SocketAddr, field: &str) -> [Validator; 2] {
    let description = get(address, "/openapi.json").expect("a response").json();
    let body = &description["paths"][format!("{PATH}/{{id}}")]["patch"]["requestBody"]["content"]["application/json"]
        ["schema"];
    let reference = body["$ref"].as_str().expect("a reference");
    let body = description.pointer(&reference[1..]).expect("a schema")["properties"][field].clone();
    let parameters = description["paths"][PATH]["get"]["parameters"].as_array();
    let mut parameters = parameters.expect("parameters").iter();
    let filter = parameters.find(|parameter| parameter["name"] == field);
    [body, filter.expect("a filter")["schema"].clone()].map(|schema| {
        // Without a look at `format`: what is exact says so in a way that every validator understands.
        let whole = json!({ "allOf": [schema], "components": description["components"] });
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(false)
            .build(&whole)
            .expect("a schema")
    })
}

#[test]
fn bodies_filters_and_the_description_take_the_same_texts() {
    for database in Database::both() {
        let server = database.start(&[]);
        let address = server.address;
        let created =
            send_json(address, "POST", PATH, &json!({ "number": 1 })).expect("a response");
        let row = created.header("location").to_owned();
        let mut random = 1;
        for (field, seeds) in SEEDS {
            let [in_body, in_filter] = schemas(address, field);
            let mut accepted = 0;
            for text in texts(seeds, &mut random) {
                let what = format!("{} {field}={text:?}", database.url);
                let body = json!({ *field: text });
                let changed = send_json(address, "PATCH", &row, &body).expect("a response");
                let allowed = in_body.is_valid(&json!(text));
                assert_eq!(
                    changed.status,
                    if allowed { 200 } else { 422 },
                    "{what}: {}",
                    changed.text()
                );
                let list = |text: &str| {
                    let path = format!("{PATH}?{field}={}", encode(text));
                    get(address, &path).expect("a response")
                };
                let found = list(&text);
                let in_filter = text != "null" && in_filter.is_valid(&json!(text));
                assert_eq!(found.status == 200, in_filter, "{what}: {}", found.text());
                // A filter for numbers takes a few digits more than a column keeps.
                assert!(
                    in_filter == allowed || (*field == "price" && in_filter),
                    "{what}"
                );
                if !allowed {
                    continue;
                }
                accepted += 1;
                assert_eq!(
                    found.json()["data"].as_array().map(Vec::len),
                    Some(1),
                    "{what}"
                );
                // What a response has can be put back and asked for, and stays as it is.
                let sent = changed.json()[field].clone();
                let shown = get(address, &row).expect("a response").json();
                assert_eq!(shown[field], sent, "{what}");
                let again = send_json(address, "PATCH", &row, &json!({ *field: sent }));
                let again = again.expect("a response");
                assert_eq!((again.status, &again.json()[field]), (200, &sent), "{what}");
                assert_eq!(list(sent.as_str().expect("a text")).status, 200, "{what}");
            }
            assert!(accepted > 4, "{field}: {accepted}");
        }
    }
}

#[test]
fn the_databases_respond_alike() {
    let responses = Database::both().map(|database| {
        let server = database.start(&[]);
        let values = [
            ("day", json!("0001-01-01")),
            ("day", json!("9999-12-31")),
            ("hour", json!("23:59:59.999999")),
            ("hour", json!("00:00:00.100")),
            ("at", json!("9999-12-31T23:59:59.999999Z")),
            ("at", json!("0001-01-01T00:00:00Z")),
            ("at", json!("2026-06-30T23:59:59.5+23:59")),
            ("key", json!("67E55044-10B1-426F-9247-BB680E5FE0C8")),
            ("ratio", json!(-0.0)),
            ("ratio", json!(5e-324)),
            ("ratio", json!(0.1)),
            ("ratio", json!(f64::MAX)),
            ("big", json!(i64::MIN)),
            ("big", json!(i64::MAX)),
            ("price", json!("-0.00")),
            ("price", json!("99999999.99")),
        ];
        values.map(|(field, value)| {
            let body = json!({ "number": 1, field: value });
            let created = send_json(server.address, "POST", PATH, &body).expect("a response");
            assert_eq!(created.status, 201, "{body}: {}", created.text());
            let row = get(server.address, created.header("location")).expect("a response");
            assert_eq!(row.json()[field], created.json()[field], "{body}");
            (field, row.json()[field].to_string())
        })
    });
    assert_eq!(responses[0], responses[1]);
}

#[test]
fn forms_of_a_second_and_an_offset_are_refused_with_what_they_must_be() {
    let database = Database::sqlite();
    let server = database.start(&[]);
    for (field, value, message) in [
        (
            "at",
            "2026-01-01T10:00:00.1234567Z",
            "must be a date and time with its offset, such as `2026-11-21T09:30:00Z`, with at most 6 digits of a fraction",
        ),
        ("hour", "23:59:60", "must be a time such as `09:30:00`"),
        ("day", "2026-1-1", "must be a date such as `2026-11-21`"),
        (
            "key",
            "{67e55044-10b1-426f-9247-bb680e5fe0c8}",
            "must be a UUID",
        ),
    ] {
        let body = json!({ "number": 1, field: value });
        let refused = send_json(server.address, "POST", PATH, &body).expect("a response");
        assert_eq!(refused.status, 422, "{}", refused.text());
        let errors = refused.json()["errors"].clone();
        assert_eq!(
            errors,
            json!([{ "pointer": format!("/{field}"), "code": "invalid_value", "message": message }])
        );
    }
    for id in ["+1", "01", "1.0", "%2B1", " 1", "-0"] {
        let path = format!("{PATH}/{}", id.replace(' ', "%20"));
        let response = request(server.address, "GET", &path, &[], b"").expect("a response");
        assert_eq!(response.status, 404, "{path}");
    }
}
