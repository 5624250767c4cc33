//! Tests of all pages.

use fw_testing::prelude::*;

use crate::app::App;

#[tokio::test]
async fn every_page_renders_in_every_branch() {
    boot::<App>().await.assert_views();
}

#[tokio::test]
async fn every_link_leads_to_a_page() {
    boot::<App>().await.crawl("/").await;
}
