//! Requests that a proxy and a server could understand differently: where they end, or whom they are meant for.
//!
//! Each is followed by a second request on the same connection. If the first is refused, the second must not get a response: it
//! may be a part of the first. If the first is accepted, the response to the second proves where the first has ended.

use std::{
    fmt::Write as _,
    io::{Read, Write as _},
    net::SocketAddr,
};

use fw_tests::http::{connect, get};

use crate::shop;

/// What must happen.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Expected {
    /// One response with this status that announces the end of the connection, and the end.
    Refused(u16),
    /// The end, without a response.
    Closed,
    /// A response with this status, and one to the second request.
    Accepted(u16),
    /// A response with this status, and the end of the connection.
    AcceptedAsLast(u16),
}

use Expected::{Accepted, AcceptedAsLast, Closed, Refused};

struct Case {
    /// What is unusual about it, and the rule that allows it if it is accepted (sections of RFC 9112).
    name: &'static str,
    request: Vec<u8>,
    expected: Expected,
}

/// Nothing exists there; its name is in the response.
const SECOND: &str = "GET /second HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

const BODY: &str = r#"{"name":"a"}"#;

fn raw(name: &'static str, request: impl Into<Vec<u8>>, expected: Expected) -> Case {
    Case {
        name,
        request: request.into(),
        expected,
    }
}

/// A request without body, from its first line to its last header.
fn head(name: &'static str, head: &str, expected: Expected) -> Case {
    raw(name, format!("{head}\r\n\r\n"), expected)
}

/// A `GET` with a `Host` header.
fn line(name: &'static str, line: &str, expected: Expected) -> Case {
    head(name, &format!("{line}\r\nhost: a"), expected)
}

/// The creation of an author, with headers in place of `Content-Length`.
fn post(name: &'static str, headers: &str, body: &str, expected: Expected) -> Case {
    raw(
        name,
        format!(
            "POST /api/v1/authors HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n{headers}\r\n\r\n{body}"
        ),
        expected,
    )
}

/// The same with a body of exactly the length of [`BODY`].
fn length(name: &'static str, headers: &str, expected: Expected) -> Case {
    post(name, headers, BODY, expected)
}

/// The same with a body that is chunked as it should be.
fn coding(name: &'static str, headers: &str, expected: Expected) -> Case {
    chunks(
        name,
        headers,
        &format!("c\r\n{BODY}\r\n0\r\n\r\n"),
        expected,
    )
}

fn chunks(name: &'static str, headers: &str, body: &str, expected: Expected) -> Case {
    post(name, headers, body, expected)
}

/// The same with chunks that are not as they should be.
fn chunked(name: &'static str, body: &str, expected: Expected) -> Case {
    chunks(name, "transfer-encoding: chunked", body, expected)
}

#[rustfmt::skip] // One line for each.
fn lengths() -> Vec<Case> {
    vec![
        length("one length", "content-length: 12", Accepted(201)),
        // 6.3, 5: the same value again is one value.
        length("two equal lengths", "content-length: 12\r\ncontent-length: 12", Accepted(201)),
        // 8.6 of RFC 9110: a length is any number of digits.
        length("a length with zeros in front", "content-length: 0012", Accepted(201)),
        // A header of another name; the body is empty.
        post("a length with an underscore", "content_length: 12", "", Accepted(400)),
        length("two different lengths", "content-length: 12\r\ncontent-length: 2", Refused(400)),
        length("two lengths, the larger one last", "content-length: 2\r\ncontent-length: 12", Refused(400)),
        length("a list of lengths", "content-length: 12, 12", Refused(400)),
        length("a list of different lengths", "content-length: 12, 2", Refused(400)),
        length("a negative length", "content-length: -12", Refused(400)),
        length("a length with a sign", "content-length: +12", Refused(400)),
        length("a hexadecimal length", "content-length: 0xc", Refused(400)),
        length("a length with an exponent", "content-length: 1e1", Refused(400)),
        length("a fraction as length", "content-length: 12.0", Refused(400)),
        length("a length of two numbers", "content-length: 1 2", Refused(400)),
        length("a length in quotes", "content-length: \"12\"", Refused(400)),
        length("an empty length", "content-length:", Refused(400)),
        length("a length beyond 64 bits", "content-length: 99999999999999999999999", Refused(400)),
        // hyper has this number for something else.
        length("the largest length of 64 bits", "content-length: 18446744073709551615", Refused(431)),
        length("nearly the largest length of 64 bits", "content-length: 18446744073709551613", Refused(413)),
        length("a space before the colon of a length", "content-length : 12", Refused(400)),
        length("a tab before the colon of a length", "content-length\t: 12", Refused(400)),
        length("a length in a folded line", "content-length:\r\n 12", Refused(400)),
    ]
}

#[rustfmt::skip] // One line for each.
fn codings() -> Vec<Case> {
    let both = "content-length: 12\r\ntransfer-encoding: chunked";
    let turned = "transfer-encoding: chunked\r\ncontent-length: 12";
    vec![
        coding("chunked", "transfer-encoding: chunked", Accepted(201)),
        coding("chunked in capitals", "Transfer-Encoding: CHUNKED", Accepted(201)),
        coding("a tab before the coding", "transfer-encoding:\tchunked", Accepted(201)),
        // 6.1, 6.3: the coding counts, and the connection ends, so that nothing after it can be a request.
        coding("a length, then a coding", both, AcceptedAsLast(201)),
        coding("a coding, then a length", turned, AcceptedAsLast(201)),
        coding("a coding, then lengths that differ", &format!("{turned}\r\ncontent-length: 3"), AcceptedAsLast(201)),
        coding("chunked, then identity", "transfer-encoding: chunked, identity", Refused(400)),
        coding("identity, then chunked", "transfer-encoding: identity, chunked", Refused(400)),
        coding("gzip, then chunked", "transfer-encoding: gzip, chunked", Refused(400)),
        coding("chunked twice in a line", "transfer-encoding: chunked, chunked", Refused(400)),
        coding("chunked in two lines", "transfer-encoding: chunked\r\ntransfer-encoding: chunked", Refused(400)),
        coding("chunked and identity in two lines", "transfer-encoding: chunked\r\ntransfer-encoding: identity", Refused(400)),
        coding("identity and chunked in two lines", "transfer-encoding: identity\r\ntransfer-encoding: chunked", Refused(400)),
        coding("identity", "transfer-encoding: identity", Refused(400)),
        coding("identity with a length", "transfer-encoding: identity\r\ncontent-length: 12", Refused(400)),
        coding("an unknown coding", "transfer-encoding: xchunked", Refused(400)),
        coding("an unknown coding with a length", "transfer-encoding: xchunked\r\ncontent-length: 12", Refused(400)),
        coding("an empty coding", "transfer-encoding:", Refused(400)),
        coding("a coding that is a comma", "transfer-encoding: ,", Refused(400)),
        coding("a comma before the coding", "transfer-encoding: , chunked", Refused(400)),
        coding("a comma after the coding", "transfer-encoding: chunked,", Refused(400)),
        coding("a coding with a parameter", "transfer-encoding: chunked;q=1", Refused(400)),
        coding("a coding in quotes", "transfer-encoding: \"chunked\"", Refused(400)),
        coding("a vertical tab before the coding", "transfer-encoding: \x0bchunked", Refused(400)),
        coding("a space before the colon of a coding", "transfer-encoding : chunked", Refused(400)),
        coding("a space before the name of a coding", " transfer-encoding: chunked", Refused(400)),
        coding("a coding in a folded line", "transfer-encoding:\r\n chunked", Refused(400)),
        coding("a coding after a carriage return", "x: y\rtransfer-encoding: chunked", Refused(400)),
        raw(
            "a coding in HTTP/1.0",
            "POST /api/v1/authors HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            Refused(400),
        ),
    ]
}

#[rustfmt::skip] // One line for each.
fn bodies() -> Vec<Case> {
    let end = "\r\n0\r\n\r\n";
    vec![
        // 7.1: a size has any number of digits.
        chunked("a size with zeros in front", &format!("000c\r\n{BODY}{end}"), Accepted(201)),
        chunked("a size in capitals", &format!("C\r\n{BODY}{end}"), Accepted(201)),
        // 7.1.1: who does not know an extension leaves it out.
        chunked("an extension", &format!("c;a=b\r\n{BODY}{end}"), Accepted(201)),
        chunked("a quoted extension", &format!("c;a=\"b\"\r\n{BODY}{end}"), Accepted(201)),
        // 7.1.1: there may be white space before an extension, so a recipient has to read over it.
        chunked("a space after the size", &format!("c \r\n{BODY}{end}"), Accepted(201)),
        // 7.1.2: trailers are not headers; RFC 9110, 6.5.1: a length there means nothing.
        chunked("a length in the trailers", &format!("c\r\n{BODY}\r\n0\r\ncontent-length: 50\r\n\r\n"), Accepted(201)),
        chunked("a size beyond 64 bits", &format!("1000000000000000c\r\n{BODY}{end}"), Refused(400)),
        chunked("a size of all 64 bits", &format!("ffffffffffffffff\r\n{}", " ".repeat(3_000_000)), Refused(413)),
        chunked("a negative size", &format!("-c\r\n{BODY}{end}"), Refused(400)),
        chunked("a size with a sign", &format!("+c\r\n{BODY}{end}"), Refused(400)),
        chunked("a size with 0x", &format!("0xc\r\n{BODY}{end}"), Refused(400)),
        chunked("a size that is no number", &format!("g\r\n{BODY}{end}"), Refused(400)),
        chunked("no size", &format!("\r\n{BODY}{end}"), Refused(400)),
        chunked("a space before the size", &format!(" c\r\n{BODY}{end}"), Refused(400)),
        chunked("two sizes", &format!("c 2\r\n{BODY}{end}"), Refused(400)),
        chunked("a size that ends with LF", &format!("c\n{BODY}{end}"), Refused(400)),
        chunked("a size that ends with CR", &format!("c\r{BODY}{end}"), Refused(400)),
        chunked("an extension that ends with LF", &format!("c;a\n{BODY}{end}"), Refused(400)),
        chunked("an extension with CR", &format!("c;a\rb\r\n{BODY}{end}"), Refused(400)),
        chunked("an endless extension", &format!("c;{}\r\n{BODY}{end}", "a".repeat(40_000)), Refused(400)),
        chunked("a chunk that is longer than its size", &format!("b\r\n{BODY}{end}"), Refused(400)),
        chunked("a chunk that ends with other bytes", &format!("c\r\n{BODY}XX0\r\n\r\n"), Refused(400)),
        chunked("a chunk that ends with LF", &format!("c\r\n{BODY}\n0\r\n\r\n"), Refused(400)),
        chunked("a chunk that ends with CR", &format!("c\r\n{BODY}\r0\r\n\r\n"), Refused(400)),
        chunked("a last chunk that ends with LF", &format!("c\r\n{BODY}\r\n0\n\n"), Refused(400)),
        chunked("a trailer that is none", &format!("c\r\n{BODY}\r\n0\r\njunk\r\n\r\n"), Refused(400)),
    ]
}

#[rustfmt::skip] // One line for each.
fn hosts() -> Vec<Case> {
    let get = "GET /health/live HTTP/1.1";
    let host = |name, host: &str, expected| head(name, &format!("{get}\r\nhost:{host}"), expected);
    vec![
        host("a name", " example.org", Accepted(200)),
        host("a name with a port", " example.org:8080", Accepted(200)),
        host("an address of IPv6", " [::1]:8080", Accepted(200)),
        // 3.2: what a client sends whose target has no authority.
        host("an empty host", "", Accepted(200)),
        head("no host", get, Refused(400)),
        head("two hosts", &format!("{get}\r\nhost: a\r\nhost: b"), Refused(400)),
        head("two equal hosts", &format!("{get}\r\nhost: a\r\nhost: a"), Refused(400)),
        host("a host with a space", " a b", Refused(400)),
        host("a host with a path", " a/b", Refused(400)),
        host("a host with a user", " user@a", Refused(400)),
        host("a host with a scheme", " http://a", Refused(400)),
        host("a port that is no number", " a:b", Refused(400)),
        host("two ports", " a:1:2", Refused(400)),
        head("a space before the colon of a host", &format!("{get}\r\nhost : a"), Refused(400)),
        // 3.2.2: the host in the target counts, and this server responds for all.
        line("a whole URL with another host", "GET http://b/health/live HTTP/1.1", Accepted(200)),
        head("a whole URL without a host", "GET http://b/health/live HTTP/1.1", Refused(400)),
        line("an authority alone", "GET b:80 HTTP/1.1", Refused(400)),
        line("an asterisk", "GET * HTTP/1.1", Refused(400)),
        line("OPTIONS for an asterisk", "OPTIONS * HTTP/1.1", Accepted(204)),
        // Not a proxy: nothing is there.
        head("CONNECT", "CONNECT b:80 HTTP/1.1\r\nhost: b:80", Accepted(404)),
    ]
}

#[rustfmt::skip] // One line for each.
fn lines() -> Vec<Case> {
    let get = "GET /health/live HTTP/1.1";
    vec![
        // 2.2: a server should read over empty lines before a request.
        line("an empty line before", &format!("\r\n{get}"), Accepted(200)),
        // 2.2: a recipient may take LF alone for the end of a line.
        raw("lines that end with LF", format!("{get}\nhost: a\n\n"), Accepted(200)),
        line("two spaces before the target", "GET  /health/live HTTP/1.1", Refused(400)),
        line("two spaces after the target", "GET /health/live  HTTP/1.1", Refused(400)),
        line("a space at the end of the line", &format!("{get} "), Refused(400)),
        line("a space before the line", &format!(" {get}"), Refused(400)),
        line("tabs for spaces", "GET\t/health/live\tHTTP/1.1", Refused(400)),
        line("a space in the target", "GET /health/live /other HTTP/1.1", Refused(400)),
        line("a method with a control character", "GE\x01T /health/live HTTP/1.1", Refused(400)),
        line("NUL in the target", "GET /health/live\0 HTTP/1.1", Refused(400)),
        line("CR in the target", "GET /health\r/live HTTP/1.1", Refused(400)),
        line("a version in small letters", "GET /health/live http/1.1", Refused(400)),
        line("HTTP/1.2", "GET /health/live HTTP/1.2", Refused(400)),
        line("HTTP/1.10", "GET /health/live HTTP/1.10", Refused(400)),
        line("HTTP/2.0", "GET /health/live HTTP/2.0", Refused(400)),
        raw("HTTP/0.9", "GET /health/live\r\n", Refused(400)),
        raw("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Closed),
        line("a long target", &format!("GET /{} HTTP/1.1", "a".repeat(70_000)), Refused(414)),
        line("an endless target", &format!("GET /{} HTTP/1.1", "a".repeat(600_000)), Refused(431)),
        head("too many headers", &format!("{get}\r\nhost: a{}", "\r\nx: y".repeat(101)), Refused(431)),
        head("an endless header", &format!("{get}\r\nhost: a\r\nx: {}", "y".repeat(600_000)), Refused(431)),
        line("a folded header", &format!("{get}\r\nx: y\r\n z"), Refused(400)),
        line("a folded first header", &format!("{get}\r\n x: y"), Refused(400)),
        line("CR in a header", &format!("{get}\r\nx: y\rz"), Refused(400)),
        line("NUL in a header", &format!("{get}\r\nx: y\0z"), Refused(400)),
        line("NUL in the name of a header", &format!("{get}\r\nx\0: y"), Refused(400)),
        line("a header without colon", &format!("{get}\r\nx"), Refused(400)),
        line("a header without name", &format!("{get}\r\n: y"), Refused(400)),
        line("a space before a colon", &format!("{get}\r\nx : y"), Refused(400)),
    ]
}

#[test]
fn requests_that_can_be_misunderstood_are_refused() {
    let shop = shop();
    let server = shop.start(&[]);
    let mut wrong = String::new();
    let mut created = 0;
    let cases = [lengths(), codings(), bodies(), hosts(), lines()];
    for case in cases.into_iter().flatten() {
        let responses = send(server.address, &case.request);
        if outcome(&responses) != Some(case.expected) {
            let Case { name, expected, .. } = &case;
            writeln!(wrong, "{name}: expected {expected:?}, got\n{responses}\n")
                .expect("a string takes everything");
        }
        created += u32::from(matches!(case.expected, Accepted(201) | AcceptedAsLast(201)));
    }
    assert!(wrong.is_empty(), "{wrong}");
    let authors = get(server.address, "/api/v1/authors?page=1").expect("a response");
    assert_eq!(
        authors.json()["pagination"]["total"],
        created,
        "what was refused has no effect"
    );
    let log = server.log();
    assert!(!log.contains("ERROR") && !log.contains("panicked"), "{log}");
}

/// Sends a request and the second one; gives everything that comes back until the server ends the connection.
fn send(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = connect(address).expect("a connection");
    // A server that refuses the beginning may close before it has read the end.
    let _ = stream.write_all(&[request, SECOND.as_bytes()].concat());
    let mut responses = Vec::new();
    if let Err(error) = stream.read_to_end(&mut responses) {
        write!(responses, "[{error}]").expect("a vector takes everything");
    }
    String::from_utf8_lossy(&responses).into_owned()
}

/// What the responses say; nothing if it is nothing that may happen.
fn outcome(responses: &str) -> Option<Expected> {
    let heads: Vec<&str> = responses.split("HTTP/1.1 ").skip(1).collect();
    let status = |head: &str| head.get(..3)?.parse().ok();
    match heads[..] {
        [] if responses.is_empty() => Some(Closed),
        [only] if only.contains("connection: close") => match status(only)? {
            status @ 200..400 => Some(AcceptedAsLast(status)),
            status => Some(Refused(status)),
        },
        [first, second] if status(second) == Some(404) && second.contains("/second") => {
            Some(Accepted(status(first)?))
        }
        _ => None,
    }
}
