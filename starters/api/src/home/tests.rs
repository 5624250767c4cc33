//! Request tests of `/`.

use fw_testing::prelude::*;

use crate::app::App;

#[tokio::test]
async fn names_the_application() {
    let app = boot::<App>().await;
    let response = app.get("/").await;
    response.assert_status(200);
    assert_eq!(response.json(), json!({ "name": env!("CARGO_PKG_NAME") }));
}
