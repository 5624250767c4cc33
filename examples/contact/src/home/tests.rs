//! Request tests of `/`.

use fw_testing::prelude::*;

use crate::app::App;

#[tokio::test]
async fn shows_the_first_page() {
    let app = boot::<App>().await;
    let response = app.get("/").await;
    response.assert_status(200);
    assert!(response.text().contains("<h1>"));
}
