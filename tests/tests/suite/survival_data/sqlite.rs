//! Looks into the SQLite file of the shop, past the application.

use std::path::Path;

use fw::{
    config::DatabaseConfig,
    db::Db,
    sea_orm::{ConnectionTrait, Statement},
};

/// The names of all authors, as they are stored in the database in `folder`.
pub(super) fn authors(folder: &Path) -> Vec<String> {
    texts(folder, "SELECT name AS text FROM authors")
}

/// What SQLite says of the file: `ok`, or what is wrong.
pub(super) fn integrity(folder: &Path) -> String {
    texts(
        folder,
        "SELECT integrity_check AS text FROM pragma_integrity_check",
    )
    .join("\n")
}

#[tokio::main(flavor = "current_thread")]
async fn texts(folder: &Path, sql: &str) -> Vec<String> {
    let config = DatabaseConfig {
        url: format!("sqlite://{}", folder.join("shop.sqlite").display()).into(),
        ..DatabaseConfig::default()
    };
    let db = Db::connect(&config).await.expect("it can be opened");
    let all = Statement::from_string(db.backend(), sql);
    let rows = db.query_all_raw(all).await.expect("it can be read");
    db.close().await;
    rows.iter()
        .map(|row| row.try_get("", "text").expect("a text"))
        .collect()
}
