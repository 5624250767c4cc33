//! Origins in the form in which browsers send them.

use url::Url;

/// The reason why no request can have an origin, with a suggestion.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UnusableOrigin {
    pub(super) reason: String,
    pub(super) hint: String,
}

const EXAMPLE: &str = "write it like `https://app.example.com`";

/// Checks that a text is an origin as a browser serializes it ([HTML, section 7.1.1][html]), which is compared byte by byte: scheme, host
/// in lower case and in Punycode, and the port unless it is the scheme's own.
///
/// [html]: https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
pub(super) fn check(text: &str) -> Result<(), UnusableOrigin> {
    let unusable = |reason: String, hint: &str| {
        Err(UnusableOrigin {
            reason,
            hint: hint.to_owned(),
        })
    };
    if text.contains('*') {
        return unusable(
            format!("`{text}` matches no origin: there are no patterns"),
            "list each origin, such as `https://app.example.com`, or `*` alone for every one",
        );
    }
    if text == "null" {
        return unusable(
            "`null` is the origin of every sandboxed page".to_owned(),
            EXAMPLE,
        );
    }
    match serialized(text) {
        Some(origin) if origin == text => Ok(()),
        Some(origin) => unusable(
            format!("`{text}` matches no origin: browsers send it as `{origin}`"),
            &format!("write `{origin}`"),
        ),
        None => unusable(
            format!("`{text}` is not an origin: it needs a scheme and a host"),
            EXAMPLE,
        ),
    }
}

/// The origin of a URL as browsers send it.
fn serialized(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let origin = url.origin();
    if origin.is_tuple() {
        return Some(origin.ascii_serialization());
    }
    // The schemes of applications and browser extensions: `capacitor://localhost`. Their hosts are not normalized by parsing.
    let host = url.host_str().filter(|host| !host.is_empty())?;
    let port = url.port().map(|port| format!(":{port}"));
    Some(format!(
        "{}://{}{}",
        url.scheme(),
        host.to_ascii_lowercase(),
        port.unwrap_or_default()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_send_them() {
        for good in [
            "https://app.example.com",
            "http://localhost:5173",
            "http://127.0.0.1:8080",
            "http://[::1]:3000",
            "https://xn--bcher-kva.example",
            "https://app.example.com:8443",
            "capacitor://localhost",
            "chrome-extension://abcdefghijklmnop",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (text, instead) in [
            ("https://App.example.com", "https://app.example.com"),
            ("HTTPS://app.example.com", "https://app.example.com"),
            ("https://app.example.com/", "https://app.example.com"),
            (
                "https://app.example.com/path?q#f",
                "https://app.example.com",
            ),
            ("https://app.example.com:443", "https://app.example.com"),
            ("http://app.example.com:80", "http://app.example.com"),
            ("https://user@app.example.com", "https://app.example.com"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            (
                "https://app.example.com:08443",
                "https://app.example.com:8443",
            ),
            ("http://127.1", "http://127.0.0.1"),
            (" https://app.example.com", "https://app.example.com"),
            ("https:app.example.com", "https://app.example.com"),
            ("capacitor://Localhost/", "capacitor://localhost"),
        ] {
            let refused = check(text).expect_err(text);
            assert_eq!(refused.hint, format!("write `{instead}`"), "{text}");
        }
        for none in [
            "",
            "app.example.com",
            "localhost:3000",
            "https://",
            "null",
            "https://*.example.com",
            "https://a.example, https://b.example",
            "//app.example.com",
            "file:///home",
            "mailto:a@example.com",
        ] {
            let refused = check(none).expect_err(none);
            assert!(refused.hint.contains("https://app.example.com"), "{none}");
        }
    }
}
