//! The middleware `request_timer`.

use fw::axum::{extract::Request, middleware::Next, response::Response};

/// Runs around every request: change the request before `next`, the response after it.
pub async fn request_timer(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert("x-request-timer", "1".parse().expect("a header value"));
    response
}

#[cfg(test)]
mod tests {
    use fw_testing::prelude::*;

    use crate::app::App;

    #[tokio::test]
    async fn surrounds_every_request() {
        let app = boot::<App>().await;
        let response = app.get("/health/live").await;
        assert_eq!(response.header("x-request-timer"), "1");
    }
}
