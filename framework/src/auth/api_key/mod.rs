//! API keys: credentials of programs, which act for an account within some of its permissions.

mod definition;
pub(super) mod store;
mod text;

pub use self::definition::{ApiKey, CreatedApiKey, NewApiKey};
pub(super) use self::text::ApiKeyText;
