//! Bad requests, each with its response.

use super::{JSON, POSTS};

pub struct Case {
    pub name: &'static str,
    pub method: &'static str,
    pub path: String,
    pub headers: &'static [(&'static str, &'static str)],
    pub body: Vec<u8>,
    pub status: u16,
    pub code: &'static str,
}

fn case(
    name: &'static str,
    method: &'static str,
    path: impl Into<String>,
    headers: &'static [(&'static str, &'static str)],
    body: impl Into<Vec<u8>>,
    status: u16,
    code: &'static str,
) -> Case {
    Case {
        name,
        method,
        path: path.into(),
        headers,
        body: body.into(),
        status,
        code,
    }
}

/// A `POST` of a JSON text.
fn post(name: &'static str, body: impl Into<Vec<u8>>, status: u16, code: &'static str) -> Case {
    case(name, "POST", POSTS, JSON, body, status, code)
}

fn list(name: &'static str, query: &str) -> Case {
    case(
        name,
        "GET",
        format!("{POSTS}?{query}"),
        &[],
        "",
        422,
        "validation_failed",
    )
}

fn not_found(name: &'static str, id: &str) -> Case {
    case(
        name,
        "GET",
        format!("{POSTS}/{id}"),
        &[],
        "",
        404,
        "not_found",
    )
}

#[expect(clippy::too_many_lines, reason = "it is a table")]
pub fn cases() -> Vec<Case> {
    let long = "x".repeat(256);
    let huge = format!(
        r#"{{"title":"{}","slug":"a"}}"#,
        "x".repeat(3 * 1024 * 1024)
    );
    let deep = "[".repeat(100_000);
    vec![
        // Bodies that are not JSON.
        post("no body", "", 400, "malformed_body"),
        post("not JSON", "title=a", 400, "malformed_body"),
        post("cut off", r#"{"title": "a""#, 400, "malformed_body"),
        post(
            "trailing characters",
            r#"{"title":"a","slug":"a"} x"#,
            400,
            "malformed_body",
        ),
        post(
            "invalid UTF-8",
            b"{\"title\":\"\xff\xfe\",\"slug\":\"a\"}".to_vec(),
            400,
            "malformed_body",
        ),
        post(
            "a raw NUL byte",
            b"{\"title\":\"a\x00\",\"slug\":\"a\"}".to_vec(),
            400,
            "malformed_body",
        ),
        post("a single quote", r"{'title':'a'}", 400, "malformed_body"),
        post("deeply nested", deep, 400, "malformed_body"),
        post(
            "a byte order mark",
            b"\xef\xbb\xbf{}".to_vec(),
            400,
            "malformed_body",
        ),
        // JSON that is not acceptable.
        post("an array", "[]", 422, "validation_failed"),
        post("null", "null", 422, "validation_failed"),
        post("a number", "1", 422, "validation_failed"),
        post("an empty object", "{}", 422, "validation_failed"),
        post(
            "a missing field",
            r#"{"slug":"a"}"#,
            422,
            "validation_failed",
        ),
        post(
            "a null field",
            r#"{"title":null,"slug":"a"}"#,
            422,
            "validation_failed",
        ),
        post(
            "a wrong type",
            r#"{"title":1,"slug":"a"}"#,
            422,
            "validation_failed",
        ),
        post(
            "an object for a string",
            r#"{"title":{},"slug":"a"}"#,
            422,
            "validation_failed",
        ),
        post(
            "an unknown field",
            r#"{"title":"a","slug":"a","nope":1}"#,
            422,
            "validation_failed",
        ),
        post(
            "an id",
            r#"{"id":7,"title":"a","slug":"a"}"#,
            422,
            "validation_failed",
        ),
        post(
            "a timestamp",
            r#"{"created_at":"2020-01-01T00:00:00Z","title":"a","slug":"a"}"#,
            422,
            "validation_failed",
        ),
        post(
            "a duplicate field",
            r#"{"title":"a","title":"b","slug":"a"}"#,
            422,
            "validation_failed",
        ),
        post(
            "an empty string",
            r#"{"title":"","slug":"a"}"#,
            422,
            "validation_failed",
        ),
        post(
            "an overlong string",
            format!(r#"{{"title":"{long}","slug":"a"}}"#),
            422,
            "validation_failed",
        ),
        post(
            "an escaped NUL",
            r#"{"title":"a\u0000b","slug":"a"}"#,
            422,
            "validation_failed",
        ),
        post(
            "a lone surrogate",
            r#"{"title":"\ud800","slug":"a"}"#,
            400,
            "malformed_body",
        ),
        post(
            "an unknown enum value",
            r#"{"title":"a","slug":"a","status":"nope"}"#,
            422,
            "validation_failed",
        ),
        post(
            "a decimal out of range",
            r#"{"title":"a","slug":"a","rating":"100"}"#,
            422,
            "validation_failed",
        ),
        post(
            "a decimal with too many digits",
            r#"{"title":"a","slug":"a","rating":"1.234"}"#,
            422,
            "validation_failed",
        ),
        post(
            "a decimal that is none",
            r#"{"title":"a","slug":"a","rating":"abc"}"#,
            422,
            "validation_failed",
        ),
        post(
            "a number beyond 64 bits",
            r#"{"title":"a","slug":"a","author_id":99999999999999999999}"#,
            422,
            "validation_failed",
        ),
        post(
            "a fraction for an id",
            r#"{"title":"a","slug":"a","author_id":1.5}"#,
            422,
            "validation_failed",
        ),
        post(
            "a reference to nothing",
            r#"{"title":"a","slug":"missing-author","author_id":987654321}"#,
            422,
            "validation_failed",
        ),
        post(
            "a negative reference",
            r#"{"title":"a","slug":"negative-author","author_id":-1}"#,
            422,
            "validation_failed",
        ),
        post(
            "a taken value",
            r#"{"title":"a","slug":"taken"}"#,
            409,
            "conflict",
        ),
        post(
            "an infinite number",
            r#"{"title":"a","slug":"a","rating":1e999}"#,
            422,
            "validation_failed",
        ),
        // Media types and sizes.
        case(
            "no media type",
            "POST",
            POSTS,
            &[],
            "{}",
            415,
            "unsupported_media_type",
        ),
        case(
            "a form",
            "POST",
            POSTS,
            &[("content-type", "application/x-www-form-urlencoded")],
            "a=b",
            415,
            "unsupported_media_type",
        ),
        case(
            "plain text",
            "POST",
            POSTS,
            &[("content-type", "text/plain")],
            "{}",
            415,
            "unsupported_media_type",
        ),
        case(
            "a media type that is none",
            "POST",
            POSTS,
            &[("content-type", "¿")],
            "{}",
            415,
            "unsupported_media_type",
        ),
        post("3 MB", huge, 413, "payload_too_large"),
        // Ids.
        not_found("an unknown id", "987654321"),
        not_found("id 0", "0"),
        not_found("a negative id", "-1"),
        not_found("an id beyond 64 bits", "99999999999999999999"),
        not_found("a word as id", "abc"),
        not_found("a fraction as id", "1.5"),
        not_found("SQL as id", "1%20OR%201=1"),
        not_found("NUL in an id", "1%00"),
        not_found("invalid UTF-8 in an id", "%ff"),
        case(
            "DELETE of nothing",
            "DELETE",
            format!("{POSTS}/987654321"),
            &[],
            "",
            404,
            "not_found",
        ),
        case(
            "PATCH of nothing",
            "PATCH",
            format!("{POSTS}/987654321"),
            JSON,
            r#"{"title":"a"}"#,
            404,
            "not_found",
        ),
        case(
            "PUT of a part",
            "PUT",
            format!("{POSTS}/1"),
            JSON,
            r#"{"title":"a"}"#,
            422,
            "validation_failed",
        ),
        case(
            "PATCH with null",
            "PATCH",
            format!("{POSTS}/1"),
            JSON,
            r#"{"title":null}"#,
            422,
            "validation_failed",
        ),
        case(
            "a parameter of one row",
            "GET",
            format!("{POSTS}/1?nope=1"),
            &[],
            "",
            422,
            "validation_failed",
        ),
        case(
            "a parameter of a new row",
            "POST",
            format!("{POSTS}?dry_run=true"),
            JSON,
            r#"{"title":"a","slug":"with-a-parameter"}"#,
            422,
            "validation_failed",
        ),
        case(
            "a parameter of a deletion",
            "DELETE",
            format!("{POSTS}/1?force=true"),
            &[],
            "",
            422,
            "validation_failed",
        ),
        case(
            "a compressed body",
            "POST",
            POSTS,
            &[
                ("content-type", "application/json"),
                ("content-encoding", "gzip"),
            ],
            b"\x1f\x8b".to_vec(),
            415,
            "unsupported_media_type",
        ),
        post(
            "JSON that is nested too deep",
            format!(r#"{{"title":{}{}}}"#, "[".repeat(1000), "]".repeat(1000)),
            422,
            "validation_failed",
        ),
        not_found("an id with a sign", "+1"),
        not_found("an id with a zero in front", "01"),
        // Lists.
        list("limit 0", "limit=0"),
        list("limit 10^9", "limit=1000000000"),
        list("a negative limit", "limit=-1"),
        list("a word as limit", "limit=ten"),
        list("page 0", "page=0"),
        list("a page that is no number", "page=1e3"),
        list("page and cursor", "page=1&cursor=abc"),
        list("a cursor that is none", "cursor=abc"),
        list("a cursor of bytes", "cursor=%ff%00"),
        list("an unknown sort column", "sort=nope"),
        list("SQL as sort column", "sort=title;DROP%20TABLE%20posts"),
        list("an unknown operator", "status[like]=draft"),
        list("an operator of another type", "status[gte]=draft"),
        list("an operator of nothing", "[gte]=1"),
        list("a bracket that does not close", "slug[ne=1"),
        list("an empty list of values", "author_id[in]="),
        list("an empty text to look for", "slug[contains]="),
        list("an unknown field", "fields=id,password"),
        list("an unknown relation", "include=comments"),
        list("an unknown filter", "nope=1"),
        list("a filter of a wrong type", "author_id=abc"),
        list("an unknown enum value as filter", "status=nope"),
        list("limit twice", "limit=1&limit=2"),
        list("NUL in a filter", "slug=a%00b"),
        // Paths and methods.
        case(
            "an unknown path",
            "GET",
            "/nowhere",
            &[],
            "",
            404,
            "not_found",
        ),
        case(
            "an unknown API path",
            "GET",
            "/api/v1/nowhere",
            &[],
            "",
            404,
            "not_found",
        ),
        case(
            "a path that climbs",
            "GET",
            "/../../etc/passwd",
            &[],
            "",
            404,
            "not_found",
        ),
        case(
            "a wrong method",
            "PATCH",
            POSTS,
            JSON,
            "{}",
            405,
            "method_not_allowed",
        ),
        case(
            "a method that is none",
            "FROB",
            POSTS,
            &[],
            "",
            405,
            "method_not_allowed",
        ),
    ]
}
