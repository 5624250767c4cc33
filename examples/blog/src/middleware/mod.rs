//! The application's own middleware, besides that of the framework.

pub mod request_timer;
