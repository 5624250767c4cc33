//! Request tests of `/pages`.

use fw_testing::prelude::*;

use crate::app::App;

#[tokio::test]
async fn serves_about() {
    let app = boot::<App>().await;
    let response = app.get("/pages/about").await;
    response.assert_status(200);
    assert_eq!(response.json()["page"], "about");
}
