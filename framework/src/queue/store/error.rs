//! The errors of stores.

use sea_orm::DbErr;

use super::{id::BatchId, job::NewJob};
use crate::{
    db,
    error::{BoxError, Error},
};

/// An error of a store of jobs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A statement of the database has failed. Its effect is not known if the connection was lost.
    #[error("the store of jobs failed: {0}")]
    Database(#[from] DbErr),
    /// A store that is not the database has failed. The effect of the call is not known.
    #[error("the store of jobs failed: {0}")]
    Failed(#[source] BoxError),
    /// The server of a store cannot be reached, or does nothing for this application. The effect of the call is not known.
    #[error(
        "the store of jobs at `{address}` cannot be used: {reason}\nhint: check that Redis runs and that `jobs.redis_url` (or `FW_JOBS__REDIS_URL`) is right"
    )]
    Unreachable {
        /// The address of the server, without a password.
        address: String,
        /// The cause in the words of the server or the system.
        reason: String,
    },
    /// The address of a server cannot be read.
    #[error("`jobs.redis_url` cannot be used: {reason}")]
    Url {
        /// The reason.
        reason: String,
    },
    /// A store whose Cargo feature is not compiled in.
    #[error(
        "`jobs.store` needs the feature `{feature}`, which this application is built without\nhint: add `{feature}` to the features of `framewright` in `Cargo.toml`"
    )]
    MissingFeature {
        /// The Cargo feature of `framewright`.
        feature: &'static str,
    },
    /// A feature that this store does not have.
    #[error(
        "the store of jobs has no {what}\nhint: they need the database as the store: `store = \"database\"` in `[jobs]`"
    )]
    Unsupported {
        /// The feature, a plural noun.
        what: &'static str,
    },
    /// A job that cannot be stored.
    #[error("the job `{name}` cannot be enqueued: {reason}")]
    Invalid {
        /// The name of the job.
        name: String,
        /// The reason.
        reason: String,
    },
    /// A batch that is not there, or whose last job has ended.
    #[error(
        "the batch {0} takes no more jobs: it does not exist, or has finished\nhint: add jobs to a batch while one of its jobs waits or runs, as from within that job"
    )]
    BatchClosed(BatchId),
    /// A record in the store that cannot be understood.
    #[error("a record in the store of jobs is damaged: {0}")]
    Damaged(String),
}

impl StoreError {
    /// Returns true if the database has ended a transaction because of another one: nothing has taken effect, and a repetition
    /// is likely to succeed.
    pub fn is_conflict(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        // Serialization failure, deadlock.
        db::code(error).is_some_and(|code| ["40001", "40P01"].contains(&code.as_str()))
    }

    /// The error of a job that would wait for ever.
    pub(super) fn after_cancelled(job: &NewJob) -> Self {
        Self::Invalid {
            name: job.name.clone(),
            reason: "the job that it waits for was cancelled".to_owned(),
        }
    }
}

impl From<StoreError> for Error {
    #[track_caller]
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(error) => Self::from(error),
            error => Self::internal(error),
        }
    }
}
