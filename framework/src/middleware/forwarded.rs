//! The addresses that reverse proxies add to a request, from the last one on.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::config::ForwardedHeader;

/// The longest list that is looked at. There are not as many proxies in a row.
const MOST: usize = 100;

/// The name of a header.
pub(super) fn name(of: ForwardedHeader) -> HeaderName {
    const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
    match of {
        ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
        ForwardedHeader::Forwarded => header::FORWARDED,
    }
}

/// The entries of a header, of all its lines, from the last one on. `None` is one that is no address: `unknown`, a name, garbage.
pub(super) fn entries(
    of: ForwardedHeader,
    headers: &HeaderMap,
) -> impl Iterator<Item = Option<IpAddr>> + '_ {
    let lines = headers.get_all(name(of)).iter().rev();
    let entries = lines.flat_map(move |line| match of {
        ForwardedHeader::XForwardedFor => list(line),
        ForwardedHeader::Forwarded => forwarded(line),
    });
    entries.take(MOST)
}

/// The entries of a line of `x-forwarded-for`, from the last one on.
fn list(line: &HeaderValue) -> Vec<Option<IpAddr>> {
    let entries = line.as_bytes().rsplit(|byte| *byte == b',').take(MOST);
    entries
        .map(|entry| address(std::str::from_utf8(entry).ok()?.trim()))
        .collect()
}

/// The entries of a line of `forwarded` (RFC 7239, section 4), from the last one on. A line that is malformed is one entry without an
/// address: with a quote that it does not close, a client could hide what a proxy adds.
fn forwarded(line: &HeaderValue) -> Vec<Option<IpAddr>> {
    let entries = line.to_str().ok().and_then(elements);
    let mut entries = entries.unwrap_or_else(|| vec![None]);
    entries.reverse();
    entries
}

/// The addresses of the elements of a line; `None` if it is malformed.
fn elements(mut rest: &str) -> Option<Vec<Option<IpAddr>>> {
    let mut elements = vec![None];
    loop {
        rest = rest.trim_start();
        if let Some((name, after)) = rest.split_once('=').filter(|(name, _)| is_token(name)) {
            let (value, after) = value(after)?;
            if name.eq_ignore_ascii_case("for") {
                *elements.last_mut()? = address(&value);
            }
            rest = after.trim_start();
        }
        let mut characters = rest.chars();
        match characters.next() {
            None => return Some(elements),
            Some(';') => {}
            Some(',') => elements.push(None),
            Some(_) => return None,
        }
        rest = characters.as_str();
    }
}

/// The value at the beginning of a text, a token or a text in quotes, and what follows it; `None` if it is malformed.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ';', ' ', '\t']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (!value.contains('"')).then(|| (value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => value.push(characters.next()?),
            other => value.push(other),
        }
    }
}

fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Parses an address, in brackets or not, with or without a port: some proxies add it.
fn address(entry: &str) -> Option<IpAddr> {
    let in_brackets = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let address = entry
        .parse::<IpAddr>()
        .ok()
        .or_else(|| {
            entry
                .parse()
                .ok()
                .map(|with_port: SocketAddr| with_port.ip())
        })
        .or_else(in_brackets)?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(of: ForwardedHeader, lines: &[&str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name(of), line.parse().expect("a header"));
        }
        let text = |entry: Option<IpAddr>| entry.map_or("-".to_owned(), |entry| entry.to_string());
        entries(of, &headers).map(text).collect()
    }

    #[test]
    fn x_forwarded_for_is_a_list_of_addresses() {
        let found = |line| found(ForwardedHeader::XForwardedFor, &[line]);
        assert_eq!(
            found("192.0.2.1, 192.0.2.2:4711"),
            ["192.0.2.2", "192.0.2.1"]
        );
        assert_eq!(
            found("[2001:db8::1],[2001:db8::2]:80"),
            ["2001:db8::2", "2001:db8::1"]
        );
        assert_eq!(
            found("::ffff:192.0.2.1,unknown,,-"),
            ["-", "-", "-", "192.0.2.1"]
        );
        assert_eq!(found(&"192.0.2.1,".repeat(3000)).len(), MOST);
    }

    #[test]
    fn forwarded_is_a_list_of_pairs() {
        let found = |line| found(ForwardedHeader::Forwarded, &[line]);
        for (line, expected) in [
            ("for=192.0.2.1", &["192.0.2.1"][..]),
            ("For=192.0.2.1;proto=https;by=203.0.113.43", &["192.0.2.1"]),
            (
                "proto=http; FOR=\"192.0.2.1:4711\" , for=192.0.2.2",
                &["192.0.2.2", "192.0.2.1"],
            ),
            (
                "for=\"[2001:db8::1]:4711\", for=\"[2001:db8::2]\"",
                &["2001:db8::2", "2001:db8::1"],
            ),
            (
                "for=unknown, for=_hidden, for=\"_a;b,c\", by=x",
                &["-", "-", "-", "-"],
            ),
            ("for=\"192.0.2.\\1\"", &["192.0.2.1"]),
            (",for=192.0.2.1;", &["192.0.2.1", "-"]),
            // What a client may write to hide the proxy's entry, or to choose another one.
            ("for=\"192.0.2.9, for=192.0.2.1", &["-"]),
            ("for=192.0.2.9;x=\", for=\"[2001:db8::1]\"", &["-"]),
            ("for=192.0.2.9\", for=192.0.2.1", &["-"]),
            ("192.0.2.9, for=192.0.2.1", &["-"]),
        ] {
            assert_eq!(found(line), expected, "{line}");
        }
    }

    #[test]
    fn the_lines_of_a_header_are_one_list() {
        let lines = ["192.0.2.1", "192.0.2.2, 192.0.2.3"];
        assert_eq!(
            found(ForwardedHeader::XForwardedFor, &lines),
            ["192.0.2.3", "192.0.2.2", "192.0.2.1"]
        );
        let lines = ["for=192.0.2.1", "for=192.0.2.2, for=192.0.2.3"];
        assert_eq!(
            found(ForwardedHeader::Forwarded, &lines),
            ["192.0.2.3", "192.0.2.2", "192.0.2.1"]
        );
    }
}
