//! The errors of limits.

use crate::error::Error;

/// An error of the place where limits are counted. See [the module](super) for an example.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LimitsError {
    /// The address of the Redis server cannot be used.
    #[error(
        "`middleware.rate_limit.redis_url` cannot be used: it is not one of the form `redis://user:password@host:6379/0`"
    )]
    Url,
    /// Redis, without the Cargo feature.
    #[error(
        "`middleware.rate_limit.store` needs the feature `redis`, which this application is built without\nhint: add `redis` to the features of `framewright` in `Cargo.toml`"
    )]
    MissingFeature,
    /// The Redis server cannot be used.
    #[error(
        "limits are not shared: {reason}\nhint: check that Redis runs and that `middleware.rate_limit.redis_url` is right; until then each process limits alone"
    )]
    Unreachable {
        /// The reason, in the words of the server or the system.
        reason: String,
    },
}

#[cfg(feature = "redis")]
impl From<crate::redis_client::CallError> for LimitsError {
    fn from(error: crate::redis_client::CallError) -> Self {
        Self::Unreachable {
            reason: error.to_string(),
        }
    }
}

impl From<LimitsError> for Error {
    #[track_caller]
    fn from(error: LimitsError) -> Self {
        Self::internal(error)
    }
}
