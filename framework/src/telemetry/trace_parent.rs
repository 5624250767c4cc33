//! The header `traceparent` of W3C Trace Context: the place of a request in a trace that goes over several services.

use http::{HeaderMap, HeaderName};

const HEADER: HeaderName = HeaderName::from_static("traceparent");

/// The length of a `traceparent` of version 00.
const LENGTH: usize = 55;

/// A `traceparent` (W3C Trace Context, section 3.2), as version 00.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TraceParent(String);

impl TraceParent {
    /// That of a request; `None` if it has none, or a malformed one, which counts as none.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(HEADER).iter();
        let value = values.next()?;
        // Two of them have no order.
        if values.next().is_some() {
            return None;
        }
        Self::parse(value.to_str().ok()?)
    }

    /// Parses a header. That of a later version may be longer, and is read as far as version 00 goes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let head = text.get(..LENGTH)?;
        let parts: Vec<_> = head.split('-').collect();
        let [version, trace, parent, flags] = parts[..] else {
            return None;
        };
        let is_hex = |part: &str, length: usize| {
            part.len() == length
                && part
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_id =
            |part: &str, length| is_hex(part, length) && part.bytes().any(|byte| byte != b'0');
        let is_well_formed = is_hex(version, 2)
            && version != "ff"
            && is_id(trace, 32)
            && is_id(parent, 16)
            && is_hex(flags, 2);
        let rest = &text[LENGTH..];
        let ends = rest.is_empty() || (version != "00" && rest.starts_with('-'));
        (is_well_formed && ends).then(|| Self(format!("00-{trace}-{parent}-{flags}")))
    }

    /// The value of the header.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the trace: 32 hexadecimal digits.
    pub(crate) fn trace_id(&self) -> &str {
        &self.0[3..35]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_header_is_read_as_the_standard_says() {
        let usual = TraceParent::parse(USUAL).expect("well-formed");
        assert_eq!(usual.as_str(), USUAL);
        assert_eq!(usual.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let later = TraceParent::parse(&format!("cc{}-what-comes", &USUAL[2..]));
        assert_eq!(later, Some(usual));
        for malformed in [
            "",
            "00",
            &USUAL.to_uppercase(),
            &USUAL.replace("4bf9", "4bfg"),
            &format!("{USUAL}-01"),
            &format!("{USUAL}0"),
            &format!("ff{}", &USUAL[2..]),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        ] {
            assert_eq!(TraceParent::parse(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn two_headers_are_none() {
        let mut headers = HeaderMap::new();
        headers.append(HEADER, USUAL.parse().expect("a value"));
        assert!(TraceParent::of(&headers).is_some());
        headers.append(HEADER, USUAL.parse().expect("a value"));
        assert_eq!(TraceParent::of(&headers), None);
    }
}
