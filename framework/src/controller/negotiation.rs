//! Content negotiation, before a handler runs (RFC 9110, section 12).

use http::{HeaderMap, StatusCode, header};

use super::media_type::{MediaType, elements, weight};
use crate::error::Error;

/// Returns whether a request accepts one of the `offered` media types, such as `application/json`.
///
/// The most specific range of `Accept` decides (RFC 9110, section 12.5.1); parameters other than `q` are not compared.
/// Without `Accept`, or when nothing in it can be understood, everything is accepted; so is an offer of `*/*`.
pub(super) fn accepts(headers: &HeaderMap, offered: &[&str]) -> bool {
    if !headers.contains_key(header::ACCEPT) || offered.contains(&"*/*") {
        return true;
    }
    let mut understood = false;
    for offer in offered {
        // The specificity of the best matching range, and its weight.
        let mut best = (0, 0);
        for range in elements(headers, header::ACCEPT).filter_map(Range::parse) {
            understood = true;
            best = best.max((range.exactness(offer), range.weight));
        }
        let (exactness, weight) = best;
        if exactness > 0 && weight > 0 {
            return true;
        }
    }
    !understood
}

/// The languages of `Accept-Language`, with their weights from 0 to 1000 (RFC 9110, section 12.5.4).
#[cfg(feature = "views")]
pub(super) fn accepted_languages(headers: &HeaderMap) -> Vec<(&str, u16)> {
    let elements = elements(headers, header::ACCEPT_LANGUAGE);
    let languages = elements.filter_map(|element| match element.split_once(';') {
        None => Some((element, 1000)),
        Some((language, parameter)) => Some((language.trim_end(), weight(parameter.trim())?)),
    });
    languages.collect()
}

/// Returns whether a request prefers HTML to JSON, as browsers do that go to a page.
#[cfg(feature = "views")]
pub(super) fn prefers_html(headers: &HeaderMap) -> bool {
    let weight_of = |offer: &str| {
        let ranges = elements(headers, header::ACCEPT).filter_map(Range::parse);
        let matches = ranges.map(|range| (range.exactness(offer), range.weight));
        let best = matches.filter(|(exactness, _)| *exactness > 1).max();
        best.map_or(0, |(_, weight)| weight)
    };
    let html = weight_of("text/html");
    html > 0
        && html >= weight_of("application/json")
        && html >= weight_of("application/problem+json")
}

/// An element of `Accept`.
struct Range<'a> {
    essence: &'a str,
    weight: u16,
}

impl<'a> Range<'a> {
    /// Parses an element. Old clients write `*` for `*/*`, and `q=.2`: an invalid weight counts as none.
    fn parse(element: &'a str) -> Option<Self> {
        let everything = |rest: &str| rest.is_empty() || rest.starts_with([';', ' ']);
        if let Some(rest) = element.strip_prefix('*').filter(|rest| everything(rest)) {
            let range = format!("*/*{rest}");
            let weight = Range::parse(&range)?.weight;
            return Some(Self {
                essence: "*/*",
                weight,
            });
        }
        let range = MediaType::parse(element)?;
        let weight = range
            .parameter("q")
            .find_map(|value| weight(&format!("q={value}")));
        Some(Self {
            essence: range.essence,
            weight: weight.unwrap_or(1000),
        })
    }

    /// The specificity of the match: 3 for the offer itself, 2 for its type, 1 for `*/*`, 0 if it does not match.
    fn exactness(&self, offer: &str) -> u8 {
        let (kind, subtype) = self.essence.split_once('/').unwrap_or_default();
        let offered_kind = offer.split('/').next().unwrap_or_default();
        if self.essence.eq_ignore_ascii_case(offer) {
            3
        } else if subtype == "*" && kind.eq_ignore_ascii_case(offered_kind) {
            2
        } else {
            u8::from(self.essence == "*/*")
        }
    }
}

/// The error (406) of a route that responds with these media types only.
pub(super) fn not_acceptable(offered: &[&str]) -> Error {
    Error::from_status(StatusCode::NOT_ACCEPTABLE).detail(format!(
        "`accept` allows none of the media types of this response: `{}`",
        offered.join("`, `")
    ))
}

/// Returns whether `Accept-Encoding` refuses the plain body and all of these codings (RFC 9110, section 12.5.3).
pub(crate) fn refuses_every_coding(headers: &HeaderMap, codings: &[&str]) -> bool {
    let weights = CodingWeights::of(headers);
    weights.of_coding("identity") == Some(0)
        && codings
            .iter()
            .all(|coding| weights.of_coding(coding).is_none_or(|weight| weight == 0))
}

/// The content coding that `Accept-Encoding` prefers; among equals the first of those that are offered. `None` stands for the plain body
/// (RFC 9110, section 12.5.3).
#[cfg(feature = "_templates")]
pub(crate) fn preferred_coding(
    headers: &HeaderMap,
    offered: &[&'static str],
) -> Option<&'static str> {
    let weights = CodingWeights::of(headers);
    let plain = weights.of_coding("identity").unwrap_or_default();
    let accepted = offered.iter().rev().filter_map(|coding| {
        let weight = weights.of_coding(coding)?;
        (weight > 0 && weight >= plain).then_some((weight, *coding))
    });
    let best = accepted.max_by_key(|(weight, _)| *weight);
    best.map(|(_, coding)| coding)
}

/// The content codings of `Accept-Encoding`, with their weights from 0 to 1000.
struct CodingWeights<'a>(Vec<(&'a str, u16)>);

impl<'a> CodingWeights<'a> {
    fn of(headers: &'a HeaderMap) -> Self {
        let elements = elements(headers, header::ACCEPT_ENCODING);
        let weights = elements.filter_map(|element| match element.split_once(';') {
            None => Some((element, 1000)),
            Some((coding, parameter)) => Some((coding.trim_end(), weight(parameter.trim())?)),
        });
        Self(weights.collect())
    }

    /// The weight of a coding; `None` if nothing is said about it.
    fn of_coding(&self, coding: &str) -> Option<u16> {
        let named = |name: &str| {
            let mut weights = self.0.iter();
            weights.find(|(found, _)| found.eq_ignore_ascii_case(name))
        };
        named(coding)
            .or_else(|| named("*"))
            .map(|(_, weight)| *weight)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, header};

    #[cfg(feature = "_templates")]
    use super::preferred_coding;
    use super::{accepts, refuses_every_coding};

    fn headers(name: &HeaderName, lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            let line = HeaderValue::from_bytes(line.as_bytes()).expect("a header value");
            headers.append(name, line);
        }
        headers
    }

    #[test]
    fn the_most_specific_range_decides() {
        for (accept, expected) in [
            (&[][..], true),
            (&[""], true),
            (&["*/*"], true),
            (&["application/json"], true),
            (&["Application/JSON; Charset=\"utf-8\""], true),
            (&["application/*"], true),
            (&["text/html, application/xhtml+xml, */*;q=0.8"], true),
            (&["text/html", "application/json;q=0.1"], true),
            (&["text/html"], false),
            (&["text/*, image/png"], false),
            (&["application/json;q=0"], false),
            (&["application/json;q=0, */*"], false),
            (&["application/*;q=0.0, */*"], false),
            (&["application/json, application/*;q=0"], true),
            (&["*/*;q=0"], false),
            (&["application/problem+json"], false),
            (&["text/html;a=\"x, application/json\""], false),
            // An unparsable range does not count; the forms that old clients write do.
            (&["nonsense"], true),
            (&["\u{e4}"], true),
            (&["text/html, nonsense"], false),
            (&["text/html, image/gif, *; q=.2, */*; q=.2"], true),
            (&["text/html, *;q=0.1"], true),
            (&["text/html, * ; q=0"], false),
        ] {
            let headers = headers(&header::ACCEPT, accept);
            assert_eq!(
                accepts(&headers, &["application/json"]),
                expected,
                "{accept:?}"
            );
        }
    }

    #[test]
    fn one_of_several_offers_is_enough() {
        let headers = headers(&header::ACCEPT, &["text/html"]);
        assert!(accepts(&headers, &["application/json", "text/html"]));
        assert!(accepts(&headers, &["*/*"]));
        assert!(!accepts(&headers, &["application/json", "text/csv"]));
    }

    #[test]
    fn a_plain_body_must_be_refused_by_name_or_by_the_wildcard() {
        for (accept, expected) in [
            ("", false),
            ("gzip", false),
            ("deflate", false),
            ("identity;q=0", true),
            ("*;q=0", true),
            ("*;q=0, identity", false),
            ("identity;q=0, *", false),
            ("identity;q=0, br;q=0.1", false),
            ("identity;q=0, gzip;q=0, br;q=0, *", true),
            ("identity;q=0, gzip;q=.5", true),
            ("identity;q=none", false),
        ] {
            let headers = headers(&header::ACCEPT_ENCODING, &[accept]);
            assert_eq!(
                refuses_every_coding(&headers, &["gzip", "br"]),
                expected,
                "{accept}"
            );
        }
    }

    #[cfg(feature = "_templates")]
    #[test]
    fn the_coding_of_the_largest_weight_is_preferred() {
        for (accept, expected) in [
            ("", None),
            ("gzip", Some("gzip")),
            ("gzip, deflate, br, zstd", Some("br")),
            ("GZIP;q=1, br;q=0.9", Some("gzip")),
            ("br;q=0, gzip;q=0.001", Some("gzip")),
            ("br;q=0, *", Some("gzip")),
            ("*", Some("br")),
            ("*;q=0", None),
            ("br;q=0.5, identity", None),
            ("br;q=0.5, identity;q=0.5", Some("br")),
            ("identity;q=0, zstd", None),
            ("br;q=none", None),
        ] {
            let headers = headers(&header::ACCEPT_ENCODING, &[accept]);
            assert_eq!(
                preferred_coding(&headers, &["br", "gzip"]),
                expected,
                "{accept}"
            );
        }
        assert_eq!(preferred_coding(&HeaderMap::new(), &["br"]), None);
    }
}
