//! Tests of [Framewright](fw) applications: booted on a database of their own, with requests that need no socket.
//!
//! ```no_run
//! # use fw::prelude::*;
//! # struct App;
//! # impl Hooks for App {
//! #     type Settings = ();
//! #     fn name() -> &'static str { "blog" }
//! #     fn routes() -> Routes { Routes::new() }
//! #     fn migrations() -> Vec<Migration> { Vec::new() }
//! # }
//! use fw_testing::prelude::*;
//!
//! # async fn test() {
//! let app = boot::<App>().await;
//! app.get("/nowhere").await.assert_problem(404, "not_found");
//! # }
//! ```
//!
//! The configuration is that of the environment `test`. Tests run in parallel: on SQLite each has a copy of a migrated
//! file, on PostgreSQL a clone of a migrated template database. Both are removed when the [`TestApp`] is dropped.
//!
//! It is a development dependency, of the same version as `framewright`. Its databases are those that the
//! application's `framewright` has; it needs no features.

mod access;
mod app;
mod crawl;
mod database;
mod factory;
mod html;
mod jobs;
mod migrations;
mod request;
mod response;
mod rules;
mod sign_in;

pub use access::AccessSample;
pub use app::{TestApp, boot};
pub use factory::{Factory, sequence};
#[doc(inline)]
pub use fw::test_support::{TestAccounts, TestMail};
pub use jobs::TestJobs;
pub use migrations::undo_and_redo_migrations;
pub use request::TestRequest;
pub use response::TestResponse;
pub use rules::assert_access_rules;
pub use sign_in::SignIn;

/// The imports for a test file: `use fw_testing::prelude::*;`.
pub mod prelude {
    pub use fw::{
        db::Db,
        http::StatusCode,
        model::{UpdateAt, Versioned},
        sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait},
    };
    pub use serde_json::{Value, json};

    pub use super::{AccessSample, Factory, TestApp, TestRequest, TestResponse, boot, sequence};
}
