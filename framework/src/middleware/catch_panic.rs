//! Turns a panic in a handler into an answer, so that one bad request does not take a connection down.

use std::{any::Any, backtrace::Backtrace, cell::RefCell, panic::AssertUnwindSafe, sync::Once};

use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use crate::error::Error;

thread_local! {
    /// Where the latest panic of this thread happened, for the line that the request writes about it.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic inside a request, as it is logged.
#[derive(Debug, thiserror::Error)]
#[error("panic: {message}{place}")]
struct Panic {
    message: String,
    place: String,
}

/// Keeps the place of each panic, which only the panic hook is told.
pub(super) fn keep_places() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let earlier = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            let backtrace = Backtrace::force_capture();
            tracing::error!(place, %backtrace, "panic");
            PLACE.with_borrow_mut(|latest| *latest = Some(place));
            // Without a subscriber the line above goes nowhere.
            if !tracing::event_enabled!(tracing::Level::ERROR) {
                earlier(info);
            }
        }));
    });
}

/// The answer, or that to a panic. Nothing that the panic left half done is reachable afterwards: the request and its future
/// are dropped.
pub(super) fn caught(answer: impl Future<Output = Response>) -> impl Future<Output = Response> {
    AssertUnwindSafe(answer).catch_unwind().map(|answer| {
        answer.unwrap_or_else(|payload| Error::internal(describe(payload.as_ref())).into_response())
    })
}

fn describe(payload: &(dyn Any + Send)) -> Panic {
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned());
    let place = PLACE
        .take()
        .map(|place| format!(" at {place}"))
        .unwrap_or_default();
    Panic { message, place }
}
