//! The cookies of a request (RFC 6265, section 4.2).

use http::{HeaderMap, header};

/// The values of all cookies of a name: other hosts of the domain may set one of the same.
///
/// They are any bytes: one that is no text must not hide the others of its line.
pub(crate) fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a [u8]> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    pairs.filter_map(move |pair| {
        let value = pair.trim_ascii().strip_prefix(name.as_bytes())?;
        value.strip_prefix(b"=")
    })
}

/// The first value of a name that is text.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    values(headers, name).find_map(|value| std::str::from_utf8(value).ok())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_cookie_that_is_no_text_hides_no_other_one() {
        let mut headers = HeaderMap::new();
        for line in [
            &b"name=\xff; x=\xfc; name=1;name=a=b"[..],
            b"names=2; name=; name",
        ] {
            let line = HeaderValue::from_bytes(line).expect("a header");
            headers.append(header::COOKIE, line);
        }
        let found: Vec<_> = values(&headers, "name").collect();
        assert_eq!(found, [&b"\xff"[..], b"1", b"a=b", b""]);
        assert_eq!(text(&headers, "name"), Some("1"));
        assert_eq!(text(&headers, "x"), None);
    }
}
