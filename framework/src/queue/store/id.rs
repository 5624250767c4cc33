//! The ids of jobs, workers and batches.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, a UUID of version 7: later ones are greater.
            #[expect(clippy::new_without_default, reason = "no two are equal, as defaults should be")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The UUID.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// The id of a job. Whoever enqueues a job chooses it, so that a call whose answer was lost can be repeated: a job whose id is
    /// in the store already is not enqueued again.
    JobId;
    /// The id of a worker, a process that runs jobs. Each start of a process has a new one, so that the leases of two processes
    /// are never confused.
    WorkerId;
    /// The id of a batch of jobs.
    BatchId;
}

impl JobId {
    /// The least id.
    pub(super) const MIN: Self = Self(Uuid::nil());
}
