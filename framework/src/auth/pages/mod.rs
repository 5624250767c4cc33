//! The pages on which people change what secures their account, second factors and API keys. They show secrets, each of them once, so the handlers
//! are the framework's; the templates and messages, and so the looks, are the application's. `cargo fw generate auth` writes them.
//!
//! ```
//! use fw::{
//!     auth::{AccountPages, SecurityAlert, SecurityAlerts, pages},
//!     db::Transaction,
//!     prelude::*,
//! };
//!
//! pub struct Users;
//! # impl fw::auth::Accounts for Users {
//! #     type Id = i64;
//! #     async fn standing(_: &fw::db::Db, _: i64) -> Result<Option<fw::auth::Standing>> { Ok(None) }
//! # }
//! # impl SecurityAlerts for Users {
//! #     async fn alert(_: &AppContext, _: &Transaction, _: i64, _: SecurityAlert) -> Result<()> { Ok(()) }
//! # }
//!
//! impl AccountPages for Users {
//!     async fn label(_: &AppContext, user: i64) -> Result<String> {
//!         Ok(format!("user{user}@example.com")) // here it would be read
//!     }
//! }
//!
//! let routes = Routes::at("/settings")
//!     .merge(pages::api_keys::routes::<Users>())
//!     .merge(pages::second_factor::routes::<Users>());
//! assert_eq!(routes.list()[0].path, "/settings/api-keys");
//! ```
//!
//! Each page asks for a [`Recent`](super::Recent) sign-in; with `auth.confirm_path` a browser whose sign-in is older is led there and back.

pub mod api_keys;
pub mod second_factor;

use super::SecurityAlerts;
use crate::{context::AppContext, error::Result};

/// Accounts whose pages of second factors and API keys an application has. See [the module](self) for an example.
pub trait AccountPages: SecurityAlerts {
    /// The name of an account for its owner, such as its e-mail address: an app that makes codes shows it.
    fn label(ctx: &AppContext, account: Self::Id) -> impl Future<Output = Result<String>> + Send;
}
