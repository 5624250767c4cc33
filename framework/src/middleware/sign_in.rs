//! The way from a page that needs a sign-in to the page that signs people in, and back.

use http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use url::form_urlencoded;

use crate::{config::AuthConfig, controller::page::Reader, error::Error};

/// The header by which htmx goes to another page. It does not see a redirect, which the browser follows for it.
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");

/// The pages that signing in is done at.
pub(super) struct Pages {
    sign_in: Option<String>,
    confirm: Option<String>,
    second_factor: Option<String>,
}

impl Pages {
    pub(super) fn of(config: &AuthConfig) -> Self {
        let sign_in = config.sign_in_path.clone();
        Self {
            confirm: config.confirm_path.clone().or_else(|| sign_in.clone()),
            second_factor: config.second_factor_path.clone(),
            sign_in,
        }
    }

    /// The page that repairs an error.
    fn repairing(&self, error: &Error) -> Option<&str> {
        match (error.status(), error.code()) {
            (StatusCode::UNAUTHORIZED, "unauthorized" | "invalid_credential") => {
                self.sign_in.as_deref()
            }
            (StatusCode::UNAUTHORIZED, "reauthentication_required") => self.confirm.as_deref(),
            (StatusCode::FORBIDDEN, "second_factor_required") => self.second_factor.as_deref(),
            _ => None,
        }
    }

    /// The status and the header by which the browser goes to the sign-in, or to where it is confirmed, in place of the page of an error.
    ///
    /// A page that was asked for is named as `next`, to which the sign-in leads back; a form that was sent could not be sent again.
    pub(super) fn detour(
        &self,
        error: &Error,
        method: &Method,
        uri: &Uri,
        reader: &Reader,
    ) -> Option<(StatusCode, HeaderName, HeaderValue)> {
        let page = self.repairing(error).filter(|page| *page != uri.path())?;
        let next = uri
            .path_and_query()
            .filter(|_| method.is_safe() && !reader.wants_fragment());
        let location = match next {
            Some(next) => {
                let next: String =
                    form_urlencoded::byte_serialize(next.as_str().as_bytes()).collect();
                HeaderValue::try_from(format!("{page}?next={next}"))
            }
            None => HeaderValue::try_from(page),
        };
        let location = location.ok()?;
        Some(if reader.has_htmx() {
            (error.status(), HX_REDIRECT, location)
        } else {
            (StatusCode::SEE_OTHER, header::LOCATION, location)
        })
    }
}
