//! Deprecated routes: the headers of their responses.

use axum::response::Response;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use http::{HeaderName, HeaderValue, header};
use tower::{Layer, util::MapResponseLayer};

use super::RoutesError;

/// The headers of a deprecated route.
#[derive(Clone)]
pub(super) struct Deprecation {
    /// `@` and seconds since 1970: a date of structured fields (RFC 9651, section 3.3.7).
    since: HeaderValue,
    /// A date of HTTP (RFC 9110, section 5.6.7).
    sunset: HeaderValue,
    links: [HeaderValue; 2],
}

impl Deprecation {
    /// Fails if a day cannot be parsed, the sunset is not after `since`, or the link has characters that no link has.
    pub(super) fn new(since: &str, sunset: &str, link: &str) -> Result<Self, RoutesError> {
        let (begin, end) = (day(since)?, day(sunset)?);
        if end <= begin {
            return Err(RoutesError::Sunset {
                since: since.to_owned(),
                sunset: sunset.to_owned(),
            });
        }
        let bad_link = || RoutesError::Link {
            link: link.to_owned(),
        };
        if link.contains(['<', '>', '"', ' ']) {
            return Err(bad_link());
        }
        let value = |text: String| HeaderValue::try_from(text).map_err(|_| bad_link());
        Ok(Self {
            since: value(format!("@{}", begin.timestamp()))?,
            sunset: value(end.format("%a, %d %b %Y %H:%M:%S GMT").to_string())?,
            links: [
                value(format!("<{link}>; rel=\"deprecation\""))?,
                value(format!("<{link}>; rel=\"sunset\""))?,
            ],
        })
    }

    /// Adds the headers to every response.
    pub(super) fn layer<S>(
        &self,
    ) -> impl Layer<
        S,
        Service = tower::util::MapResponse<S, impl FnOnce(Response) -> Response + Clone + use<S>>,
    > + Clone
    + use<S> {
        let Self {
            since,
            sunset,
            links,
        } = self.clone();
        MapResponseLayer::new(move |mut response: Response| {
            let headers = response.headers_mut();
            headers.insert(HeaderName::from_static("deprecation"), since);
            headers.insert(HeaderName::from_static("sunset"), sunset);
            for link in links {
                headers.append(header::LINK, link);
            }
            response
        })
    }
}

fn day(text: &str) -> Result<DateTime<Utc>, RoutesError> {
    text.parse::<NaiveDate>()
        .map(|day| day.and_time(NaiveTime::MIN).and_utc())
        .map_err(|_| RoutesError::Day {
            day: text.to_owned(),
        })
}
