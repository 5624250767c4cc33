//! What the app puts around every request, besides the middleware of the framework.

pub mod request_timer;
