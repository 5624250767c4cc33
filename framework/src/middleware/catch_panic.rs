//! Middleware that turns a panic in a handler into a 500 response, so that one bad request does not take a connection down.

use std::{
    any::Any, backtrace::Backtrace, borrow::Cow, cell::RefCell, panic::AssertUnwindSafe, sync::Once,
};

use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use crate::error::{Error, SourcePlace};

thread_local! {
    /// The source location of this thread's latest panic, for the log line of the request.
    static LOCATION: RefCell<Option<SourcePlace>> = const { RefCell::new(None) };
}

/// The error of a panic inside a request, as it is logged.
#[derive(Debug, thiserror::Error)]
#[error("panic: {message}{place}")]
struct Panic {
    message: String,
    place: String,
}

/// Installs a panic hook that records the location of each panic; only the hook knows it.
pub(super) fn install_hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let earlier = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let place = info.location().map(|location| SourcePlace {
                file: Cow::Owned(location.file().to_owned()),
                line: location.line(),
            });
            let backtrace = Backtrace::force_capture();
            let shown = info.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place = shown, %backtrace, "panic");
            LOCATION.with_borrow_mut(|latest| *latest = place);
            // Without a subscriber the line above goes nowhere.
            if !tracing::event_enabled!(tracing::Level::ERROR) {
                earlier(info);
            }
        }));
    });
}

/// Runs a handler, with a 500 response if it panics. Nothing that the panic left half done is reachable afterwards: the request
/// and its future are dropped.
pub(super) fn catching_panics(
    response: impl Future<Output = Response>,
) -> impl Future<Output = Response> {
    AssertUnwindSafe(response).catch_unwind().map(|response| {
        response.unwrap_or_else(|payload| error_of(payload.as_ref()).into_response())
    })
}

fn error_of(payload: &(dyn Any + Send)) -> Error {
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned());
    let place = LOCATION.take();
    let at = place.as_ref().map(|place| format!(" at {place}"));
    let error = Error::internal(Panic {
        message,
        place: at.unwrap_or_default(),
    });
    match place {
        Some(place) => error.at(place),
        None => error,
    }
}
